"""Vertebrae and ribs as implicit shapes: how their sizes (``content/simulator/anatomy.yaml``) become bone.

Coordinates of a vertebra are its own: up, back, left in mm from the middle of its body. Numbers that are no size of
``Level`` (where a process starts, how much an end plate is hollow) are chosen for the look, by comparing pictures with
what such bones look like; no scan went in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from modalities.simulate.image import Array
from modalities.simulate.phantom import LEVELS, Level
from modalities.simulate.shapes import Point, ellipsoid, rod, smax, smin

UP = (1.0, 0.0, 0.0)
Shape = tuple[Array, Array, Array]  # up, back, left

NEIGHBORS = {  # only their ends reach into the grid
    "T8": replace(LEVELS["T9"], z=LEVELS["T9"].z + 23.8, y=3.9, tilt_deg=4.0, process_length=33.0, process_slope=-0.9),
    "L3": replace(LEVELS["L2"], z=LEVELS["L2"].z - 34.0, y=-0.1, tilt_deg=-1.5),
}
STACK = {"T8": NEIGHBORS["T8"], **LEVELS, "L3": NEIGHBORS["L3"]}  # from top to bottom


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """One vertebra on a grid: distances (mm) to the whole bone, to its body, and to its vein's cleft."""

    whole: Array
    body: Array
    vein: Array


def own_axes(level: Level, z: Array, y: Array) -> tuple[Array, Array]:
    """Return (up, back) along a vertebra's own axes."""
    cos, sin = (float(turn(np.deg2rad(level.tilt_deg))) for turn in (np.cos, np.sin))
    return cos * (z - level.z) + sin * (y - level.y), -sin * (z - level.z) + cos * (y - level.y)


def vertebra(name: str, z: Array, y: Array, x: Array) -> Bone:
    """Return one vertebra."""
    level = STACK[name]
    at = (*own_axes(level, z, y), x)
    body = vertebral_body(level, *at)
    canal = canal_tube(level, *at)
    arch = smax(posterior_arch(name, level, *at), -(canal + 0.5), 1.0)
    whole = smax(smin(body, arch, 5.0), -(canal + 0.9), 1.5)
    middle = level.depth
    vein = rod(*at, (0, middle * 0.46, 0), (0, middle * 0.24, 0), (0, 0, 1), 4.2, 1.9, 0.9, 0.3)
    return Bone(smax(whole, -vein, 0.4), body, vein)


def outline(level: Level, back: Array, left: Array, wide: Array | float, deep: Array | float) -> Array:
    """Return the kidney-shaped outline of a body or disc: 1 on it, less inside."""
    wide = wide * (1 - 0.07 * np.clip((back - 2) / (level.depth / 2), -0.3, 1))  # a little narrower behind
    return ((np.abs(left) / wide) ** 2.12 + (np.abs(back) / deep) ** 2.12) ** (1 / 2.12)


def hollow_back(back: Array, left: Array, wall: float) -> Array:
    """Return the distance to the concave back wall of a body or disc (26 mm radius), negative in front of it."""
    radius = 26.0
    return radius - np.sqrt(left**2 + (back - (wall + radius)) ** 2)


def vertebral_body(level: Level, up: Array, back: Array, left: Array) -> Array:
    """Return a waisted, kidney-shaped body with hollow end plates and a raised rim."""
    deep, wide = level.depth / 2, level.width / 2
    lean = (level.height_back - level.height_front) / 4 * np.clip(back / (0.8 * deep), -1, 1.15)
    half = (level.height_back + level.height_front) / 4 + lean
    level_up = np.clip(up / half, -1.15, 1.15)
    waist = np.exp(-((level_up / 0.62) ** 2))
    across = wide * (1 - 0.115 * waist) / (1 + 0.02 * level_up)  # a little narrower on top
    along = deep * np.where(back > 0, 0.94, 1.06) * (1 - 0.10 * waist * (back < 0))
    rho = outline(level, back, left, across, along)
    side = smax((rho - 1) * min(wide, deep) * 0.97, hollow_back(back, left, deep * 0.90 - 0.7), 2.5)
    upper = half - 1.5 * (1 - np.clip(rho, 0, 1) ** 2) ** 1.2
    lower = half - 2.0 * np.clip(1 - (left / across) ** 2 - ((back - 2.0) / (0.84 * along)) ** 2, 0, 1) ** 1.1
    return smax(side, smax(up - upper, -up - lower, 0.5), 1.4)


def canal_tube(level: Level, up: Array, back: Array, left: Array) -> Array:
    """Return the room of the canal within one vertebra."""
    deep, wide = level.canal_depth / 2, level.canal_width / 2
    middle = level.depth * 0.45 + deep
    return (np.sqrt((left / wide) ** 2 + ((back - middle) / deep) ** 2) - 1) * deep


