"""Read the painted spine for the tracers: every n-th voxel of a box, and only what a lesion changes.

A tracer is a function from voxels to uptake (SUV). Bone scan and PET add the difference that a lesion makes to
pictures of the healthy body that are kept, so a new lesion costs only its own voxels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import FILLINGS, NORMAL, Box, Painted, center, paint
from modalities.simulate.phantom import DISTANCE_STEP_MM, IS_BONE, SPINE
from modalities.simulate.scene import Build, Lesion, Scene

MOST_VOXELS = 120_000  # of a box that is read voxel by voxel; larger ones are read every second


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """A box of the painted spine: arrays [z, y, x]; mineral 1 is healthy, fillings are shares (0 to 1) of the marrow.

    ``z``, ``y`` and ``x`` are the coordinates (mm), ``step_mm`` their spacing.
    """

    z: Array
    y: Array
    x: Array
    step_mm: float
    labels: npt.NDArray[np.uint8]
    bone_mm: Array
    mineral: Array
    fillings: dict[str, Array]

    @property
    def is_bone(self) -> Mask:
        """Return where the label is bone."""
        found: Mask = IS_BONE[self.labels]
        return found

    def filling(self, name: str) -> Array:
        """Return the share of the marrow that a filling has taken."""
        empty: Array = np.zeros((1, 1, 1), np.float32)
        return self.fillings.get(name, empty)

    def filled(self) -> Array:
        """Return the share of the marrow that any filling has taken."""
        total: Array = sum((self.filling(name) for name in FILLINGS), np.zeros((1, 1, 1), np.float32))
        return np.minimum(total, 1)

    def part(self, cut: Box) -> Voxels:
        """Return some of the voxels (views, nothing is copied)."""
        z, y, x = (axis[one] for axis, one in zip((self.z, self.y, self.x), cut, strict=True))
        fillings = {name: share[cut] for name, share in self.fillings.items()}
        return Voxels(z, y, x, self.step_mm, self.labels[cut], self.bone_mm[cut], self.mineral[cut], fillings)


def read(painted: Painted, box: Box, every: int = 1) -> Voxels:
    """Return every n-th voxel of a box of the painted spine."""
    cuts = [range(*part.indices(n))[::every] for part, n in zip(box, SPINE.shape, strict=True)]
    cut = tuple(slice(run.start, run.stop, every) for run in cuts)
    labels = painted.phantom.labels[cut].copy()
    distance = painted.phantom.distance[cut].copy()
    mineral = np.full(labels.shape, NORMAL, np.uint8)
    fillings = {}
    if painted.patch is not None:
        here, there = [], []
        for run, part in zip(cuts, painted.patch.box, strict=True):
            first = max(-((run.start - part.start) // every), 0)
            after = min(-((run.start - part.stop) // every), len(run))
            here.append(slice(first, max(after, first)))
            start = run.start + first * every - part.start
            there.append(slice(start, max(start + (after - first) * every, start), every))
        inside, source = tuple(here), tuple(there)
        labels[inside] = painted.patch.labels[source]
        distance[inside] = painted.patch.distance[source]
        mineral[inside] = painted.patch.mineral[source]
        for name, share in painted.patch.fillings.items():
            fillings[name] = np.zeros(labels.shape, np.float32)
            fillings[name][inside] = share[source] * np.float32(1 / 255)
    z, y, x = (axis[part] for axis, part in zip(SPINE.axes(), cut, strict=True))
    return Voxels(
        z,
        y,
        x,
        SPINE.step * every,
        labels,
        distance * np.float32(DISTANCE_STEP_MM),
        mineral * np.float32(1 / NORMAL),
        fillings,
    )


Tracer = Callable[[Voxels, tuple[Lesion, ...]], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What a lesion adds to the uptake (SUV, may be negative) in a box of voxels."""

    z: Array
    y: Array
    x: Array
    step_mm: float
    suv: Array


def change(painted: Painted, tracer: Tracer) -> Change | None:
    """Return what the lesions of a scene change; None for a healthy one."""
    if painted.patch is None:
        return None
    ends = tuple((part.start, part.stop) for part in painted.patch.box)
    every = 1 if np.prod([stop - start for start, stop in ends]) <= MOST_VOXELS else 2
    now = read(painted, painted.patch.box, every)
    suv = tracer(now, painted.scene.lesions) - _healthy(painted.scene.build, tracer, ends, every)
    return Change(now.z, now.y, now.x, now.step_mm, suv)


@lru_cache(maxsize=4)
def _healthy(build: Build, tracer: Tracer, ends: tuple[tuple[int, int], ...], every: int) -> Array:
    """Return the healthy uptake of a box; collapsed bodies change the whole grid, so theirs is worth keeping."""
    z, y, x = (slice(start, stop) for start, stop in ends)
    return tracer(read(paint(Scene((), build)), (z, y, x), every), ())


def nearest_lesion(voxels: Voxels, lesions: tuple[Lesion, ...]) -> npt.NDArray[np.intp]:
    """Return the number of the lesion whose surface is nearest to each voxel."""
    far = []
    for lesion in lesions:
        z, y, x = (
            (axis - middle) ** 2 for axis, middle in zip((voxels.z, voxels.y, voxels.x), center(lesion), strict=True)
        )
        far.append(np.sqrt(z[:, None, None] + y[None, :, None] + x[None, None, :]) - lesion.diameter_mm / 2)
    return np.argmin(far, axis=0)


def overlap(coarse: Array, coarse_mm: float, fine: Array, fine_mm: float) -> Array:
    """Return the share of each coarse cell that each fine one fills along one axis (coarse x fine).

    Cells are centered at the given coordinates; a fine cell counts linearly with its distance from the middle of a
    coarse one (cloud in cell; Hockney and Eastwood, Computer Simulation Using Particles, 1981), so that the middle
    of what is spread stays where it was.
    """
    weight = np.clip(1 - np.abs(fine[None, :] - coarse[:, None]) / coarse_mm, 0, 1)
    return (weight * fine_mm / coarse_mm).astype(np.float32)


def spread(volume: Array, weights: tuple[Array, Array, Array]) -> Array:
    """Return a volume on a coarser grid, given the weights of ``overlap`` for each axis."""
    along_x = volume @ weights[2].T
    along_y = np.matmul(weights[1], along_x)
    return np.tensordot(weights[0], along_y, 1)
