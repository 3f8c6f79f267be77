"""How each kind of lesion changes bone, marrow and what lies around (look-alikes: ``lookalikes.py``).

A painter gets the box to change and a seed; it changes mineral, fillings, labels and the bone surface, and
marks its voxels in ``truth``. Amounts are constants of ``content/simulator/lesions.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modalities.simulate import lookalikes
from modalities.simulate.brushes import (
    GIVES_WAY,
    ball,
    in_bone,
    local,
    mark,
    part_of,
    put_back,
    share_inside,
    take_marrow,
    uneven_mm,
)
from modalities.simulate.canal import COMES_FROM_DEG, mass_box, press_canal
from modalities.simulate.collapse import bulge_back_wall, collapse_body
from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.painting import Box, Patch, center, in_curve
from modalities.simulate.phantom import LEVELS, SPINE, L
from modalities.simulate.scene import METASTASES, WHOLE_LEVEL, Collapse, Kind, Lesion
from modalities.simulate.shapes import ellipsoid, rod, smin

C = constants("lesions")
EATS_BONE: tuple[Kind, ...] = ("lytic", "mixed", "epidural")
PEDICLES = ("pedicle", "pedicle_right")


def reach(lesion: Lesion) -> Box:
    """Return the box of the spine grid that a lesion may change."""
    if lesion.collapse != "none" or lesion.kind == "osteoporotic_fracture":
        return SPINE.box((-1e3,) * 3, (1e3,) * 3)  # all that stands above comes down
    own = own_reach(lesion)
    return around([own, mass_box(lesion)]) if lesion.kind == "epidural" else own


def own_reach(lesion: Lesion) -> Box:
    """Return the box that a lesion's painter may change, without what collapses or presses because of it."""
    level = LEVELS[lesion.vertebra]
    if lesion.kind in WHOLE_LEVEL:
        return lookalikes.reach(lesion)
    middle = center(lesion)
    reached = lesion.diameter_mm / 2 + 4 * uneven_mm(lesion) + 2
    low, high = [at - reached for at in middle], [at + reached for at in middle]
    if lesion.kind in EATS_BONE and lesion.place in PEDICLES:
        low[0] = min(low[0], level.z - level.height_back / 2 - 12)  # the foramen below
    if lesion.kind == "epidural":  # its way into the canal
        low[2], high[2] = min(low[2], -2.0), max(high[2], 2.0)
        low[1], high[1] = min(low[1], level.back_wall), max(high[1], level.back_wall + level.canal_depth)
    return SPINE.box(tuple(low), tuple(high))


def around(boxes: list[Box]) -> Box:
    """Return the smallest box that holds all of them."""
    z, y, x = (slice(min(b[i].start for b in boxes), max(b[i].stop for b in boxes)) for i in range(3))
    return z, y, x


def paint_lesion(patch: Patch, lesion: Lesion, seed: int) -> None:
    """Paint one lesion into a box."""
    part = part_of(patch, own_reach(lesion))
    PAINTERS[lesion.kind](part, lesion, seed)
    put_back(patch, part)
    malignant = lesion.kind in METASTASES
    broken: Collapse = "wedge" if lesion.kind == "osteoporotic_fracture" else "none"
    shape = broken if lesion.collapse == "none" else lesion.collapse
    if shape != "none":
        collapse_body(patch, lesion.vertebra, shape, seed, benign=not malignant)
    if lesion.kind == "epidural":
        press_canal(patch, lesion, C["epidural_share_of_canal"])
    if shape != "none" and malignant:
        bulge_back_wall(patch, lesion, soft=lesion.kind in EATS_BONE)


def _metastasis(patch: Patch, lesion: Lesion, seed: int) -> None:
    distance, low, fine = ball(patch, lesion, seed)
    if lesion.kind == "epidural":
        distance = smin(distance, _way_to_canal(patch, lesion), 2.0)
    inside = share_inside(distance, C["edge_mm"])
    if lesion.kind in ("lytic", "epidural"):
        patch.scale_mineral(1 - C["mineral_lost_lytic"] * inside)
    elif lesion.kind == "sclerotic":
        wide = share_inside(distance, C["edge_sclerotic_mm"])
        patch.scale_mineral(1 + wide * (C["mineral_gained_sclerotic"] + 0.45 * fine + 0.5 * low))
    elif lesion.kind == "mixed":
        dense = np.clip(0.5 + 0.9 * fine + 0.9 * low, 0, 1)
        patch.scale_mineral(1 + inside * (dense * C["mineral_gained_mixed"] - (1 - dense) * C["mineral_lost_lytic"]))
    take_marrow(patch, "tumor", inside)
    if lesion.kind in EATS_BONE:
        soft = smin(distance, _foramen(patch, lesion), 3.0) if lesion.place in PEDICLES else distance
        patch.labels[(soft < 0) & GIVES_WAY[patch.labels] & ~in_bone(patch)] = L["tumor_soft"]
        distance = np.where(in_bone(patch), distance, soft)
    mark(patch, distance < 0)


def _way_to_canal(patch: Patch, lesion: Lesion) -> Array:
    """Return the distance to the tumor's way from its middle through the bone into the canal (mm)."""
    level = LEVELS[lesion.vertebra]
    turn = np.deg2rad(COMES_FROM_DEG.get(lesion.place, 0.0))
    deep, wide = level.canal_depth / 2, level.canal_width / 2
    wall_y, wall_x = -0.8 * deep * np.cos(turn), 0.8 * wide * np.sin(turn)
    end = in_curve(level.z, level.back_wall + deep + float(wall_y), float(wall_x))
    thick = min(max(0.28 * lesion.diameter_mm, 1.5), 6.0)
    return rod(*patch.mesh(), center(lesion), end, (1.0, 0.0, 0.0), thick, thick)


def _foramen(patch: Patch, lesion: Lesion) -> Array:
    """Return the distance to what a large tumor of a pedicle fills of the foramen below it (mm)."""
    level = LEVELS[lesion.vertebra]
    up, back, left = local(level, patch)
    side = -left if lesion.place == "pedicle_right" else left
    grown = float(np.clip((lesion.diameter_mm - 12) / 16, 0.01, 1))
    middle = (-level.height_back * 0.40 - 2.2 * grown, level.depth * 0.45 + 5.0, level.canal_width / 2 + 5)
    return ellipsoid(up, back, side, middle, (9.0 * grown, 7.0 * grown, 10.5 * grown))


PAINTERS: dict[Kind, Callable[[Patch, Lesion, int], None]] = {
    "lytic": _metastasis,
    "sclerotic": _metastasis,
    "mixed": _metastasis,
    "marrow_only": _metastasis,
    "epidural": _metastasis,
    **lookalikes.PAINTERS,
}
