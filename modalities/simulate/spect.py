"""SPECT: one slice of the bone scan, measured from all around and reconstructed with OSEM.

Rotate, weaken, blur by depth, add up; the reconstruction uses the same model, so it corrects weakening and part of
the blur (ordered subsets expectation maximization: Hudson and Larkin, IEEE Trans Med Imaging 1994; rotation-based
projector with depth-dependent blur: Zeng and Gullberg, IEEE Trans Nucl Sci 1992). Scatter is taken as corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage, sparse

from modalities.simulate import bone_uptake
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame, frame
from modalities.simulate.painting import Painted, center
from modalities.simulate.phantom import SPINE, TRUNK, L, load_phantom
from modalities.simulate.planar import FWHM_PER_SIGMA, Glow, change_of, fwhm_mm
from modalities.simulate.sampling import resample
from modalities.simulate.scene import WHOLE_LEVEL, Build
from modalities.simulate.uptake import overlap, read
from modalities.simulate.views import Grain

C = constants("bone_scan")
PIXELS, STEP_MM = 96, 4.0
ANGLES, SUBSETS, ITERATIONS = 48, 8, 4
LEAST_SHARE = 0.02  # of the mean bin: the least that a projection of an estimate is taken for
ORBIT_MM = 190.0  # from the axis of rotation to the camera's face
MIDDLE_Y_MM = -26.0  # of the axis of rotation: the middle of the trunk
SHOWN_STEP_MM = 2.0
REACH_MM = 16.0  # along the body from the middle of the slice, from which counts still come
FADE_MM = 6.0
HIGHEST_MM = 70.0  # slices beyond would need more body than the phantom has
HALF_LEVEL_MM = 16.0  # within which the hottest slice of a level is looked for
ALONG = ((np.arange(PIXELS) - (PIXELS - 1) / 2) * STEP_MM).astype(np.float32)
AXES = (ALONG + MIDDLE_Y_MM, ALONG)
Stack = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Projector:
    """The camera around a slice: for each subset the turns as sparse matrices, and the blur at each depth."""

    turn: tuple[sparse.csr_matrix, ...]
    back: tuple[sparse.csr_matrix, ...]
    blur: Stack

    def forward(self, subset: int, slice_: Array, passing: Stack) -> Array:
        """Return the projections (angles of the subset x pixels) of a slice."""
        turned = (self.turn[subset] @ slice_.ravel()).reshape(-1, PIXELS, PIXELS) * passing
        waves = np.einsum("adk,dk->ak", fft.rfft(turned, axis=2), self.blur)
        return fft.irfft(waves, PIXELS, axis=1)

    def backward(self, subset: int, projections: Array, passing: Stack) -> Array:
        """Return the transpose of ``forward``: projections smeared back into the slice (flat)."""
        waves = fft.rfft(projections.astype(np.float32), axis=1)[:, None, :] * self.blur
        return self.back[subset] @ (fft.irfft(waves, PIXELS, axis=2) * passing).ravel()


@cache
def projector() -> Projector:
    """Return the camera; made once."""
    turns = [_turn(angle) for angle in np.arange(ANGLES) * 2 * np.pi / ANGLES]
    stacked = [sparse.vstack(turns[subset::SUBSETS], format="csr") for subset in range(SUBSETS)]
    depths = np.maximum(ORBIT_MM - ALONG, 10)
    sigma = np.array([fwhm_mm(depth) for depth in depths]) / FWHM_PER_SIGMA / STEP_MM
    waves = np.exp(-2 * np.pi**2 * sigma[:, None] ** 2 * np.fft.rfftfreq(PIXELS)[None, :] ** 2)
    return Projector(tuple(stacked), tuple(one.T.tocsr() for one in stacked), waves.astype(np.float32))


def _turn(angle: float) -> sparse.csr_matrix:
    """Return the matrix that turns a slice about its middle (linear between pixels)."""
    middle = (PIXELS - 1) / 2
    y, x = np.mgrid[:PIXELS, :PIXELS] - middle
    column = (np.cos(angle) * x - np.sin(angle) * y + middle).ravel()
    row = (np.sin(angle) * x + np.cos(angle) * y + middle).ravel()
    first_row, first_column = np.floor(row).astype(int), np.floor(column).astype(int)
    a, b = row - first_row, column - first_column
    rows, columns, weights = [], [], []
    for down, right, weight in ((0, 0, (1 - a) * (1 - b)), (0, 1, (1 - a) * b), (1, 0, a * (1 - b)), (1, 1, a * b)):
        i, j = first_row + down, first_column + right
        inside = np.nonzero((i >= 0) & (i < PIXELS) & (j >= 0) & (j < PIXELS) & (weight > 1e-6))[0]
        rows.append(inside)
        columns.append(i[inside] * PIXELS + j[inside])
        weights.append(weight[inside])
    where = np.concatenate(rows), np.concatenate(columns)
    shape = (PIXELS**2, PIXELS**2)
    return sparse.csr_matrix((np.concatenate(weights).astype(np.float32), where), shape=shape, dtype=np.float32)


def frame_of(painted: Painted, aside_mm: float) -> Frame:
    """Return the slice through the first lesion, or T12, moved by ``aside_mm``; front of the body on top.

    What fills a level (a fracture, an end plate, a disc) is cut where most of its uptake lies.
    """
    lesions = painted.scene.lesions
    position = center(lesions[0])[0] if lesions else 0.0
    if lesions and lesions[0].kind in WHOLE_LEVEL:
        position = _hottest(painted, position)
    position = float(np.clip(position + aside_mm, -HIGHEST_MM, HIGHEST_MM))
    return frame(0, position, (-176.0, 112.0), (-190.0, 190.0), SHOWN_STEP_MM)


def _hottest(painted: Painted, near_mm: float) -> float:
    changed = change_of(painted, C["usual_hours"])
    assert changed is not None
    profile = ndimage.gaussian_filter1d(changed.suv.sum((1, 2)), STEP_MM / changed.step_mm)
    return float(changed.z[np.where(np.abs(changed.z - near_mm) < HALF_LEVEL_MM, profile, -np.inf).argmax()])


def scan(painted: Painted, at: Frame, counts: float, hours: float, seed: int) -> Array:
    """Return a reconstructed slice (SUV) with noise; ``counts`` are relative to the usual scan."""
    z = at.position_mm
    build = painted.scene.build
    uptake = _healthy(build, z, hours)
    changed = _changed(painted, z, hours)
    if changed is not None:
        uptake = uptake + changed.cells
    scale = counts * _counts_per_suv()
    known = _weakening(build, z)
    camera = projector()
    random = np.random.default_rng(seed)
    measured = []
    for subset in range(SUBSETS):
        mean = np.maximum(camera.forward(subset, uptake, known.passing[subset]), 0)
        measured.append(random.poisson(mean * scale).astype(np.float32))
    return _shown(reconstruct(measured, known) / np.float32(scale), at)


@dataclass(frozen=True, slots=True, eq=False)
class Weakening:
    """What the tissue of a slice does to rays: the share that passes (per subset), sensitivity, and the body."""

    passing: tuple[Stack, ...]
    sensitivity: tuple[Array, ...]
    body: Array


def reconstruct(measured: list[Array], known: Weakening) -> Array:
    """Return the slice that explains the measured projections, smoothed as usual."""
    camera = projector()
    total = float(sum(part.sum() for part in measured))
    least = np.float32(LEAST_SHARE * total / ANGLES / PIXELS)  # bins beside the body must not blow up
    estimate = known.body * np.float32(total / known.body.sum() / ANGLES)
    for _ in range(ITERATIONS):
        for subset in range(SUBSETS):
            passing = known.passing[subset]
            ratio = measured[subset] / np.maximum(camera.forward(subset, estimate, passing), least)
            estimate = estimate * camera.backward(subset, ratio, passing) / known.sensitivity[subset] * known.body
    sigma = C["spect_post_filter_mm"] / FWHM_PER_SIGMA / STEP_MM
    return ndimage.gaussian_filter(estimate.reshape(PIXELS, PIXELS), sigma, truncate=3)


@lru_cache(maxsize=6)
def _weakening(build: Build, z: float) -> Weakening:
    """Return how a slice weakens rays, from the trunk's labels."""
    share = np.full(64, 1.0, np.float32)
    share[[L["air"], L["gas"]]] = 0
    share[L["lung"]] = C["attenuation_lung_share"]
    per_pixel = _coarse(_trunk_plane(build, z, share)) * np.float32(C["attenuation_per_mm"] * STEP_MM)
    camera = projector()
    passing = []
    for subset in range(SUBSETS):
        turned = (camera.turn[subset] @ per_pixel.ravel()).reshape(-1, PIXELS, PIXELS)
        beyond = np.cumsum(turned[:, ::-1], axis=1)[:, ::-1] - turned / 2
        passing.append(np.exp(-beyond).astype(np.float32))
    ones = np.ones((ANGLES // SUBSETS, PIXELS), np.float32)
    sensitivity = [np.maximum(camera.backward(i, ones, passing[i]), 1e-3) for i in range(SUBSETS)]
    body = ndimage.binary_fill_holes(ndimage.gaussian_filter(per_pixel, 1) > 0.3 * per_pixel.max())
    return Weakening(tuple(passing), tuple(sensitivity), body.astype(np.float32).ravel())


def _trunk_plane(build: Build, z: float, table: Array) -> Array:
    plane = round((z - TRUNK.z0) / TRUNK.step)
    return table[load_phantom(build).trunk[int(np.clip(plane, 0, TRUNK.nz - 1))]]


def _coarse(plane: Array) -> Array:
    """Return a plane of the trunk grid on the pixels of the slice."""
    _, y, x = TRUNK.axes()
    down, across = (overlap(coarse, STEP_MM, fine, TRUNK.step) for coarse, fine in zip(AXES, (y, x), strict=True))
    return down @ plane @ across.T


def _weights(z: Array, step_mm: float, position_mm: float) -> Array:
    """Return the weight of planes along the body: the slice, blurred by the camera (sum 1 over all of space)."""
    sigma = C["spect_axial_fwhm_mm"] / FWHM_PER_SIGMA
    offsets = np.linspace(-0.5, 0.5, 7) * STEP_MM * 6 / 7
    bells = np.exp(-(((z[:, None] - position_mm - offsets) / sigma) ** 2) / 2)
    return (bells.mean(1) * step_mm / (sigma * np.sqrt(2 * np.pi))).astype(np.float32)


@lru_cache(maxsize=6)
def _healthy(build: Build, z: float, hours: float) -> Array:
    """Return the healthy uptake (SUV) of a slice on its pixels."""
    table = bone_uptake.by_label(hours)
    axis = TRUNK.axes()[0]
    weights = _weights(axis, TRUNK.step, z)
    near = np.nonzero(weights > 1e-3)[0]
    share = weights[near] / weights[near].sum()
    trunk = load_phantom(build).trunk
    plane = sum(w * table[trunk[k]] for w, k in zip(share, near, strict=True))
    return _coarse(_with_spine(np.asarray(plane), build, z, hours))


def _with_spine(plane: Array, build: Build, z: float, hours: float) -> Array:
    """Put the spine phantom into a plane of the trunk grid."""
    from modalities.simulate.painting import paint
    from modalities.simulate.scene import Scene

    box = SPINE.box((z - REACH_MM, -1e3, -1e3), (z + REACH_MM, 1e3, 1e3))
    voxels = read(paint(Scene((), build)), box, 2)
    weights = _weights(voxels.z, voxels.step_mm, z)
    flat = np.tensordot(weights / weights.sum(), bone_uptake.tracer(hours)(voxels, ()), 1)
    _, y, x = TRUNK.axes()
    at = [(axis - first[0]) / voxels.step_mm for axis, first in zip((y, x), (voxels.y, voxels.x), strict=True)]
    inside = [
        np.clip(np.minimum(axis - own[0], own[-1] - axis) / fade, 0, 1)
        for axis, own, fade in zip((y, x), (voxels.y, voxels.x), (voxels.step_mm, FADE_MM), strict=True)
    ]
    return plane + (resample(flat, *at) - plane) * (inside[0][:, None] * inside[1][None, :])


@dataclass(frozen=True, slots=True, eq=False)
class SliceChange:
    """What a lesion adds to a slice: on its pixels (``cells``), and blurred as the reconstruction shows it."""

    cells: Array
    shown: Glow


@lru_cache(maxsize=8)
def _changed(painted: Painted, z: float, hours: float) -> SliceChange | None:
    changed = change_of(painted, hours)
    if changed is None:
        return None
    flat = np.tensordot(_weights(changed.z, changed.step_mm, z), changed.suv, 1)
    down, across = (
        overlap(coarse, STEP_MM, fine, changed.step_mm)
        for coarse, fine in zip(AXES, (changed.y, changed.x), strict=True)
    )
    sigma = C["spect_fwhm_mm"] / FWHM_PER_SIGMA / changed.step_mm
    pad = int(np.ceil(3 * sigma))
    blurred = ndimage.gaussian_filter(np.pad(flat, pad), sigma, truncate=3)
    away = pad * changed.step_mm
    glow = Glow(float(changed.y[0]) - away, float(changed.x[0]) - away, changed.step_mm, blurred)
    return SliceChange(down @ flat @ across.T, glow)


@lru_cache(maxsize=1)
def _counts_per_suv() -> float:
    """Return counts per SUV and pixel, so that the usual 4 mm slice of the average body has its usual counts."""
    usual = _healthy("average", 0.0, C["usual_hours"])
    known = _weakening("average", 0.0)
    total = sum(projector().forward(i, usual, known.passing[i]).sum() for i in range(SUBSETS))
    return C["spect_counts"] / float(total)


def _shown(slice_: Array, at: Frame) -> Array:
    """Return a slice on the pixels of a frame, smooth between its own."""
    shape = (2 * PIXELS - 1, 2 * PIXELS - 1)
    fine = ndimage.zoom(slice_, np.array(shape) / PIXELS, order=3)
    rows, columns = (
        (values - axis[0]) / (STEP_MM / 2) for values, axis in zip((at.rows, at.columns), AXES, strict=True)
    )
    return np.maximum(resample(fine, rows, columns), 0)


@lru_cache(maxsize=6)
def _healthy_shown(build: Build, z: float, hours: float) -> Array:
    """Return the healthy slice as the reconstruction shows it, without noise."""
    variance = (C["spect_fwhm_mm"] / FWHM_PER_SIGMA) ** 2 - STEP_MM**2 / 6  # the pixels have blurred it already
    return ndimage.gaussian_filter(_healthy(build, z, hours), variance**0.5 / STEP_MM, truncate=3.5)


def expected(painted: Painted, at: Frame, hours: float) -> Array:
    """Return uptake (SUV) without noise: the uptake blurred about as the reconstruction blurs it.

    Edges of large hot lesions overshoot in the reconstruction by up to a fifth, as those with blur correction do.
    """
    healthy = _shown(_healthy_shown(painted.scene.build, at.position_mm, hours), at)
    changed = _changed(painted, at.position_mm, hours)
    return healthy if changed is None else healthy + changed.shown.on(at.rows, at.columns)


def grain(mean_suv: float, counts: float) -> Grain:
    """Return the noise, as measured on repeated slices: it grows with the uptake and falls with counts."""
    sd = C["spect_noise"] * (mean_suv * (mean_suv + C["spect_noise_even_suv"]) / counts) ** 0.5
    return Grain(sd, C["spect_noise_cell_mm2"])
