"""What lies between and inside the bones of the spine: discs, canal, cord, roots, ligaments; the finished spine grid.

Sizes come from ``Level`` and ``content/simulator/anatomy.yaml``; all other numbers (how thick a ligament is drawn,
where a root leaves) are chosen for the look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from modalities.simulate.anatomy import STACK, Bone, hollow_back, keep_apart, outline, own_axes, ribs, spur, vertebra
from modalities.simulate.brushes import stored, straight
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.phantom import IS_BONE, LEVELS, SPINE, L, Level, along_spine, noise_on
from modalities.simulate.shapes import ellipsoid, rod, smin

SIZES = constants("anatomy")
FAR_MM = 30.0  # stands for "not near" in a distance
WARP_MM = 0.47  # how far bones are pushed out of their ideal shape; twice that makes bodies look pointed
JOINT_MM, RIB_JOINT_MM = 1.5, 1.4
DISC = ("annulus", "nucleus", "endplate_cart")
DISC_LEVELS = list(pairwise(STACK))
Names = Iterable[str]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Coordinates (mm) on the spine grid with the side curve and the turn taken out: z up, y back, x left."""

    z: Array
    y: Array
    x: Array

    @property
    def beside(self) -> Array:
        """Return the distance from the midline."""
        return np.abs(self.x)


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """All bones on the spine grid: distances in mm, and the parts that later steps ask for."""

    each: dict[str, Bone]
    spine: Array  # nearest vertebra
    rib: Array


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Labels of the spine grid in the making."""

    labels: npt.NDArray[np.uint8]

    def put(self, name: str, where: Mask) -> None:
        """Give voxels a label."""
        self.labels[where] = L[name]

    def holds(self, names: Names) -> Mask:
        """Return the voxels that have one of some labels."""
        return np.isin(self.labels, [L[name] for name in names])


def spine_grid(around: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Return labels and stored bone distances of the spine grid; ``around`` are the labels of the soft tissue there."""
    z, y, x = SPINE.mesh()
    back, left = straight(z, y, x)
    place = Place(z, back.astype(np.float32), left.astype(np.float32))
    draft = Draft(around.copy())
    bones = _bones(place, draft)
    _rind(place, draft, bones)
    for upper, lower in DISC_LEVELS:
        _disc(place, draft, bones, upper, lower)
    _canal(place, draft, bones)
    _cord(place, draft)
    _roots(place, draft, bones)
    _between_processes(place, draft, bones)
    return _finish(draft, bones)


def _bones(place: Place, draft: Draft) -> Bones:
    """Make vertebrae and ribs, and keep neighbors apart (with cartilage in the gaps behind the bodies)."""
    warped = (
        axis + WARP_MM * noise_on(SPINE, 15, 70, seed=40 + i) for i, axis in enumerate((place.z, place.y, place.x))
    )
    z, y, x = warped
    each = {name: _one(name, z, y, x) for name in STACK}
    for name, shape in spur(place.z, place.y, place.x).items():
        each[name].whole[:] = smin(each[name].whole, shape, 1.6)
    behind = place.y > along_spine("back_wall", place.z) + 2
    for upper, lower in DISC_LEVELS:
        a, b = each[upper].whole.copy(), each[lower].whole.copy()
        each[upper].whole[:], each[lower].whole[:] = keep_apart(a, b, JOINT_MM), keep_apart(b, a, JOINT_MM)
        draft.put("cartilage", (a < 2.6) & (b < 2.6) & behind)
    spine = np.min([bone.whole for bone in each.values()], axis=0)
    rib = keep_apart(ribs(*SPINE.mesh()), spine, RIB_JOINT_MM)
    draft.put("cartilage", (rib < 2.2) & (spine < 2.2))
    return Bones(each, spine, rib)


