"""CT-guided biopsy: a safe way for the needle, the control picture with the needle in place, the chance of success.

The patient lies prone, and the picture is turned as radiologists see it: the back is up, the patient's left is on the
picture's left (``Frame`` says so). The needle lies in one axial plane. It is put into the object before the CT's
projections, so its streaks and its dark shadow are those of the reconstruction. What stands in ``facts`` are numbers
and ids, no words for users.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from modalities.simulate import ct
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, Mask, frame
from modalities.simulate.needle import (
    GAUGES,
    GUIDANCE,
    MOST_PASSES,
    NONE,
    Aim,
    Needle,
    Point,
    Target,
    Yield,
    aim_of,
    along_core,
    chance,
    first_error_mm,
    hit_share,
    needle,
    tissue_of,
)
from modalities.simulate.painting import Painted, center
from modalities.simulate.phantom import IS_BONE, LEVELS, SPINE, TRUNK, Grid, L, load_phantom, side_curve
from modalities.simulate.scene import METASTASES, Build, Kind, Lesion
from modalities.simulate.sharing import kept
from modalities.simulate.tomography import Technique
from modalities.simulate.views import Grain, Setting, Settings, View

C = constants("biopsy")
Route = Literal["transpedicular", "costovertebral", "posterolateral", "posterior"]
VIEWS = (
    View(
        "biopsy",
        "needle",
        "slice",
        (
            Setting("gauge", 13, GAUGES),
            Setting("passes", 2, tuple(range(1, MOST_PASSES + 1))),
            Setting("guidance", "freehand", GUIDANCE),
            Setting("aim_mm", 0.0, low=-15.0, high=15.0, unit="mm"),
        ),
    ),
)
KEEP_OFF = {  # what a needle must not cross; the kidney first, as its pelvis has the label of csf
    "kidney": ("kidney", "kidney_medulla"),
    "canal": ("csf", "cord_white", "cord_gray", "epidural_fat", "root"),
    "aorta": ("aorta",),
    "vena_cava": ("vena_cava",),
    "lung": ("lung",),
    "liver": ("liver",),
    "spleen": ("spleen",),
    "bowel": ("bowel_wall", "bowel_content", "gas", "stomach_content"),
    "pancreas": ("pancreas",),
}
PATHOLOGY: dict[Kind, str] = {
    "hemangioma": "hemangioma",
    "osteoporotic_fracture": "fracture",
    "degenerative_end_plate": "worn_end_plate",
    "bone_island": "bone_island",
    "schmorl_node": "disc_in_bone",
    "discitis": "culture",
}
NOT_SEEN_ON_CT: tuple[Kind, ...] = ("marrow_only",)


def _table(names: tuple[str, ...]) -> Mask:
    return np.isin(np.arange(64), [L[name] for name in names])


CANAL = _table(KEEP_OFF["canal"])
FORBIDDEN = _table(tuple(name for names in KEEP_OFF.values() for name in names))


# The target


@kept(4)
def target_of(painted: Painted) -> Target:
    """Return what the needle may aim at: the scene's first lesion, without what lies in the canal."""
    lesion, patch = painted.scene.lesions[0], painted.patch
    assert patch is not None
    level = LEVELS[lesion.vertebra]
    half = level.height_back / 2
    low, high = (round((z - SPINE.z0) / SPINE.step) for z in (level.z - half - 24, level.z + half + 14))
    part = patch.box[0]
    rows = slice(max(low, part.start), min(high, part.stop))
    mask = patch.truth[rows.start - part.start : rows.stop - part.start].copy()
    mask &= ~CANAL[painted.phantom.labels[rows, patch.box[1], patch.box[2]]]
    first = (rows.start, patch.box[1].start, patch.box[2].start)
    origin = np.array(SPINE.origin) + SPINE.step * np.array(first)
    _leave_out_others(mask, origin, painted.scene.lesions)
    if not mask.any():
        return Target(np.ones((1, 1, 1), bool), np.array(center(lesion)))
    box = ndimage.find_objects(mask.view(np.uint8))[0]
    return Target(mask[box], origin + SPINE.step * np.array([side.start for side in box]))


def _leave_out_others(mask: Mask, origin: Point, lesions: tuple[Lesion, ...]) -> None:
    if len(lesions) == 1:
        return
    at = np.argwhere(mask)
    far = [np.linalg.norm(origin + SPINE.step * at - np.array(center(lesion)), axis=1) for lesion in lesions]
    mask[tuple(at[np.argmin(far, axis=0) > 0].T)] = False


