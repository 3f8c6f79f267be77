"""What an MR scanner does to a slice: it samples a part of k-space, with noise, and interpolates with zeros.

Cropping k-space is what limits the resolution and makes edges ring (Gibbs); the magnitude of complex noise is
Rician (Gudbjartsson and Patz, Magnetic Resonance in Medicine, 1995). Haacke, Brown, Thompson and Venkatesan,
Magnetic Resonance Imaging, 1999, chapters 11 to 13 and 17 (chemical shift).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from modalities.simulate.constants import constants
from modalities.simulate.image import Array

C = constants("mri")
Complex = npt.NDArray[np.complexfloating[Any, Any]]
LEAST = 1e-3  # of the filter: what it lets through less of is not sampled


@dataclass(frozen=True)
class Line:
    """Sampling along one axis: ``count`` points of the object ``step_mm`` apart, acquired pixel in mm."""

    count: int
    step_mm: float
    pixel_mm: float

    @cached_property
    def waves(self) -> Array:
        """Return the frequencies of the transform (cycles per mm)."""
        return fft.fftfreq(self.count, self.step_mm).astype(np.float32)

    @cached_property
    def sampled(self) -> npt.NDArray[np.intp]:
        """Return the indices of the frequencies that are sampled."""
        return np.flatnonzero(self.all_weights > LEAST)

    @cached_property
    def all_weights(self) -> Array:
        """Return what of each frequency is kept: up to half a cycle per acquired pixel, mildly filtered."""
        edge = 0.5 / self.pixel_mm
        k = np.abs(self.waves)
        inside = 1 / (1 + np.exp((k - edge) / C["edge_of_k_space"]))
        return (inside * (1 - C["filter_at_edge"] * np.clip(k / edge, 0, 1) ** 2)).astype(np.float32)

    @property
    def weights(self) -> Array:
        """Return what of each sampled frequency is kept."""
        return self.all_weights[self.sampled]

    def places(self, zoom: int) -> npt.NDArray[np.intp]:
        """Return where the sampled frequencies lie in a transform with ``zoom`` times as many points."""
        half = self.count // 2
        return np.where(self.sampled > half, self.sampled + (zoom - 1) * self.count, self.sampled)


@dataclass(frozen=True)
class Readout:
    """How a slice is sampled: along its rows' and along its columns' axis."""

    rows: Line
    columns: Line

    @cached_property
    def weights(self) -> Array:
        """Return the filter over the sampled part of k-space."""
        return self.rows.weights[:, None] * self.columns.weights[None, :]

    @property
    def noise_cell_mm2(self) -> float:
        """Return the area over which neighbors share their noise: 1 / integral of the squared filter."""
        spans = [line.count * line.step_mm / float((line.weights**2).sum()) for line in (self.rows, self.columns)]
        return spans[0] * spans[1]

    def sample(self, water: Array, fat: Array, fat_shift_mm: float) -> Complex:
        """Return the sampled, filtered part of k-space; fat appears shifted along the rows' axis."""
        part = np.ix_(self.rows.sampled, self.columns.sampled)
        ramp = np.exp(-2j * np.pi * self.rows.waves[self.rows.sampled] * fat_shift_mm).astype(np.complex64)
        both = fft.fft2(water)[part]
        both += fft.fft2(fat)[part] * ramp[:, None]
        both *= self.weights
        return both

    def noise(self, sd: float, seed: tuple[int, ...]) -> Complex:
        """Return noise for the sampled part whose real and imaginary part have this SD in the picture."""
        drawn = np.random.default_rng(seed).standard_normal((*self.weights.shape, 2), dtype=np.float32)
        scale = sd * self.rows.count * self.columns.count / float(np.sqrt((self.weights**2).sum()))
        return drawn.view(np.complex64)[..., 0] * (self.weights * np.float32(scale))

    def picture(self, sampled: Complex, zoom: int) -> Array:
        """Return the magnitude on ``zoom`` times as many points along each axis (interpolated with zeros)."""
        shape = (self.rows.count * zoom, self.columns.count * zoom)
        whole = np.zeros(shape, np.complex64)
        whole[np.ix_(self.rows.places(zoom), self.columns.places(zoom))] = sampled * np.float32(zoom**2)
        return np.abs(fft.ifft2(whole, overwrite_x=True))


@lru_cache(maxsize=16)
def readout(shape: tuple[int, int], step_mm: float, pixels_mm: tuple[float, float]) -> Readout:
    """Return how an object of this shape is sampled with acquired pixels of this size (rows, columns)."""
    return Readout(Line(shape[0], step_mm, pixels_mm[0]), Line(shape[1], step_mm, pixels_mm[1]))
