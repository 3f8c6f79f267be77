"""A scene painted into the phantom: only a box around the lesions is new, the rest is shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array, Frame, Mask
from modalities.simulate.phantom import (
    DISTANCE_STEP_MM,
    LEVELS,
    SPINE,
    TURN_RAD,
    Phantom,
    load_phantom,
    side_curve,
)
from modalities.simulate.scene import WHOLE_LEVEL, Kind, Lesion, Scene, Vertebra
from modalities.simulate.sharing import kept

Box = tuple[slice, slice, slice]
NORMAL = 32  # of the stored mineral factor: 32 is the healthy amount
FILLINGS = ("tumor", "edema", "angioma", "infection")  # what may stand in the place of marrow


@dataclass(slots=True, eq=False)
class Patch:
    """The voxels that a scene changes: arrays over one box of the spine grid.

    ``mineral`` is the amount of bone mineral (``NORMAL`` is healthy), ``fillings`` the share (0 to 255) of marrow
    that something else has taken, ``truth`` the voxels that belong to a lesion.
    """

    box: Box
    labels: npt.NDArray[np.uint8]
    distance: npt.NDArray[np.int8]
    mineral: npt.NDArray[np.uint8]
    truth: Mask
    fillings: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)

    def mesh(self) -> tuple[Array, Array, Array]:
        """Return open coordinates of the box (z, y, x in mm)."""
        return SPINE.mesh(self.box)

    def bone_mm(self) -> Array:
        """Return the signed distance to the bone surface in mm, negative inside."""
        return self.distance.astype(np.float32) * DISTANCE_STEP_MM

    def fill(self, what: str, share: Array) -> None:
        """Let something take a share (0 to 1) of the marrow; what was there keeps the rest."""
        for name, old in self.fillings.items():
            if name != what:
                self.fillings[name] = (old * (1 - share)).astype(np.uint8)
        had = self.fillings.get(what)
        new = (share * 255).astype(np.uint8)
        self.fillings[what] = new if had is None else np.maximum(had, new)

    def scale_mineral(self, factor: Array) -> None:
        """Multiply the bone mineral by a factor."""
        self.mineral = np.clip(self.mineral * factor, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A box of the painted spine as the machines read it (distances in mm, mineral 1 is healthy)."""

    labels: npt.NDArray[np.uint8]
    bone_mm: Array
    mineral: Array | None
    fillings: dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A scene with its voxels. Machines read it through ``block``, ``trunk`` and ``truth``."""

    scene: Scene
    phantom: Phantom
    patch: Patch | None

    @property
    def trunk(self) -> npt.NDArray[np.uint8]:
        """Return the labels of the trunk grid."""
        return self.phantom.trunk

    @property
    def healthy(self) -> Painted:
        """Return the same body without lesions."""
        return paint(self.scene.healthy)

    def block(self, box: Box) -> Block:
        """Return any box of the spine grid, with the lesions in it."""
        labels = self.phantom.labels[box]
        bone = self.phantom.distance[box].astype(np.float32) * DISTANCE_STEP_MM
        both = self.patch and _overlap(box, self.patch.box)
        if self.patch is None or not both:
            return Block(labels, bone, None, {})
        here, there = both
        labels = labels.copy()
        labels[here] = self.patch.labels[there]
        bone[here] = self.patch.distance[there] * np.float32(DISTANCE_STEP_MM)
        mineral = np.ones(labels.shape, np.float32)
        mineral[here] = self.patch.mineral[there] / np.float32(NORMAL)
        fillings = {}
        for name, share in self.patch.fillings.items():
            fillings[name] = np.zeros(labels.shape, np.float32)
            fillings[name][here] = share[there] / np.float32(255)
        return Block(labels, bone, mineral, fillings)

    def truth(self, frame: Frame, thickness_mm: float | None = None) -> Mask:
        """Return the pixels of a frame that hold a lesion.

        With a thickness (of a slice) only what lies in the slice counts; without, the whole depth (a projection).
        """
        mask = np.zeros(frame.shape, bool)
        if self.patch is None:
            return mask
        part = list(self.patch.box)
        start, stop = part[frame.axis].start, part[frame.axis].stop
        flat = self.patch.truth
        if thickness_mm is not None:
            first = (frame.position_mm - thickness_mm / 2 - SPINE.origin[frame.axis]) / SPINE.step
            last = (frame.position_mm + thickness_mm / 2 - SPINE.origin[frame.axis]) / SPINE.step
            low, high = max(int(np.floor(first)), start), min(int(np.ceil(last)) + 1, stop)
            if low >= high:
                return mask
            keep = [slice(None)] * 3
            keep[frame.axis] = slice(low - start, high - start)
            flat = flat[tuple(keep)]
        seen: Mask = np.any(flat, axis=frame.axis)
        picks = []
        for coordinates, axis in zip((frame.rows, frame.columns), others(frame.axis), strict=True):
            index = np.round((coordinates - SPINE.origin[axis]) / SPINE.step).astype(int) - part[axis].start
            picks.append((index, (index >= 0) & (index < part[axis].stop - part[axis].start)))
        (row, row_in), (column, column_in) = picks
        found = seen[np.ix_(np.where(row_in, row, 0), np.where(column_in, column, 0))]
        return found & row_in[:, None] & column_in[None, :]


def others(axis: int) -> tuple[int, int]:
    """Return the two axes of a plane across an axis, rows first."""
    first, second = (other for other in range(3) if other != axis)
    return first, second


def _overlap(outer: Box, inner: Box) -> tuple[Box, Box] | None:
    """Return where ``inner`` lies in an array over ``outer``, and the same voxels in one over ``inner``."""
    here, there = [], []
    for a, b, n in zip(outer, inner, SPINE.shape, strict=True):
        first, last, _ = a.indices(n)
        low, high = max(first, b.start), min(last, b.stop)
        if low >= high:
            return None
        here.append(slice(low - first, high - first))
        there.append(slice(low - b.start, high - b.start))
    return (here[0], here[1], here[2]), (there[0], there[1], there[2])


def center(lesion: Lesion) -> tuple[float, float, float]:
    """Return the middle of a lesion (z, y, x) in mm.

    A lesion that would not fit beside the midline moves toward it: the body holds it as long as it can.
    """
    level = LEVELS[lesion.vertebra]
    half_depth, half_width = level.depth / 2, level.width / 2
    reach = max(lesion.diameter_mm / 2 - 1.5, 0)
    side = max(min(half_width * 0.52, half_width - reach), 0)
    depth = max(min(half_depth * 0.5, half_depth - reach), 0)
    behind = half_depth * 0.9
    pedicle = level.canal_width / 2 + level.pedicle_width / 2
    z, y, x = {
        "body_center": (0.0, 0.0, 0.0),
        "body_left": (0.0, 1.0, side),
        "body_right": (0.0, 1.0, -side),
        "body_front": (0.0, -depth, 0.0),
        "body_back": (0.0, depth, 0.0),
        "pedicle": (3.4, behind + 5, pedicle),
        "pedicle_right": (3.4, behind + 5, -pedicle),
        "posterior_arch": (-6.0, behind + level.canal_depth + 9, 0.0),
    }[lesion.place]
    if lesion.kind in WHOLE_LEVEL:
        z, y, x = _own_place(lesion.kind, lesion.vertebra), 0.0, 0.0
    height = level.z + z
    return in_curve(height, level.y + y, x)


def _own_place(kind: Kind, vertebra: Vertebra) -> float:
    """Return how far above the middle of its vertebra (mm) a look-alike lies whose place its nature gives."""
    end_plate = LEVELS[vertebra].height_back / 2
    return {
        "osteoporotic_fracture": 0.0,  # what has broken comes down to here
        "schmorl_node": end_plate - 5,
        "degenerative_end_plate": 2 - end_plate,
        "discitis": -3 - end_plate,  # the disc below
    }[kind]


def in_curve(z: float, y: float, x: float) -> tuple[float, float, float]:
    """Return where a point of the straight spine lies after its slight side curve and turn."""
    return z, y - TURN_RAD * x, x + side_curve(z) + TURN_RAD * (y - 15)


@kept(4)
def paint(scene: Scene) -> Painted:
    """Return a scene's voxels; a few are kept and shared between sessions."""
    from modalities.simulate.lesions import paint_lesion, reach  # the painters know this module

    phantom = load_phantom(scene.build)
    if not scene.lesions:
        return Painted(scene, phantom, None)
    box = _around([reach(lesion) for lesion in scene.lesions])
    shape = phantom.labels[box].shape
    patch = Patch(
        box,
        phantom.labels[box].copy(),
        phantom.distance[box].copy(),
        np.full(shape, NORMAL, np.uint8),
        np.zeros(shape, bool),
    )
    from_above = sorted(enumerate(scene.lesions), key=lambda pair: -LEVELS[pair[1].vertebra].z)
    for number, lesion in from_above:  # a bone that collapses takes down what was painted above it
        paint_lesion(patch, lesion, scene.seed + 31 * number)
    return Painted(scene, phantom, patch)


def _around(boxes: Iterable[Box]) -> Box:
    listed = list(boxes)
    z, y, x = (slice(min(b[i].start for b in listed), max(b[i].stop for b in listed)) for i in range(3))
    return z, y, x
