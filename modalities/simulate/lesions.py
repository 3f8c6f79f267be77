"""How each kind of lesion and look-alike changes bone, marrow and what lies around.

A painter gets the box to change and a seed; it changes mineral, fillings, labels and the bone surface, and
marks its voxels in ``truth``. Amounts are constants of ``content/simulator/lesions.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modalities.simulate.canal import press_canal
from modalities.simulate.collapse import collapse_body
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import Box, Patch, center
from modalities.simulate.phantom import (
    DISTANCE_STEP_MM,
    IS_BONE,
    LEVELS,
    SPINE,
    TURN_RAD,
    L,
    Level,
    side_curve,
    texture,
)
from modalities.simulate.scene import Kind, Lesion

C = constants("lesions")
GIVES_WAY = np.isin(  # soft tissue that a growing tumor takes the place of
    np.arange(64),
    [
        L[name]
        for name in (
            "fat",
            "visceral_fat",
            "muscle",
            "crus",
            "ligament",
            "epidural_fat",
            "vein",
            "interspinous",
            "cartilage",
        )
    ],
)
DISC = np.isin(np.arange(64), [L["annulus"], L["nucleus"], L["endplate_cart"]])


def reach(lesion: Lesion) -> Box:
    """Return the box of the spine grid that a lesion may change."""
    level = LEVELS[lesion.vertebra]
    if lesion.collapse != "none" or lesion.kind == "osteoporotic_fracture":
        return SPINE.box((-1e3,) * 3, (1e3,) * 3)  # all that stands above comes down
    z, y, x = center(lesion)
    reached = lesion.diameter_mm / 2 * 1.45 + 3
    low, high = [z - reached, y - reached, x - reached], [z + reached, y + reached, x + reached]
    if lesion.kind not in ("lytic", "sclerotic", "mixed", "marrow_only", "hemangioma", "bone_island"):
        tall, wide, deep = level.height_back / 2 + 15, level.width / 2 + 9, level.depth / 2 + 9
        low = [min(low[0], level.z - tall - 24), min(low[1], level.y - deep), min(low[2], -wide)]
        high = [max(high[0], level.z + tall), max(high[1], level.back_wall + level.canal_depth + 6), max(high[2], wide)]
    return SPINE.box(tuple(low), tuple(high))


def paint_lesion(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Paint one lesion into a box."""
    PAINTERS[lesion.kind](patch, lesion, seed)
    if lesion.collapse != "none":
        collapse_body(patch, lesion.vertebra, lesion.collapse, seed)
    if lesion.kind == "epidural":
        press_canal(patch, lesion, C["epidural_share_of_canal"])
    elif lesion.collapse != "none" and lesion.kind in ("lytic", "mixed"):
        press_canal(patch, lesion, C["collapse_share_of_canal"])


def local(level: Level, patch: Patch) -> tuple[Array, Array, Array]:
    """Return coordinates along a vertebra's own axes (up, back, left) over the box, in mm."""
    z, y, x = patch.mesh()
    bent = x - np.vectorize(side_curve, otypes=[np.float32])(z) - TURN_RAD * (y - 15)
    tilt = np.deg2rad(level.tilt_deg)
    up, back = z - level.z, y + TURN_RAD * x - level.y
    return np.cos(tilt) * up + np.sin(tilt) * back, -np.sin(tilt) * up + np.cos(tilt) * back, bent


def ball(patch: Patch, lesion: Lesion, seed: int) -> tuple[Array, Array, Array]:
    """Return the distance to a lesion's uneven surface (mm, negative inside) and two textures of the box."""
    z, y, x = patch.mesh()
    mid_z, mid_y, mid_x = center(lesion)
    radius = lesion.diameter_mm / 2
    low, fine = texture("low", patch.box, seed), texture("fine", patch.box, seed)
    far = np.sqrt((z - mid_z) ** 2 + (y - mid_y) ** 2 + (x - mid_x) ** 2) - radius
    return far + min(0.11 * radius, 1.6) * low + min(0.05 * radius, 0.5) * fine, low, fine


def share_inside(distance: Array, edge_mm: float) -> Array:
    """Return how much of each voxel lies inside a surface with a soft edge (0 to 1)."""
    return np.clip(0.5 - distance / edge_mm, 0, 1)


def _in_bone(patch: Patch) -> Mask:
    return patch.bone_mm() < 0.36


