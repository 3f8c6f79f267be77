"""CT of one slice: polychromatic beam, projections of two base materials, filtered backprojection and its noise.

Rays are parallel, views lie over half a turn. Projections and backprojection go through the Fourier slice theorem
(Kak and Slaney, Principles of Computerized Tomographic Imaging, 1988, ch. 3) with a non-uniform FFT (finufft; Barnett,
Magland and af Klinteberg, SIAM J Sci Comput 2019). That is why finufft is required: 540 views of a slice of 720 x 720
pixels take 20 ms, where adding up pixels view by view takes more than a second and leaves a moire of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Literal, cast

import finufft  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
from scipy import fft, special

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame
from modalities.simulate.spectra import Beam, attenuation, energies_kev, spectrum

C = constants("ct")
Kernel = Literal["bone", "soft"]
Reconstruction = Literal["filtered", "iterative"]
Window = Callable[[Array], Array]  # share of each spatial frequency (cycles/mm) that a reconstruction kernel keeps
Complex = npt.NDArray[np.complex64]

# One thread: the sum over views has one order, and the same input gives the same picture, bit for bit.
TRANSFORM = {"eps": 1e-4, "dtype": "complex64", "nthreads": 1, "upsampfac": 1.25}  # of finufft
ONE_AT_A_TIME = Lock()  # plans are shared, and finufft does not promise that one can be made or run twice at once
LEAST_WATER_CM, MOST_WATER_CM, WATER_STEPS = -2.0, 46.0, 193  # of the response table
LEAST_BONE_CM, MOST_BONE_CM, BONE_STEPS = -0.5, 40.0, 163


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """What a detector that adds up energy reads behind water and bone: -log of the signal.

    Two base materials describe any tissue in this range of energies (Alvarez and Macovski, Phys Med Biol 1976).
    ``table`` is indexed by cm of water and cm of bone, both in equal steps.
    """

    table: Array
    water_cm: Array
    bone_cm: Array
    behind_water: Array

    def __call__(self, water_cm: Array, bone_cm: Array) -> Array:
        """Return -log of the signal behind so much water and bone (linear between the values of the table)."""
        row, down = _between(self.water_cm, water_cm)
        column, right = _between(self.bone_cm, bone_cm)
        flat, width = self.table.ravel(), self.table.shape[1]
        corner = row * width + column
        near, far = (
            values + (flat.take(corner + step + width, mode="clip") - values) * down
            for step, values in ((step, flat.take(corner + step, mode="clip")) for step in (0, 1))
        )
        return near + (far - near) * right

    def water(self, signal: Array) -> Array:
        """Return the cm of water that would give a signal: the correction of beam hardening (Herman, PMB 1979)."""
        return np.interp(signal, self.behind_water, self.water_cm).astype(np.float32)

    def water_per_signal(self, signal: Array) -> Array:
        """Return how many cm of water a small change of a signal (-log) stands for."""
        slope = np.gradient(self.water_cm, self.behind_water)
        return np.interp(signal, self.behind_water, slope).astype(np.float32)

    def bone_number(self, water_cm: float, bone_cm: float) -> float:
        """Return how much water a little bone looks like on a ray through so much water and bone."""
        small = 0.05
        ends = np.array([bone_cm - small, bone_cm + small], np.float32)
        low, high = self.water(self(np.full(2, water_cm, np.float32), ends))
        return float(high - low) / (2 * small)


def _between(steps: Array, at: Array) -> tuple[npt.NDArray[np.int32], Array]:
    index = (at - np.float32(steps[0])) * np.float32(1 / (steps[1] - steps[0]))
    np.clip(index, 0, len(steps) - 1.001, out=index)
    first = index.astype(np.int32)
    index -= first
    return first, index


@cache
def response(beam: Beam) -> Response:
    """Return the response of a detector to a beam."""
    signal = spectrum(beam) * energies_kev()
    signal = signal / signal.sum()
    water = np.linspace(LEAST_WATER_CM, MOST_WATER_CM, WATER_STEPS)
    bone = np.linspace(LEAST_BONE_CM, MOST_BONE_CM, BONE_STEPS)
    through_water = np.exp(-water[:, None] * attenuation("water"))
    through_bone = np.exp(-bone[:, None] * attenuation("cortical_bone"))
    table = -np.log((through_water * signal) @ through_bone.T)
    return Response(table.astype(np.float32), water, bone, -np.log(through_water @ signal))


@lru_cache(maxsize=4)
def as_base_materials(beam: Beam, water_cm: float) -> tuple[float, float]:
    """Return the (water, bone) that 1 mg/mL of iodine is to a beam behind so much water.

    Least squares over the energies that arrive there (Alvarez and Macovski 1976; iodine's edge at 33 keV lies below
    what passes a trunk).
    """
    arrives = np.sqrt(spectrum(beam) * np.exp(-attenuation("water") * water_cm))
    bases = np.stack([attenuation("water"), attenuation("cortical_bone")], axis=1)
    found = np.linalg.lstsq(bases * arrives[:, None], attenuation("iodine") * 1e-3 * arrives, rcond=None)[0]
    return float(found[0]), float(found[1])


@dataclass(frozen=True, slots=True)
class Projector:
    """``views`` parallel projections of a square of ``pixels`` x ``pixels`` of ``step_mm``, as many detector bins."""

    pixels: int
    step_mm: float
    views: int

    @property
    def field_mm(self) -> float:
        """Return the width of the square."""
        return self.pixels * self.step_mm

    def bins_mm(self) -> Array:
        """Return where the detector bins lie, from the axis of rotation."""
        return ((np.arange(self.pixels) - self.pixels // 2) * self.step_mm).astype(np.float32)

    def angles(self) -> Array:
        """Return the angles of the views; at 0 the detector lies along the columns of the square."""
        return np.arange(self.views) * np.pi / self.views

    def forward(self, square: Complex) -> Complex:
        """Return line integrals (views x bins, in mm) of two maps given as a real and an imaginary part."""
        with ONE_AT_A_TIME:
            spectra = _slicer(self).execute(square)
        rows = np.fft.ifftshift(spectra.reshape(self.views, self.pixels), axes=1)
        lines = np.fft.fftshift(fft.ifft(rows, axis=1, workers=2), axes=1) * np.float32(self.step_mm)
        return np.asarray(lines, np.complex64)

    def back(self, parts: Sequence[tuple[Array, Window]], at: Frame, axis_mm: tuple[float, float]) -> Array:
        """Return the filtered backprojection of a sum of projections, each through its own window, on axial pixels.

        Projections are views x bins in mm of water; the result is 1 for water. The ramp is band-limited in space and
        the bins are padded with zeros (Kak and Slaney 1988, ch. 3.3): a ramp sampled in frequency shifts all values.
        ``axis_mm`` is the axis of rotation (row, column).
        """
        frequencies = fft.rfftfreq(2 * self.pixels, self.step_mm).astype(np.float32)
        spectra = sum(
            fft.rfft(projections, 2 * self.pixels, axis=1, workers=2) * (ramp(self) * window(frequencies))
            for projections, window in parts
        )
        return self._sum_views(np.asarray(spectra, np.complex64), at, axis_mm)

    def _sum_views(self, spectra: Complex, at: Frame, axis_mm: tuple[float, float]) -> Array:
        """Sum up filtered views on the pixels of a frame."""
        middle = at.rows[len(at.rows) // 2] - axis_mm[0], at.columns[len(at.columns) // 2] - axis_mm[1]
        step = float(at.rows[1] - at.rows[0]), float(at.columns[1] - at.columns[0])
        turned = spectra * _phases(self, (float(middle[0]), float(middle[1])))
        with ONE_AT_A_TIME:
            summed = _smearer(self, at.shape, step).execute(turned.ravel())
        return summed.real * np.float32(np.pi / (self.views * self.pixels))


@lru_cache(maxsize=2)
def _slicer(projector: Projector) -> finufft.Plan:
    """Return the plan of the transform from a square to the frequencies of all views."""
    plan = finufft.Plan(2, (projector.pixels, projector.pixels), isign=-1, **TRANSFORM)
    plan.setpts(*(k.ravel() for k in _frequencies(projector)))
    return plan


@lru_cache(maxsize=4)
def _smearer(projector: Projector, shape: tuple[int, int], step_mm: tuple[float, float]) -> finufft.Plan:
    """Return the plan of the transform from the frequencies of all views to a picture."""
    plan = finufft.Plan(1, shape, isign=1, **TRANSFORM)
    plan.setpts(*((k * step).ravel() for k, step in zip(_half_frequencies(projector), step_mm, strict=True)))
    return plan


@lru_cache(maxsize=4)
def ramp(projector: Projector) -> Array:
    """Return the frequency response of the band-limited ramp, per mm (Ramachandran and Lakshminarayanan, PNAS 1971)."""
    bins = 2 * projector.pixels
    away = np.minimum(np.arange(bins), bins - np.arange(bins))
    taps = np.where(away % 2 == 1, -1 / (np.pi * np.maximum(away, 1)) ** 2, 0.0)
    taps[0] = 0.25
    return (np.fft.rfft(taps).real / projector.step_mm).astype(np.float32)


@lru_cache(maxsize=4)
def _frequencies(projector: Projector) -> tuple[Array, Array]:
    """Return the frequencies of all views (rows, columns; radians per pixel)."""
    angle = projector.angles()[:, None]
    along = 2 * np.pi * (np.arange(projector.pixels) - projector.pixels // 2)[None, :] / projector.pixels
    return (along * np.sin(angle)).astype(np.float32), (along * np.cos(angle)).astype(np.float32)


@lru_cache(maxsize=4)
def _half_frequencies(projector: Projector) -> tuple[Array, Array]:
    """Return the frequencies of the real FFT of all padded views (rows, columns; radians per mm)."""
    angle = projector.angles()[:, None]
    along = 2 * np.pi * fft.rfftfreq(2 * projector.pixels, projector.step_mm)[None, :]
    return (along * np.sin(angle)).astype(np.float32), (along * np.cos(angle)).astype(np.float32)


@lru_cache(maxsize=4)
def _phases(projector: Projector, middle_mm: tuple[float, float]) -> Complex:
    """Return what moves the views' origin (detector bin 0) to the middle of a frame; both ends count once."""
    rows, columns = _half_frequencies(projector)
    along = 2 * np.pi * fft.rfftfreq(2 * projector.pixels, projector.step_mm)[None, :]
    first_bin_mm = projector.pixels // 2 * projector.step_mm
    turn = np.exp(1j * (rows * middle_mm[0] + columns * middle_mm[1] + along * first_bin_mm))
    turn[:, [0, -1]] *= 0.5
    return turn.astype(np.complex64)


