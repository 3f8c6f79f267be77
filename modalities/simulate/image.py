"""A simulated picture: its numbers, its scale, how it is shown, where left is, what it holds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

Array = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Side = Literal["left", "right", "none"]
Colors = Literal["gray", "inverse", "hot"]


@dataclass(frozen=True, slots=True)
class Frame:
    """The pixels of a picture in the body.

    Axes in mm: x to the patient's left, y to the back, z to the head; the origin is the middle of T12.
    ``axis`` is the one that the picture looks along: 0 (z) axial, 1 (y) frontal, 2 (x) sagittal.
    ``rows`` and ``columns`` are coordinates along the two others, rows from top to bottom of the picture.
    """

    axis: Literal[0, 1, 2]
    position_mm: float
    rows: Array
    columns: Array

    @property
    def spacing_mm(self) -> float:
        """Return the size of a pixel (pixels are square)."""
        return float(abs(self.columns[1] - self.columns[0]))

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return len(self.rows), len(self.columns)

    @property
    def left_is(self) -> Side:
        """Return on which side of the picture the patient's left lies."""
        if self.axis == 2:
            return "none"
        return "right" if self.columns[-1] > self.columns[0] else "left"

    @property
    def top_is(self) -> Literal["front", "back", "none"]:
        """Return what lies at the top of an axial picture."""
        if self.axis != 0:
            return "none"
        return "front" if self.rows[-1] > self.rows[0] else "back"

    def crop(self, center: tuple[float, float], half_mm: float) -> Frame:
        """Return the part within ``half_mm`` of a point given as (row, column) coordinates."""
        keep = [np.abs(values - at) <= half_mm for values, at in zip((self.rows, self.columns), center, strict=True)]
        return Frame(self.axis, self.position_mm, self.rows[keep[0]], self.columns[keep[1]])


def frame(
    axis: Literal[0, 1, 2],
    position_mm: float,
    rows: tuple[float, float],
    columns: tuple[float, float],
    spacing_mm: float,
) -> Frame:
    """Return a frame from the first to the last coordinate of its rows and columns (either may run down)."""

    def run(ends: tuple[float, float]) -> Array:
        count = round(abs(ends[1] - ends[0]) / spacing_mm)
        step = spacing_mm if ends[1] > ends[0] else -spacing_mm
        return (ends[0] + step * (np.arange(count) + 0.5)).astype(np.float32)

    return Frame(axis, position_mm, run(rows), run(columns))


@dataclass(frozen=True, slots=True)
class Display:
    """A display window: what is black, what is white, and in which colors."""

    center: float
    width: float
    colors: Colors = "gray"
    gamma: float = 1.0

    def __call__(self, pixels: Array) -> Bytes:
        """Return pixels as 8-bit gray, or as RGB in color."""
        share = np.clip((pixels - self.center) / self.width + 0.5, 0, 1)
        if self.gamma != 1.0:
            share = share**self.gamma
        if self.colors == "hot":
            return (hot(share) * 255).astype(np.uint8)
        gray = (share * 255).astype(np.uint8)
        return 255 - gray if self.colors == "inverse" else gray


def hot(share: Array) -> Array:
    """Return RGB (0 to 1) from black through red and yellow to white."""
    t = share[..., None]
    return np.concatenate([np.clip(t * 2.6, 0, 1), np.clip(t * 2.2 - 0.75, 0, 1), np.clip(t * 3 - 2, 0, 1)], -1)


@dataclass(frozen=True, slots=True)
class Image:
    """One simulated picture.

    ``pixels`` (rows x columns, float32) are in ``unit``; ``overlay`` are colors laid over it (the PET of a PET/CT)
    with its own display; ``truth`` marks the pixels that hold a lesion.
    """

    test: str
    view: str
    pixels: Array
    unit: str
    frame: Frame
    display: Display
    settings: Mapping[str, float | str]
    seed: int
    truth: Mask
    overlay: Array | None = None
    overlay_display: Display | None = None
    facts: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def spacing_mm(self) -> float:
        """Return the size of a pixel in mm."""
        return self.frame.spacing_mm

    @property
    def left_is(self) -> Side:
        """Return on which side of the picture the patient's left lies."""
        return self.frame.left_is

    def shown(self, display: Display | None = None) -> Bytes:
        """Return the picture as a screen shows it: 8-bit gray, or RGB with an overlay."""
        base = (display or self.display)(self.pixels)
        if self.overlay is None or self.overlay_display is None:
            return base
        gray = base[..., None] if base.ndim == 2 else base
        share = np.clip((self.overlay - self.overlay_display.center) / self.overlay_display.width + 0.5, 0, 1)
        weight = (np.clip(share * 1.5 - 0.12, 0, 1) ** 0.8 * 0.82)[..., None]
        return (gray * (1 - weight) + hot(share) * 255 * weight).clip(0, 255).astype(np.uint8)

    def png(self, display: Display | None = None) -> bytes:
        """Return the picture as a PNG that says in its own text that it is simulated."""
        said = PngInfo()
        said.add_text("Description", f"Simulated picture, no patient: {self.test}, {self.view}")
        out = io.BytesIO()
        Picture.fromarray(self.shown(display)).save(out, "PNG", pnginfo=said, compress_level=3)
        return out.getvalue()
