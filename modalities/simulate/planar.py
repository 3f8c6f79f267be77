"""Planar bone scan: what a gamma camera behind or in front of the body counts.

Each plane of the body at a depth d below the camera is weakened by the tissue on its way, blurred by the collimator
and added up; scatter makes a broad haze. Blur: R(d)^2 = Ri^2 + (a + b d)^2 with the camera's own blur Ri and a
parallel-hole collimator whose blur grows with distance (Cherry, Sorenson and Phelps, Physics in Nuclear Medicine,
2012, chapter 14). The haze of a lesion itself is left out: it is below 1 % of the lesion's peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import fft, ndimage

from modalities.simulate import bone_uptake
from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.painting import Painted
from modalities.simulate.sampling import resample
from modalities.simulate.scene import Build
from modalities.simulate.uptake import Change, change
from modalities.simulate.whole_body import body_map, by_tissue, extra_tissue_mm, with_spine
from modalities.simulate.whole_body_shapes import BODY, TISSUES

C = constants("bone_scan")
FWHM_PER_SIGMA = 2.3548
SLAB_PLANES, SLAB_MM = 4, 7.0  # planes of the body grid, and depth in a lesion, that share one blur
MAP_STEP_MM = BODY.step / 2
GRID_BLUR_MM2 = BODY.step**2 / 12 + MAP_STEP_MM**2 / 6  # variance that voxels and linear interpolation add
PAD_SIGMAS = 3.2


def fwhm_mm(depth_mm: float) -> float:
    """Return the blur (FWHM) at a distance from the collimator's face."""
    collimator = C["collimator_at_face_mm"] + C["collimator_per_mm"] * depth_mm
    return float(np.hypot(C["fwhm_intrinsic_mm"], collimator))


def projected(painted: Painted, view: str, hours: float, rows: Array, columns: Array) -> Array:
    """Return SUV times mm that reach the camera (weakened, blurred, with scatter): rows along z, columns along x."""
    seen = healthy_at(painted.scene.build, view, hours, rows, columns)
    glow = _lesion(painted, view, hours)
    return seen if glow is None else np.maximum(seen + glow.on(rows, columns), 0)


def healthy_at(build: Build, view: str, hours: float, rows: Array, columns: Array) -> Array:
    """Return the same of the healthy body."""
    z, _, x = BODY.axes()
    return resample(_healthy(build, view, hours), (rows - z[0]) / MAP_STEP_MM, (columns - x[0]) / MAP_STEP_MM)


def _uptake(hours: float) -> Array:
    """Return the uptake of the healthy body (SUV)."""
    table = by_tissue(C)
    if hours > 12:
        table[[TISSUES.index(name) for name in bone_uptake.FADES_LATE]] *= C["soft_share_left_late"]
    return with_spine(body_map(table), bone_uptake.tracer(hours))


@lru_cache(maxsize=2)
def _tissue_to_camera_mm(view: str) -> Array:
    """Return how much water weakens rays as much as what lies between each voxel and the camera (mm)."""
    table = np.ones(len(TISSUES), np.float32)
    table[TISSUES.index("air")] = 0
    table[TISSUES.index("lung")] = C["attenuation_lung_share"]
    for name in ("vertebra", "pelvis", "sacrum", "skull", "femur"):
        table[TISSUES.index(name)] = C["attenuation_bone_share"]
    water = body_map(table) * np.float32(BODY.step)
    if view == "posterior":
        return np.cumsum(water[:, ::-1], axis=1)[:, ::-1] - water / 2
    return np.cumsum(water, axis=1) - water / 2


def _extra_mm(build: Build, view: str) -> float:
    return extra_tissue_mm(build)[1 if view == "posterior" else 0]


def _depth_mm(y: float, build: Build, view: str) -> float:
    """Return the distance from the camera's face."""
    away = C["camera_behind_mm"] - y if view == "posterior" else y - C["camera_front_mm"]
    return max(away + _extra_mm(build, view), 5.0)


