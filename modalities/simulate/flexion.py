"""Lateral radiographs of a bent spine: flexion and extension.

All vertebrae above one disc turn as one rigid body about a point in the disc and slip forward; those below stay. The
soft tissues follow: fully above the disc, not at all below, gradually in between. Bones, which keep their shape, and
soft tissues (with muscle in the place of bone) are projected apart, moved in the plane of the picture and added. Parts
beside the plane of the spine are enlarged by up to 5 %: their way is right to about 0.2 mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, Mask
from modalities.simulate.painting import Painted
from modalities.simulate.phantom import LEVELS, SPINE, Phantom
from modalities.simulate.sampling import resample
from modalities.simulate.scene import Vertebra
from modalities.simulate.views import Grain, Setting, Settings, View
from modalities.simulate.xray import DISPLAY, grain_of, signal, tone, with_quanta
from modalities.simulate.xray import VIEWS as PLAIN
from modalities.simulate.xray_shadow import Geometry, block_frame, geometry, project, truth_frame, widened
from modalities.simulate.xray_slabs import (
    Voxels,
    bone_voxels,
    change,
    highest_around,
    spine_slabs,
    sum_voxels,
    trunk_slabs,
)

C = constants("xray")
ANGLE = Setting("angle_deg", 10.0, low=0, high=15, unit="°")
SLIP = Setting("slip_mm", 3.0, low=0, high=8, step=0.5, unit="mm")
VIEWS = (
    View("dynamic_xray", "flexion", "projection", (SLIP, ANGLE)),
    View("dynamic_xray", "extension", "projection", (ANGLE,)),
)
USUAL = PLAIN[1].read(None)  # the machine is set as for a lateral radiograph
READ_AT: Vertebra = "T12"
MARGIN = 72  # pixels (22 mm) around the frame from where something may move into it
STAYS, MOVES = 1, 2


@dataclass(frozen=True, slots=True)
class Bend:
    """How the part above a disc stands: turned forward about a point and slipped forward (z, y in mm; radians)."""

    pivot: tuple[float, float]
    middle: tuple[float, float]
    tilt: float
    turn: float
    slip: float

    def source(self, z: Array, y: Array, share: Array | float = 1.0) -> tuple[Array, Array]:
        """Return where what is seen at (z, y) was before; ``share`` of the motion."""
        up, back = z - self.pivot[0], y + self.slip - self.pivot[1]
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        was_up, was_back = up * cos - back * sin, up * sin + back * cos
        return z + share * (self.pivot[0] + was_up - z), y + share * (self.pivot[1] + was_back - y)

    def share(self, z: Array, y: Array) -> Array:
        """Return how much soft tissue follows: 1 above the disc, 0 below, smooth in between and wide far from it."""
        aside = y - self.middle[1]
        gives = C["disc_gives_mm"] + C["soft_tissue_gives"] * np.clip(np.abs(aside) - C["disc_half_depth_mm"], 0, None)
        ramp = np.clip((z - self.middle[0] + np.tan(self.tilt) * aside) / gives + 0.5, 0, 1)
        return ramp * ramp * (3 - 2 * ramp)


def bend_of(view: str, settings: Settings, vertebra: Vertebra) -> Bend:
    """Return the bend below a vertebra in a view."""
    upper = LEVELS[vertebra]
    lower = list(LEVELS.values())[list(LEVELS).index(vertebra) + 1]
    z = (upper.z - upper.height_back / 2 + lower.z + lower.height_back / 2) / 2
    y = (upper.y + lower.y) / 2
    share = C["flexion_share"] if view == "flexion" else C["flexion_share"] - 1
    turn = np.deg2rad(float(settings["angle_deg"]) * share)
    tilt = np.deg2rad((upper.tilt_deg + lower.tilt_deg) / 2)
    return Bend((z, y + C["pivot_behind_mm"]), (z, y), float(tilt), float(turn), float(settings.get("slip_mm", 0.0)))


@lru_cache(maxsize=2)
def sides(phantom: Phantom, vertebra: Vertebra) -> npt.NDArray[np.uint8]:
    """Return for each voxel of the spine grid the bone in it: ``STAYS`` or ``MOVES`` (0: none).

    Vertebrae and ribs do not touch, so each is one connected piece.
    """
    pieces, count = ndimage.label(phantom.distance < 0)
    bend = bend_of("extension", {"angle_deg": 0.0}, vertebra)
    where = np.flatnonzero(pieces)
    z, rest = np.divmod(where, SPINE.ny * SPINE.nx)
    high, deep = SPINE.z0 + SPINE.step * z, SPINE.y0 + SPINE.step * (rest // SPINE.nx)
    above = high - bend.middle[0] + np.tan(bend.tilt) * (deep - bend.middle[1])
    piece = pieces.ravel()[where]
    mean = np.bincount(piece, above, count + 1) / np.maximum(np.bincount(piece, minlength=count + 1), 1)
    table = np.where(mean > 0, MOVES, STAYS).astype(np.uint8)
    table[0] = 0
    return highest_around(np.take(table, pieces))


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Path lengths (2, rows, columns; mm) of soft tissue, of bones that stay and of bones that move."""

    soft: Array
    stays: Array
    moves: Array


