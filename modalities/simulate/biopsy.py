"""CT-guided biopsy: a safe way for the needle, the control picture with the needle in place, the chance of success.

The patient lies prone, and the picture is turned as radiologists see it: the back is up, the patient's left is on the
picture's left (``Frame`` says so). The needle lies in one axial plane. It is put into the object before the CT's
projections, so its streaks and its dark shadow are those of the reconstruction. What stands in ``facts`` are numbers
and ids, no words for users.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

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
    needle,
    tissue_of,
)
from modalities.simulate.painting import Painted, center
from modalities.simulate.phantom import IS_BONE, LEVELS, SPINE, TRUNK, Grid, L
from modalities.simulate.scene import METASTASES, Kind, Lesion
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
KEEP_OFF = {  # what a needle must not cross
    "canal": ("csf", "cord_white", "cord_gray", "epidural_fat", "root"),
    "aorta": ("aorta",),
    "vena_cava": ("vena_cava",),
    "lung": ("lung",),
    "kidney": ("kidney", "kidney_medulla"),
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


# ---- the target


@lru_cache(maxsize=16)
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


# ---- the way


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
    """What lies in an axial plane: labels of spine box and trunk, and distances (mm) to what a needle must not cross."""

    spine: npt.NDArray[np.uint8]
    trunk: npt.NDArray[np.uint8]
    clear_spine: Array
    clear_trunk: Array

    def labels(self, y: Array, x: Array) -> npt.NDArray[np.uint8]:
        """Return the labels at points."""
        inner, inside = _at(SPINE, y, x)
        return np.where(inside, self.spine[inner], self.trunk[_at(TRUNK, y, x)[0]]).astype(np.uint8)

    def clearance(self, y: Array, x: Array) -> Array:
        """Return the distance of points from what a needle must not cross."""
        inner, inside = _at(SPINE, y, x)
        return np.where(inside, self.clear_spine[inner], self.clear_trunk[_at(TRUNK, y, x)[0]])


def _at(grid: Grid, y: Array, x: Array) -> tuple[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]], Mask]:
    """Return the indices of points in a plane of a grid (clipped), and which of them lie in it."""
    row = np.rint((y - grid.y0) * (1 / grid.step)).astype(np.int32)
    column = np.rint((x - grid.x0) * (1 / grid.step)).astype(np.int32)
    inside = (row >= 0) & (row < grid.ny) & (column >= 0) & (column < grid.nx)
    return (np.clip(row, 0, grid.ny - 1), np.clip(column, 0, grid.nx - 1)), inside


THICK = 2  # voxels above and below a plane that the needle fills


def plane_of(painted: Painted, z: float) -> Plane:
    """Return the plane at a height; a needle's thickness above and below counts as well."""
    k = int(np.clip(round((z - SPINE.z0) / SPINE.step), THICK, SPINE.nz - 1 - THICK))
    near = (slice(k - THICK, k + THICK + 1), slice(None), slice(None))
    labels = painted.block(near).labels
    keep_off = (FORBIDDEN[labels] | CANAL[painted.phantom.labels[near]]).any(0)
    clear_spine = ndimage.distance_transform_edt(~keep_off) * SPINE.step
    k = int(np.clip(round((z - TRUNK.z0) / TRUNK.step), 1, TRUNK.nz - 2))
    clear = ndimage.distance_transform_edt(~FORBIDDEN[painted.trunk[k - 1 : k + 2]].any(0)) * TRUNK.step
    grid_y, grid_x = SPINE.axes()[1:]
    clear_trunk = clear - TRUNK.step / 2
    near_trunk = clear_trunk[_at(TRUNK, grid_y[:, None], grid_x[None, :])[0]]
    return Plane(labels[THICK], painted.trunk[k], np.minimum(clear_spine, near_trunk), clear_trunk)


LINE_MM, TURN_DEG, LONGEST_MM = 1.0, 2.5, 140.0
RING = np.array([(0.0, 0.0)] + [(np.sin(a), np.cos(a)) for a in np.arange(8) * np.pi / 4])


