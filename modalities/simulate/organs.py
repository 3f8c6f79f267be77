"""Organs of the upper abdomen and the lung's recess behind it, drawn around the spine.

Sizes and places are chosen for the look of pictures, not measured. All coordinates are (z, y, x) in mm: up, back, left;
they hold for the average build and are stretched to the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array, Mask
from modalities.simulate.phantom import Grid, L, noise_on
from modalities.simulate.shapes import Point, ellipsoid, rod, smax, smin

Labels = npt.NDArray[np.uint8]
LOOSE = ("visceral_fat", "vena_cava", "interspinous")  # what a bowel loop or the pancreas takes the place of


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """The room for the organs: distances to its wall and to the fascia, and the organs' own y and x."""

    cavity: Array
    fascia: Array
    y: Array
    x: Array


@dataclass(frozen=True, slots=True, eq=False)
class Belly:
    """Labels in the making, the coordinates, and two noises that make surfaces uneven."""

    labels: Labels
    z: Array
    room: Room
    wide: Array
    narrow: Array
    inside: Mask = field(init=False)

    def __post_init__(self) -> None:
        """Note the room."""
        object.__setattr__(self, "inside", self.room.cavity < 0)

    @property
    def at(self) -> tuple[Array, Array, Array]:
        """Return (z, y, x)."""
        return self.z, self.room.y, self.room.x

    def holds(self, *names: str) -> Mask:
        """Return the voxels that have one of some labels."""
        return np.isin(self.labels, [L[name] for name in names])

    def put(self, name: str, where: Mask) -> None:
        """Give voxels a label."""
        self.labels[where] = L[name]


def fill(labels: Labels, grid: Grid, room: Room) -> None:
    """Draw all organs into a room."""
    z, _, _ = grid.mesh()
    belly = Belly(labels, z, room, noise_on(grid, 16, 60, seed=3), noise_on(grid, 7, 24, seed=4))
    _small_vessels(belly, grid)
    _liver(belly)
    _spleen(belly)
    _stomach(belly)
    for number, (middle, radii) in enumerate(_loops()):
        _loop(belly, number, middle, radii)
    for side in (1, -1):
        _kidney(belly, side)
    _pancreas_and_duodenum(belly)
    _large_vessels(belly)
    _lung(belly)


def _small_vessels(belly: Belly, grid: Grid) -> None:
    """Draw threads of vessels into the fat of the mesentery, where two noises both cross zero."""
    a, b = (noise_on(grid, 9, 35, seed=seed) for seed in (12, 13))
    threads = (np.abs(a) < 0.15) & (np.abs(b) < 0.15) & (belly.room.y < -35) & (belly.room.cavity < -4)
    belly.put("vena_cava", threads)


def _liver(belly: Belly) -> None:
    lobes = smin(
        ellipsoid(*belly.at, (48, -52, -78), (92, 86, 82)), ellipsoid(*belly.at, (52, -92, -15), (48, 40, 62)), 18
    )
    liver = smax(lobes, -ellipsoid(*belly.at, (-45, 2, -60), (66, 36, 38)), 6) + 0.5 * belly.wide
    belly.put("liver", (liver < 0) & (belly.room.cavity < -1))
    veins = (np.abs(belly.narrow + 0.4 * belly.wide) < 0.035) & (liver < -8)
    belly.put("vena_cava", veins & belly.holds("liver"))


def _spleen(belly: Belly) -> None:
    spleen = ellipsoid(*belly.at, (44, 0, 92), (58, 62, 46))
    spleen = smax(spleen, -ellipsoid(*belly.at, (10, -32, 50), (80, 50, 44)), 8) + belly.wide
    belly.put("spleen", (spleen < 0) & (belly.room.cavity < -1))


def _stomach(belly: Belly) -> None:
    """Draw the stomach with a level of gas in front (the patient lies on the back)."""
    upper, lower = ellipsoid(*belly.at, (46, -66, 56), (46, 50, 42)), ellipsoid(*belly.at, (8, -94, 40), (30, 26, 48))
    stomach = smin(upper, lower, 20) + 1.2 * belly.wide
    wall = (stomach < 0) & belly.inside & ~belly.holds("liver")
    belly.put("bowel_wall", wall)
    hollow = wall & (stomach < -3.2)
    belly.put("stomach_content", hollow)
    belly.put("gas", hollow & (belly.room.y < -97))


LOOPS = (  # middle and radii of the large loops
    ((-14, -102, 90), (19, 18, 21)),
    ((-50, -112, 40), (13, 15, 20)),
    ((-28, -111, -30), (14, 16, 22)),
    ((-62, -84, -92), (26, 22, 24)),
    ((-30, -66, 112), (28, 20, 17)),
    ((-64, -104, -8), (11, 14, 24)),
)
GAS_LEVELS = (0.35, -0.45, 0.30, 0.05, 0.25, -0.6)  # in radii behind the middle; the small loops: every third, -0.35


def _loops() -> list[tuple[Point, Point]]:
    """Return the large loops of bowel and 13 small ones at random places."""
    random = np.random.default_rng(11)
    ranges = ((-80, -18), (-92, -58), (-70, 85), (12, 20), (11, 15), (12, 24))
    small = [[float(random.uniform(*ends)) for ends in ranges] for _ in range(13)]
    return [*LOOPS, *((loop[:3], loop[3:]) for loop in small)]


