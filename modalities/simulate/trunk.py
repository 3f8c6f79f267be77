"""The trunk around the spine in three body builds: skin, fat, muscle wall, organs, ribs.

Trunk sizes come from ``content/simulator/anatomy.yaml``. All other numbers are chosen for the look: how fat spreads,
how thick the muscle wall is. Spine and deep muscles are the same in every build; what lies in front and beside moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modalities.simulate import deep_muscles, organs
from modalities.simulate.anatomy import ribs, spinous_tip
from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.phantom import LEVELS, TRUNK, Grid, L
from modalities.simulate.scene import Build

SIZES = constants("anatomy")
SKIN_MM = 1.8
FURROW_MM = 5.5  # depth of the midline groove of the back
FASCIA_BACK_MM = 77.0  # y of the fascia over the deep muscles, the same in every build
KNOB_MM = 5.0  # from the tip of a spinous process to the back of its knob
NEAR_SPINE_MM = 55.0  # beside the midline nothing moves with the build
FRONT_OF_SPINE_MM = -30.0  # nor behind this (y)
FULLNESS = 2.25  # exponent of the outline: 2 is an ellipse, more is squarer
MODEL_SIDE_MM, MODEL_FRONT_MM = 134.0, -113.0  # where the organs' shapes end beside and in front


@dataclass(frozen=True, slots=True)
class Fat:
    """Thickness (mm) of the fat under the skin in front and at the sides, and of that around the organs."""

    front: float
    side: float
    inner: float


FATS: dict[Build, Fat] = {
    "slim": Fat(front=8.0, side=8.0, inner=0.0),
    "average": Fat(front=15.0, side=13.0, inner=2.0),
    "large": Fat(front=34.0, side=24.0, inner=16.0),
}


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a trunk: half sizes and the y of its middle, in mm."""

    half_width: float
    half_depth: float
    middle: float
    fat: Fat

    @classmethod
    def of(cls, build: Build) -> Outline:
        """Return the outline of a build: its back lies as far behind the spine as its fat makes it."""
        level = LEVELS["L1"]
        tip = level.y + spinous_tip(level)[1] + KNOB_MM
        back = tip + SIZES[f"{build}_process_l1_skin_mm"] + FURROW_MM
        depth, width = SIZES[f"{build}_trunk_depth_mm"], SIZES[f"{build}_trunk_width_mm"]
        return cls(width / 2, depth / 2, back - depth / 2, FATS[build])

    @property
    def back(self) -> float:
        """Return y of the back."""
        return self.middle + self.half_depth

    def skin(self, z: Array, y: Array, x: Array) -> Array:
        """Return the distance to the skin, negative inside."""
        wide = self.half_width + 3.0 * z / 75  # wider toward the chest
        across, along = np.abs(x) / wide, np.abs(y - self.middle) / self.half_depth
        rho = (across**FULLNESS + along**FULLNESS) ** (1 / FULLNESS) + 1e-6
        slope = rho ** (1 - FULLNESS) * np.hypot(
            across ** (FULLNESS - 1) / wide, along ** (FULLNESS - 1) / self.half_depth
        )
        furrow = FURROW_MM * np.exp(-((x / 17.0) ** 2)) * np.clip((y - 20) / 40, 0, 1)
        return (rho - 1) / np.maximum(slope, 0.004) + furrow

    def fat_under_skin(self, z: Array, y: Array, x: Array) -> Array:
        """Return how thick the fat is in each direction from the middle."""
        turn = np.arctan2((y - self.middle) / self.half_depth, np.abs(x) / self.half_width)
        behind, before = np.clip(np.sin(turn), 0, 1) ** 2, np.clip(-np.sin(turn), 0, 1) ** 2
        thick = self.fat.side + (self.fat.front - self.fat.side) * before
        thick = thick + (self.back - FASCIA_BACK_MM - self.fat.side) * behind
        return np.maximum(thick + 1.2 * np.sin(3 * turn + 0.01 * z), 5.0)


def soft_tissue(grid: Grid, build: Build) -> npt.NDArray[np.uint8]:
    """Return the labels of everything but the spine's bones and what they hold."""
    z, y, x = grid.mesh()
    outline = Outline.of(build)
    labels = np.zeros(grid.shape, np.uint8)
    from_skin = outline.skin(z, y, x).astype(np.float32)
    labels[from_skin < 0] = L["skin"]
    labels[from_skin < -SKIN_MM] = L["fat"]
    fascia = from_skin + outline.fat_under_skin(z, y, x).astype(np.float32)
    labels[fascia < 0] = L["muscle"]
    front = y < FRONT_OF_SPINE_MM - 30
    wall = 9.0 + 3.5 * np.exp(-(((np.abs(x) - 30) / 22.0) ** 2)) * front
    cavity = fascia + wall + 4 * (z > 20)
    labels[cavity < 0] = L["visceral_fat"]
    labels[(fascia < 0) & (cavity > 0) & (np.abs(x) < 2.2) & front] = L["fat"]  # the white line
    layers = (np.abs(fascia + 4.2) < 0.6) & (np.abs(x) > 62) & (y > outline.middle - 0.75 * outline.half_depth)
    labels[layers & (labels == L["muscle"])] = L["visceral_fat"]  # between the oblique muscles
    organs.fill(labels, grid, organs.Room(cavity, fascia, *_model_axes(outline, y, x, outline.fat.inner)))
    deep_muscles.add(labels, grid, fascia)
    return labels


def trunk_grid(build: Build) -> npt.NDArray[np.uint8]:
    """Return the labels of the trunk grid in one build."""
    labels = soft_tissue(TRUNK, build)
    z, y, x = TRUNK.mesh()
    rib = ribs(z, *_model_axes(Outline.of(build), y, x, 0.0))
    labels[rib < 0] = L["rib_cortex"]
    labels[rib < -1.1] = L["rib"]
    return labels


def _model_axes(outline: Outline, y: Array, x: Array, inner_fat: float) -> tuple[Array, Array]:
    """Return where the shapes of organs and ribs are looked up: stretched to the build in front and at the sides."""
    side = outline.half_width - outline.fat.side - 12 - inner_fat
    front = outline.middle - outline.half_depth + outline.fat.front + 10 + inner_fat
    across = (MODEL_SIDE_MM - NEAR_SPINE_MM) / (side - NEAR_SPINE_MM)
    along = (MODEL_FRONT_MM - FRONT_OF_SPINE_MM) / (front - FRONT_OF_SPINE_MM)
    beyond = np.clip(np.abs(x) - NEAR_SPINE_MM, 0, None)
    before = np.clip(FRONT_OF_SPINE_MM - y, 0, None)
    return y + before * (1 - along), x + np.sign(x) * beyond * (across - 1)