@lru_cache(maxsize=8)
def _healthy(build: Build, view: str, hours: float) -> Array:
    """Return the healthy projection (SUV times mm, weakened, with scatter) every ``MAP_STEP_MM`` of the body grid."""
    reaching = np.exp(-C["attenuation_per_mm"] * (_tissue_to_camera_mm(view) + _extra_mm(build, view)))
    volume = _uptake(hours) * reaching.astype(np.float32)
    y = BODY.axes()[1]
    total = np.zeros((2 * BODY.nz - 1, 2 * BODY.nx - 1), np.float32)
    for first in range(0, BODY.ny, SLAB_PLANES):
        slab = volume[:, first : first + SLAB_PLANES].sum(1)
        middle = float(y[first : first + SLAB_PLANES].mean())
        variance = (fwhm_mm(_depth_mm(middle, build, view)) / FWHM_PER_SIGMA) ** 2 - GRID_BLUR_MM2
        fine = np.maximum(ndimage.zoom(slab, np.array(total.shape) / slab.shape, order=3, grid_mode=False), 0)
        total += ndimage.gaussian_filter(fine, max(variance, 0.5) ** 0.5 / MAP_STEP_MM, truncate=3.5)
    total *= BODY.step
    return (total + C["scatter_share"] * _haze(total)).astype(np.float32)


def _haze(direct: Array) -> Array:
    """Return what scatter makes of direct counts: spread by exp(-r / reach), the sum kept."""
    padded = [fft.next_fast_len(n + 80) for n in direct.shape]
    k_rows = 2 * np.pi * np.fft.fftfreq(padded[0], MAP_STEP_MM)
    k_columns = 2 * np.pi * np.fft.rfftfreq(padded[1], MAP_STEP_MM)
    k2 = k_rows[:, None] ** 2 + k_columns[None, :] ** 2
    spread = (1 + k2 * C["scatter_reach_mm"] ** 2) ** -1.5
    return fft.irfft2(fft.rfft2(direct, padded) * spread, padded)[: direct.shape[0], : direct.shape[1]]


@dataclass(frozen=True, slots=True, eq=False)
class Glow:
    """What a lesion adds to a projection: a small map (rows along z, columns along x) and its first coordinates."""

    z0: float
    x0: float
    step_mm: float
    suv_mm: Array

    def on(self, rows: Array, columns: Array) -> Array:
        """Return it at the pixels of a frame; 0 where it does not reach."""
        row, column = (rows - self.z0) / self.step_mm, (columns - self.x0) / self.step_mm
        inside = [(at >= 0) & (at <= n - 1) for at, n in zip((row, column), self.suv_mm.shape, strict=True)]
        out = np.zeros((len(rows), len(columns)), np.float32)
        if inside[0].any() and inside[1].any():
            out[np.ix_(*inside)] = resample(self.suv_mm, row[inside[0]], column[inside[1]])
        return out


@lru_cache(maxsize=8)
def change_of(painted: Painted, hours: float) -> Change | None:
    """Return what the lesions of a scene change in the uptake."""
    return change(painted, bone_uptake.tracer(hours))


@lru_cache(maxsize=8)
def _lesion(painted: Painted, view: str, hours: float) -> Glow | None:
    """Return the projection of what the lesions change."""
    changed = change_of(painted, hours)
    if changed is None:
        return None
    return project(changed, painted.scene.build, view)


def project(changed: Change, build: Build, view: str) -> Glow:
    """Return the projection of a change: weakened by the tissue at its middle, blurred slab by slab."""
    z, x = float(changed.z.mean()), float(changed.x.mean())
    tissue = _tissue_to_camera_mm(view)
    axes = BODY.axes()
    column = tissue[np.abs(axes[0] - z).argmin(), :, np.abs(axes[2] - x).argmin()]
    path = np.interp(changed.y, axes[1], column) + _extra_mm(build, view)
    reaching = np.exp(-C["attenuation_per_mm"] * path).astype(np.float32)
    depths = np.array([_depth_mm(float(y), build, view) for y in changed.y])
    pad = int(np.ceil(PAD_SIGMAS * fwhm_mm(depths.max()) / FWHM_PER_SIGMA / changed.step_mm))
    nz, ny, nx = changed.suv.shape
    total = np.zeros((nz + 2 * pad, nx + 2 * pad), np.float32)
    planes = max(round(SLAB_MM / changed.step_mm), 1)
    for first in range(0, ny, planes):
        part = slice(first, first + planes)
        slab = np.zeros_like(total)
        slab[pad : pad + nz, pad : pad + nx] = np.einsum("zyx,y->zx", changed.suv[:, part], reaching[part])
        sigma = fwhm_mm(float(depths[part].mean())) / FWHM_PER_SIGMA / changed.step_mm
        total += ndimage.gaussian_filter(slab, sigma, truncate=PAD_SIGMAS)
    away = pad * changed.step_mm
    return Glow(
        float(changed.z[0]) - away, float(changed.x[0]) - away, changed.step_mm, total * np.float32(changed.step_mm)
    )