# The way


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way for the needle in an axial plane: where it enters the skin and where it is to end (z, y, x in mm)."""

    entry: Point
    tip: Point
    clearance_mm: float
    route: Route

    @property
    def inward(self) -> Point:
        """Return the direction of the needle (unit vector)."""
        run = self.tip - self.entry
        return run / np.linalg.norm(run)

    @property
    def depth_mm(self) -> float:
        """Return the distance from the skin to the tip."""
        return float(np.linalg.norm(self.tip - self.entry))

    @property
    def angle_deg(self) -> float:
        """Return the angle off the vertical."""
        return float(np.degrees(np.arctan2(abs(self.inward[2]), -self.inward[1])))


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """What lies in an axial plane: labels of the spine box and of the trunk around it."""

    spine: npt.NDArray[np.uint8]
    trunk: npt.NDArray[np.uint8]

    def labels(self, y: Array, x: Array) -> npt.NDArray[np.uint8]:
        """Return the labels at points."""
        return _pick(self.spine, self.trunk, y, x)


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """How far a point of an axial plane lies from what a needle must not cross (mm), in both grids."""

    spine: Array
    trunk: Array

    def clearance(self, y: Array, x: Array) -> Array:
        """Return the distances at points."""
        return _pick(self.spine, self.trunk, y, x)


def _pick(spine: npt.NDArray[Any], trunk: npt.NDArray[Any], y: Array, x: Array) -> npt.NDArray[Any]:
    inner, inside = _at(SPINE, y, x)
    return np.where(inside, spine[inner], trunk[_at(TRUNK, y, x)[0]])


def _at(grid: Grid, y: Array, x: Array) -> tuple[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]], Mask]:
    """Return the indices of points in a plane of a grid (clipped), and which of them lie in it."""
    row = np.rint((y - grid.y0) * (1 / grid.step)).astype(np.int32)
    column = np.rint((x - grid.x0) * (1 / grid.step)).astype(np.int32)
    inside = (row >= 0) & (row < grid.ny) & (column >= 0) & (column < grid.nx)
    return (np.clip(row, 0, grid.ny - 1), np.clip(column, 0, grid.nx - 1)), inside


def _near(grid: Grid, z: float, margin: int) -> slice:
    """Return a plane of a grid with ``margin`` voxels above and below."""
    k = int(np.clip(round((z - grid.z0) / grid.step), margin, grid.nz - 1 - margin))
    return slice(k - margin, k + margin + 1)


def plane_of(painted: Painted, z: float) -> Plane:
    """Return the plane at a height."""
    labels = painted.block((_near(SPINE, z, 0), slice(None), slice(None))).labels[0]
    return Plane(labels, painted.trunk[_near(TRUNK, z, 0)][0])


THICK = 2  # voxels above and below a plane that the needle fills


def room_of(painted: Painted, z: float) -> Room:
    """Return the room in the plane at a height; what lies above and below within a needle's thickness counts."""
    near = (_near(SPINE, z, THICK), slice(None), slice(None))
    keep_off = (FORBIDDEN[painted.block(near).labels] | CANAL[painted.phantom.labels[near]]).any(0)
    spine: Array = ndimage.distance_transform_edt(np.logical_not(keep_off)) * SPINE.step
    trunk = _room_of_trunk(painted.scene.build, _near(TRUNK, z, 1).start)
    grid_y, grid_x = SPINE.axes()[1:]
    return Room(np.minimum(spine, trunk[_at(TRUNK, grid_y[:, None], grid_x[None, :])[0]]), trunk)


@lru_cache(maxsize=32)
def _room_of_trunk(build: Build, k: int) -> Array:
    organs = FORBIDDEN[load_phantom(build).trunk[k : k + 3]].any(0)
    away: Array = ndimage.distance_transform_edt(np.logical_not(organs)) * TRUNK.step
    return (away - TRUNK.step / 2).astype(np.float32)


LINE_MM, TURN_DEG = 1.4, 2.5
OFF_MIDDLE = 0.6  # of a lesion's radius: where else than at its middle a needle may be aimed
RING = np.array([(0.0, 0.0)] + [(np.sin(a), np.cos(a)) for a in np.arange(8) * np.pi / 4])