@dataclass(frozen=True, slots=True)
class Arch:
    """Landmarks of a posterior arch (mm): where pedicle, pillar (between the joints) and lamina lie."""

    pedicle_up: float
    pedicle_left: float
    pillar_left: float
    pillar_back: float
    lamina_back: float
    end_plate: float

    @classmethod
    def of(cls, level: Level, lumbar: bool) -> Arch:
        """Return the landmarks of one vertebra."""
        wall, half = level.depth * 0.45, level.canal_width / 2
        return cls(
            pedicle_up=4.0 if lumbar else 3.6,
            pedicle_left=half + level.pedicle_width / 2 - 0.4,
            pillar_left=half + (3.6 if lumbar else 2.6),
            pillar_back=wall + level.canal_depth * 0.70,
            lamina_back=wall + level.canal_depth - 1.0,
            end_plate=level.height_back / 2,
        )


def posterior_arch(name: str, level: Level, up: Array, back: Array, left: Array) -> Array:
    """Return pedicles, laminae, joints, transverse and spinous processes."""
    lumbar = name.startswith("L")
    arch = Arch.of(level, lumbar)
    at = (up, back, np.abs(left))
    shape = smin(smin(_pedicle(level, arch, at), _pillar(arch, at), 4.5), _lamina(arch, at), 5.5)
    for process, seam in _joints(name, arch, at):
        shape = smin(shape, process, seam)
    shape = smin(shape, _transverse_process(name, arch, at), 3.0)
    return smin(shape, _spinous_process(level, arch, (up, back, left), thin=not (lumbar or name == "T12")), 3.2)


def _pedicle(level: Level, arch: Arch, at: Shape) -> Array:
    wall = level.depth * 0.45
    start = (arch.pedicle_up, wall - 5, arch.pedicle_left - 0.8)
    end = (arch.pedicle_up - 0.5, wall + level.canal_depth * 0.62, arch.pedicle_left)
    return rod(*at, start, end, UP, level.pedicle_height / 2, level.pedicle_width / 2)


def _pillar(arch: Arch, at: Shape) -> Array:
    start = (arch.pedicle_up + 3, arch.pillar_back, arch.pillar_left + 0.6)
    end = (-9.0, arch.pillar_back + 4.2, arch.pillar_left - 1.2)
    return rod(*at, start, end, (0, 0.35, 1), 5.4, 3.9)


def _lamina(arch: Arch, at: Shape) -> Array:
    """Return a sloping plate to the midline."""
    start = (-1.0, arch.pillar_back + 2.0, arch.pillar_left - 1.0)
    return rod(*at, start, (-4.5, arch.lamina_back + 3.4, 0.0), (1, 0.25, 0), 9.5, 3.1, 8.5, 3.4)


def _joints(name: str, arch: Arch, at: Shape) -> list[tuple[Array, float]]:
    """Return the articular processes (and mammillary ones) with the seams that join them to the arch."""

    def lump(up: float, back: float, left: float, radii: Point) -> Array:
        return ellipsoid(*at, (up, arch.pillar_back + back, arch.pillar_left + left), radii)

    top, bottom = arch.end_plate, -arch.end_plate
    if name.startswith("L"):
        mammillary = lump(top - 1.5, 3.6, 6.2, (5, 3.6, 3.4))
        upper, lower = lump(top + 2, -0.6, 4.2, (9.0, 6.4, 4.4)), lump(bottom - 5.8, 4.6, -1.6, (9.5, 4.6, 4.6))
        return [(mammillary, 2.5), (upper, 3.0), (lower, 3.0)]
    if name == "T12":
        mammillary = lump(3.0, 4.0, 7.2, (5.5, 4.2, 4.0))
        upper, lower = lump(top + 2.2, 0.4, 2.4, (8.0, 3.4, 5.6)), lump(bottom - 5.6, 4.6, -1.8, (9.0, 4.4, 4.3))
        return [(mammillary, 3.0), (upper, 3.0), (lower, 3.0)]
    upper, lower = lump(top + 2.0, 0.6, 2.0, (8.0, 2.9, 5.4)), lump(bottom - 4.6, 4.4, 0.2, (8.5, 2.9, 5.2))
    return [(upper, 3.0), (lower, 3.0)]


TRANSVERSE_TIPS = {
    "T8": 31.0,
    "T9": 30.0,
    "T10": 28.0,
    "T11": 24.5,
    "L1": 38.5,
    "L2": 42.0,
    "L3": 44.0,
}  # mm from midline


def _transverse_process(name: str, arch: Arch, at: Shape) -> Array:
    back, left = arch.pillar_back, arch.pillar_left
    if name == "T12":
        return rod(*at, (1.5, back + 1, left + 2), (-1.5, back + 5, left + 9), UP, 4.6, 3.2, 3.4, 2.6)
    tip = TRANSVERSE_TIPS[name]
    if name.startswith("L"):
        return rod(*at, (2.0, back - 1.0, left + 3), (2.8, back + 4.5, tip), UP, 5.2, 2.9, 4.0, 2.0)
    return rod(*at, (2.5, back + 1, left + 1), (5.0, back + 13.5, tip), UP, 5.6, 4.2, 5.4, 5.0)