def _loop(belly: Belly, number: int, middle: Point, radii: Point) -> None:
    """Draw one loop where there is loose tissue: a wall, content, and gas in front in some."""
    around = [
        slice(int(near[0]), int(near[-1]) + 1) if len(near) else slice(0, 0)
        for near in (
            np.flatnonzero(np.abs(axis.ravel() - at) < radius + 6)
            for axis, at, radius in zip(belly.at, middle, radii, strict=True)
        )
    ]
    box = (around[0], around[1], around[2])
    z, y, x = belly.z[box[0]], belly.room.y[:, box[1]], belly.room.x[:, :, box[2]]
    loop = ellipsoid(z, y, x, middle, radii) + 1.2 * belly.wide[box] + 1.3 * belly.narrow[box]
    labels = belly.labels[box]
    wall = (loop < 0) & belly.inside[box] & np.isin(labels, [L[name] for name in LOOSE]) & (y < -42)
    labels[wall] = L["bowel_wall"]
    hollow = wall & (loop < -2.6)
    labels[hollow] = L["bowel_content"]
    level = GAS_LEVELS[number] if number < len(LOOPS) else (-0.35 if number % 3 == 0 else -2.0)
    labels[hollow & (y < middle[1] + radii[1] * level)] = L["gas"]


def _kidney(belly: Belly, side: int) -> None:
    """Draw a kidney with its medulla, the fat of its sinus and a little urine; the right one lies lower."""
    middle_z, middle_x = (-28.0, 60.0) if side > 0 else (-44.0, -58.0)
    z, y, x = belly.at
    left = x - middle_x + side * 0.14 * (z - middle_z)
    back = y - 3 + 0.10 * (z - middle_z)
    kidney = ellipsoid(z, back, left, (middle_z, 0, 0), (54, 24, 28)) + 0.5 * belly.wide
    medulla = ellipsoid(z, back, left + side * 4, (middle_z, 0, 0), (41, 15, 17)) + 2.4 * belly.narrow
    sinus = ellipsoid(z, back + 2, left + side * 9, (middle_z, 0, 0), (27, 8.5, 16)) + 1.2 * belly.narrow
    pelvis = ellipsoid(z, back + 2, left + side * 12, (middle_z - 2, 0, 0), (11, 3.6, 9))
    for name, shape in (("kidney", kidney), ("kidney_medulla", medulla), ("visceral_fat", sinus), ("csf", pelvis)):
        belly.put(name, shape < 0)


def _pancreas_and_duodenum(belly: Belly) -> None:
    pancreas = rod(*belly.at, (-34, -60, -32), (-14, -58, 62), (1, 0, 0), 13, 8) + 0.45 * belly.narrow
    belly.put("pancreas", (pancreas < 0) & belly.holds(*LOOSE))
    duodenum = rod(*belly.at, (-10, -62, -44), (-70, -56, -40), (0, 1, 0), 10, 12)
    belly.put("bowel_wall", (duodenum < 0) & belly.inside)
    belly.put("bowel_content", (duodenum < -3) & belly.inside)


VESSELS = (  # of bowel, spleen and kidneys: from, to, radius
    ((-12, -46, 5), (-80, -60, 3), 3.8),
    ((-20, -62, -7), (-80, -64, -9), 5.8),
    ((-16, -50, 0), (-16, -54, 60), 3.6),
    ((-27, -38, 12), (-30, -12, 44), 4.2),
    ((-27, -38, -22), (-44, -10, -40), 4.4),
)


def _large_vessels(belly: Belly) -> None:
    for start, end, radius in VESSELS:
        belly.put("vena_cava", (rod(*belly.at, start, end, (0, 1, 0.3), radius, radius) < 0) & belly.inside)


def _lung(belly: Belly) -> None:
    """Draw the recess of the lungs behind the liver and the spleen, the diaphragm's edge and the lungs' vessels."""
    z, y, x = belly.at
    high = np.clip((z - 2 + 6 * np.clip((y + 10) / 50, -1, 1)) * 0.95, 0, 70) * np.clip((y + 95) / 60, 0, 1)
    wall = belly.room.fascia + 12.5
    diaphragm = wall + high
    beside = np.clip((np.abs(x) - 17) / 6, -1, 1) * 10
    lung = smax(smax(wall, -diaphragm, 2), -beside, 3)
    lung = smax(lung, -ellipsoid(*belly.at, (60, -2, -2), (400, 30, 30)) + 2.0 * belly.wide, 3)
    lung = smax(lung, y - (28.5 + 0.16 * np.abs(x)), 3)  # the pleura ends in front of the ribs
    lung = smax(lung, (np.sqrt((x / 129) ** 2 + ((y + 28) / 87) ** 2) - 1) * 87, 3)
    air = (lung < 0) & (high > 1.0)
    belly.put("lung", air)
    edge = (diaphragm < 0) & (diaphragm > -3.2) & (high > 1) & belly.inside & ~air
    belly.put("crus", edge)
    belly.put("muscle", air & (np.abs(belly.narrow) < 0.06))
