"""What a digital radiography unit does to a picture before it is shown.

Compress the large scale, lift detail in two bands (after Vuylsteke and Schoeters, Proc SPIE 1994), and spread the gray
levels halfway to an equal histogram (after Pizer et al., Comput Vis Graph Image Process 1987).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.sampling import resample

C = constants("xray")
COARSE = 4  # pixels of a step in the large scale
LEVELS = 1024  # of the table of gray values


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """How a view is shown: the share of the large scale that is kept, and the gray of each processed value."""

    large: float
    pixel_mm: float
    low: float
    high: float
    gray: Array

    def __call__(self, signal: Array) -> Array:
        """Return gray values 0 to 255 (float32) of a -log signal."""
        leveled = level(signal, self.pixel_mm, self.large)
        place = (leveled - self.low) * np.float32((LEVELS - 1) / (self.high - self.low))
        return self.gray[np.clip(place, 0, LEVELS - 1).astype(np.int32)]


def level(signal: Array, pixel_mm: float, large: float) -> Array:
    """Return a -log signal with its large scale compressed and its detail lifted."""
    rows, columns = (n // COARSE for n in signal.shape)
    blocks = signal[: rows * COARSE, : columns * COARSE].reshape(rows, COARSE, columns, COARSE).mean(axis=(1, 3))
    spread = ndimage.gaussian_filter(blocks, C["display_large_mm"] / pixel_mm / COARSE, mode="nearest", truncate=3)
    at = [(np.arange(n, dtype=np.float32) + 0.5) / COARSE - 0.5 for n in signal.shape]
    broad = resample(spread, at[0], at[1])
    middle = ndimage.gaussian_filter(signal, C["display_detail_mm"] / pixel_mm, truncate=2.5)
    fine, detail = C["display_fine_gain"], C["display_detail_gain"]
    return (1 + detail + fine) * signal - (1 + detail - np.float32(large)) * broad - fine * middle


def tone_of(signal: Array, pixel_mm: float, view: str) -> Tone:
    """Return the tone for pictures of a view, from the healthy body without noise."""
    large = C[f"{view}_display_large"]
    leveled = level(signal, pixel_mm, large)[::COARSE, ::COARSE]
    raw = signal[::COARSE, ::COARSE]
    body = np.sort(leveled[raw > raw.max() - C["display_darkest"]])
    low, high = np.quantile(body, (C["display_black_share"], 1 - C["display_white_share"]))
    at = np.linspace(low, high, LEVELS)
    equal = np.interp(at, body, np.linspace(0, 1, body.size))
    blend = C["display_equalized"]
    gray = 255 * (blend * equal + (1 - blend) * np.linspace(0, 1, LEVELS))
    return Tone(large, pixel_mm, float(low), float(high), gray.astype(np.float32))