def _metastasis(patch: Patch, lesion: Lesion, seed: int) -> None:
    distance, low, fine = ball(patch, lesion, seed)
    inside = share_inside(distance, C["edge_mm"])
    lost = 1 - C["mineral_lost_lytic"] * inside
    if lesion.kind in ("lytic", "epidural"):
        patch.scale_mineral(lost)
    elif lesion.kind == "sclerotic":
        wide = share_inside(distance, C["edge_sclerotic_mm"])
        patch.scale_mineral(1 + wide * (C["mineral_gained_sclerotic"] + 0.45 * fine + 0.5 * low))
    elif lesion.kind == "mixed":
        dense = np.clip(0.5 + 0.9 * fine + 0.9 * low, 0, 1)
        patch.scale_mineral(1 + inside * (dense * C["mineral_gained_mixed"] - (1 - dense) * C["mineral_lost_lytic"]))
    _take_marrow(patch, "tumor", inside)
    if lesion.kind in ("lytic", "mixed", "epidural"):
        outside = (distance < 0) & GIVES_WAY[patch.labels] & ~_in_bone(patch)
        patch.labels[outside] = L["tumor_soft"]
    _mark(patch, distance < 0)


def _take_marrow(patch: Patch, what: str, share: Array) -> None:
    patch.fill(what, np.where(_in_bone(patch), share, 0))


def _mark(patch: Patch, inside: Mask) -> None:
    patch.truth |= inside & (IS_BONE[patch.labels] | (patch.labels == L["tumor_soft"]))