@kept(4)
def plan(painted: Painted) -> Path | None:
    """Return the best way to a scene's first lesion; None if no way keeps off canal, vessels and organs.

    Straight lines from the skin of the back in axial planes through the lesion are compared: a way must keep
    ``least_clearance_mm``; clearance, length, angle, ribs, whether it points at the canal and how often a core taken
    there would pass through the lesion decide.
    """
    if not painted.scene.lesions:
        return None
    target, aim = target_of(painted), _aim(painted, "freehand")
    best: tuple[float, Path] | None = None
    for k in _planes(target):
        for worth, path in _ways_in_plane(painted, target, k):
            hit = hit_share(target, path.tip, path.inward, aim)
            total = worth + C["worth_of_hit"] * hit
            if best is None or total > best[0]:
                best, sure = (total, path), hit >= C["sure_hit"] and path.clearance_mm >= C["comfortable_clearance_mm"]
        if best is not None and sure:
            break
    return None if best is None else best[1]


def _planes(target: Target) -> list[int]:
    """Return planes of a target to try: that with most of it, then others around the middle with half as much."""
    area = ndimage.uniform_filter1d(target.mask.sum((1, 2)).astype(float), 3, mode="constant")
    most, middle = int(area.argmax()), round(float(np.average(np.arange(len(area)), weights=area + 1e-9)))
    tries = [k for k in (middle + 4 * step for step in (0, 1, -1, 2, -2)) if abs(k - most) > 1]
    return [most, *(k for k in tries if 0 <= k < len(area) and area[k] >= 0.5 * area[most])]