def _spinous_process(level: Level, arch: Arch, at: Shape, thin: bool) -> Array:
    """Return a thin plate with a thick, rough end."""
    high = 6.4 if thin else 9.5
    tip = spinous_tip(level)
    plate = rod(*at, (-4.0, arch.lamina_back + 4.0, 0.0), tip, UP, high, 2.7, high * 0.93, 3.6)
    return smin(plate, ellipsoid(*at, (tip[0], tip[1] - 1.0, 0.0), (high * 0.95, 4.2, 4.4)), 3.0)


def spinous_tip(level: Level) -> tuple[float, float, float]:
    """Return where a spinous process ends, in the vertebra's own axes (its knob reaches 3.2 mm farther back)."""
    back = level.depth * 0.45 + level.canal_depth + 3.0 + level.process_length
    return -5.5 + level.process_slope * level.process_length, back, 0.0


RIBS = (  # the joint's height above its vertebra (mm), how far around the trunk (1: to the front), start beside midline
    ("T8", 9.0, 1.35, 17.0),
    ("T9", 9.0, 1.30, 17.0),
    ("T10", 9.0, 1.22, 17.5),
    ("T11", 4.0, 0.80, 19.5),
    ("T12", 1.5, 0.52, 21.0),
)
CHEST = (133.0, 91.0, -28.0)  # half width, half depth and middle (y) of the ellipse on which ribs run, average build


def rib_curve(height: float, joint: float, reach: float, start: float) -> Array:
    """Return points (z, y, distance from midline) along a rib, from its joint (y of its vertebra) around the trunk."""
    neck = [(0.0, 9.0, 0), (0.5, 16.5, 6), (-1.5, 26, 15), (-5, 34, 26), (-9, 39.5, 38), (-12.5, 42.5, 49)]
    points = [(height + up, back + joint * (1 - out / 49), start + out) for up, back, out in neck]
    half_width, half_depth, middle = CHEST
    first = np.deg2rad(62)
    for step, turn in enumerate(np.linspace(first, first - np.pi * 0.62 * reach, 26)):
        out = half_width * np.cos(turn)
        if out < start + 57 and step < 8:
            continue  # still behind the neck
        if out < 8:
            break
        falls = (62 * reach + 6) * step / 25
        points.append((height - 12.5 - falls, min(middle + half_depth * np.sin(turn), 46.0), out))
    return np.array(points, np.float32)


def ribs(z: Array, y: Array, x: Array) -> Array:
    """Return the distance to all ribs (50 mm where none is near); each side has its own slight waves."""
    shape = np.broadcast_shapes(z.shape, y.shape, x.shape)
    distance = np.full(shape, 50.0, np.float32)
    for side in (-1, 1):
        beside = np.where(x * side > 0, np.abs(x), -99.0).astype(np.float32)
        for name, above, reach, start in RIBS:
            points = rib_curve(STACK[name].z + above, STACK[name].y, reach, start)
            along = np.arange(len(points)) / 12.0
            wave = 1.6 * np.sin(3 * along + side + points[0, 0])
            points = points + np.stack([wave + side * 1.8 * np.clip(along, 0, 1), 0.5 * wave, 0 * along], 1)
            for a, b in pairwise(points):
                _add_near(distance, (z, y, beside), a, b, *((4.6, 3.6) if a[2] < 24 else (6.0, 3.3)))
    return distance


def _add_near(distance: Array, at: Shape, a: Array, b: Array, high: float, wide: float) -> None:
    """Join a piece of rib to the shape, computed only where it is near."""
    z, y, x = (axis.ravel() for axis in at)
    near = []
    for axis, low, top in zip((z, y, x), np.minimum(a, b), np.maximum(a, b), strict=True):
        inside = np.flatnonzero((axis > low - 12) & (axis < top + 12))
        if not len(inside):
            return
        near.append(slice(int(inside[0]), int(inside[-1]) + 1))
    box = (near[0], near[1], near[2])
    here = z[box[0], None, None], y[None, box[1], None], x[None, None, box[2]]
    piece = rod(*here, a.tolist(), b.tolist(), UP, high, wide)
    distance[box] = smin(distance[box], piece.astype(np.float32), 1.2)


def keep_apart(a: Array, b: Array, gap: float) -> Array:
    """Return shape a, drawn back so that half a gap (mm) stays between it and shape b: even, curved joints."""
    return smax(a, (a - b + gap) / 2, 0.3)


def spur(z: Array, y: Array, x: Array) -> dict[str, Array]:
    """Return small spurs on the facing rims of T12 and L1, right in front: hardly any adult spine has none."""
    upper, lower = LEVELS["T12"], LEVELS["L1"]
    on_upper = (upper.z - upper.height_front / 2 - 0.6, upper.y - 12.4, -11.0)
    on_lower = (lower.z + lower.height_front / 2 - 0.7, lower.y - 13.2, -12.0)
    return {
        "T12": ellipsoid(z, y, x, on_upper, (2.0, 4.4, 5.5)),
        "L1": ellipsoid(z, y, x, on_lower, (2.0, 4.6, 5.5)),
    }