@dataclass(frozen=True, slots=True)
class Technique:
    """How a slice is taken and reconstructed. ``dose`` is relative to a usual examination."""

    kernel: Kernel = "bone"
    dose: float = 1.0
    thickness_mm: float = 3.0
    reconstruction: Reconstruction = "filtered"
    tube_kv: float = 120

    @property
    def beam(self) -> Beam:
        """Return the name of the beam."""
        return cast(Beam, f"ct{self.tube_kv:.0f}")

    @property
    def response(self) -> Response:
        """Return the response of the detector to the beam."""
        return response(self.beam)

    def window(self, k: Array) -> Array:
        """Return the share of each spatial frequency (cycles/mm) that the kernel keeps of the projections.

        1 at frequency 0, so that HU stay what they are. With the blur of focal spot and detector the soft kernel is a
        Gaussian, as measured ones are (Nickoloff, Radiology 1985); the bone kernel lifts detail.
        """
        if self.kernel == "soft":
            spread = (C["soft_fwhm_mm"] / np.sqrt(8 * np.log(2))) ** 2 - C["aperture_mm"] ** 2
            return np.exp(-2 * np.pi**2 * spread * k**2)
        at = (k / C["bone_lift_at_per_mm"]) ** 2
        return (1 + C["bone_lift"] * at * np.exp(1 - at)) * np.exp(-((k / C["bone_cut_per_mm"]) ** 4))

    def noise_window(self, k: Array) -> Array:
        """Return the share of each spatial frequency that is kept of the noise.

        An iterative reconstruction is not run: its noise is that of the filtered one, coarser, and with the size and
        the weaker dependence on dose that were measured (PMC6220000_T2).
        """
        kept = self.window(k)
        if self.reconstruction == "filtered":
            return kept
        share = C["iterative_noise_share"] * self.dose ** (0.5 - C["iterative_exponent"])
        return kept * _coarser(k) * np.float32(share / _left_by_blur(self.kernel))


