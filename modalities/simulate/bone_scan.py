"""Bone scan: planar views of the whole body from behind and from the front, and a SPECT slice; counts are Poisson."""

from __future__ import annotations

from functools import cache

import numpy as np

from modalities.simulate import spect
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, frame
from modalities.simulate.painting import Painted, paint
from modalities.simulate.planar import healthy_at, projected
from modalities.simulate.scene import Build, Scene
from modalities.simulate.views import Grain, Setting, Settings, View

C = constants("bone_scan")
COUNTS = Setting("counts", 1.0, choices=(0.5, 1.0, 2.0))
HOURS = Setting("hours", 3, choices=(3, 24), unit="h")
VIEWS = (
    View("bone_scan", "posterior", "projection", (COUNTS, HOURS)),
    View("bone_scan", "anterior", "projection", (COUNTS, HOURS)),
    View("bone_scan", "spect", "slice", (COUNTS, HOURS, Setting("slice_mm", 0.0, low=-30, high=30, unit="mm"))),
)
TOP_MM, BOTTOM_MM, SIDE_MM = 302.0, -330.0, 240.0  # of the planar views: neck to thighs, with the arms


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view; from behind, the patient's left is on the left."""
    if view == "spect":
        return spect.frame_of(painted, float(settings["slice_mm"]))
    left, right = (SIDE_MM, -SIDE_MM) if view == "posterior" else (-SIDE_MM, SIDE_MM)
    return frame(1, 0.0, (TOP_MM, BOTTOM_MM), (left, right), C["pixel_mm"])


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a picture with noise: counts per pixel, or SUV (SPECT)."""
    at = frame_of(painted, view, settings)
    if view == "spect":
        pixels = spect.scan(painted, at, _relative_counts(settings), float(settings["hours"]), seed)
        truth, unit = painted.truth(at, spect.STEP_MM), "SUV"
    else:
        mean = expected(painted, view, settings, at)
        pixels = np.random.default_rng(seed).poisson(mean).astype(np.float32)
        truth, unit = painted.truth(at), "counts"
    display = _display(view, settings, painted.scene.build)
    return Image("bone_scan", view, pixels, unit, at, display, settings, seed, truth)


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return mean counts per pixel (planar) or uptake (SUV, SPECT) without noise."""
    if view == "spect":
        return spect.expected(painted, frame, float(settings["hours"]))
    suv_mm = projected(painted, view, float(settings["hours"]), frame.rows, frame.columns)
    per_suv_mm = _counts_per_suv_mm() * _relative_counts(settings) * (frame.spacing_mm / C["pixel_mm"]) ** 2
    return suv_mm * np.float32(per_suv_mm)


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window of the average build: black is a bit more than the healthy spine."""
    return _display(view, settings, "average")


def _display(view: str, settings: Settings, build: Build) -> Display:
    if view == "spect":
        top = C["spect_display_top_suv"]
    else:
        top = C["display_top_spine"] * _spine_suv_mm(build) * _counts_per_suv_mm() * _relative_counts(settings)
    return Display(top / 2, top, "inverse", C["display_gamma"])


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise: Poisson counts, or that of the reconstruction."""
    mean = float(expected(painted.healthy, view, settings, frame).mean())
    if view == "spect":
        return spect.grain(mean, _relative_counts(settings))
    return Grain(mean**0.5, frame.spacing_mm**2)


def _relative_counts(settings: Settings) -> float:
    """Return the counts for the same uptake against the usual scan: time or activity, and decay."""
    late = float(settings["hours"]) - C["usual_hours"]
    decayed = 0.5 ** (late / C["half_life_h"]) * (C["late_time_factor"] if late > 12 else 1.0)
    return float(settings["counts"]) * decayed


@cache
def _counts_per_suv_mm() -> float:
    """Return counts per pixel for each SUV times mm, so that the average body gives the usual counts from behind."""
    at = frame_of(paint(Scene()), "posterior", {})
    return C["counts_in_view"] / float(healthy_at("average", "posterior", C["usual_hours"], at.rows, at.columns).sum())


@cache
def _spine_suv_mm(build: Build) -> float:
    """Return the mean of the healthy spine of a build from behind, T10 to L1 (SUV times mm)."""
    rows, columns = np.arange(-40, 66, 4.0), np.arange(-12, 13, 4.0)
    return float(healthy_at(build, "posterior", C["usual_hours"], rows, columns).mean())