def _ways_in_plane(painted: Painted, target: Target, k: int) -> list[tuple[float, Path]]:
    """Return the best ways to a few points of one plane of a target, each with what it is worth, the best first."""
    mask = target.mask[k]
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return []
    middle = np.array([rows.mean(), columns.mean()])
    radius = np.sqrt(len(rows) / np.pi)
    spots = np.rint(middle + OFF_MIDDLE * radius * RING).astype(int)
    spots = spots[(spots >= 0).all(1) & (spots < mask.shape).all(1)]
    spots = np.unique(spots[mask[spots[:, 0], spots[:, 1]]], axis=0)
    if not len(spots):
        nearest = np.argmin((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2)
        spots = np.array([[rows[nearest], columns[nearest]]])
    points = target.origin[1:] + SPINE.step * spots
    slab = Target(mask[None], target.origin + np.array([SPINE.step * k, 0, 0]))
    return _ways(painted, slab, points, min(C["core_length_mm"] / 2, 0.8 * radius * SPINE.step))


def _ways(painted: Painted, slab: Target, points: Array, beyond: float) -> list[tuple[float, Path]]:
    """Return the best way from the skin through each point to ``beyond`` it, with what it is worth.

    ``slab`` is one plane of the target; a way lies at the upper side of its voxels, so that the slice around it holds
    whole planes.
    """
    z = float(slab.origin[0])
    plane, room = plane_of(painted, z), room_of(painted, z)
    turns = np.deg2rad(np.arange(-C["steepest_deg"], C["steepest_deg"] + 0.1, TURN_DEG)).astype(np.float32)
    y, x, along = _lines(points, turns, -beyond, C["length_mm"] - beyond)
    labels = plane.labels(y, x)
    outside = np.maximum.accumulate((labels == L["air"]) & (along > 0), axis=-1)
    clear = np.where(outside, np.inf, room.clearance(y, x)).min(-1)
    length = outside.argmax(-1) * LINE_MM
    slips = _lines(points, turns, -beyond - C["overshoot_mm"], -beyond)
    worth = (
        np.minimum(clear, C["comfortable_clearance_mm"])
        - C["worth_of_length"] * length
        - C["worth_of_angle"] * np.rad2deg(np.abs(turns))
        - C["worth_of_rib"] * ((labels == L["rib"]) & ~outside).sum(-1) * LINE_MM
        - C["worth_of_not_aiming_at_canal"] * CANAL[plane.labels(*slips[:2])].any(-1)
    )
    worth = np.where((clear >= C["least_clearance_mm"]) & outside.any(-1), worth, -np.inf)
    ways = []
    for spot, turn in enumerate(worth.argmax(1)):
        if np.isfinite(worth[spot, turn]):
            out = np.array([0.0, np.cos(turns[turn]), np.sin(turns[turn])])
            aim, up = np.array([z, *points[spot]]), np.array([SPINE.step / 2, 0.0, 0.0])
            tip, entry = aim - _inside(slab, aim, out, beyond) * out, aim + (length[spot, turn] - beyond) * out
            route = _route(painted, plane, y[spot, turn], x[spot, turn], outside[spot, turn])
            ways.append((float(worth[spot, turn]), Path(entry + up, tip + up, float(clear[spot, turn]), route)))
    return ways


def _inside(slab: Target, aim: Point, out: Point, beyond: float) -> float:
    """Return how far beyond a point a line stays in the target, up to ``beyond`` (mm)."""
    steps = np.arange(0, beyond, SPINE.step / 2)
    held = slab.holds(aim - steps[:, None] * out)
    return beyond if held.all() else float(steps[max(int(held.argmin()) - 1, 0)])


def _lines(points: Array, turns: Array, start: float, stop: float) -> tuple[Array, Array, Array]:
    """Return (y, x) along lines (points x turns x steps), and how far along they are; 0 is at the points."""
    along = np.arange(start, stop, LINE_MM, dtype=np.float32)
    y = points[:, 0, None, None] + np.cos(turns)[:, None] * along
    return y, points[:, 1, None, None] + np.sin(turns)[:, None] * along, along


def _route(painted: Painted, plane: Plane, y: Array, x: Array, outside: Mask) -> Route:
    """Return the name of a way: what it passes beside the canal."""
    level = LEVELS[painted.scene.lesions[0].vertebra]
    if y[0] > level.back_wall + 0.6 * level.canal_depth:
        return "posterior"
    beside = (y > level.back_wall + 1) & (y < level.back_wall + 0.6 * level.canal_depth) & ~outside
    if IS_BONE[plane.labels(y, x)][beside].mean() >= 0.5:
        return "transpedicular"
    return "posterolateral" if level.z < LEVELS["T12"].z else "costovertebral"


# The needle in place


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A needle in the body."""

    entry: Point
    tip: Point
    tool: Needle

    @property
    def inward(self) -> Point:
        """Return its direction (unit vector)."""
        run = self.tip - self.entry
        return run / np.linalg.norm(run)

    def core(self) -> Array:
        """Return the points of the core that it takes (mm)."""
        return (self.tip - along_core()[:, None] * self.inward).astype(np.float32)


def place(painted: Painted, path: Path, settings: Settings, seed: int) -> Placed:
    """Return the needle as it lies in the control picture.

    Its tip is off by ``aim_mm`` (sideways in the plane, toward the patient's left if positive) and by an error of the
    law of ``needle.aim_of``; an error along the body moves the whole needle to another plane of voxels. An error that
    would bring it to canal, vessels or organs is seen on CT and corrected.
    """
    tool, aim = needle(int(settings["gauge"])), _aim(painted, str(settings["guidance"]))
    random = np.random.default_rng(seed)
    error = aim.shared_mm * random.standard_normal(3) + aim.own_mm * random.standard_normal(3)
    meant = aimed_at(path, settings)
    for share in (1.0, 0.5, 0.0):
        up = np.array([SPINE.step * round(share * error[0] / SPINE.step), 0.0, 0.0])
        off = share * (error[1] * sideways(path.inward) + error[2] * path.inward)
        placed = Placed(path.entry + up, meant + off + up, tool)
        if crossed(painted, placed) == "none":
            break
    return placed


def aimed_at(path: Path, settings: Settings) -> Point:
    """Return where the tip is meant to be: at its best place, or beside it if the needle is aimed off."""
    return path.tip + float(settings["aim_mm"]) * sideways(path.inward)


def sideways(inward: Point) -> Point:
    """Return the direction across a needle in its plane, toward the patient's left (unit vector)."""
    return np.array([0.0, inward[2], -inward[1]])


def _aim(painted: Painted, guidance: str) -> Aim:
    return aim_of(guidance, painted.scene.lesions[0].kind not in NOT_SEEN_ON_CT)


def crossed(painted: Painted, placed: Placed) -> str:
    """Return what a needle crosses that it must not (an id of ``KEEP_OFF``), or ``none``."""
    plane = plane_of(painted, float(placed.tip[0]))
    run = placed.tip - placed.entry
    share = np.linspace(0, 1, int(np.linalg.norm(run) / 0.5))[:, None]
    wide = np.array([-0.5, 0.0, 0.5]) * placed.tool.outer_mm
    points = placed.entry + share[..., None] * run + wide[:, None] * sideways(placed.inward)
    found = set(np.unique(plane.labels(points[..., 1], points[..., 2])).tolist())
    if CANAL[plane_of(painted.healthy, float(placed.tip[0])).labels(points[..., 1], points[..., 2])].any():
        found.add(L["csf"])  # a canal that tumor has filled is still one
    return next((name for name, labels in KEEP_OFF.items() if any(L[label] in found for label in labels)), "none")


def biopsy_chance(painted: Painted, settings: Settings, seed: int) -> Yield:
    """Return the chance that the biopsy of a scene's first lesion is read as tumor (0 where no way is safe)."""
    path = plan(painted)
    if path is None:
        return NONE
    tool, aim = needle(int(settings["gauge"])), _aim(painted, str(settings["guidance"]))
    tissue, passes = tissue_of(painted.scene.lesions[0].kind), int(settings["passes"])
    return chance(target_of(painted), aimed_at(path, settings), path.inward, tool, aim, tissue, passes, seed)


# The picture

PIXELS, MARGIN_MM = 512, 4.0
LOWEST_HU, HIGHEST_HU = -1024, 3071  # of the numbers that a scanner stores


def technique() -> Technique:
    """Return how the control picture is taken."""
    return Technique("soft", C["dose"], C["slice_mm"])


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels: prone, the back up, the patient's left on the left; the slice holds the needle's way."""
    path = plan(painted)
    if path is not None:
        z = float(path.tip[0])
    else:
        z = center(painted.scene.lesions[0])[0] if painted.scene.lesions else LEVELS["T12"].z
    top, bottom = _skin(painted) + C["above_skin_mm"], -C["in_front_mm"]
    half = (top - bottom) / 2
    return frame(0, z, (top, bottom), (half, -half), 2 * half / PIXELS)


def _skin(painted: Painted) -> float:
    """Return y of the skin over the spine."""
    k, middle = (round(-start / TRUNK.step) for start in (TRUNK.z0, TRUNK.x0))
    return float(TRUNK.y0 + TRUNK.step * np.flatnonzero(painted.trunk[k, :, middle] != L["air"])[-1])


def display_of(view: str, settings: Settings) -> Display:
    """Return a window that shows bone, tumor and needle."""
    return Display(C["window_center_hu"], C["window_width_hu"])


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return the control picture with the needle in place, and in ``facts`` how good it lies.

    The slice is the one that holds the needle; the picture's own frame says where it is.
    """
    path, at = plan(painted), frame_of(painted, view, settings)
    placed = None if path is None else place(painted, path, settings, seed)
    if placed is not None:
        at = replace(at, position_mm=float(placed.tip[0]))
    whole = ct.slice_frame(at.position_mm)
    water, bone = ct.materials(painted, whole, C["slice_mm"])
    if placed is not None:
        water, bone, metal = put_in(placed, whole, water, bone)
        bone = bone + metal
    pixels = np.clip(ct.reconstruct(water, bone, at, technique(), seed), LOWEST_HU, HIGHEST_HU)
    facts = facts_of(painted, path, placed, settings, seed)
    truth = painted.truth(at, C["slice_mm"])
    return Image("biopsy", view, pixels, "HU", at, display_of(view, settings), settings, seed, truth, facts=facts)


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return HU without noise and without the needle: what shows the target before it is placed."""
    return ct.ideal(ct.body_of(painted), frame, technique())


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise in the middle of a part of the frame."""
    return ct.grain_at(painted.scene.build, frame, technique())


def put_in(placed: Placed, whole: Frame, water: Array, bone: Array) -> tuple[Array, Array, Array]:
    """Return the materials of a slice with a needle in it, and its steel as bone.

    The wall of a tube fills a part of the slice's thickness; the bore holds the core, and air behind it.
    """
    unit, step = placed.inward[1:].astype(np.float32), whole.spacing_mm
    ends = placed.tip[1:], placed.tip[1:] - C["length_mm"] * unit
    rows, columns = (
        np.flatnonzero((at >= min(pair) - MARGIN_MM) & (at <= max(pair) + MARGIN_MM))
        for at, pair in zip((whole.rows, whole.columns), zip(*ends, strict=True), strict=True)
    )
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    y, x = (whole.rows[part[0]] - placed.tip[1])[:, None], (whole.columns[part[1]] - placed.tip[2])[None, :]
    behind, aside = -(y * unit[0] + x * unit[1]), np.abs(y * unit[1] - x * unit[0])  # of the tip, of the axis
    long = np.clip(behind / step + 0.5, 0, 1) * np.clip((C["length_mm"] - behind) / step, 0, 1)
    above = np.tan(np.deg2rad(C["tilt_deg"])) * (behind - C["in_slice_at_mm"])
    outer, bore = (
        _share_of_slice(aside, above, wide / 2, step) * long for wide in (placed.tool.outer_mm, placed.tool.bore_mm)
    )
    wall = outer - bore
    left = 1 - wall - bore * (behind > C["core_length_mm"])
    water, bone, metal = water.copy(), bone.copy(), np.zeros_like(bone)
    water[part] *= left
    bone[part] *= left
    metal[part] = wall * C["steel_as_bone"]
    return water, bone, metal


def _share_of_slice(aside: Array, above: Array, radius: float, step: float) -> Array:
    """Return the share of a slice's thickness that a round rod fills, averaged over a pixel.

    ``aside`` is the distance from its axis in the plane, ``above`` that of its axis from the middle of the slice.
    """
    half = C["slice_mm"] / 2
    share = np.zeros_like(aside)
    for shift in (-1 / 3, 0.0, 1 / 3):
        chord = np.sqrt(np.clip(radius**2 - (aside + shift * step) ** 2, 0, None))
        share += np.clip(np.minimum(above + chord, half) - np.maximum(above - chord, -half), 0, None)
    return share / (6 * half)


def facts_of(
    painted: Painted, path: Path | None, placed: Placed | None, settings: Settings, seed: int
) -> dict[str, float | str]:
    """Return how the needle lies and what may come of it, as numbers and ids."""
    if not painted.scene.lesions:
        return {"route": "none", "limited_by": "no_lesion"}
    if path is None or placed is None:
        return {"route": "none", "limited_by": "no_safe_path", "chance": 0.0, "pathology": "not_done"}
    return {
        "route": path.route,
        "side": _side(path),
        "angle_deg": round(path.angle_deg, 1),
        "clearance_mm": round(path.clearance_mm, 1),
        **_needle_facts(painted, path, placed),
        "passes": float(settings["passes"]),
        "first_error_mm": first_error_mm(str(settings["guidance"])),
        "error_mm": round(_aim(painted, str(settings["guidance"])).mean_mm, 1),
        **_chance_facts(painted, biopsy_chance(painted, settings, seed)),
    }


def _side(path: Path) -> str:
    beside = float(path.entry[2]) - side_curve(float(path.entry[0]))
    return "middle" if abs(beside) < C["middle_mm"] else "left" if beside > 0 else "right"


def _needle_facts(painted: Painted, path: Path, placed: Placed) -> dict[str, float | str]:
    target = target_of(painted)
    inside = float(target.holds(placed.core()).mean()) * C["core_length_mm"]
    return {
        "crosses": crossed(painted, placed),
        "entry_depth_mm": round(float(np.linalg.norm(placed.tip - placed.entry)), 1),
        "off_target_mm": round(float(np.linalg.norm(placed.tip - path.tip)), 1),
        "tip_in_lesion": "yes" if target.holds(placed.tip) else "no",
        "core_in_lesion_mm": round(inside, 1),
        "core_length_mm": C["core_length_mm"],
        "core_needed_mm": round(placed.tool.needed_mm, 1),
        "pathology": _pathology(painted, placed, inside),
    }


def _pathology(painted: Painted, placed: Placed, inside_mm: float) -> str:
    """Return what a pathologist would find in the core of a good sample from there (an id)."""
    if inside_mm >= placed.tool.needed_mm:
        return PATHOLOGY.get(painted.scene.lesions[0].kind, "tumor")
    _, y, x = placed.core().T
    in_bone = IS_BONE[plane_of(painted, float(placed.tip[0])).labels(y, x)].mean()
    return "normal_bone" if in_bone >= 0.5 else "soft_tissue"


def _chance_facts(painted: Painted, found: Yield) -> dict[str, float | str]:
    return {
        "chance": found.value,
        "chance_low": found.low,
        "chance_high": found.high,
        "chance_geometry": found.geometry,
        "chance_tissue": found.tissue,
        "chance_reading": found.reading,
        "limited_by": _limit(painted.scene.lesions[0].kind, found),
    }


def _limit(kind: Kind, found: Yield) -> str:
    """Return what lowers the chance most (an id)."""
    if kind not in METASTASES:
        return "no_tumor"
    if found.geometry > found.tissue:
        return "tissue"
    return "target_not_seen" if kind in NOT_SEEN_ON_CT else "aim"