def _one(name: str, z: Array, y: Array, x: Array) -> Bone:
    """Return one vertebra on the whole grid; it is computed only where it can be."""
    level = STACK[name]
    box = SPINE.box((level.z - 52, -1e3, -1e3), (level.z + 34, 1e3, 1e3))
    made = vertebra(name, z[box[0]], y[box[0]], x[box[0]])

    def spread(part: Array) -> Array:
        whole = np.full(SPINE.shape, FAR_MM, np.float32)
        whole[box[0]] = part
        return whole

    return Bone(spread(made.whole), spread(made.body), spread(made.vein))


def _rind(place: Place, draft: Draft, bones: Bones) -> None:
    """Lay the ligament in front of the bodies and fat at their sides."""
    middle = along_spine("y", place.z)
    front = (bones.spine < 1.1) & (place.y < middle + 4)
    draft.put("ligament", front & ~IS_BONE[draft.labels])
    side = (bones.spine < 3.0) & (bones.spine >= 1.1) & (place.y < middle + 12) & (place.beside > 8)
    draft.put("visceral_fat", side & draft.holds(["crus"]))


def _disc(place: Place, draft: Draft, bones: Bones, upper: str, lower: str) -> None:
    """Fill the room between two bodies with annulus, nucleus and the cartilage of the end plates."""
    a, b = STACK[upper], STACK[lower]
    top, bottom = a.z - a.height / 2, b.z + b.height / 2
    tilt = float(np.tan(np.deg2rad((a.tilt_deg + b.tilt_deg) / 2)))
    back = place.y - (a.y + b.y) / 2
    up = place.z - (top + bottom) / 2 + tilt * back
    wide, deep = (a.width + b.width) / 4, (a.depth + b.depth) / 4
    rho = outline(a, back, place.x, wide, np.where(back > 0, deep * 0.93, deep * 1.05))
    side = np.maximum((rho - 1) * deep - 0.4, hollow_back(back, place.x, deep * 0.93 - 1.0))
    bodies = np.minimum(bones.each[upper].body, bones.each[lower].body)
    between = (bodies > -0.2) & (np.abs(up) < 9) & (place.z < a.z) & (place.z > b.z)
    disc = (side < 0) & between
    draft.put("annulus", disc)
    half = (top - bottom) / 2 + 2.0
    lens = 0.72 * np.sqrt(np.clip(1 - (up / half) ** 2, 0, 1))
    uneven = 0.02 * noise_on(SPINE, 7, 24, seed=4)
    draft.put("nucleus", disc & (rho + 0.10 * (back < -4) + uneven < lens))
    draft.put("endplate_cart", disc & (bodies < 0.7) & (rho < 0.85))
    draft.put("ligament", (side >= 0) & (side < 1.3) & between & (np.abs(up) < 7))


@dataclass(frozen=True, slots=True, eq=False)
class CanalLine:
    """The canal's course at every height: back wall of the bodies, middle, half sizes (mm)."""

    wall: Array
    middle: Array
    deep: Array
    wide: Array

    @classmethod
    def at(cls, z: Array) -> CanalLine:
        """Return the course at some heights."""
        wall, deep = along_spine("back_wall", z), along_spine("canal_depth", z) / 2
        return cls(wall, wall + deep - 0.4, deep, along_spine("canal_width", z) / 2)

    @property
    def sac_back(self) -> Array:
        """Return y of the back of the sac."""
        return self.middle - 0.6 + self.deep - 1.5


