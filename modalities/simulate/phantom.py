"""The spine and the trunk around it: label arrays, made once from published sizes and shipped small.

No scan went into it. ``python -m modalities.simulate.build`` makes the files anew from the shapes in ``anatomy.py``,
``soft_spine.py`` and ``trunk.py``. Axes in mm: x to the patient's left, y to the back, z to the head; the origin is
the middle of the body of T12. Arrays are indexed [z, y, x].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import fft

from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.scene import Build

DATA = Path(__file__).parent / "data"

# fmt: off
LABELS = (  # in the order of the stored numbers
    "air", "skin", "fat", "muscle", "visceral_fat", "lung", "liver", "spleen", "kidney", "kidney_medulla",
    "bowel_wall", "gas", "aorta", "vena_cava", "stomach_content", "marrow_body", "bone_post", "rib",
    "annulus", "nucleus", "csf", "cord_white", "cord_gray", "epidural_fat", "root", "ligament", "vein",
    "cartilage", "interspinous", "crus", "tumor_soft", "endplate_cart", "bowel_content", "rib_cortex",
    "pancreas", "vessel_wall", "calcium", "infected_tissue",
)
# fmt: on
L = {name: number for number, name in enumerate(LABELS)}
IS_BONE = np.isin(np.arange(64), [L["marrow_body"], L["bone_post"], L["rib"]])
DISTANCE_STEP_MM = 0.06  # of the stored distance to the bone surface, negative inside; beyond 3.6 mm it is cut off


@dataclass(frozen=True, slots=True)
class Level:
    """Sizes of one vertebra in mm (its middle, tilt in degrees, body, canal, pedicle, spinous process)."""

    z: float
    y: float
    tilt_deg: float
    width: float
    depth: float
    height_back: float
    height_front: float
    canal_width: float
    canal_depth: float
    pedicle_width: float
    pedicle_height: float
    process_length: float
    process_slope: float

    @property
    def height(self) -> float:
        """Return the mean height of the body between the rims of its end plates."""
        return (self.height_back + self.height_front) / 2

    @property
    def back_wall(self) -> float:
        """Return y of the back wall of the body."""
        return self.y + self.depth * 0.45


@dataclass(frozen=True, slots=True)
class Posture:
    """How a vertebra stands, and the length (mm) and slope of its spinous process; chosen for the look, not measured.

    ``tilt_deg`` above 0 lifts the front edge. The steps between neighbors are such that bodies (wedged, lower in
    front) and discs (higher in front) together make a straight thoracolumbar junction.
    """

    y: float
    tilt_deg: float
    length: float
    slope: float


POSTURES = {
    "T9": Posture(2.5, 3.0, 34, -0.80),
    "T10": Posture(1.4, 2.0, 30, -0.62),
    "T11": Posture(0.6, 1.5, 27, -0.38),
    "T12": Posture(0.0, 1.0, 27, -0.20),
    "L1": Posture(-0.3, 0.3, 30, -0.14),
    "L2": Posture(-0.3, -0.4, 31, -0.12),
}


def _level(name: str, stands: Posture) -> Level:
    sizes = constants("anatomy")
    names = (
        *("width", "depth", "height_back", "height_front"),
        *("canal_width", "canal_depth", "pedicle_width", "pedicle_height"),
    )
    own = {size: sizes[f"{name.lower()}_{size}_mm"] for size in names}
    return Level(0.0, stands.y, stands.tilt_deg, **own, process_length=stands.length, process_slope=stands.slope)


def _stacked() -> dict[str, Level]:
    """Put bodies and discs on top of each other; the middle of T12 is the origin."""
    sizes = constants("anatomy")
    flat = {name: _level(name, stands) for name, stands in POSTURES.items()}
    down, at = {}, 0.0
    for upper, lower in pairwise(flat):
        down[upper] = at
        at += flat[upper].height / 2 + sizes[f"disc_{upper.lower()}_{lower.lower()}_mm"] + flat[lower].height / 2
        down[lower] = at
    return {name: replace(level, z=down["T12"] - down[name]) for name, level in flat.items()}


LEVELS = _stacked()
SIDE_CURVE_MM, SIDE_CURVE_WAVE_MM, TURN_RAD = 0.8, 47.0, 0.012


def side_curve(z: float) -> float:
    """Return how far the spine lies to the left at a height (mm)."""
    return float(SIDE_CURVE_MM * np.sin(z / SIDE_CURVE_WAVE_MM + 0.6))


def along_spine(size: str, z: Array) -> Array:
    """Return one size of ``Level`` between the vertebrae too: straight lines from middle to middle (z in mm)."""
    upward = sorted(LEVELS.values(), key=lambda level: level.z)
    sizes = [getattr(level, size) for level in upward]
    return np.interp(z, [level.z for level in upward], sizes).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Grid:
    """A box of voxels: the middle of the first voxel, the counts and the size, in mm."""

    z0: float
    y0: float
    x0: float
    nz: int
    ny: int
    nx: int
    step: float

    @property
    def origin(self) -> tuple[float, float, float]:
        """Return the middle of the first voxel (z, y, x)."""
        return self.z0, self.y0, self.x0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the counts (z, y, x)."""
        return self.nz, self.ny, self.nx

    def axes(self) -> tuple[Array, Array, Array]:
        """Return the coordinates of the voxels along z, y and x."""
        z, y, x = (
            (start + self.step * np.arange(n)).astype(np.float32)
            for start, n in zip(self.origin, self.shape, strict=True)
        )
        return z, y, x

    def mesh(self, box: tuple[slice, slice, slice] = (slice(None),) * 3) -> tuple[Array, Array, Array]:
        """Return open (broadcastable) coordinates of a box."""
        z, y, x = (axis[part] for axis, part in zip(self.axes(), box, strict=True))
        return z[:, None, None], y[None, :, None], x[None, None, :]

    def box(self, low: tuple[float, ...], high: tuple[float, ...]) -> tuple[slice, slice, slice]:
        """Return the voxels between two corners given as (z, y, x) in mm."""
        z, y, x = (
            slice(
                int(np.clip(np.floor((a - start) / self.step), 0, n)),
                int(np.clip(np.ceil((b - start) / self.step) + 1, 0, n)),
            )
            for start, n, a, b in zip(self.origin, self.shape, low, high, strict=True)
        )
        return z, y, x


