"""Muscles and large vessels next to the spine; the same in every body build and on both grids.

All numbers are chosen for the look of pictures (mm; z up, y back, x left).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array, Mask
from modalities.simulate.phantom import Grid, L, along_spine, noise_on
from modalities.simulate.shapes import ellipsoid, smax

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Flesh:
    """Labels in the making with their coordinates, fibers (noise along the muscles) and the spine's course."""

    labels: Labels
    z: Array
    y: Array
    x: Array
    fibers: Array
    fascia: Array

    @property
    def beside(self) -> Array:
        """Return the distance from the midline."""
        return np.abs(self.x)

    @property
    def middle(self) -> Array:
        """Return y of the middle of the bodies."""
        return along_spine("y", self.z)

    @property
    def front(self) -> Array:
        """Return y of the front of the bodies."""
        return self.middle - along_spine("depth", self.z) / 2

    def put(self, name: str, where: Mask) -> None:
        """Give voxels a label."""
        self.labels[where] = L[name]

    def holds(self, *names: str) -> Mask:
        """Return the voxels that have one of some labels."""
        return np.isin(self.labels, [L[name] for name in names])

    def along(self, heights: tuple[float, ...], values: tuple[float, ...]) -> Array:
        """Return a number that changes with height."""
        return np.interp(self.z, heights, values).astype(np.float32)


def add(labels: Labels, grid: Grid, fascia: Array) -> None:
    """Draw muscles and vessels next to the spine (``fascia`` is the distance to the fascia, negative inside)."""
    flesh = Flesh(labels, *grid.mesh(), noise_on(grid, 2.6, 9.0, (4.0, 1, 1.3), seed=7), fascia)
    back_muscles = _back_muscles(flesh, grid)
    _psoas(flesh, back_muscles)
    _quadratus(flesh)
    _crura(flesh)
    _aorta(flesh)
    _vena_cava(flesh)


def _back_muscles(flesh: Flesh, grid: Grid) -> Array:
    """Draw erector spinae and multifidus with the fat between and inside them; return the distance to both."""
    z, y = flesh.z, flesh.y
    beside = flesh.beside + 1.7 * noise_on(grid, 22, 80, seed=10)
    wide = 27.0 - 3.0 * np.clip(z / 75, -1, 1) + 1.5 * np.sin(z / 19.0 + np.sign(flesh.x))
    out = beside - 35.0 + 2 * np.clip(z / 75, -1, 1)
    across = np.abs(out / np.where(beside > 35, wide * 1.12, wide)) ** 1.65
    erector = ((np.abs((y - 52.0) / 26.0) ** 2 + across) ** (1 / 1.85) - 1) * 24.0
    multifidus = ellipsoid(0 * z, y, beside, (0, 52.0, 12.5), (1e3, 25.0, 11.5))
    erector, multifidus = smax(erector, flesh.fascia + 0.6, 2), smax(multifidus, flesh.fascia + 0.6, 2)
    both = np.minimum(erector, multifidus)
    inside = (both < 0) & ~(flesh.holds("lung") & (flesh.beside > 30)) & ~flesh.holds("air")
    flesh.put("muscle", inside)
    cleft = np.abs(erector - multifidus) * 0.7 < 0.55 + 0.30 * flesh.fibers + 0.02 * np.clip(52 - y, 0, 20)
    flesh.put("visceral_fat", inside & cleft & (y > 33))
    streaks = flesh.fibers > 2.35 - 0.55 * np.exp(-(((y - 36) / 9) ** 2))
    flesh.put("visceral_fat", inside & streaks & (erector - multifidus > -16))
    septum = np.abs(beside - 42 + 0.012 * (y - 40) ** 2 - 0.1 * (y - 40)) < 0.30 + 0.35 * flesh.fibers
    flesh.put("visceral_fat", inside & septum & (y > 36) & (y < 62))  # between longissimus and iliocostalis
    return both


def _psoas(flesh: Flesh, back_muscles: Array) -> None:
    """Draw the psoas, growing downward from T12, with a film of fat around it."""
    grown = np.clip((6 - flesh.z) / 75, 0, 1)
    left = flesh.beside - (along_spine("width", flesh.z) / 2 * 0.90 + 3 + 12 * grown)
    back = flesh.y - flesh.middle - 5 - 3 * grown
    radius = 3 + 14 * grown
    psoas = (np.sqrt((left / (3.0 + 14.5 * grown)) ** 2 + (back / (5 + 14 * grown)) ** 2) - 1) * radius
    inside = (psoas < 0) & (grown > 0.02)
    flesh.put("muscle", inside)
    flesh.put("visceral_fat", inside & (flesh.fibers > 2.3))
    film = (psoas >= 0) & (psoas < 2.2) & (grown > 0.03) & (back_muscles > 0) & (flesh.y < 40)
    flesh.put("visceral_fat", film & flesh.holds("muscle"))


def _quadratus(flesh: Flesh) -> None:
    grown = np.clip((-6 - flesh.z) / 40, 0, 1)
    thick = 1 + 6.5 * grown
    left = flesh.beside - 54
    shape = (np.sqrt((left / 17) ** 2 + ((flesh.y - 29 + 0.28 * left) / thick) ** 2) - 1) * thick
    flesh.put("muscle", (shape < 0) & (grown > 0.02))


def _crura(flesh: Flesh) -> None:
    """Draw the crura of the diaphragm; the right one is thicker and reaches lower."""
    for left, size, foot in ((-9.0, 1.0, -70.0), (9.0, 0.8, -50.0)):
        thick = np.clip((flesh.z - foot) / 60, 0.15, 1)
        across, along = (flesh.x - left) / (7.5 * size), (flesh.y - flesh.front + 4.6) / (4.2 * thick)
        flesh.put("crus", (across**2 + along**2 < 1) & (flesh.z > foot) & (flesh.z < 55))


def _aorta(flesh: Flesh) -> None:
    """Draw the aorta left of the midline, with a wall and a little calcium."""
    left = flesh.x - flesh.along((-80, 0, 80), (5, 8, 15))
    back = flesh.y - (flesh.front - 16.0 + flesh.along((-80, 20, 80), (0, 0, 6)))
    aorta = np.sqrt(left**2 + back**2) - flesh.along((-80, 80), (9.8, 11.8))
    flesh.put("visceral_fat", (aorta < 4) & (aorta >= 0) & flesh.holds("liver", "bowel_wall", "lung"))
    flesh.put("vessel_wall", aorta < 0)
    flesh.put("aorta", aorta < -1.3)
    plaque = (np.abs(aorta + 0.7) < 0.9) & (np.abs(np.arctan2(back, left) - 0.6) < 0.35)
    flesh.put("calcium", plaque & (np.abs(flesh.z + 22) < 9))


def _vena_cava(flesh: Flesh) -> None:
    """Draw the lower caval vein on the right and the azygos vein beside the bodies."""
    left = flesh.x - flesh.along((-80, 0, 80), (-18, -22, -27))
    back = flesh.y - (flesh.front - 13 + flesh.along((-80, 0, 80), (0, -6, -26)))
    cava = (np.sqrt((left / 13.0) ** 2 + (back / 9.0) ** 2) - 1) * 9
    flesh.put("visceral_fat", (cava < 2.5) & (cava >= 0) & flesh.holds("bowel_wall"))
    flesh.put("vena_cava", cava < 0)
    azygos = (flesh.x + 7) ** 2 + (flesh.y - flesh.front + 3.6) ** 2 < 2.6**2
    flesh.put("vena_cava", azygos & (flesh.z > 12))
