"""Radiographs: frontal (ap) and lateral.

Path lengths of water and bone along diverging rays, a polychromatic beam, scatter, blur and quanta:

    signal = -log(h * P + S),  P = sum_E w(E) E eta(E) exp(-mu_water(E) W - mu_bone(E) B),  S = k g * (P W)

W, B: path lengths of the two base materials (Alvarez and Macovski, Phys Med Biol 1976); w: spectrum of the tube; eta:
share that the cesium iodide stops; h: focal spot and detector. Scatter is each ray's primary times its thickness,
spread by a Gaussian g (convolution model: Love and Kruger, Med Phys 1987; Seibert and Boone, Med Phys 1988). A reader
compares this signal; the picture is what the processing of a digital unit makes of it (``radiograph_display.py``).

Coordinates of frames are scaled to the plane of the spine (see ``xray_shadow.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image
from modalities.simulate.painting import Painted
from modalities.simulate.phantom import Phantom
from modalities.simulate.radiograph_display import Tone, tone_of
from modalities.simulate.sampling import resample
from modalities.simulate.spectra import Beam, attenuation, energies_kev, spectrum
from modalities.simulate.tomography import Response
from modalities.simulate.views import Grain, Setting, Settings, View
from modalities.simulate.xray_shadow import (
    COARSE,
    EDGE,
    PIXEL_MM,
    Shadow,
    block_frame,
    geometry,
    healthy_shadow,
    shadow,
    truth_frame,
    widened,
)

C = constants("xray")
BEAMS: Mapping[float, Beam] = {75: "ap75", 80: "ap80", 90: "lat90", 95: "lat95"}


def settings_of(tube_kv: int) -> tuple[Setting, ...]:
    """Return what can be set on a machine whose usual tube voltage is given."""
    return (
        Setting("dose", 1, (0.25, 0.5, 1, 2)),
        Setting("tube_kv", tube_kv, tuple(BEAMS), unit="kV"),
        Setting("grid", "yes", ("yes", "no")),
    )


VIEWS = (
    View("xray", "ap", "projection", settings_of(80)),
    View("xray", "lateral", "projection", settings_of(90)),
)
DISPLAY = Display(128, 256)


@cache
def beam(tube_kv: float) -> Response:
    """Return the -log signal of the detector behind so many cm of water and bone."""
    energies = energies_kev()
    stopped = 1 - np.exp(-attenuation("cesium_iodide") * C["detector_mm"] / 10)
    read = spectrum(BEAMS[tube_kv]) * energies * stopped
    water, bone = np.linspace(-1, 70, 285), np.linspace(-0.5, 24.5, 126)
    through_water = np.exp(-water[:, None] * attenuation("water")) * (read / read.sum())
    through_bone = np.exp(-bone[:, None] * attenuation("cortical_bone"))
    table = -np.log(np.einsum("we,be->wb", through_water, through_bone))
    return Response(table.astype(np.float32), water, bone, -np.log(through_water.sum(1)))


def primary(paths: Array, tube_kv: float) -> Array:
    """Return the share of the signal that comes straight through path lengths of water and bone (mm)."""
    return np.exp(-beam(tube_kv)(paths[0] / 10, paths[1] / 10))


@lru_cache(maxsize=12)
def scatter(cast: Shadow, tube_kv: float) -> Array:
    """Return the scatter behind a grid, every ``COARSE`` pixels of the whole wide frame.

    The beam is wider than the frame: around it the body is taken to go on as at its edge.
    """
    paths = cast.blocks()
    source = primary(paths, tube_kv) * paths[0] * C["scatter_per_mm"]
    reach = C["scatter_reach_mm"] / (COARSE * PIXEL_MM)
    return ndimage.gaussian_filter(source, reach, mode="nearest", truncate=3.0)


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


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a radiograph: gray values 0 to 255 after the processing that a digital unit does."""
    at = geometry(view).whole
    noisy = with_quanta(expected(painted, view, settings, at), view, settings, at, seed)
    spread = tone(painted.phantom, view, float(settings["tube_kv"]), str(settings["grid"]))
    truth = painted.truth(truth_frame(painted, geometry(view), at))
    return Image("xray", view, spread(noisy), "gray value", at, DISPLAY, dict(settings), seed, truth)