SPINE = Grid(-77.0, -30.1, -52.5, 221, 157, 151, 0.7)
TRUNK = Grid(-77.5, -170.0, -200.0, 125, 231, 321, 1.25)  # holds the large build


def noise3(
    shape: tuple[int, int, int],
    step_mm: float,
    shortest_mm: float,
    longest_mm: float,
    stretch: tuple[float, float, float] = (1, 1, 1),
    seed: int = 0,
) -> Array:
    """Return periodic Gaussian noise between two wavelengths, mean square 1, stretched along an axis by ``stretch``."""
    white = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    waves = [fft.fftfreq(n, step_mm).astype(np.float32) * s for n, s in zip(shape[:2], stretch[:2], strict=True)]
    waves.append(fft.rfftfreq(shape[2], step_mm).astype(np.float32) * stretch[2])
    k = np.sqrt(waves[0][:, None, None] ** 2 + waves[1][None, :, None] ** 2 + waves[2][None, None, :] ** 2)
    band = np.exp(-((k * shortest_mm) ** 2)) * (1 - np.exp(-((k * longest_mm) ** 2)))
    out = fft.irfftn(fft.rfftn(white) * band, s=shape)
    result: Array = (out / out.std()).astype(np.float32)
    return result


TILE = 96  # voxels of the repeating texture tiles
Tile = npt.NDArray[np.float32]


def noise_on(
    grid: Grid, shortest_mm: float, longest_mm: float, stretch: tuple[float, float, float] = (1, 1, 1), seed: int = 0
) -> Array:
    """Return ``noise3`` on a grid, the same at the same place of the body on every grid."""
    step = shortest_mm / 3.5
    noise: Array = noise3((TILE,) * 3, step, shortest_mm, longest_mm, stretch, seed)
    for axis, coordinates in enumerate(grid.axes()):
        at = coordinates / np.float32(step)
        first = np.floor(at).astype(int)
        share = (at - first).reshape([-1 if i == axis else 1 for i in range(3)])
        low, high = (np.take(noise, index % TILE, axis) for index in (first, first + 1))
        noise = low + (high - low) * share
    return noise


@cache
def textures() -> dict[str, Tile]:
    """Return three repeating tiles: ``trab`` (a mesh of struts), ``low`` (patches of marrow), ``fine`` (grain)."""
    shape = (TILE,) * 3
    struts = 0.8 * noise3(shape, SPINE.step, 0.75, 2.6, (2.3, 1, 1), seed=2)  # taller than wide
    struts += 0.35 * noise3(shape, SPINE.step, 0.75, 2.6, seed=3)
    net = 0.5 * struts - 1.5 * np.abs(struts)  # ridges: a mesh rather than blobs
    made = {
        "trab": ((net - net.mean()) / net.std()).astype(np.float32),
        "low": noise3(shape, SPINE.step, 5.0, 20.0, (1.2, 1, 1), seed=4),
        "fine": noise3(shape, SPINE.step, 1.4, 5.0, seed=5),
    }
    for tile in made.values():
        tile.setflags(write=False)
    return made


def texture(name: str, box: tuple[slice, slice, slice], shift: int = 0) -> Array:
    """Return one texture over a box of the spine grid; ``shift`` (a seed) moves it."""
    tile = textures()[name]
    picks = [
        (np.arange(*part.indices(n)) + shift * step) % TILE
        for part, n, step in zip(box, SPINE.shape, (17, 29, 7), strict=True)
    ]
    return tile[np.ix_(*picks)]


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """The healthy spine in one body build. Arrays are shared and read only.

    ``trunk`` (labels, 1.25 mm), ``labels`` and ``distance`` (labels and signed distance to the bone surface in
    steps of ``DISTANCE_STEP_MM``, 0.7 mm).
    """

    build: Build
    trunk: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    distance: npt.NDArray[np.int8]


def summed(differences: npt.NDArray[np.uint8], axis: int) -> npt.NDArray[np.uint8]:
    """Return an array from its differences along an axis: how the files are stored, so that they pack small."""
    return np.add.accumulate(differences, axis=axis, dtype=np.uint8)


@cache
def load_spine() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Return labels and distances of the spine grid: the same in every build."""
    with np.load(DATA / "spine.npz") as stored:
        labels = summed(stored["labels"], 0)
        distance = summed(summed(stored["distance"], 1), 0).view(np.int8)
    labels.setflags(write=False)
    distance.setflags(write=False)
    return labels, distance


@cache
def load_phantom(build: Build = "average") -> Phantom:
    """Return the phantom of a body build; loaded once and shared."""
    labels, distance = load_spine()
    with np.load(DATA / f"trunk_{build}.npz") as stored:
        trunk = summed(stored["labels"], 0)
    trunk.setflags(write=False)
    return Phantom(build, trunk, labels, distance)