@lru_cache(maxsize=16)
def plan(painted: Painted) -> Path | None:
    """Return the best way to a scene's first lesion; None if no way keeps off canal, vessels and organs.

    Straight lines from the skin of the back in axial planes through the lesion are compared: a way must keep
    ``least_clearance_mm``; clearance, length, angle, ribs and distance from the lesion's middle decide.
    """
    if not painted.scene.lesions:
        return None
    target = target_of(painted)
    best: tuple[float, Path] | None = None
    for k in _planes(target):
        found = _best_in_plane(painted, target, k)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
        if best is not None and best[1].clearance_mm >= C["comfortable_clearance_mm"]:
            break
    return None if best is None else best[1]


def _planes(target: Target) -> list[int]:
    """Return planes of a target to try: the one with most of it first, then others with at least half as much."""
    area = ndimage.uniform_filter1d(target.mask.sum((1, 2)).astype(float), 3, mode="constant")
    most = int(area.argmax())
    tries = [most + 3 * step for step in (0, 1, -1, 2, -2, 3, -3)]
    return [k for k in tries if 0 <= k < len(area) and area[k] >= 0.5 * area[most]]


def _best_in_plane(painted: Painted, target: Target, k: int) -> tuple[float, Path] | None:
    mask = target.mask[k]
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    middle = np.array([rows.mean(), columns.mean()])
    radius = np.sqrt(len(rows) / np.pi)
    spots = np.rint(np.concatenate([middle + share * radius * RING for share in (0.45, 0.75)])).astype(int)
    spots = spots[(spots >= 0).all(1) & (spots < mask.shape).all(1)]
    spots = np.unique(spots[mask[spots[:, 0], spots[:, 1]]], axis=0)
    if not len(spots):
        nearest = np.argmin((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2)
        spots = np.array([[rows[nearest], columns[nearest]]])
    away = np.linalg.norm(spots - middle, axis=1) * SPINE.step
    points = target.origin[1:] + SPINE.step * spots
    z = float(target.origin[0] + SPINE.step * k)
    beyond = min(C["core_length_mm"] / 2, 0.8 * radius * SPINE.step)
    return _best_line(plane_of(painted, z), z, points, away, beyond, painted)


def _best_line(
    plane: Plane, z: float, points: Array, away: Array, beyond: float, painted: Painted
) -> tuple[float, Path] | None:
    """Return the best line from the skin through one of the points to ``beyond`` it, with what it is worth."""
    steepest = C["steepest_deg"]
    turns = np.deg2rad(np.arange(-steepest, steepest + 0.1, TURN_DEG)).astype(np.float32)
    along = np.arange(-beyond, LONGEST_MM, LINE_MM, dtype=np.float32)
    y = points[:, 0, None, None] + np.cos(turns)[:, None] * along
    x = points[:, 1, None, None] + np.sin(turns)[:, None] * along
    labels = plane.labels(y, x)
    outside = np.maximum.accumulate((labels == L["air"]) & (along > 0), axis=-1)
    clear = np.where(outside, np.inf, plane.clearance(y, x)).min(-1)
    length = outside.argmax(-1) * LINE_MM
    rib = ((labels == L["rib"]) & ~outside).sum(-1) * LINE_MM
    worth = (
        np.minimum(clear, C["comfortable_clearance_mm"])
        - C["worth_of_length"] * length
        - C["worth_of_angle"] * np.rad2deg(np.abs(turns))
        - C["worth_of_rib"] * rib
        - C["worth_of_middle"] * away[:, None]
    )
    worth = np.where((clear >= C["least_clearance_mm"]) & outside.any(-1), worth, -np.inf)
    spot, turn = np.unravel_index(int(worth.argmax()), worth.shape)
    if not np.isfinite(worth[spot, turn]):
        return None
    out = np.array([0.0, np.cos(turns[turn]), np.sin(turns[turn])])
    aim = np.array([z, *points[spot]])
    tip, entry = aim - beyond * out, aim + (length[spot, turn] - beyond) * out
    route = _route(painted, plane, y[spot, turn], x[spot, turn], outside[spot, turn])
    return float(worth[spot, turn]), Path(entry, tip, float(clear[spot, turn]), route)


def _route(painted: Painted, plane: Plane, y: Array, x: Array, outside: Mask) -> Route:
    """Return the name of a way: what it passes beside the canal."""
    level = LEVELS[painted.scene.lesions[0].vertebra]
    if y[0] > level.back_wall + 0.6 * level.canal_depth:
        return "posterior"
    beside = (y > level.back_wall + 1) & (y < level.back_wall + 0.6 * level.canal_depth) & ~outside
    if IS_BONE[plane.labels(y, x)][beside].mean() >= 0.5:
        return "transpedicular"
    return "posterolateral" if level.z < LEVELS["T12"].z else "costovertebral"


# ---- the needle in place


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
    law of ``needle.aim_of``; the slice is the one that holds it, so an error along the body shows as none. An error
    that would bring it to canal, vessels or organs is seen on CT and corrected.
    """
    tool, aim = needle(int(settings["gauge"])), _aim(painted, settings)
    random = np.random.default_rng(seed)
    error = random.standard_normal(3) * aim.shared_mm + random.standard_normal(3) * aim.own_mm
    side = np.array([0.0, path.inward[2], -path.inward[1]])
    meant = path.tip + float(settings["aim_mm"]) * side
    for share in (1.0, 0.5, 0.0):
        placed = Placed(path.entry, meant + share * (error[1] * side + error[2] * path.inward), tool)
        if crossed(painted, placed) == "none":
            break
    return placed


def _aim(painted: Painted, settings: Settings) -> Aim:
    return aim_of(str(settings["guidance"]), painted.scene.lesions[0].kind not in NOT_SEEN_ON_CT)


def crossed(painted: Painted, placed: Placed) -> str:
    """Return what a needle crosses that it must not (an id of ``KEEP_OFF``), or ``none``."""
    plane = plane_of(painted, float(placed.tip[0]))
    run = placed.tip - placed.entry
    share = np.linspace(0, 1, int(np.linalg.norm(run) / 0.5))[:, None]
    side = np.array([0.0, placed.inward[2], -placed.inward[1]])
    wide = np.array([-0.5, 0.0, 0.5]) * placed.tool.outer_mm
    points = placed.entry + share[..., None] * run + wide[:, None] * side
    found = np.unique(plane.labels(points[..., 1], points[..., 2]))
    for name, labels in KEEP_OFF.items():
        if any(L[label] in found for label in labels):
            return name
    return "none"


def biopsy_chance(painted: Painted, settings: Settings, seed: int) -> Yield:
    """Return the chance that the biopsy of a scene's first lesion is read as tumor (0 where no way is safe)."""
    path = plan(painted)
    if path is None:
        return NONE
    side = np.array([0.0, path.inward[2], -path.inward[1]])
    tip = path.tip + float(settings["aim_mm"]) * side
    kind = painted.scene.lesions[0].kind
    tool, aim = needle(int(settings["gauge"])), _aim(painted, settings)
    return chance(
        target_of(painted), tip, path.inward, tool, aim, tissue_of(kind), int(settings["passes"]), seed
    )


# ---- the picture


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels: prone, the back up, the patient's left on the left; needle and target lie in the field."""
    path = plan(painted)
    field, middle = C["field_mm"], 0.0
    z, top = LEVELS["T12"].z, _skin(painted, LEVELS["T12"].z)
    if path is not None:
        z, top, middle = float(path.tip[0]), _skin(painted, float(path.tip[0])), float(path.entry[2]) / 2
    elif painted.scene.lesions:
        z = center(painted.scene.lesions[0])[0]
    top += C["above_skin_mm"]
    return frame(0, z, (top, top - field), (middle + field / 2, middle - field / 2), field / PIXELS)


PIXELS = 512
KERNEL = "soft"


def _skin(painted: Painted, z: float) -> float:
    """Return y of the skin over the spine."""
    k = int(np.clip(round((z - TRUNK.z0) / TRUNK.step), 0, TRUNK.nz - 1))
    body = painted.trunk[k, :, round(-TRUNK.x0 / TRUNK.step)] != L["air"]
    return float(TRUNK.y0 + TRUNK.step * np.flatnonzero(body)[-1])


def display_of(view: str, settings: Settings) -> Display:
    """Return a window that shows bone, tumor and needle."""
    return Display(C["window_center_hu"], C["window_width_hu"])


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return the control picture with the needle in place, and in ``facts`` how good it lies."""
    at = frame_of(painted, view, settings)
    path = plan(painted)
    placed = None if path is None else place(painted, path, settings, seed)
    whole = ct.slice_frame(at.position_mm)
    water, bone = ct.materials(painted, whole, C["slice_mm"])
    metal = None
    if placed is not None:
        water, bone, metal = put_in(placed, whole, water, bone)
    pixels = ct.scan(
        water, bone, at, thickness_mm=C["slice_mm"], kernel=KERNEL, dose=C["dose"], seed=seed, metal=metal
    )
    return Image(
        "biopsy",
        view,
        pixels,
        "HU",
        at,
        display_of(view, settings),
        settings,
        seed,
        painted.truth(at, C["slice_mm"]),
        facts=facts_of(painted, path, placed, settings, seed),
    )


def put_in(placed: Placed, whole: Frame, water: Array, bone: Array) -> tuple[Array, Array, Array]:
    """Return the materials of a slice with a needle in it, and its steel as bone.

    The wall of a tube fills a part of the slice's thickness; the bore holds the core, and air behind it.
    """
    unit = placed.inward[1:]
    y, x = whole.rows[:, None] - placed.tip[1], whole.columns[None, :] - placed.tip[2]
    behind = -(y * unit[0] + x * unit[1])  # of the tip
    aside = np.abs(y * unit[1] - x * unit[0])
    step = whole.spacing_mm
    long = np.clip(behind / step + 0.5, 0, 1) * np.clip((C["length_mm"] - behind) / step, 0, 1)
    above = np.tan(np.deg2rad(C["tilt_deg"])) * (behind - C["in_slice_at_mm"])
    outer, bore = (
        _share_of_slice(aside, above, wide / 2, step) * long for wide in (placed.tool.outer_mm, placed.tool.bore_mm)
    )
    wall = outer - bore
    air = bore * (behind > C["core_length_mm"])
    kept = 1 - wall - air
    return water * kept, bone * kept, (wall * C["steel_as_bone"]).astype(np.float32)


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
    kind = painted.scene.lesions[0].kind
    if path is None or placed is None:
        return {"route": "none", "limited_by": "no_safe_path", "chance": 0.0, "pathology": "not_done"}
    target = target_of(painted)
    inside = float(target.holds(placed.core()).mean() * C["core_length_mm"])
    found = biopsy_chance(painted, settings, seed)
    aim = _aim(painted, settings)
    return {
        "route": path.route,
        "side": _side(path),
        "angle_deg": round(path.angle_deg, 1),
        "clearance_mm": round(path.clearance_mm, 1),
        "crosses": crossed(painted, placed),
        "entry_depth_mm": round(float(np.linalg.norm(placed.tip - placed.entry)), 1),
        "tip_in_lesion": "yes" if target.holds(placed.tip) else "no",
        "core_in_lesion_mm": round(inside, 1),
        "core_length_mm": C["core_length_mm"],
        "core_needed_mm": round(placed.tool.needed_mm, 1),
        "first_error_mm": first_error_mm(str(settings["guidance"])),
        "error_mm": round(aim.mean_mm, 1),
        "passes": float(settings["passes"]),
        "chance": found.value,
        "chance_low": found.low,
        "chance_high": found.high,
        "chance_geometry": found.geometry,
        "chance_tissue": found.tissue,
        "chance_reading": found.reading,
        "limited_by": _limit(kind, found),
        "pathology": PATHOLOGY.get(kind, "tumor") if inside >= placed.tool.needed_mm else "normal_bone",
    }


def _side(path: Path) -> str:
    away = float(path.entry[2] - path.tip[2]) if abs(path.entry[2]) < 5 else float(path.entry[2])
    return "middle" if abs(path.entry[2]) < 5 else ("left" if away > 0 else "right")


def _limit(kind: Kind, found: Yield) -> str:
    """Return what lowers the chance most: an id."""
    if kind not in METASTASES:
        return "no_tumor"
    if found.geometry <= found.tissue:
        return "target_not_seen" if kind in NOT_SEEN_ON_CT else "aim"
    return "tissue"
