"""A sagittal PET slice without noise: the uptake of trunk and spine, blurred in all directions.

Blur across the slice is a weight of its planes, so only one plane is blurred. The healthy slice is kept on a coarse
grid; a lesion is added from its own voxels.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

from modalities.simulate.constants import by_label, constants
from modalities.simulate.image import Array, Frame
from modalities.simulate.painting import Painted, paint
from modalities.simulate.pet_uptake import fdg
from modalities.simulate.phantom import SPINE, TRUNK, load_phantom
from modalities.simulate.planar import FWHM_PER_SIGMA, Glow
from modalities.simulate.sampling import resample
from modalities.simulate.scene import Build, Scene
from modalities.simulate.uptake import Change, Voxels, change, overlap, read

C = constants("pet_ct")
Z_MM, Y_MM = (-74.0, 74.0), (-104.0, 94.0)  # of the whole slice
GRID_MM = 2.0  # on which the healthy slice is blurred
ROOM_MM = 16.0  # of body around a picture that blurs into it
FADE_MM = 5.0  # over which the spine fades into the trunk
TRUNCATE = 3.5  # standard deviations


def sagittal_suv(painted: Painted, at: Frame, blur_mm: float) -> Array:
    """Return uptake (SUV) on a sagittal frame."""
    z, y = _grid_axes()
    healthy = _healthy(painted.scene.build, at.position_mm, blur_mm)
    suv = resample(healthy, (at.rows - z[0]) / GRID_MM, (at.columns - y[0]) / GRID_MM)
    glow = _lesion(painted, at.position_mm, blur_mm)
    return suv if glow is None else np.maximum(suv + glow.on(at.rows, at.columns), 0)


@lru_cache(maxsize=8)
def fdg_change(painted: Painted) -> Change | None:
    """Return what the lesions of a scene change in the uptake."""
    return change(painted, fdg)


def _across(x: Array, step_mm: float, position_mm: float, blur_mm: float) -> Array:
    """Return the weight of planes across the slice: its thickness, blurred (sum 1 over all of space)."""
    sigma = blur_mm / FWHM_PER_SIGMA
    offsets = np.linspace(-0.5, 0.5, 5) * C["slice_thickness_mm"] * 0.8
    bells = np.exp(-(((x[:, None] - position_mm - offsets) / sigma) ** 2) / 2)
    return (bells.mean(1) * step_mm / (sigma * np.sqrt(2 * np.pi))).astype(np.float32)


def _grid_axes() -> tuple[Array, Array]:
    """Return z and y of the grid of the healthy slice."""
    z = np.arange(Z_MM[0] - ROOM_MM, Z_MM[1] + ROOM_MM + 1, GRID_MM, dtype=np.float32)
    y = np.arange(Y_MM[0] - ROOM_MM, Y_MM[1] + ROOM_MM + 1, GRID_MM, dtype=np.float32)
    return z, y


@lru_cache(maxsize=6)
def _healthy(build: Build, x_mm: float, blur_mm: float) -> Array:
    """Return the blurred healthy uptake (SUV) on the grid of the slice."""
    table = by_label("fdg_suv")
    z, y, x = TRUNK.axes()
    weights = _across(x, TRUNK.step, x_mm, blur_mm)
    near = np.nonzero(weights > 1e-3)[0]
    share = weights[near] / weights[near].sum()
    trunk = load_phantom(build).trunk
    plane = np.asarray(sum(w * table[trunk[:, :, k]] for w, k in zip(share, near, strict=True)))
    own = _grid_axes()
    plane = _averaged(plane, (z, y), TRUNK.step, own)
    box = SPINE.box((-1e3, -1e3, x_mm - ROOM_MM), (1e3, 1e3, x_mm + ROOM_MM))
    if box[2].stop > box[2].start:
        plane = _with_spine(plane, read(paint(Scene((), build)), box, 2), x_mm, blur_mm)
    variance = (blur_mm / FWHM_PER_SIGMA) ** 2 - GRID_MM**2 / 3  # the grid has blurred, and will between its points
    return ndimage.gaussian_filter(plane, variance**0.5 / GRID_MM, mode="nearest", truncate=TRUNCATE)


def _with_spine(plane: Array, voxels: Voxels, x_mm: float, blur_mm: float) -> Array:
    weights = _across(voxels.x, voxels.step_mm, x_mm, blur_mm)
    covered = float(weights.sum())
    flat = fdg(voxels, ()) @ (weights / max(covered, 1e-6))
    own = _grid_axes()
    inside = [
        np.clip(np.minimum(axis - fine[0], fine[-1] - axis) / fade + 0.5, 0, 1)
        for axis, fine, fade in zip(own, (voxels.z, voxels.y), (voxels.step_mm, FADE_MM), strict=True)
    ]
    share = min(covered, 1.0) * inside[0][:, None] * inside[1][None, :]
    return plane + (_averaged(flat, (voxels.z, voxels.y), voxels.step_mm, own) - plane) * share


def _averaged(plane: Array, fine: tuple[Array, Array], fine_mm: float, coarse: tuple[Array, Array]) -> Array:
    """Return a plane on a coarser grid; beyond its edges the last values go on."""
    down, across = (overlap(out, GRID_MM, own, fine_mm) for out, own in zip(coarse, fine, strict=True))
    filled = down.sum(1)[:, None] * across.sum(1)[None, :]
    kept = down @ plane @ across.T / np.maximum(filled, 1e-6)
    rows, columns = (_edges(part.sum(1)) for part in (down, across))
    return kept[np.ix_(rows, columns)]


def _edges(weight: Array) -> Array:
    """Return for each cell the nearest one that is filled."""
    filled = np.nonzero(weight > 0.5)[0]
    return np.clip(np.arange(len(weight)), filled[0], filled[-1])


@lru_cache(maxsize=8)
def _lesion(painted: Painted, x_mm: float, blur_mm: float) -> Glow | None:
    changed = fdg_change(painted)
    return None if changed is None else sagittal(changed, x_mm, blur_mm)


def sagittal(changed: Change, x_mm: float, blur_mm: float) -> Glow:
    """Return a sagittal slice (rows along z, columns along y) of a change of uptake, blurred."""
    flat = changed.suv @ _across(changed.x, changed.step_mm, x_mm, blur_mm)
    sigma = blur_mm / FWHM_PER_SIGMA / changed.step_mm
    pad = int(np.ceil(TRUNCATE * sigma))
    blurred = ndimage.gaussian_filter(np.pad(flat, pad), sigma, truncate=TRUNCATE)
    away = pad * changed.step_mm
    return Glow(float(changed.z[0]) - away, float(changed.y[0]) - away, changed.step_mm, blurred)
