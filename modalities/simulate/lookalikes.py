"""What looks like a metastasis and is none: how each look-alike changes bone, disc and what lies around."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from modalities.simulate.brushes import (
    DISC,
    GIVES_WAY,
    add_bone,
    ball,
    cut_bone,
    in_bone,
    local,
    mark,
    part_of,
    put_back,
    share_inside,
    straight,
    take_marrow,
)
from modalities.simulate.canal import canal_box, press
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import Box, Patch
from modalities.simulate.phantom import LEVELS, SPINE, L, Level, texture
from modalities.simulate.scene import Kind, Lesion

C = constants("lesions")
END_PLATE_DIP_MM = 1.5  # how far the middle of an end plate lies below its rim
INFECTED_HALF_HEIGHT_MM = 9.0  # of swollen tissue behind an infected disc


def below(lesion: Lesion) -> Level:
    """Return the vertebra under the lesion's."""
    names = list(LEVELS)
    return LEVELS[names[names.index(lesion.vertebra) + 1]]


def disc_middle(lesion: Lesion) -> float:
    """Return the height of the middle of the disc under the lesion's vertebra (z in mm)."""
    upper, lower = LEVELS[lesion.vertebra], below(lesion)
    return (upper.z - upper.height_back / 2 + lower.z + lower.height_back / 2) / 2


def reach(lesion: Lesion) -> Box:
    """Return the box that a look-alike of an end plate or a disc may change."""
    body = _body_box(lesion)
    if lesion.kind != "discitis":
        return body
    canal = canal_box(LEVELS[lesion.vertebra], disc_middle(lesion), INFECTED_HALF_HEIGHT_MM)
    z, y, x = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(body, canal, strict=True))
    return z, y, x


def _body_box(lesion: Lesion) -> Box:
    level = LEVELS[lesion.vertebra]
    half, deep, wide = level.height_back / 2, level.depth / 2, level.width / 2
    disc = disc_middle(lesion)
    tall = max(17.0, _wet_mm(lesion) + 7)
    low, high, front, back, side = {
        "osteoporotic_fracture": (level.z - half, level.z + half + 2, deep + 2, 3.0, wide + 2),
        "schmorl_node": (level.z - half, level.z + half + 4, deep, 0.0, wide),
        "degenerative_end_plate": (disc - tall, disc + tall, deep + 4, 2.0, wide + 4),
        "discitis": (disc - tall, disc + tall, deep + 7, 2.0, wide + 7),
    }[lesion.kind]
    return SPINE.box((low, level.y - front, -side), (high, level.back_wall + back, side))


def _wet_mm(lesion: Lesion) -> float:
    """Return how deep the marrow beside a diseased disc or under a broken end plate is wet."""
    share = {"degenerative_end_plate": 0.5, "discitis": 0.7}.get(lesion.kind, 0.75)
    return min(max(share * lesion.diameter_mm, 3.0), LEVELS[lesion.vertebra].height_back)