def _canal(place: Place, draft: Draft, bones: Bones) -> None:
    """Fill canal and foramina: fat, yellow ligaments, sac with fluid, veins and the ligament behind the bodies."""
    line, disc = CanalLine.at(place.z), draft.holds(DISC)
    back = place.y - line.middle
    tube = (np.sqrt((place.x / (line.wide + 0.4)) ** 2 + ((back - 0.4) / (line.deep + 0.6)) ** 2) - 1) * line.deep
    draft.put("epidural_fat", (tube < 1.2) & (place.y > line.wall - 0.6) & (bones.spine > -0.2) & ~disc)
    behind = back - line.deep
    triangle = (place.beside < 5.0 - 0.75 * behind) & (back > 2) & (behind < 6.5) & (bones.spine > 0.2)
    draft.put("epidural_fat", triangle)
    keep = draft.holds((*DISC, "cartilage"))
    for level in STACK.values():
        draft.put("epidural_fat", (_foramen(place, level) < 0) & (bones.spine > 0) & ~keep)
    for upper, lower in DISC_LEVELS:
        draft.put("ligament", _yellow_ligament(place, line, STACK[upper], STACK[lower]) & (bones.spine > 0.1))
    deep = line.deep - 1.5
    sac = (np.sqrt((place.x / (line.wide - 2.2)) ** 2 + ((back + 0.6) / deep) ** 2) - 1) * deep
    free = bones.spine > 0.3
    draft.put("csf", (sac < 0) & free)
    draft.put("ligament", (np.abs(sac) < 0.35) & free)
    _behind_bodies(place, draft, bones, place.y - line.wall)


def _foramen(place: Place, level: Level) -> Array:
    up, back = own_axes(level, place.z, place.y)
    middle = (-level.height_back * 0.40 - 2.2, level.depth * 0.45 + 5.0, level.canal_width / 2 + 5)
    return ellipsoid(up, back, place.beside, middle, (8.5, 6.8, 10.5))


def _yellow_ligament(place: Place, line: CanalLine, upper: Level, lower: Level) -> Mask:
    """Return the ligament between two laminae: behind the sac, split in the midline."""
    back = place.y - line.middle
    ring = np.sqrt((place.beside * 0.95 / (line.wide + 0.5)) ** 2 + (back / (line.deep + 2.2)) ** 2)
    wall = np.abs(ring - 1.06) * line.deep < 1.6
    between = (place.z < upper.z - 6) & (place.z > lower.z + 4)
    return wall & between & (back > 1.5) & (place.beside < 11.5) & (place.beside > 0.7)


def _behind_bodies(place: Place, draft: Draft, bones: Bones, from_wall: Array) -> None:
    """Draw the veins and the ligament between bodies and sac."""
    veins = (from_wall > 0) & (from_wall < 2.4) & (np.abs(place.beside - 4.0) < 2.0)
    draft.put("vein", veins & draft.holds(["epidural_fat"]))
    band = (np.abs(from_wall) < 1.2) & (place.beside < 3.0) & (bones.spine > 0)
    draft.put("ligament", band & draft.holds(["epidural_fat", "csf", "vein"]))


def conus_tip() -> float:
    """Return the height (z in mm) at which the cord ends."""
    upper, lower = LEVELS["T12"], LEVELS["L1"]
    disc = (upper.z - upper.height / 2 + lower.z + lower.height / 2) / 2
    return disc + SIZES["conus_above_disc_t12_l1_mm"]


TAPER_MM = 22.0  # of the cord's end that gets thinner


def _cord(place: Place, draft: Draft) -> None:
    """Draw the cord with its gray matter; it swells a little above the conus and lies toward the front."""
    z = place.z
    line = CanalLine.at(z)
    taper = np.sqrt(np.clip((z - conus_tip()) / TAPER_MM, 0, 1))
    swell = np.exp(-(((z - LEVELS["T12"].z - 20) / 24) ** 2))
    half_width, half_depth = (
        (SIZES[f"cord_{size}_thoracic_mm"] * (1 - swell) + SIZES[f"cord_{size}_lumbar_mm"] * swell) / 2
        for size in ("width", "depth")
    )
    fluid = np.interp(z, (LEVELS["T12"].z, LEVELS["T11"].z), (SIZES["dorsal_csf_t12_mm"], SIZES["dorsal_csf_t11_mm"]))
    back = place.y - (line.sac_back - fluid.astype(np.float32) - half_depth)
    wide, deep = half_width * taper + 1e-3, half_depth * taper + 1e-3
    rho = np.sqrt((place.x / wide) ** 2 + (back / deep) ** 2)
    draft.put("cord_white", (rho < 1) & (taper > 0))
    horns = (np.abs(place.beside - wide * 0.36) < wide * 0.16) & (np.abs(back) < deep * 0.62)
    bridge = (place.beside < wide * 0.4) & (np.abs(back) < deep * 0.16)
    draft.put("cord_gray", (horns | bridge) & (rho < 0.85) & (taper > 0))


