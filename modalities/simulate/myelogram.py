"""CT myelogram: CT with iodine in the spinal fluid, put in below the conus.

The fluid around cord and roots is bright; what presses on the sac makes the bright column narrow. Dye rises from below:
it passes a narrow place only as far as fluid is left there, and a complete block leaves none above it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import cast

import numpy as np
from scipy import ndimage

from modalities.simulate import ct
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image, Mask
from modalities.simulate.painting import Painted, center
from modalities.simulate.phantom import SPINE, L, side_curve
from modalities.simulate.sampling import Labels, Section, maps
from modalities.simulate.tomography import Reconstruction, Technique, as_base_materials
from modalities.simulate.views import Grain, Settings, View

C = constants("ct")
CANAL_Y_MM, CANAL_X_MM = (8.0, 40.0), (-16.0, 16.0)  # fluid elsewhere (the kidneys' pelvis) takes no dye
VIEWS = (View("myelogram", "axial", "slice", ct.SLICE), View("myelogram", "sagittal", "slice", ct.SLICE))


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view: those of CT; the sagittal cut goes through the middle of the canal."""
    at = ct.frame_of(painted, view, settings)
    if view == "axial":
        return at
    lesions = painted.scene.lesions
    height = center(lesions[0])[0] if lesions else 0.0
    return replace(at, position_mm=side_curve(height) + float(settings["slice_mm"]))


def display_of(view: str, settings: Settings) -> Display:
    """Return a display window in which dye is bright and not yet white."""
    return Display(C["dye_center_hu"], C["dye_width_hu"])


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a picture in HU, with noise."""
    at, technique = frame_of(painted, view, settings), technique_of(settings)
    pixels = ct.picture(body_of(painted, technique), painted.scene.build, at, technique, seed)
    truth = painted.truth(at, technique.thickness_mm)
    return Image("myelogram", view, pixels, "HU", at, display_of(view, settings), settings, seed, truth)


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return HU without noise on any part of the frame."""
    technique = technique_of(settings)
    return ct.ideal(body_of(painted, technique), frame, technique)


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise in the middle of a part of the frame."""
    return ct.grain_at(painted.scene.build, frame, technique_of(settings))


def technique_of(settings: Settings) -> Technique:
    """Return how a picture with these settings is taken; the kernel is the one for soft tissue."""
    return Technique(
        "soft",
        float(settings["dose"]),
        float(settings["thickness_mm"]),
        cast(Reconstruction, settings["reconstruction"]),
        float(settings["tube_kv"]),
    )


def body_of(painted: Painted, technique: Technique) -> ct.Body:
    """Return what a scene with dye in the sac is to the beam."""
    as_water, as_bone = as_base_materials(technique.beam, C["water_behind_cm"])

    def body(at: Frame, thickness_mm: float) -> tuple[Array, Array]:
        water, bone = ct.materials(painted, at, thickness_mm)
        iodine = iodine_mg_ml(painted, at, thickness_mm)
        return water + np.float32(as_water) * iodine, bone + np.float32(as_bone) * iodine

    return body


def iodine_mg_ml(painted: Painted, at: Frame, thickness_mm: float) -> Array:
    """Return the iodine in a slice, averaged over its thickness (rows x columns of the frame)."""
    (fluid,) = maps(painted, at, thickness_mm, _fluid, _no_fluid)
    if at.axis == 0:
        rising = np.interp([at.position_mm], SPINE.axes()[0], rising_dye(painted))
        canal = _within(at.rows, CANAL_Y_MM)[:, None] & _within(at.columns, CANAL_X_MM)[None, :]
    else:
        rising = np.interp(at.rows, SPINE.axes()[0], rising_dye(painted))
        canal = (_within(at.columns, CANAL_Y_MM) & _within(np.array(at.position_mm), CANAL_X_MM))[None, :]
    return fluid * canal * rising.astype(np.float32)[:, None]


def _within(values: Array, ends: tuple[float, float]) -> Mask:
    return (values >= ends[0]) & (values <= ends[1])


@lru_cache(maxsize=16)
def _fluid(part: Section) -> tuple[Array]:
    """Return the share of each pixel that is spinal fluid, with the blur of focal spot and detector."""
    fluid = (part.labels == L["csf"]).astype(np.float32)
    return (ndimage.gaussian_filter(fluid, C["fluid_blur_mm"] / part.step_mm, truncate=3) * (1 - part.bone_share()),)


def _no_fluid(labels: Labels) -> tuple[Array]:
    return (np.zeros(labels.shape, np.float32),)


@lru_cache(maxsize=6)
def rising_dye(painted: Painted) -> Array:
    """Return the iodine (mg/mL) in the fluid at each height of the spine grid, from below to the top."""
    left = _fluid_area(painted) / np.maximum(_fluid_area(painted.healthy), 1)
    blocked, free = C["share_blocked"], C["share_free"]
    passes = np.clip((ndimage.median_filter(left, 3) - blocked) / (free - blocked), 0, 1)
    passed = np.minimum.accumulate(passes)  # the narrowest place below counts
    return C["iodine_mg_ml"] * ndimage.gaussian_filter1d(passed, C["dye_end_mm"] / SPINE.step, mode="nearest")


def _fluid_area(painted: Painted) -> Array:
    """Return the area of fluid in the canal at each height, in voxels."""
    canal = SPINE.box((-1e3, CANAL_Y_MM[0], CANAL_X_MM[0]), (1e3, CANAL_Y_MM[1], CANAL_X_MM[1]))
    fluid = painted.block(canal).labels == L["csf"]
    return np.asarray(fluid.sum(axis=(1, 2)), np.float32)