def _hemangioma(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Leave few thick upright struts in fatty, vascular tissue ('corduroy' from the side, 'polka dots' from above)."""
    distance, low, _ = ball(patch, lesion, seed)
    inside = share_inside(distance, C["edge_mm"])
    struts = _upright_struts(patch, seed) * np.clip(1 + 0.25 * low, 0.5, 1.2)
    patch.scale_mineral(1 + inside * (C["hemangioma_mineral_between"] - 1 + C["hemangioma_mineral_struts"] * struts))
    take_marrow(patch, "angioma", inside)
    mark(patch, distance < 0)


def _upright_struts(patch: Patch, seed: int) -> Array:
    """Return the share of upright struts: unevenly spaced and of uneven thickness, a little wavy."""
    z, y, x = patch.mesh()
    apart, thick = C["hemangioma_strut_spacing_mm"], C["hemangioma_strut_radius_mm"]
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[-14:15, -16:17]
    points = np.stack([rows * apart * 0.87, (columns + 0.5 * (rows % 2)) * apart], -1).reshape(-1, 2)
    points = points + random.uniform(-0.30, 0.30, points.shape) * apart
    radius = thick * random.uniform(0.75, 1.2, len(points))
    flat = np.stack(np.broadcast_arrays(y[0], x[0]), -1).reshape(-1, 2)
    shape = (y.shape[1], x.shape[2])
    away, which = (np.reshape(found, shape) for found in cKDTree(points).query(flat))
    size = radius[which]
    wave = 0.25 * np.sin(z / 4.0 + 6.28 * size / thick)
    return np.clip((size - away[None] + wave) / SPINE.step + 0.5, 0, 1).astype(np.float32)


def _bone_island(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Put compact bone into spongy bone, with a brush-like edge."""
    distance, _, fine = ball(patch, lesion, seed)
    inside = share_inside(distance + 0.5 * fine, 1.0)
    patch.scale_mineral(1 + inside * C["mineral_gained_bone_island"])
    mark(patch, distance < 0)


def _osteoporotic_fracture(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Break the body under its upper end plate, with edema and a line of impacted bone; the back wall stays."""
    level = LEVELS[lesion.vertebra]
    up, back, left = local(level, patch)
    low, fine = texture("low", patch.box, seed), texture("fine", patch.box, seed)
    body = patch.labels == L["marrow_body"]
    depth = level.height_back / 2 - up + 1.2 * low  # below the upper end plate
    near = np.abs(up) < level.height_back / 2 + 2
    band = np.clip((max(_wet_mm(lesion), 9.0) - depth) / 4, 0, 1) * near
    band = band * np.clip((level.depth / 2 - 2 - back) / 3, 0.25, 1)  # least at the back wall
    inner = np.sqrt((left / (level.width / 2)) ** 2 + (back / (level.depth / 2)) ** 2)
    line = np.clip(1.8 - np.abs(depth - 5.5 - 0.4 * fine), 0, 1) * near * np.clip((0.92 - inner) / 0.1, 0, 1)
    share = np.where(body, band * (1 - 0.85 * line) * C["edema_share_fracture"], 0)
    patch.fill("edema", share)
    patch.scale_mineral(1 + np.where(body, line * C["mineral_gained_fracture_line"], 0))
    patch.truth |= body & (band > 0.5)


def _degenerative_end_plate(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Narrow and dry a disc (below the named vertebra): edema and denser bone on both sides, spurs at the rims."""
    low = texture("low", patch.box, seed)
    close_disc(patch, lesion, C["disc_closes_worn_mm"])
    narrowed = C["disc_closes_worn_mm"] / 2
    _, back, _ = local(LEVELS[lesion.vertebra], patch)
    front = np.clip((4 - back) / 6, 0.15, 1)  # mostly in front
    for height in _from_end_plates(patch, lesion):
        distance = height + narrowed
        near = np.clip((_wet_mm(lesion) - distance + 1.2 * low) / 2.5, 0, 1) * (distance > -2.5)
        body = patch.labels == L["marrow_body"]
        share = np.where(body, near * front, 0)
        patch.fill("edema", share * C["edema_share_end_plate"])
        rim = np.clip((3.5 - distance) / 1.5, 0, 1) * (distance > -2.5) * front
        patch.scale_mineral(1 + np.where(body, rim * C["mineral_gained_end_plate"], 0))
        patch.truth |= share > 0.4
    for height in _from_end_plates(patch, lesion):
        _add_spurs(patch, lesion, height + narrowed, low)
    patch.labels[_disc_below(patch, lesion) & (patch.labels == L["nucleus"])] = L["annulus"]  # dried: dark on T2


def _from_end_plates(patch: Patch, lesion: Lesion) -> tuple[Array, Array]:
    """Return the height above the lower end plate of the vertebra, and the depth below the next one's upper (mm)."""
    upper, lower = LEVELS[lesion.vertebra], below(lesion)
    up, _, _ = local(upper, patch)
    down, _, _ = local(lower, patch)
    return up + upper.height_back / 2, lower.height_back / 2 - down


def _disc_below(patch: Patch, lesion: Lesion) -> Mask:
    above, under = _from_end_plates(patch, lesion)
    return DISC[patch.labels] & (above < 4) & (under < 4)


def close_disc(patch: Patch, lesion: Lesion, closes_mm: float) -> None:
    """Narrow the disc below a vertebra: both bodies grow into it by stretching their nearer halves."""
    z, y, x = patch.mesh()
    upper, lower = LEVELS[lesion.vertebra], below(lesion)
    back, left = straight(z, y, x)
    back = back - (upper.y + lower.y) / 2
    tilt = float(np.tan(np.deg2rad((upper.tilt_deg + lower.tilt_deg) / 2)))
    height = z - disc_middle(lesion) + tilt * back
    half = (upper.z - lower.z - (upper.height_back + lower.height_back) / 2) / 2
    rho = np.sqrt((left / (upper.width / 2)) ** 2 + (back / (upper.depth / 2)) ** 2)
    closes = closes_mm / 2 * np.clip((1.25 - rho) / 0.2, 0, 1) * np.clip((upper.depth * 0.45 - back) / 2, 0, 1)
    _stretch(patch, height, closes, half, half + min(upper.height_back, lower.height_back) / 2)


def _stretch(patch: Patch, height: Array, closes: Array, half: float, end: float) -> None:
    """Resample columns between ``-end`` and ``end``: what lies at ``half`` comes closer to the middle by ``closes``."""
    far = np.abs(height)
    rim = half - closes
    source = np.where(far < rim, far * half / rim, half + (far - rim) * (end - half) / (end - rim))
    shift = np.where(far < end, np.sign(height) * (source - far), 0) / SPINE.step
    count = patch.labels.shape[0]
    index = np.clip(np.arange(count)[:, None, None] + shift, 0, count - 1.001)
    first, nearest = index.astype(np.int32), np.round(index).astype(np.int32)
    sixteenths = np.round((index - first) * 16).astype(np.int16)
    low, high = (np.take_along_axis(patch.distance, rows, axis=0).astype(np.int16) for rows in (first, first + 1))
    patch.distance[:] = (low * (16 - sixteenths) + high * sixteenths + 8) >> 4
    patch.labels[:] = np.take_along_axis(patch.labels, nearest, axis=0)
    for array in (patch.mineral, patch.truth, *patch.fillings.values()):
        if array.min() != array.max():  # an earlier lesion lies here
            array[:] = np.take_along_axis(array, nearest, axis=0)


def _add_spurs(patch: Patch, lesion: Lesion, height: Array, low: Array) -> None:
    """Let an end plate's rim grow outward in front and at the sides (``height`` is measured into the bone)."""
    level = LEVELS[lesion.vertebra]
    _, back, left = local(level, patch)
    rho = np.sqrt((left / (level.width / 2)) ** 2 + (back / (level.depth / 2)) ** 2)
    front = np.clip((0.25 * level.depth - back) / 10, 0, 1) * np.clip((rho - 0.85) / 0.1, 0, 1)
    at_rim = np.exp(-((np.where(height < 0, 1.6 * height, height - 0.5) / 2.0) ** 2))
    grown = C["spur_radius_mm"] * front * at_rim * np.clip(0.9 + 0.5 * low, 0.2, 1.4)
    add_bone(patch, patch.bone_mm() - grown, ((GIVES_WAY | DISC)[patch.labels] | in_bone(patch)) & (grown > 0.1))


def _schmorl_node(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Push disc through the upper end plate, with a dense rim."""
    level = LEVELS[lesion.vertebra]
    up, back, left = local(level, patch)
    radius = min(max(lesion.diameter_mm, 3.0), 20.0) / 2
    flat = np.sqrt((up - level.height_back / 2 + END_PLATE_DIP_MM) ** 2 * 1.3 + (back - 1) ** 2 + (left + 2) ** 2)
    away = flat - radius + 0.6 * texture("low", patch.box, seed)
    body = patch.labels == L["marrow_body"]
    rim = np.clip(1 - np.abs(away - 1.0) / 1.6, 0, 1)
    patch.scale_mineral(1 + np.where(body, rim * C["mineral_gained_schmorl_rim"], 0))
    patch.truth |= body & (away < 0.5)
    cut_bone(patch, np.where(np.abs(up) < level.height_back / 2 + 3, away, 9), L["annulus"])


def _discitis(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Fill a disc with fluid, eat both end plates, wet the marrow beside them and swell what lies around."""
    part = part_of(patch, _body_box(lesion))
    close_disc(part, lesion, C["disc_closes_infected_mm"])
    low, fine = texture("low", part.box, seed), texture("fine", part.box, seed)
    upper, lower = (height + C["disc_closes_infected_mm"] / 2 for height in _from_end_plates(part, lesion))
    for distance in (upper, lower):
        near = np.clip((_wet_mm(lesion) - distance + 2 * low) / 4, 0, 1) * (distance > -3)
        body = part.labels == L["marrow_body"]
        share = np.where(body, near, 0)
        part.fill("infection", share)
        part.truth |= share > 0.4
        part.scale_mineral(1 - C["mineral_lost_infection"] * np.clip(share * (1 - distance / 8), 0, 1))
        eaten = np.where(distance > -4, distance - 1.4 - 1.6 * low - 0.8 * fine, 9)
        cut_bone(part, np.where(body, eaten, 9), L["infected_tissue"])
    disc = DISC[part.labels] & (upper < 4) & (lower < 4)
    part.labels[disc] = L["infected_tissue"]
    part.truth |= disc
    _swell(part, lesion, (upper - lower) / 2, low)
    put_back(patch, part)
    level = LEVELS[lesion.vertebra]
    share_of_canal = C["infection_share_of_canal"]
    press(patch, level, disc_middle(lesion), 0.0, share_of_canal, INFECTED_HALF_HEIGHT_MM, "infected_tissue")


def _swell(patch: Patch, lesion: Lesion, height: Array, low: Array) -> None:
    """Let the tissue around the disc swell (``height`` is measured from the disc's middle)."""
    level = LEVELS[lesion.vertebra]
    _, back, left = local(level, patch)
    ring = np.sqrt((left / (level.width / 2)) ** 2 + ((back + 1) / (level.depth / 2)) ** 2)
    thick = C["infection_swelling_mm"] * np.sqrt(np.clip(1 - (height / 13) ** 2, 0, 1)) * (1 + 0.18 * low)
    swollen = ((ring - 1) * level.depth / 2 < thick) & (np.abs(height) < 13) & (back < level.depth * 0.45)
    patch.labels[swollen & GIVES_WAY[patch.labels] & ~in_bone(patch)] = L["infected_tissue"]


PAINTERS: dict[Kind, Callable[[Patch, Lesion, int], None]] = {
    "hemangioma": _hemangioma,
    "osteoporotic_fracture": _osteoporotic_fracture,
    "degenerative_end_plate": _degenerative_end_plate,
    "bone_island": _bone_island,
    "schmorl_node": _schmorl_node,
    "discitis": _discitis,
}
