"""What the rays of a radiograph pass: path lengths of water and bone in a cone of rays, on any frame of a view.

Frames: coordinates are scaled to the plane of the spine (y = 0 in the frontal, x = 0 in the lateral view): what lies
nearer to the tube is shown larger. The detector lies behind the patient (ap) or at the left side (lateral).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

import numpy as np
from scipy import sparse

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame, frame
from modalities.simulate.painting import Painted, others
from modalities.simulate.phantom import SPINE, Phantom
from modalities.simulate.xray_slabs import Axis, Slabs, change_slabs, spine_slabs, trunk_slabs

C = constants("xray")
PIXEL_MM = 0.3
ROWS_MM = (70.0, -70.0)  # of a frame: what the spine box holds under all rays
COLUMNS_MM = {"ap": (-78.0, 78.0), "lateral": (-52.0, 74.0)}
EDGE = 3  # pixels around a frame that blur needs
SLABS_AT_ONCE = 4  # few enough to stay in the processor's cache
COARSE = 8  # pixels of a step in the field of scatter


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a view is taken: lengths in mm, ``center`` is where the central ray meets the plane of the spine."""

    axis: Axis
    tube_spine: float
    spine_detector: float
    center: tuple[float, float]
    whole: Frame

    @property
    def enlarged(self) -> float:
        """Return how much larger than life the spine is on the detector."""
        return 1 + self.spine_detector / self.tube_spine

    def scale(self, depth_mm: float) -> float:
        """Return how large something at a depth is on a frame; 1 in the plane of the spine."""
        return self.tube_spine / (self.tube_spine + depth_mm)

    @property
    def blur_mm(self) -> float:
        """Return the SD of focal spot and detector together, in the plane of the spine."""
        spot = C["focal_spot_mm"] / 12**0.5 * (1 - 1 / self.enlarged)
        return float(np.hypot(spot, C["detector_blur_mm"] / self.enlarged))


@cache
def geometry(view: str) -> Geometry:
    """Return the geometry of a view (``ap`` or ``lateral``)."""
    behind = C[f"{view}_spine_detector_mm"]
    tube = C["source_detector_mm"] - behind
    axis: Axis = 1 if view == "ap" else 2
    center = (0.0, 0.0 if view == "ap" else C["lateral_central_ray_y_mm"])
    return Geometry(axis, tube, behind, center, frame(axis, 0.0, ROWS_MM, COLUMNS_MM[view], PIXEL_MM))


