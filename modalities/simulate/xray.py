"""Radiographs: frontal (ap) and lateral.

Path lengths of water and bone along diverging rays, a polychromatic beam, scatter, blur and quanta:

    signal = -log(h * P + S),  P = sum_E w(E) E eta(E) exp(-mu_water(E) W - mu_bone(E) B),  S = k g * (P W)

W, B: path lengths of the two base materials (Alvarez and Macovski, Phys Med Biol 1976); w: spectrum of the tube; eta:
share that the cesium iodide stops; h: focal spot and detector. Scatter is each ray's primary times its thickness,
spread by a Gaussian g (convolution model: Love and Kruger, Med Phys 1987; Seibert and Boone, Med Phys 1988).

Frames: coordinates are scaled to the plane of the spine (y = 0 in the frontal, x = 0 in the lateral view): what lies
nearer to the tube is shown larger. The detector lies behind the patient (ap) or at the left side (lateral).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

import numpy as np
from scipy import ndimage, sparse

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, frame
from modalities.simulate.painting import Painted, others
from modalities.simulate.phantom import SPINE, Phantom
from modalities.simulate.radiograph_display import Tone, tone_of
from modalities.simulate.sampling import resample
from modalities.simulate.spectra import Beam, attenuation, energies_kev, spectrum
from modalities.simulate.tomography import Response
from modalities.simulate.views import Grain, Setting, Settings, View
from modalities.simulate.xray_slabs import Axis, Slabs, change_slabs, spine_slabs, trunk_slabs

C = constants("xray")
PIXEL_MM = 0.3
EDGE = 3  # pixels around a frame that blur needs
COARSE = 8  # pixels of a step in the field of scatter
BEAMS: Mapping[float, Beam] = {75: "ap75", 80: "ap80", 90: "lat90", 95: "lat95"}


def settings_of(tube_kv: int) -> tuple[Setting, ...]:
    """Return what can be set on a machine whose usual tube voltage is given."""
    return (
        Setting("dose", 1.0, (0.25, 0.5, 1.0, 2.0)),
        Setting("tube_kv", tube_kv, tuple(BEAMS), unit="kV"),
        Setting("grid", "yes", ("yes", "no")),
    )


VIEWS = (
    View("xray", "ap", "projection", settings_of(80)),
    View("xray", "lateral", "projection", settings_of(90)),
)
DISPLAY = Display(128, 256)


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
    if view == "ap":
        return Geometry(1, tube, behind, (0.0, 0.0), frame(1, 0.0, (70, -70), (-78, 78), PIXEL_MM))
    center = (0.0, C["lateral_central_ray_y_mm"])
    return Geometry(2, tube, behind, center, frame(2, 0.0, (70, -70), (-52, 74), PIXEL_MM))


class Shadow(Protocol):
    """What the rays of a view pass in one body: path lengths of water and bone in mm (2, rows, columns)."""

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
    across, columns = [], []
    for part in slabs:
        for depth, paths in zip(part.depth_mm, part.paths, strict=True):
            if paths.any():
                scale = seen.scale(float(depth))
                rows, row_count, column_count = _taps(part, 0, at.rows, seen, scale), *paths.shape[::2]
                across.append((rows @ paths.reshape(row_count, -1)).reshape(len(at.rows), 2, column_count))
                columns.append(_taps(part, 1, at.columns, seen, scale))
    if not across:
        return np.zeros((2, *at.shape), np.float32)
    stacked = np.concatenate(across, axis=2).reshape(2 * len(at.rows), -1)
    out = sparse.hstack(columns, format="csr") @ np.ascontiguousarray(stacked.T)
    return np.ascontiguousarray(np.moveaxis(out.reshape(len(at.columns), len(at.rows), 2), (0, 2), (2, 0)))


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
    slabs = trunk_slabs(phantom)[seen.axis], spine_slabs(seen.axis)
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


@cache
def beam(tube_kv: float) -> Response:
    """Return the -log signal of the detector behind so many cm of water and bone."""
    energies = energies_kev()
    stopped = 1 - np.exp(-attenuation("cesium_iodide") * C["detector_mm"] / 10)
    read = spectrum(BEAMS[tube_kv]) * energies * stopped
    water, bone = np.linspace(-1, 70, 285), np.linspace(-0.5, 24.5, 126)
    through_water = np.exp(-water[:, None] * attenuation("water")) * (read / read.sum())
    through_bone = np.exp(-bone[:, None] * attenuation("cortical_bone"))
    table = -np.log(through_water @ through_bone.T)
    return Response(table.astype(np.float32), water, bone, -np.log(through_water.sum(1)))


def primary(paths: Array, tube_kv: float) -> Array:
    """Return the share of the signal that comes straight through path lengths of water and bone (mm)."""
    return np.exp(-beam(tube_kv)(paths[0] / 10, paths[1] / 10))


@lru_cache(maxsize=12)
def scatter(cast: Shadow, tube_kv: float) -> Array:
    """Return the scatter behind a grid, every ``COARSE`` pixels of the whole wide frame.

    The beam goes on above and below the frame; it is collimated at its sides, and beyond them nothing scatters.
    """
    paths = cast.blocks()
    source = primary(paths, tube_kv) * paths[0] * C["scatter_per_mm"]
    reach = C["scatter_reach_mm"] / (COARSE * PIXEL_MM)
    return ndimage.gaussian_filter(source, reach, mode=("nearest", "constant"), truncate=3.0)


def signal(cast: Shadow, settings: Settings, at: Frame) -> Array:
    """Return -log of what reaches the detector: primary, blurred, and scatter; no noise."""
    tube_kv = float(settings["tube_kv"])
    straight = primary(cast.on(widened(at)), tube_kv)
    straight = ndimage.gaussian_filter(straight, cast.geometry.blur_mm / at.spacing_mm)[EDGE:-EDGE, EDGE:-EDGE]
    blocks = block_frame(cast.geometry)
    rows, columns = (
        (values - middles[0]) / (middles[1] - middles[0])
        for values, middles in ((at.rows, blocks.rows), (at.columns, blocks.columns))
    )
    passes = 1.0 if settings["grid"] == "yes" else C["scatter_without_grid"]
    return -np.log(straight + passes * resample(scatter(cast, tube_kv), rows, columns))


def quanta_per_mm2(view: str, settings: Settings) -> float:
    """Return quanta per mm2 (in the plane of the spine) for a signal of 1: what the exposure control lets through.

    It stops when the usual detector dose times ``dose`` has arrived behind T12 of an average body; a larger body gets
    no more, so its picture is noisier.
    """
    water, bone = C[f"{view}_exposure_water_mm"], C[f"{view}_exposure_bone_mm"]
    straight = float(primary(np.array([[water], [bone]], np.float32), float(settings["tube_kv"]))[0])
    passes = 1.0 if settings["grid"] == "yes" else C["scatter_without_grid"]
    arriving = straight * (1 + passes * C["scatter_per_mm"] * water)
    counted = C["detector_dose_ugy"] * C["photons_per_mm2_ugy"] * C["detector_efficiency"]
    return float(settings["dose"]) * counted * geometry(view).enlarged ** 2 / arriving


@lru_cache(maxsize=4)
def unit_noise(seed: int, shape: tuple[int, int], blur: float) -> Array:
    """Return white noise (SD 1) blurred by the detector: neighbors share what one quantum lights up."""
    white = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return ndimage.gaussian_filter(white, blur)


def detector_blur(view: str, at: Frame) -> float:
    """Return the SD of the detector's blur in pixels of a frame."""
    return C["detector_blur_mm"] / geometry(view).enlarged / at.spacing_mm


