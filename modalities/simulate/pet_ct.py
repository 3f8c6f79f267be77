"""FDG PET/CT: a sagittal slice over low-dose CT, and the whole body from the front as its highest values.

PET is modeled after reconstruction: uptake, blurred by a Gaussian as wide as whole-body PET is sharp, with noise of a
share of the uptake. The blur of "standard" keeps the recovery of spheres of 10 to 37 mm inside the limits of EARL
accreditation (Boellaard, EARL, 2017), so small lesions lose as much of their SUV as there.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from modalities.simulate import ct
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, frame
from modalities.simulate.painting import Painted, center
from modalities.simulate.pet_body import highest
from modalities.simulate.pet_slice import GRID_MM, Y_MM, Z_MM, sagittal_suv
from modalities.simulate.planar import FWHM_PER_SIGMA
from modalities.simulate.sampling import resample
from modalities.simulate.scene import Build
from modalities.simulate.tomography import Technique
from modalities.simulate.views import Grain, Setting, Settings, View
from modalities.simulate.whole_body import extra_tissue_mm

C = constants("pet_ct")
RESOLUTION = Setting("resolution", "standard", choices=("standard", "sharp"))
DOSE = Setting("dose", 1.0, choices=(0.5, 1.0, 2.0))
VIEWS = (
    View("pet_ct", "fused", "slice", (RESOLUTION, DOSE, Setting("slice_mm", 0.0, low=-30, high=30, unit="mm"))),
    View("pet_ct", "mip", "projection", (RESOLUTION, DOSE)),
)
FUSED_STEP_MM, MIP_STEP_MM = 0.8, 2.5
HEAD_MM, THIGH_MM, SIDE_MM = 592.0, -428.0, 220.0  # ends of the view from the front
LOW_DOSE_CT = Technique("soft", C["ct_dose"], C["ct_thickness_mm"], "filtered", 120.0)


def fwhm_mm(settings: Settings) -> float:
    """Return the blur (FWHM) of a picture."""
    return C[f"{settings['resolution']}_fwhm_mm"]


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view; the slice goes through the first lesion, or T12, moved by ``slice_mm``."""
    if view == "mip":
        return frame(1, 0.0, (HEAD_MM, THIGH_MM), (-SIDE_MM, SIDE_MM), MIP_STEP_MM)
    x = center(painted.scene.lesions[0])[2] if painted.scene.lesions else 0.0
    return frame(2, x + float(settings["slice_mm"]), (Z_MM[1], Z_MM[0]), Y_MM, FUSED_STEP_MM)


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a picture with noise: SUV from the front, or CT (HU) with the PET (SUV) over it."""
    at, hot = frame_of(painted, view, settings), display_of(view, settings)
    build = painted.scene.build
    share = noise_share(build, settings)
    if view == "mip":
        pixels = highest(painted, fwhm_mm(settings), at, (share, seed))
        return Image("pet_ct", view, pixels, "SUV", at, hot, settings, seed, painted.truth(at))
    pet = np.maximum(expected(painted, view, settings, at) * (1 + share * unit_noise(at, seed)), 0).astype(np.float32)
    pixels = ct.picture(ct.body_of(painted), build, at, LOW_DOSE_CT, seed)
    gray = Display(C["ct_display_center_hu"], C["ct_display_width_hu"])
    truth = painted.truth(at, C["slice_thickness_mm"])
    return Image("pet_ct", view, pixels, "HU", at, gray, settings, seed, truth, pet, hot)


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return SUV without noise on any part of the frame."""
    if view == "mip":
        return highest(painted, fwhm_mm(settings), frame, None)
    return sagittal_suv(painted, frame, fwhm_mm(settings))


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window of the SUV."""
    if view == "mip":
        top = C["mip_display_top_suv"]
        return Display(top / 2, top, "inverse", C["mip_display_gamma"])
    return Display(C["display_top_suv"] / 2, C["display_top_suv"], "hot")


def noise_share(build: Build, settings: Settings) -> float:
    """Return the SD of the noise as a share of the uptake: fewer counts and a sharper picture make more."""
    weakened = np.exp(-C["attenuation_per_mm"] * sum(extra_tissue_mm(build)))
    sharper = (C["standard_fwhm_mm"] / fwhm_mm(settings)) ** 1.5
    return float(C["noise"] * sharper / np.sqrt(float(settings["dose"]) * weakened))


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise: a share of the uptake there, shared by neighbors as filtered noise is."""
    level = float(expected(painted.healthy, view, settings, frame).mean())
    cell_mm2 = 4 * np.pi * (C["noise_fwhm_mm"] / FWHM_PER_SIGMA) ** 2
    of_highest = C["mip_noise_share"] if view == "mip" else 1.0
    return Grain(noise_share(painted.scene.build, settings) * level * of_highest, float(cell_mm2))


def unit_noise(at: Frame, seed: int) -> Array:
    """Return filtered noise of SD 1 on a frame."""
    rows, columns = (int(n * at.spacing_mm / GRID_MM) + 2 for n in at.shape)
    white = np.random.default_rng(seed).standard_normal((rows, columns), dtype=np.float32)
    sigma = C["noise_fwhm_mm"] / FWHM_PER_SIGMA / GRID_MM
    smooth = ndimage.gaussian_filter(white, sigma, mode="wrap") * np.float32(2 * np.sqrt(np.pi) * sigma)
    step = at.spacing_mm / GRID_MM
    return resample(smooth, np.arange(at.shape[0]) * step, np.arange(at.shape[1]) * step)