def _hemangioma(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Few thick upright struts in fatty, vascular tissue ('corduroy', 'polka dots')."""
    distance, _, _ = ball(patch, lesion, seed)
    inside = share_inside(distance, C["edge_mm"])
    _, y, x = patch.mesh()
    apart = C["hemangioma_strut_spacing_mm"]
    across = np.cos(2 * np.pi * x / apart) * np.cos(2 * np.pi * y / apart) + 0.45 * texture("fine", patch.box, 5)[:1]
    struts = np.clip((across - 0.35) * 3, 0, 1)
    patch.scale_mineral(1 + inside * (C["hemangioma_mineral_between"] - 1 + C["hemangioma_mineral_struts"] * struts))
    _take_marrow(patch, "angioma", inside)
    _mark(patch, distance < 0)


def _bone_island(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Compact bone inside spongy bone, with a brush-like edge."""
    distance, _, fine = ball(patch, lesion, seed)
    inside = share_inside(distance + 0.5 * fine, 1.0)
    patch.scale_mineral(1 + inside * C["mineral_gained_bone_island"])
    _mark(patch, distance < 0)


def _osteoporotic_fracture(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Break the body under its upper end plate, with edema; the back wall and the rest of the marrow stay."""
    level = LEVELS[lesion.vertebra]
    up, back, _ = local(level, patch)
    low = texture("low", patch.box, seed)
    body = patch.labels == L["marrow_body"]
    depth = level.height_back / 2 - up + 1.5 * low  # below the upper end plate
    band = np.clip((lesion.diameter_mm * 0.6 - depth) / 3, 0, 1) * (np.abs(up) < level.height_back / 2 + 2)
    band = band * np.clip((level.depth / 2 - 2 - back) / 3, 0.25, 1)  # least at the back wall
    share = np.where(body, band * C["edema_share_fracture"], 0)
    patch.fill("edema", share)
    patch.truth |= share > 0.4
    collapse_body(patch, lesion.vertebra, "wedge" if lesion.collapse == "none" else lesion.collapse, seed, benign=True)


def _degenerative_end_plate(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Edema and denser bone on both sides of a dried disc (below the named vertebra)."""
    low = texture("low", patch.box, seed)
    for distance in _to_disc_below(patch, lesion):
        deep = lesion.diameter_mm * 0.5
        near = np.clip((deep - distance + 1.2 * low) / 2.5, 0, 1) * (distance > 0)
        front = np.clip((4 - _back(patch, lesion)) / 6, 0.15, 1)  # mostly in front
        share = np.where(patch.labels == L["marrow_body"], near * front, 0)
        patch.fill("edema", share * C["edema_share_end_plate"])
        rim = np.clip((3.5 - distance) / 1.5, 0, 1) * (distance > 0) * front
        patch.scale_mineral(1 + np.where(patch.labels == L["marrow_body"], rim * C["mineral_gained_end_plate"], 0))
        patch.truth |= share > 0.4
    disc = _disc_below(patch, lesion)
    patch.labels[disc & (patch.labels == L["nucleus"])] = L["annulus"]  # a dried nucleus is dark on T2


def _back(patch: Patch, lesion: Lesion) -> Array:
    return local(LEVELS[lesion.vertebra], patch)[1]


def _to_disc_below(patch: Patch, lesion: Lesion) -> tuple[Array, Array]:
    """Return the height above the lower end plate of the vertebra, and the depth below the next one's upper."""
    upper = LEVELS[lesion.vertebra]
    lower = list(LEVELS.values())[list(LEVELS).index(lesion.vertebra) + 1]
    up, _, _ = local(upper, patch)
    down, _, _ = local(lower, patch)
    return up + upper.height_back / 2, lower.height_back / 2 - down


def _disc_below(patch: Patch, lesion: Lesion) -> Mask:
    above, below = _to_disc_below(patch, lesion)
    return DISC[patch.labels] & (above < 4) & (below < 4)


def _cut_bone(patch: Patch, away: Array, label: int) -> None:
    """Take bone away inside a surface (distance in mm, negative inside) and put something in its place."""
    patch.distance[:] = np.maximum(patch.distance, np.clip(-away / DISTANCE_STEP_MM, -60, 60)).astype(np.int8)
    taken = (away < 0) & IS_BONE[patch.labels]
    patch.labels[taken] = label


def _schmorl_node(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Disc pushed through the upper end plate, with a dense rim."""
    level = LEVELS[lesion.vertebra]
    up, back, left = local(level, patch)
    radius = min(lesion.diameter_mm, 20) / 2
    flat = np.sqrt((up - level.height_back / 2 + 0.5) ** 2 * 1.3 + (back - 1) ** 2 + (left + 2) ** 2)
    away = flat - radius + 0.6 * texture("low", patch.box, seed)
    body = patch.labels == L["marrow_body"]
    rim = np.clip(1 - np.abs(away - 1.0) / 1.6, 0, 1)
    patch.scale_mineral(1 + np.where(body, rim * C["mineral_gained_schmorl_rim"], 0))
    patch.truth |= body & (away < 0.5)
    _cut_bone(patch, np.where(np.abs(up) < level.height_back / 2 + 3, away, 9), L["annulus"])


def _discitis(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Fill a disc with fluid, eat both end plates, wet the marrow beside them and swell what lies around."""
    low, fine = texture("low", patch.box, seed), texture("fine", patch.box, seed)
    heights = _to_disc_below(patch, lesion)
    for distance in heights:
        near = np.clip((lesion.diameter_mm * 0.7 - distance + 2 * low) / 4, 0, 1) * (distance > -2)
        share = np.where(patch.labels == L["marrow_body"], near, 0)
        patch.fill("infection", share)
        patch.truth |= share > 0.4
        patch.scale_mineral(1 - C["mineral_lost_infection"] * np.clip(share * (1 - distance / 8), 0, 1))
        eaten = np.where(distance > -4, distance - 1.6 - 1.5 * low - fine, 9)
        _cut_bone(patch, np.where(patch.labels == L["marrow_body"], eaten, 9), L["infected_tissue"])
    disc = _disc_below(patch, lesion)
    patch.labels[disc] = L["infected_tissue"]
    patch.truth |= disc
    level = LEVELS[lesion.vertebra]
    _, back, left = local(level, patch)
    ring = np.sqrt((left / (level.width / 2 + 5)) ** 2 + ((back + 1) / (level.depth / 2 + 4)) ** 2)
    swollen = (ring < 1 + 0.06 * low) & (heights[0] < 9) & (heights[1] < 9) & GIVES_WAY[patch.labels]
    patch.labels[swollen & ~_in_bone(patch)] = L["infected_tissue"]


PAINTERS: dict[Kind, Callable[[Patch, Lesion, int], None]] = {
    "lytic": _metastasis,
    "sclerotic": _metastasis,
    "mixed": _metastasis,
    "marrow_only": _metastasis,
    "epidural": _metastasis,
    "hemangioma": _hemangioma,
    "osteoporotic_fracture": _osteoporotic_fracture,
    "degenerative_end_plate": _degenerative_end_plate,
    "bone_island": _bone_island,
    "schmorl_node": _schmorl_node,
    "discitis": _discitis,
}