def with_quanta(clean: Array, view: str, settings: Settings, at: Frame, seed: int) -> Array:
    """Return a -log signal with the noise of counted quanta (Poisson, as a Gaussian: thousands in a pixel)."""
    counted = quanta_per_mm2(view, settings) * at.spacing_mm**2
    return clean + unit_noise(seed, at.shape, detector_blur(view, at)) * np.exp(clean / 2) / np.float32(counted**0.5)


def grain_of(clean: Array, view: str, settings: Settings, at: Frame) -> Grain:
    """Return the noise of a -log signal on a frame."""
    counted = quanta_per_mm2(view, settings) * at.spacing_mm**2
    point = np.zeros((17, 17), np.float32)
    point[8, 8] = 1
    kept = float((ndimage.gaussian_filter(point, detector_blur(view, at)) ** 2).sum())
    return Grain(float((np.exp(clean).mean() / counted * kept) ** 0.5), at.spacing_mm**2 / kept)


@lru_cache(maxsize=12)
def tone(phantom: Phantom, view: str, tube_kv: float, grid: str) -> Tone:
    """Return how the gray values of a view are spread: set by the healthy body, so that only lesions change."""
    cast = healthy_shadow(phantom, view)
    return tone_of(signal(cast, {"tube_kv": tube_kv, "grid": grid}, cast.geometry.whole), PIXEL_MM, view)


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view, scaled to the plane of the spine."""
    return geometry(view).whole


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return the -log signal (natural logarithm) after scatter and blur, without noise, on any frame of the view."""
    return signal(shadow(painted, view), settings, frame)


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise of the -log signal on a frame."""
    return grain_of(expected(painted, view, settings, frame), view, settings, frame)


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window: the gray values as they are."""
    return DISPLAY


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


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a radiograph: gray values 0 to 255 after the processing that a digital unit does."""
    at = geometry(view).whole
    noisy = with_quanta(expected(painted, view, settings, at), view, settings, at, seed)
    spread = tone(painted.phantom, view, float(settings["tube_kv"]), str(settings["grid"]))
    truth = painted.truth(truth_frame(painted, geometry(view), at))
    return Image("xray", view, spread(noisy), "gray value", at, DISPLAY, dict(settings), seed, truth)