def _coarser(k: Array) -> Array:
    return np.exp(-2 * np.pi**2 * C["iterative_blur_mm"] ** 2 * k**2)


@cache
def _left_by_blur(kernel: Kernel) -> float:
    """Return the SD of a kernel's noise after the blur of iterative pictures, as a share of what it was."""
    k = np.linspace(0, 1, 401)
    kept = k * Technique(kernel).window(k)
    return float(np.sqrt(np.sum((kept * _coarser(k)) ** 2) / np.sum(kept**2)))


def filter_energy(technique: Technique, highest_per_mm: float, averaged_mm: Array) -> Array:
    """Return the integral of the squared filter (ramp and window) over spatial frequency, per mm3, for each view.

    ``averaged_mm`` is the length along the detector over which each view is averaged.
    """
    k = np.linspace(0, highest_per_mm, 401)
    kept = (k * technique.noise_window(k)) ** 2 * np.sinc(k * averaged_mm[:, None]) ** 2
    return np.asarray(2 * np.trapezoid(kept, k, axis=1))


def mean_of_views(views: Array, projector: Projector, down_mm: Array, right_mm: Array) -> Array:
    """Return the mean over all views of what their rays through points hold (mm from the axis of rotation)."""
    bins = projector.bins_mm()
    met = [
        np.interp(down_mm * np.sin(angle) + right_mm * np.cos(angle), bins, of_view)
        for angle, of_view in zip(projector.angles(), views, strict=True)
    ]
    return np.asarray(np.mean(met, axis=0))


def disk_share(noise_power: Array, k: Array, diameter_mm: float) -> float:
    """Return the variance of a mean over a disk as a share of the variance of one point.

    ``noise_power`` is summed over the spatial frequencies ``k`` (cycles/mm), which stand for equal areas.
    """
    edge = np.pi * diameter_mm * np.maximum(k, 1e-6)
    return float(np.sum(noise_power * (2 * special.j1(edge) / edge) ** 2) / np.sum(noise_power))
