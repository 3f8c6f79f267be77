"""The whole body on PET from the front: the highest value along each ray (maximum intensity projection).

The healthy body is blurred once and kept; for a lesion only the rays through what it changes are looked at anew.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame
from modalities.simulate.painting import Box, Painted
from modalities.simulate.pet_slice import fdg_change
from modalities.simulate.pet_uptake import fdg
from modalities.simulate.phantom import noise3
from modalities.simulate.planar import FWHM_PER_SIGMA, Glow
from modalities.simulate.sampling import resample
from modalities.simulate.uptake import Change, overlap, spread
from modalities.simulate.whole_body import EVERYWHERE, body_map, by_tissue, with_spine
from modalities.simulate.whole_body_shapes import BODY

C = constants("pet_ct")
GRID_MM = 2.0  # around a lesion
TILE, SHIFTS = 80, (17, 29, 7)  # voxels of repeating noise, and by how many a seed moves it along each axis
Noise = tuple[float, int]  # SD as a share of the uptake, and seed


def highest(painted: Painted, blur_mm: float, at: Frame, noise: Noise | None) -> Array:
    """Return the highest values along the rays of a frame; only the rays through a lesion are looked at anew."""
    share, seed = noise or (0.0, None)
    z, _, x = BODY.axes()
    flat = _healthy_highest(blur_mm, share, seed)
    suv = resample(flat, (at.rows - z[0]) / BODY.step, (at.columns - x[0]) / BODY.step)
    changed = fdg_change(painted)
    if changed is None:
        return suv
    peak = _lesion_highest(painted, blur_mm, share, seed)
    return np.maximum(suv, peak.on(at.rows, at.columns))


@lru_cache(maxsize=2)
def _healthy_body(blur_mm: float) -> Array:
    """Return the blurred uptake (SUV) of the healthy body on its grid."""
    volume = with_spine(body_map(by_tissue(C)), fdg)
    volume *= 1 + np.float32(C["uneven"]) * _tiled(_patches(), 0, EVERYWHERE)
    variance = (blur_mm / FWHM_PER_SIGMA) ** 2 - BODY.step**2 / 6
    return ndimage.gaussian_filter(volume, max(variance, 0.1) ** 0.5 / BODY.step, truncate=3)


@cache
def _noise_tile() -> Array:
    """Return repeating noise of SD 1 on the body grid."""
    return noise3((TILE,) * 3, BODY.step, C["noise_fwhm_mm"] * 1.2, 60, seed=9)


@cache
def _patches() -> Array:
    """Return repeating coarse unevenness of SD 1 on the body grid: no organ is uniform."""
    return noise3((TILE,) * 3, BODY.step, 16, 80, seed=10)


def _tiled(tile: Array, seed: int, box: Box) -> Array:
    """Return a box of a repeating tile, moved by a seed."""
    picks = [
        (np.arange(*part.indices(n)) + seed * shift) % TILE
        for part, n, shift in zip(box, BODY.shape, SHIFTS, strict=True)
    ]
    return tile[np.ix_(*picks)]


@lru_cache(maxsize=4)
def _healthy_highest(blur_mm: float, share: float, seed: int | None) -> Array:
    """Return the highest value along each ray through the healthy body (SUV), with noise if there is a seed."""
    volume = _healthy_body(blur_mm)
    if seed is None or share == 0:
        return volume.max(axis=1)
    return (volume * (1 + np.float32(share) * _tiled(_noise_tile(), seed, EVERYWHERE))).max(axis=1)


@lru_cache(maxsize=8)
def _lesion_highest(painted: Painted, blur_mm: float, share: float, seed: int | None) -> Glow:
    """Return the highest values along the rays through what the lesions change (rows along z, columns along x)."""
    changed = fdg_change(painted)
    assert changed is not None
    axes, added = blurred(changed, blur_mm)
    box = BODY.box(*((tuple(axis[end] for axis in axes)) for end in (0, -1)))
    around = _healthy_body(blur_mm)[box]
    if seed is not None:
        grain = 1 + np.float32(share) * _tiled(_noise_tile(), seed, box)
    at = [(axis - own[part.start]) / BODY.step for axis, own, part in zip(axes, BODY.axes(), box, strict=True)]
    total = _finer(around, at) + added
    if seed is not None:
        total *= _finer(grain, at)
    return Glow(float(axes[0][0]), float(axes[2][0]), GRID_MM, total.max(axis=1))


def blurred(changed: Change, blur_mm: float) -> tuple[tuple[Array, Array, Array], Array]:
    """Return the coordinates (z, y, x) of a grid around a change of uptake, and the change blurred on it (SUV)."""
    room = 1.5 * blur_mm
    z, y, x = (
        np.arange(axis[0] - room, axis[-1] + room + GRID_MM, GRID_MM, dtype=np.float32)
        for axis in (changed.z, changed.y, changed.x)
    )
    weights = tuple(
        overlap(out, GRID_MM, own, changed.step_mm)
        for out, own in zip((z, y, x), (changed.z, changed.y, changed.x), strict=True)
    )
    variance = (blur_mm / FWHM_PER_SIGMA) ** 2 - GRID_MM**2 / 6
    down, deep, across = weights
    volume = spread(changed.suv, (down, deep, across))
    return (z, y, x), ndimage.gaussian_filter(volume, variance**0.5 / GRID_MM, truncate=3)


def _finer(volume: Array, at: list[Array]) -> Array:
    """Take a volume at index positions along each axis, linear between voxels."""
    for axis, index in enumerate(at):
        inside = np.clip(index, 0, volume.shape[axis] - 1.001)
        first = inside.astype(np.int32)
        part = (inside - first).astype(np.float32).reshape([-1 if k == axis else 1 for k in range(3)])
        low = np.take(volume, first, axis)
        volume = low + (np.take(volume, first + 1, axis) - low) * part
    return volume