def base_frame() -> Frame:
    """Return the frame of the lateral view with a margin around it."""
    return widened(geometry("lateral").whole, MARGIN)


def _apart(voxels: Voxels, side: npt.NDArray[np.uint8]) -> list[Array]:
    """Return path lengths of voxels without bone, with bones that stay and with bones that move."""
    seen, at = geometry("lateral"), base_frame()
    slabs = sum_voxels(voxels, seen.axis, side[voxels.z, voxels.y, voxels.x], count=3)
    return [project((part,), seen, at) for part in slabs]


@lru_cache(maxsize=3)
def healthy_layers(phantom: Phantom, vertebra: Vertebra) -> Layers:
    """Return the layers of a healthy body, upright; kept for each body and disc."""
    seen = geometry("lateral")
    _, stays, moves = _apart(bone_voxels(phantom), sides(phantom, vertebra))
    whole = project((trunk_slabs(phantom, seen.axis), spine_slabs(seen.axis)), seen, base_frame())
    return Layers(whole - moves - stays, stays, moves)


@lru_cache(maxsize=2)
def layers(painted: Painted, vertebra: Vertebra) -> Layers:
    """Return the layers of a scene, upright."""
    healthy, changed = healthy_layers(painted.phantom, vertebra), change(painted)
    if changed is None:
        return healthy
    soft, stays, moves = _apart(changed, sides(painted.phantom, vertebra))
    return Layers(healthy.soft + soft, healthy.stays + stays, healthy.moves + moves)


@dataclass(frozen=True, slots=True, eq=False)
class Bent:
    """The shadow of a bent body."""

    geometry: Geometry
    layers: Layers
    bend: Bend

    def on(self, at: Frame) -> Array:
        """Return the path lengths on any frame of the lateral view."""
        base = base_frame()
        z, y = at.rows[:, None], at.columns[None, :]
        soft = _taken(self.layers.soft, base, *self.bend.source(z, y, self.bend.share(z, y)))
        moved = _taken(self.layers.moves, base, *self.bend.source(z, y))
        rows, columns = _index(base.rows, at.rows), _index(base.columns, at.columns)
        return soft + moved + np.stack([resample(values, rows, columns) for values in self.layers.stays])

    def blocks(self) -> Array:
        """Return the path lengths every few pixels of the whole wide frame."""
        return self.on(block_frame(self.geometry))


def _index(whole: Array, at: Array) -> Array:
    return (at - whole[0]) / (whole[1] - whole[0])


def _taken(maps: Array, base: Frame, z: Array, y: Array) -> Array:
    """Take maps at points (linear)."""
    points = np.stack(np.broadcast_arrays(_index(base.rows, z), _index(base.columns, y)))
    return np.stack([ndimage.map_coordinates(values, points, order=1, mode="nearest") for values in maps])


@lru_cache(maxsize=4)
def _bent(painted: Painted, vertebra: Vertebra, bend: Bend) -> Bent:
    return Bent(geometry("lateral"), layers(painted, vertebra), bend)


def moving_above(painted: Painted) -> Vertebra:
    """Return the vertebra above the disc that moves: that of the first lesion, or T12."""
    lesions = painted.scene.lesions
    return lesions[0].vertebra if lesions else READ_AT


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view, scaled to the plane of the spine."""
    return geometry("lateral").whole


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window: the gray values as they are."""
    return DISPLAY


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return the -log signal after scatter and blur, without noise, on any frame of the view.

    The spine bends below T12 whatever the lesion: a reader compares with the healthy body, which knows no lesion.
    """
    return signal(_bent(painted, READ_AT, bend_of(view, settings, READ_AT)), USUAL, frame)


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise of the -log signal on a frame."""
    return grain_of(expected(painted, view, settings, frame), "lateral", USUAL, frame)


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a radiograph of the spine bent at the disc below the first lesion's vertebra: gray values 0 to 255."""
    at, vertebra = geometry("lateral").whole, moving_above(painted)
    bend = bend_of(view, settings, vertebra)
    clean = signal(_bent(painted, vertebra, bend), USUAL, at)
    noisy = with_quanta(clean, "lateral", USUAL, at, seed)
    spread = tone(painted.phantom, "lateral", float(USUAL["tube_kv"]), str(USUAL["grid"]))
    truth = _truth(painted, bend, at)
    return Image("dynamic_xray", view, spread(noisy), "gray value", at, DISPLAY, dict(settings), seed, truth)


def _truth(painted: Painted, bend: Bend, at: Frame) -> Mask:
    """Return the pixels that hold a lesion, moved with the tissues."""
    base = base_frame()
    upright = painted.truth(truth_frame(painted, geometry("lateral"), base))
    z, y = at.rows[:, None], at.columns[None, :]
    row, column = (
        np.clip(np.round(_index(whole, place)), 0, len(whole) - 1).astype(np.int32)
        for whole, place in zip((base.rows, base.columns), bend.source(z, y, bend.share(z, y)), strict=True)
    )
    return upright[row, column]