def _roots(place: Place, draft: Draft, bones: Bones) -> None:
    """Draw the roots around the conus, lying at the back below it (supine), and those that leave."""
    line, tip = CanalLine.at(place.z), conus_tip()
    random = np.random.default_rng(5)
    for number in range(24):
        side, rank = (1 if number % 2 else -1), number // 2
        start = tip + (40 - 3.2 * rank if rank > 5 else 58 - 4 * rank)
        left, back = side * (1.0 + 0.62 * rank), 3.6 - 0.16 * rank + random.uniform(-0.5, 0.5)
        down = np.clip((start - place.z) / 40, 0, 1)
        x = left * (0.75 + 0.25 * down) + 0.25 * np.sin(place.z / 9 + number)
        y = line.middle + 0.4 + (back - 1) * down
        draft.put("root", ((place.x - x) ** 2 + (place.y - y) ** 2 < 0.64) & (place.z < start) & draft.holds(["csf"]))
    gives_way = draft.holds(["epidural_fat", "csf", "ligament", "visceral_fat", "muscle"]) & (bones.spine > 0)
    for level in STACK.values():
        draft.put("root", (_leaving_root(place, level) < 0) & gives_way)


def _leaving_root(place: Place, level: Level) -> Array:
    """Return the distance to a pair of roots with their ganglia, under the pedicles."""
    z, y = level.z - level.height_back * 0.17, level.back_wall + 5.2
    half = level.canal_width / 2
    ganglion = (z - 3.0, y + 0.5, half + 5)
    at = (place.z, place.y, place.beside)
    inner = rod(*at, (z + 9, y + 1.5, half - 3.0), ganglion, (0, 1, 0), 1.3, 1.3, 2.6, 2.6)
    outer = rod(*at, ganglion, (z - 16, y - 2, half + 19), (0, 1, 0), 2.4, 2.4, 1.5, 1.5)
    return np.minimum(inner, outer)


def _between_processes(place: Place, draft: Draft, bones: Bones) -> None:
    """Fill the room between the spinous processes, with the ligament over their tips."""
    line = CanalLine.at(place.z)
    back = place.y - (line.middle + line.deep + 4)
    free = bones.spine > 0.2
    draft.put("interspinous", (place.beside < 3.0) & (back > 1) & (back < 26) & free)
    draft.put("ligament", (place.beside < 2.6) & (back >= 26) & (back < 30) & free)


def _finish(draft: Draft, bones: Bones) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Turn the shapes into one true distance with a slightly rough surface, and name the bone."""
    bone = smin(bones.spine, bones.rib, 0.2)
    slope = np.sqrt(sum(part**2 for part in np.gradient(bone, SPINE.step)))
    bone = bone / np.clip(slope, 0.55, 1.8) + 0.10 * noise_on(SPINE, 2, 9, seed=21)
    body = np.min([part.body for part in bones.each.values()], axis=0)
    inside = bone < 0
    draft.put("bone_post", inside)
    draft.put("marrow_body", inside & (body < 0.6))
    draft.put("rib", inside & (bones.rib < bones.spine))
    vein = np.min([part.vein for part in bones.each.values()], axis=0)
    draft.put("vein", (vein < 0.1) & (body < 1.5) & ~inside)
    return draft.labels, stored(bone)
