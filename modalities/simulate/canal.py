"""A mass that grows into the spinal canal and presses what lies there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from modalities.simulate.brushes import straight, within
from modalities.simulate.image import Array
from modalities.simulate.painting import Box, Patch
from modalities.simulate.phantom import LEVELS, SPINE, L, Level, along_spine
from modalities.simulate.scene import Lesion, LesionPlace

CORD = np.isin(np.arange(64), [L["cord_white"], L["cord_gray"]])
CANAL = CORD | np.isin(
    np.arange(64), [L[n] for n in ("csf", "epidural_fat", "root", "ligament", "vein", "tumor_soft", "infected_tissue")]
)
MASS = np.isin(np.arange(64), [L["tumor_soft"], L["infected_tissue"]])
COMES_FROM_DEG: dict[LesionPlace, float] = {  # 0 from the front, 90 from the patient's left, 180 from behind
    "body_left": 32,
    "body_right": -32,
    "pedicle": 68,
    "pedicle_right": -68,
    "posterior_arch": 180,
}
TETHER_MM = 1.8  # half the width of the ligament that ties the sac to the body: a mass from the front has two lobes
RIM_MM = 1.2  # of fat and ligament that stays between the cord and the far wall
FLATTEST = 0.62  # of the cord's depth; flatter, it would have to become wider than the canal


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """The canal seen from the wall that a mass comes from.

    ``into`` and ``aside`` (mm) are coordinates from the canal's middle along and across the way of the mass;
    ``near`` and ``far`` are where the canal's wall lies on it. Axes are open: they broadcast over (z, y, x).
    """

    into: Array
    aside: Array
    near: Array
    far: Array
    way: tuple[float, float]  # unit vector (y, x)

    @property
    def depth(self) -> Array:
        """Return the distance from the near wall."""
        return self.into - self.near

    @property
    def room(self) -> Array:
        """Return how deep the canal is along the way."""
        return self.far - self.near


@dataclass(frozen=True, slots=True, eq=False)
class Cord:
    """The cord at each height, along and across the way of a mass: middle, half sizes (mm), and room for the mass."""

    into: Array
    aside: Array
    half_into: Array
    half_aside: Array
    near: Array
    far: Array

    @property
    def spare(self) -> Array:
        """Return how much of the canal a mass may take without cutting the cord (no limit where there is none)."""
        left = self.far - self.near - 2 * FLATTEST * self.half_into - RIM_MM - SPINE.step
        return np.where(self.half_into > 0, np.maximum(left, 0), np.inf)


def press_canal(patch: Patch, lesion: Lesion, share: float) -> None:
    """Put a mass between bone and sac; what the canal holds is squeezed to the other side.

    ``share`` is the part of the canal's depth that the mass of a 20 mm lesion takes; smaller lesions take less, larger
    ones up to a quarter more. A mass from a body comes from the front (from the lesion's side, if it has one), from
    a pedicle from its side, from the arch from behind.
    """
    level = LEVELS[lesion.vertebra]
    size = share * min(1.25, 0.25 + 0.0375 * lesion.diameter_mm)
    press(patch, level, level.z, COMES_FROM_DEG.get(lesion.place, 0.0), size, _half_height(lesion), "tumor_soft")


def _half_height(lesion: Lesion) -> float:
    return min(LEVELS[lesion.vertebra].height_back / 2, lesion.diameter_mm * 0.45) + 3


def mass_box(lesion: Lesion) -> Box:
    """Return the box of the canal that a lesion's mass may change."""
    level = LEVELS[lesion.vertebra]
    return canal_box(level, level.z, _half_height(lesion))


def canal_box(level: Level, z: float, half_height_mm: float) -> Box:
    """Return the box of the canal that a mass at a height (mm) may change."""
    high, wide = 1.5 * half_height_mm + 2, level.canal_width / 2 + 6
    low = (z - high, level.back_wall - 6, -wide)
    return SPINE.box(low, (z + high, level.back_wall + level.canal_depth + 7, wide))


def press(
    patch: Patch, level: Level, z: float, from_deg: float, share: float, half_height_mm: float, filling: str
) -> None:
    """Let a mass at a height take a share of the canal's depth from one direction (0 front, 90 left, 180 behind)."""
    box = canal_box(level, z, half_height_mm)
    inner = within(patch, box)
    labels = patch.labels[inner].copy()
    rays = rays_through(box, from_deg)
    cord = _cord_in(labels, rays)
    mass = _mass(box, rays, level, z, half_height_mm) * (share * level.canal_depth)
    mass = np.minimum(mass, cord.spare)
    held = np.where(CORD[labels], L["csf"], labels).astype(np.uint8)
    squeezed = _squeeze(held, rays, mass)
    soft = CANAL[labels] & (patch.distance[inner] > 1)
    part = soft & (rays.depth > -4) & (rays.depth < rays.room + 2)
    new = np.where(part & CANAL[squeezed], squeezed, held)
    grown = part & (rays.depth < mass) & (mass > 0.8)
    dura = part & ~grown & (rays.depth < mass + SPINE.step) & (mass > 0.8) & (new == L["csf"])
    new[dura] = L["ligament"]
    new[grown] = L[filling]
    moved = _move_cord(labels, rays, cord, mass)
    stays = soft & CORD[moved]
    new[stays] = moved[stays]
    patch.labels[inner] = new
    if filling == "tumor_soft":
        patch.truth[inner] |= grown & ~stays


def rays_through(box: Box, from_deg: float) -> Rays:
    """Return coordinates along and across one way through the canal over a box of the spine grid."""
    z, y, x = SPINE.mesh(box)
    middle = along_spine("back_wall", z) + along_spine("canal_depth", z) / 2
    back, left = straight(z, y, x)
    back = back - middle
    turn = np.deg2rad(from_deg)
    way_y, way_x = float(np.cos(turn)), float(-np.sin(turn))
    into, aside = way_y * back + way_x * left, -way_x * back + way_y * left
    half_y, half_x = along_spine("canal_depth", z) / 2 + 0.4, along_spine("canal_width", z) / 2 + 0.4
    a = (way_y / half_y) ** 2 + (way_x / half_x) ** 2
    b = way_x * way_y * (1 / half_x**2 - 1 / half_y**2)
    c = (way_x / half_y) ** 2 + (way_y / half_x) ** 2
    reach = np.sqrt(np.clip((b * aside) ** 2 - a * (c * aside**2 - 1), 0, None))
    return Rays(into, aside, (-b * aside - reach) / a, (-b * aside + reach) / a, (way_y, way_x))


def _mass(box: Box, rays: Rays, level: Level, middle_mm: float, half_height_mm: float) -> Array:
    """Return how deep a mass is at each height and to each side (1 in its middle)."""
    z, _, _ = SPINE.mesh(box)
    along = np.exp(-(np.abs((z - middle_mm) / half_height_mm) ** 3.0))
    span = level.canal_width * abs(rays.way[0]) + level.canal_depth * abs(rays.way[1])
    across = np.exp(-np.square(np.square(rays.aside / (0.62 * span))))
    mass: Array = along * across
    from_front = rays.way[0] > 0.95
    return mass * (1 - 0.20 * np.exp(-((rays.aside / TETHER_MM) ** 2))) if from_front else mass


def _squeeze(labels: npt.NDArray[np.uint8], rays: Rays, mass: Array) -> npt.NDArray[np.uint8]:
    """Press everything between the mass and the far wall together along the way."""
    behind = np.maximum(rays.room - mass, 1.5)
    source = np.where(rays.depth < mass, 0.6, (rays.depth - mass) / behind * rays.room)
    outside = (rays.depth < 0) | (rays.depth > rays.room) | (mass < 0.2)
    return _taken_from(labels, rays.way, np.where(outside, 0, source - rays.depth), 0.0)


def _taken_from(
    labels: npt.NDArray[np.uint8], way: tuple[float, float], along: Array, across: Array | float
) -> npt.NDArray[np.uint8]:
    """Return the labels that lie some mm away along and across a way (nearest voxel, same height)."""
    nz, ny, nx = labels.shape
    y, x = np.arange(ny)[None, :, None], np.arange(nx)[None, None, :]
    row = np.clip(np.round(y + (way[0] * along - way[1] * across) / SPINE.step), 0, ny - 1).astype(np.int32)
    column = np.clip(np.round(x + (way[1] * along + way[0] * across) / SPINE.step), 0, nx - 1).astype(np.int32)
    return labels[np.arange(nz)[:, None, None], row, column]


def _cord_in(labels: npt.NDArray[np.uint8], rays: Rays) -> Cord:
    """Find the cord at each height; half sizes are 0 where there is none."""
    mask = CORD[labels]
    count = np.maximum(mask.sum((1, 2), keepdims=True), 1)

    def mean(values: Array) -> Array:
        return (np.where(mask, values, 0).sum((1, 2), keepdims=True) / count).astype(np.float32)

    def half(values: Array, middle: Array) -> Array:
        return 2 * np.sqrt(mean((values - middle) ** 2))  # of an ellipse

    into, aside = mean(rays.into), mean(rays.aside)
    deep, wide, far = half(rays.into, into), half(rays.aside, aside), mean(rays.far)
    beyond = MASS[labels] & (np.abs(rays.aside - aside) < 0.6 * wide) & (rays.into > into + 0.5 * deep)
    other = np.where(beyond, rays.into, np.inf).min((1, 2), keepdims=True)  # a mass on the far side
    far = ndimage.gaussian_filter1d(np.minimum(far, other).astype(np.float32), 2.0, axis=0)
    return Cord(into, aside, deep, wide, mean(rays.near), far)


def _move_cord(labels: npt.NDArray[np.uint8], rays: Rays, cord: Cord, mass: Array) -> npt.NDArray[np.uint8]:
    """Push the cord away from the mass; flattened against the far wall it becomes wider and keeps its area."""
    pressing = np.where(CORD[labels], mass, 0).max((1, 2), keepdims=True)
    front = cord.near + pressing + SPINE.step
    room = cord.far - RIM_MM - front
    half = np.maximum(cord.half_into, 0.1)
    flat = np.clip(room / (2 * half), FLATTEST, 1)
    full = cord.far - cord.near
    with_sac = cord.near + pressing + (cord.into - cord.near) * (full - pressing) / np.maximum(full, 1)
    middle = np.clip(with_sac, front + flat * half, np.maximum(cord.far - RIM_MM, front) - flat * half)
    flat, middle = np.where(pressing < 0.2, 1.0, flat), np.where(pressing < 0.2, cord.into, middle)
    along = (rays.into - middle) / flat + cord.into - rays.into
    across = (rays.aside - cord.aside) * flat + cord.aside - rays.aside
    return _taken_from(labels, rays.way, along, across)