class Shadow(Protocol):
    """What the rays of a view pass in one body: path lengths of water and bone in mm (2, rows, columns)."""

    def __hash__(self) -> int:
        """Return the same number for the same shadow: scatter is kept."""

    @property
    def geometry(self) -> Geometry:
        """Return how the view is taken."""

    def on(self, at: Frame) -> Array:
        """Return the path lengths on any frame of the view."""

    def blocks(self) -> Array:
        """Return their means over squares of ``COARSE`` pixels of the whole wide frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Upright:
    """The shadow of a body as it lies: its slabs, and their sum on the whole wide frame."""

    geometry: Geometry
    slabs: tuple[Slabs, ...]
    whole: Array

    def on(self, at: Frame) -> Array:
        """Return the path lengths on any frame of the view; nothing is computed for parts of the whole frame."""
        wide = widened(self.geometry.whole)
        rows, columns = _part(at.rows, wide.rows), _part(at.columns, wide.columns)
        if rows is not None and columns is not None:
            return self.whole[:, rows, columns]
        return project(self.slabs, self.geometry, at)

    def blocks(self) -> Array:
        """Return means over squares of ``COARSE`` pixels."""
        return means(self.whole)


def block_frame(seen: Geometry) -> Frame:
    """Return the middles of squares of ``COARSE`` pixels of the whole wide frame."""
    wide = widened(seen.whole)
    rows, columns = (v[: len(v) // COARSE * COARSE].reshape(-1, COARSE).mean(1) for v in (wide.rows, wide.columns))
    return Frame(wide.axis, wide.position_mm, rows, columns)


def means(paths: Array) -> Array:
    """Return means of maps (2, rows, columns) over squares of ``COARSE`` pixels."""
    rows, columns = (n // COARSE for n in paths.shape[1:])
    cut = paths[:, : rows * COARSE, : columns * COARSE]
    return cut.reshape(2, rows, COARSE, columns, COARSE).mean(axis=(2, 4))


def _part(values: Array, whole: Array) -> slice | None:
    """Return where values stand in evenly spaced ones, if they do."""
    first = round(float((values[0] - whole[0]) / (whole[1] - whole[0])))
    part = slice(first, first + len(values))
    same = first >= 0 and part.stop <= len(whole) and np.allclose(values, whole[part], atol=PIXEL_MM * 0.01)
    return part if same else None


def widened(at: Frame, pixels: int = EDGE) -> Frame:
    """Return a frame with more pixels on every side."""

    def wide(values: Array) -> Array:
        step = values[1] - values[0]
        return values[0] + step * np.arange(-pixels, len(values) + pixels, dtype=np.float32)

    return Frame(at.axis, at.position_mm, wide(at.rows), wide(at.columns))


def project(slabs: tuple[Slabs, ...], seen: Geometry, at: Frame) -> Array:
    """Return path lengths (2, rows, columns; mm): every slab enlarged by its distance to the tube, and summed."""
    filled = [
        (part, seen.scale(float(depth)), paths)
        for part in slabs
        for depth, paths in zip(part.depth_mm, part.paths, strict=True)
        if paths.any()
    ]
    out = np.zeros((len(at.columns), 2 * len(at.rows)), np.float32)
    for first in range(0, len(filled), SLABS_AT_ONCE):
        down, across = [], []
        for part, scale, paths in filled[first : first + SLABS_AT_ONCE]:
            rows = _taps(part, 0, at.rows, seen, scale) @ paths.reshape(len(paths), -1)
            down.append(rows.reshape(len(at.rows), 2, -1).transpose(2, 1, 0).reshape(-1, out.shape[1]))
            across.append(_taps(part, 1, at.columns, seen, scale))
        out += sparse.hstack(across, format="csr") @ np.concatenate(down)
    return np.ascontiguousarray(out.reshape(len(at.columns), 2, len(at.rows)).transpose(1, 2, 0))


def _taps(part: Slabs, side: int, at: Array, seen: Geometry, scale: float) -> sparse.csr_array:
    """Return the weights that take the rows (side 0) or columns (1) of a slab to a frame; edges of the grid repeat.

    Values between voxels come from cubic convolution (Keys, IEEE Trans Acoust Speech Signal Process 1981).
    """
    axis = others(part.axis)[side]
    center, start, count = seen.center[side], part.grid.origin[axis], part.grid.shape[axis]
    index = ((at - center) / scale + center - start) / part.grid.step
    first = np.floor(index).astype(np.int32)
    t = (index - first)[:, None].astype(np.float32)
    powers = np.concatenate([np.ones_like(t), t, t * t, t**3], axis=1)
    weights = powers @ KEYS
    inside = np.clip(first[:, None] + np.arange(-1, 3, dtype=np.int32), 0, count - 1) - part.corner[side]
    width = part.paths.shape[1 + 2 * side]
    weights[(inside < 0) | (inside >= width)] = 0
    taps = np.clip(inside, 0, width - 1)
    return sparse.csr_array((weights.ravel(), taps.ravel(), np.arange(0, 4 * len(at) + 1, 4)), shape=(len(at), width))


KEYS = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], np.float32) / 2


@lru_cache(maxsize=6)
def healthy_shadow(phantom: Phantom, view: str) -> Upright:
    """Return the shadow of a healthy body; kept for every build."""
    seen = geometry(view)
    slabs = trunk_slabs(phantom, seen.axis), spine_slabs(seen.axis)
    return Upright(seen, slabs, project(slabs, seen, widened(seen.whole)))


@lru_cache(maxsize=4)
def shadow(painted: Painted, view: str) -> Upright:
    """Return the shadow of a scene: that of the healthy body, and what the lesions change."""
    healthy = healthy_shadow(painted.phantom, view)
    changed = change_slabs(painted, healthy.geometry.axis)
    if changed is None:
        return healthy
    added = project((changed,), healthy.geometry, widened(healthy.geometry.whole))
    return Upright(healthy.geometry, (*healthy.slabs, changed), healthy.whole + added)


def truth_frame(painted: Painted, seen: Geometry, at: Frame) -> Frame:
    """Return a frame in the plane of a scene's lesions: where on it they lie is where they are seen."""
    patch = painted.patch
    if patch is None or not patch.truth.any():
        return at
    held = patch.truth.any(axis=tuple(i for i in range(3) if i != at.axis))
    middle = SPINE.origin[at.axis] + SPINE.step * (patch.box[at.axis].start + np.flatnonzero(held).mean())
    scale = seen.scale(float(middle))
    rows, columns = ((v - c) / scale + c for v, c in zip((at.rows, at.columns), seen.center, strict=True))
    return Frame(at.axis, at.position_mm, rows, columns)
