"""The shapes of the coarse body that bone scan and PET show around the spine; they make ``data/body.npz``.

Shapes are simple solids set by general knowledge of the anatomy; no scan went into them. The vertebrae lie where
those of the spine phantom lie, so a lesion painted there lies in the same place here. ``make_body`` takes about two
seconds; ``python -m modalities.simulate.whole_body_shapes`` writes the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array
from modalities.simulate.phantom import DATA, Grid
from modalities.simulate.shapes import Point, ellipsoid, rod, smax, smin

BODY = Grid(-440.0, -150.0, -260.0, 262, 70, 131, 4.0)
# fmt: off
TISSUES = (  # from the back of the drawing to the front: what comes later covers what comes before
    "air", "arm", "soft", "muscle", "lung", "bowel", "colon", "stomach", "liver", "spleen", "vessel", "heart",
    "myocardium", "kidney", "urine", "ureter", "bladder", "gland", "white_matter", "gray_matter", "humerus", "elbow",
    "face", "skull", "shoulder", "joint", "rib", "rib_end", "sternum", "femur", "pelvis", "crest", "sacrum",
    "sacroiliac", "arch", "facet", "vertebra",
)
# fmt: on
FAR_MM = 60.0  # distance that stands for "nowhere near"
EDGE_MM = 4.0  # width of a soft edge: one voxel
SHARE_STEPS = 15  # steps in which the share of a voxel's first tissue (0.5 to 1) is stored
SPINE_Z_MM = (-400, -270, -215, -175, -100, 0, 60, 150, 230, 290, 350, 400)
SPINE_Y_MM = (14, 26, 30, 10, -7, 0, 6, 19, 10, -6, -14, -6)  # of the middle of the bodies at these heights
Shape = Callable[[Array, Array, Array], Array]
SIDES = (-1, 1)


def spine_y(z: float) -> float:
    """Return how far back the middle of the spine lies at a height (mm)."""
    return float(np.interp(z, SPINE_Z_MM, SPINE_Y_MM))


def _heights() -> dict[str, float]:
    known = {"L5": -160.0, "L4": -130.0, "L3": -98.0, "L2": -66.0, "L1": -32.0, "T12": 0.0, "T11": 29.5, "T10": 57.0}
    for number in range(9, 0, -1):
        known[f"T{number}"] = 57 + 25.6 * (10 - number) * (1 - 0.008 * (10 - number))
    for number in range(7, 1, -1):
        known[f"C{number}"] = known["T1"] + 17.5 * (8 - number)
    return known


HEIGHTS = _heights()  # z of the middle of each vertebra


@dataclass(slots=True)
class Canvas:
    """Distances (mm) to the nearest part of each tissue on the body grid."""

    distances: dict[str, Array] = field(default_factory=dict)

    def add(self, tissue: str, low: Point, high: Point, shape: Shape) -> None:
        """Join a shape to a tissue; it is worked out between two corners only."""
        if tissue not in self.distances:
            self.distances[tissue] = np.full(BODY.shape, FAR_MM, np.float32)
        room = 3 * EDGE_MM
        box = BODY.box(tuple(a - room for a in low), tuple(b + room for b in high))
        here = self.distances[tissue]
        here[box] = np.minimum(here[box], shape(*BODY.mesh(box)))

    def blob(self, tissue: str, middle: Point, radii: Point, hollow: Point | None = None) -> None:
        """Add an ellipsoid, or the shell between it and a smaller one."""

        def shape(z: Array, y: Array, x: Array) -> Array:
            outer = ellipsoid(z, y, x, middle, radii)
            return outer if hollow is None else np.maximum(outer, -ellipsoid(z, y, x, middle, hollow))

        low = [mid - radius for mid, radius in zip(middle, radii, strict=True)]
        self.add(tissue, low, [mid + radius for mid, radius in zip(middle, radii, strict=True)], shape)

    def bar(
        self,
        tissue: str,
        start: Point,
        end: Point,
        high: float,
        wide: float | None = None,
        up: Point = (1, 0, 0.01),
        tapers_to: tuple[float, float] | None = None,
    ) -> None:
        """Add a rod, flat where ``high`` (along ``up``) and ``wide`` differ; it may taper."""
        across = high if wide is None else wide
        ends = tapers_to or (high, across)
        thick = max(high, across, *ends)
        low = [min(a, b) - thick for a, b in zip(start, end, strict=True)]
        top = [max(a, b) + thick for a, b in zip(start, end, strict=True)]
        self.add(tissue, low, top, lambda z, y, x: rod(z, y, x, start, end, up, high, across, *ends))

    def line(self, tissue: str, points: Sequence[Point], high: float, wide: float | None = None) -> None:
        """Add rods from point to point."""
        for start, end in pairwise(points):
            self.bar(tissue, start, end, high, wide)


def _outline(canvas: Canvas) -> None:
    """Draw the trunk, neck and head, and the thighs."""
    heights = [-440, -300, -240, -150, -60, 60, 180, 260, 300, 325, 380, 430, 500, 560, 600]
    half_width = [168, 174, 180, 166, 158, 166, 172, 178, 150, 66, 62, 76, 78, 62, 8]
    half_depth = [92, 100, 112, 105, 106, 112, 112, 100, 80, 62, 66, 92, 98, 75, 8]
    middle = [-10, -12, -14, -22, -28, -28, -26, -20, -16, -12, -16, -28, -26, -26, -26]

    def smooth(values: Sequence[float], z: Array) -> Array:
        shifts = np.linspace(-24, 24, 9)
        return np.mean([np.interp(z + shift, heights, values) for shift in shifts], axis=0)

    def trunk(z: Array, y: Array, x: Array) -> Array:
        wide, deep, mid = (smooth(values, z) for values in (half_width, half_depth, middle))
        around = (((np.abs(x) / wide) ** 2.3 + (np.abs(y - mid) / deep) ** 2.3) ** (1 / 2.3) - 1) * 90
        thigh = (np.sqrt(((np.abs(x) - 88) / 80) ** 2 + ((y + 12) / 88) ** 2) - 1) * 80
        share = np.clip((-z - 262) / 50, 0, 1)
        return around * (1 - share) + thigh * share

    canvas.add("soft", (-440, -150, -260), (604, 126, 260), trunk)
    for side in SIDES:
        canvas.bar("arm", (232, 0, side * 180), (-50, 12, side * 212), 38, tapers_to=(33, 33))
        canvas.bar("arm", (-50, 12, side * 212), (-270, -14, side * 216), 32, tapers_to=(22, 22))
        canvas.blob("arm", (-320, -18, side * 214), (56, 20, 30))
        canvas.bar("muscle", (-150, 48, side * 34), (60, 52, side * 30), 24, 26, up=(0, 1, 0))
        canvas.bar("muscle", (-60, 6, side * 34), (-200, 0, side * 62), 20, 20, up=(0, 1, 0))
        canvas.blob("muscle", (-250, 60, side * 80), (70, 30, 62))
        canvas.bar("muscle", (300, 24, side * 26), (400, 12, side * 22), 14, 12, up=(0, 1, 0))


def _spine(canvas: Canvas) -> None:
    at = (-160, 0, 150, 290, 400)
    for name, z in HEIGHTS.items():
        y = spine_y(z)
        wide, deep = np.interp(z, at, (25, 20, 15, 13, 11)), np.interp(z, at, (17.5, 15, 13, 9, 8))
        tall, long = np.interp(z, at, (12.5, 11.5, 9.5, 6.5, 6)), np.interp(z, at, (1, 1, 1, 0.75, 0.75))
        canvas.blob("vertebra", (z, y, 0), (tall * 1.08, deep * 1.1, wide * 1.08))
        canvas.bar("arch", (z - 3, y + deep + 20 * long, 0), (z - 10, y + deep + 42 * long, 0), 8, 4)
        for side in SIDES:
            end = (z - 4, y + deep + 20 * long, side * 9)
            canvas.bar("arch", (z + 3, y + deep, side * wide * 0.72), end, 7.5, 4.5)
            canvas.bar("arch", (z + 2, y + deep + 9, side * 14), (z + 2, y + deep + 16, side * (wide + 14)), 4.5, 3.5)
            canvas.blob("arch", (z - tall - 3, y + deep + 13 * long, side * 13.5), (8, 5, 5.5))
            if name in ("L1", "L2", "L3", "L4", "L5"):
                canvas.blob("facet", (z - 15, spine_y(z - 15) + 32, side * 17), (7, 6, 5))


def _ribs(canvas: Canvas) -> None:
    for number in range(1, 13):
        z = HEIGHTS[f"T{number}"] + 4
        y = spine_y(z)
        wide = np.interp(number, (1, 3, 6, 9, 12), (62, 108, 134, 142, 128))
        deep = np.interp(number, (1, 4, 8, 12), (52, 84, 98, 92))
        long = ([1.0] * 7 + [0.96, 0.9, 0.82, 0.58, 0.40])[number - 1]
        drop = np.interp(number, (1, 3, 6, 10, 12), (34, 60, 92, 110, 120))
        first = np.deg2rad(68)
        for side in SIDES:
            points: list[Point] = [(z, y + 10, side * 17.0), (z - 2, y + 30, side * 34.0)]
            for step, turn in enumerate(np.linspace(first, first - np.pi * 0.86 * long, 22)):
                share = (first - turn) / (np.pi * 0.86)
                x = wide * np.cos(turn)
                if x >= 40 or step >= 6:
                    points.append((z - 6 - drop * share**1.15, y - deep + 42 + deep * np.sin(turn), side * x))
            canvas.line("rib", points, 5.8, 3.6)
            if number <= 9:
                canvas.blob("rib_end", points[-1], (5, 5, 5))
            canvas.blob("rib_end", (z - 1, y + 22, side * 24.0), (4.5, 5, 5))


def _chest_bones(canvas: Canvas) -> None:
    canvas.bar("sternum", (232, -112, 0), (196, -118, 0), 5, 24, up=(0, 1, 0.01), tapers_to=(5, 15))
    canvas.bar("sternum", (188, -120, 0), (88, -138, 0), 5, 14, up=(0, 1, 0.01), tapers_to=(4.5, 16))
    canvas.bar("sternum", (80, -138, 0), (62, -136, 0), 4, 6, up=(0, 1, 0.01))
    for side in SIDES:
        clavicle = [(244, -98, side * 18), (256, -78, side * 60), (268, -40, side * 110), (262, -12, side * 152)]
        canvas.line("shoulder", clavicle, 5.5)
        blade_end = (140, 66, side * 88)
        canvas.bar("shoulder", (258, 34, side * 112), blade_end, 34, 3.6, up=(0, 0.3, side), tapers_to=(8, 3.2))
        canvas.bar("shoulder", (236, 58, side * 126), blade_end, 6, 5)  # thick outer border
        canvas.bar("shoulder", (232, 70, side * 78), (264, 30, side * 158), 6, 5)  # spine of the blade
        canvas.blob("shoulder", (250, -30, side * 142), (9, 14, 8))  # coracoid
        canvas.blob("humerus", (244, 2, side * 172), (24, 23, 23))
        canvas.bar("humerus", (236, 2, side * 178), (-44, 12, side * 211), 11)
        canvas.line("humerus", [(-56, 12, side * 206), (-268, -14, side * 206)], 7)
        canvas.line("humerus", [(-56, 12, side * 218), (-268, -14, side * 228)], 7)
        canvas.blob("elbow", (-50, 12, side * 212), (14, 12, 24))
        canvas.blob("elbow", (-276, -15, side * 217), (9, 8, 20))
        canvas.blob("joint", (250, 6, side * 158), (18, 16, 9))
        canvas.blob("joint", (266, -4, side * 152), (8, 9, 10))
        canvas.blob("joint", (244, -100, side * 17), (9, 8, 8))


def _pelvis(canvas: Canvas) -> None:
    sacrum = ((-188, 22, 46), (-206, 36, 42), (-224, 46, 35), (-240, 50, 28), (-256, 48, 20), (-276, 36, 9))
    for z, y, wide in sacrum:
        canvas.blob("sacrum", (z, y, 0), (12, 15, wide))
    for side in SIDES:
        canvas.add("pelvis", (-262, -80, min(0, side * 156)), (-130, 80, max(0, side * 156)), _wing(side))
        crest = [(-150, -38, side * 132), (-142, -2, side * 138), (-144, 30, side * 118), (-160, 54, side * 82)]
        canvas.line("crest", [(-178, -66, side * 122), *crest, (-176, 58, side * 64)], 5.5)
        canvas.blob("crest", (-184, -70, side * 118), (11, 8, 8))
        canvas.bar("pelvis", (-196, 44, side * 50), (-258, 2, side * 92), 13, 10, up=(0, 0, 1))
        canvas.add("pelvis", (-302, -40, side * 92 - 34), (-236, 26, side * 92 + 34), _socket(side))
        ring = [(-274, -34, side * 72), (-284, -62, side * 18), (-302, -52, side * 24), (-326, 2, side * 58)]
        canvas.line("pelvis", [*ring, (-300, 22, side * 66), (-272, 18, side * 80)], 7)
        canvas.bar("sacroiliac", (-176, 34, side * 47), (-226, 50, side * 36), 13, 4.5, up=(0, 1, 0))
        canvas.blob("femur", (-268, -8, side * 96), (23, 23, 23))
        canvas.bar("femur", (-272, -6, side * 104), (-304, 4, side * 142), 13, 14, up=(0, 1, 0))
        canvas.bar("femur", (-296, 6, side * 144), (-445, -2, side * 116), 15, 15, up=(0, 1, 0))


def _wing(side: int) -> Shape:
    def shape(z: Array, y: Array, x: Array) -> Array:
        outer = ellipsoid(z, y, x, (-200, -4, side * 92), (58, 68, 54))
        wing = smax(outer, -ellipsoid(z, y, x, (-196, -10, side * 82), (58, 66, 51)), 4)
        wing = smax(wing, -(z + 255) + 0 * x, 4)
        return smax(smax(wing, 46 - np.abs(x), 4), z + 148 + 0 * x, 4)

    return shape


def _socket(side: int) -> Shape:
    def shape(z: Array, y: Array, x: Array) -> Array:
        outer = ellipsoid(z, y, x, (-268, -8, side * 92), (31, 30, 30))
        return np.maximum(outer, -ellipsoid(z, y, x, (-268, -8, side * 96), (25, 25, 27)))

    return shape


def _head(canvas: Canvas) -> None:
    canvas.blob("skull", (488, -20, 0), (84, 94, 74), hollow=(76, 86, 66))
    canvas.line("skull", [(440, -50, 60), (436, -20, 58), (440, 20, 46)], 8)
    canvas.line("skull", [(440, -50, -60), (436, -20, -58), (440, 20, -46)], 8)
    canvas.blob("face", (446, -90, 0), (22, 14, 36))
    canvas.blob("face", (420, -94, 0), (8, 10, 24))
    for side in SIDES:
        canvas.line("face", [(428, -34, side * 52), (394, -46, side * 46), (386, -88, side * 20), (384, -98, 0)], 7)
        canvas.blob("gland", (406, -40, side * 46), (16, 14, 9))
        canvas.blob("gland", (390, -58, side * 26), (9, 12, 8))
        canvas.blob("gland", (402, -54, side * 15), (10, 8, 6))
    canvas.blob("gland", (322, -46, 0), (8, 6, 9))  # vocal cords
    canvas.blob("white_matter", (494, -20, 0), (64, 74, 56))
    canvas.blob("gray_matter", (494, -20, 0), (72, 82, 64), hollow=(60, 70, 51))
    canvas.add("gray_matter", (440, -90, -6), (560, 60, 6), _between_halves)
    for side in SIDES:
        canvas.blob("gray_matter", (486, -26, side * 22), (16, 24, 14))
        canvas.blob("gray_matter", (438, 26, side * 24), (18, 22, 24))


def _between_halves(z: Array, y: Array, x: Array) -> Array:
    return np.maximum(ellipsoid(z, y, x, (500, -20, 0), (66, 78, 20)), np.abs(x) - 5)


def _organs(canvas: Canvas) -> None:
    _kidneys(canvas)
    canvas.blob("bladder", (-268, -58, 0), (25, 26, 33))

    def liver(z: Array, y: Array, x: Array) -> Array:
        both = smin(
            ellipsoid(z, y, x, (48, -52, -78), (88, 84, 80)), ellipsoid(z, y, x, (52, -92, -15), (40, 38, 62)), 18
        )
        under = ellipsoid(z, y, x, (-52, -20, -34), (62, 74, 66))
        return smax(both, -under, 10)

    canvas.add("liver", (-46, -140, -160), (140, 36, 60), liver)
    canvas.blob("spleen", (44, 2, 102), (52, 46, 28))
    canvas.blob("heart", (128, -74, 22), (56, 50, 52))
    canvas.add("myocardium", (78, -140, 0), (172, -30, 84), _left_ventricle)
    for side in SIDES:
        canvas.add("lung", (-80, -120, min(0, side * 150)), (270, 72, max(0, side * 150)), _lung(side))
    canvas.blob("stomach", (44, -76, 62), (44, 34, 38), hollow=(36, 26, 30))
    canvas.line("vessel", [(210, 10, 18), (120, 8, 14), (0, -26, 8), (-124, -34, 4)], 12)
    canvas.blob("vessel", (205, -26, 14), (18, 40, 15))
    canvas.line("vessel", [(216, -36, -22), (150, -40, -24)], 11)
    _bowel(canvas)


def _left_ventricle(z: Array, y: Array, x: Array) -> Array:
    """Return a thick-walled cup that opens to the right and back."""
    outer = ellipsoid(z, y, x, (122, -84, 44), (42, 44, 36))
    inner = ellipsoid(z, y, x, (127, -78, 38), (29, 32, 26))
    opening = (x - 20) * 0.75 - (y + 60) * 0.45 + (z - 150) * -0.35
    return np.maximum(np.maximum(outer, -inner), -opening)


def _lung(side: int) -> Shape:
    def shape(z: Array, y: Array, x: Array) -> Array:
        whole = ellipsoid(z, y, x, (96, -22, side * 78), (172, 92, 68))
        return smax(whole, -ellipsoid(z, y, x, (-62, -50, side * 78), (118, 110, 96)), 8)

    return shape


def _kidneys(canvas: Canvas) -> None:
    for middle, z in ((60, -28), (-58, -44)):
        side = int(np.sign(middle))
        canvas.add("kidney", (z - 56, -24, middle - 40), (z + 56, 32, middle + 40), _kidney(z, middle, side))
        hilum = (z - 4, -1, middle - side * 16)
        canvas.blob("urine", hilum, (12, 6, 7))
        for up in (20, -20):
            canvas.bar("urine", hilum, (z + up, 2, middle - side * 4), 5.5, tapers_to=(3.5, 3.5))
        canvas.line("ureter", [(z - 18, -2, side * 40), (-96, -6, side * 35)], 2.4)
        canvas.line("ureter", [(-146, 0, side * 38), (-182, 4, side * 44)], 2.2)
        canvas.line("ureter", [(-226, 2, side * 42), (-252, -18, side * 30)], 2.2)


def _kidney(height: float, middle: float, side: int) -> Shape:
    def shape(z: Array, y: Array, x: Array) -> Array:
        tilted = x - middle + side * 0.12 * (z - height)
        bean = ellipsoid(z, y - 4, tilted, (height, 0, 0), (54, 24, 27))
        return np.maximum(bean, -ellipsoid(z, y, tilted + side * 12, (height, 0, 0), (26, 10, 15)))

    return shape


def _bowel(canvas: Canvas) -> None:
    right = [(-200, -40, -90), (-160, -52, -104), (-120, -44, -100), (-76, -48, -108), (-48, -62, -98)]
    across = [(-62, -96, -60), (-92, -106, -20), (-84, -104, 24), (-54, -92, 62), (-14, -60, 98)]
    left = [(-60, -34, 112), (-110, -38, 106), (-160, -34, 110), (-206, -50, 84), (-214, -40, 40)]
    random = np.random.default_rng(6)
    for path, radius in ((right, 16), (across, 12), (left, 10), ([left[-1], (-238, 16, 10), (-300, 26, 0)], 12)):
        for start, end in pairwise(path):
            first, last = random.uniform(0.65, 1.15, 2) * radius
            canvas.bar("colon", start, end, first, tapers_to=(last, last))
    for _ in range(9):  # loops of small bowel
        at = np.array([random.uniform(-215, -90), random.uniform(-96, -60), random.uniform(-66, 66)])
        loop = [at]
        for _ in range(4):
            at = at + random.uniform(-1, 1, 3) * (22, 12, 34)
            loop.append(at)
        canvas.line("bowel", [tuple(point) for point in loop], float(random.uniform(7, 11)))


def draw() -> Canvas:
    """Return the whole body as distances to each tissue."""
    canvas = Canvas()
    for part in (_outline, _organs, _spine, _ribs, _chest_bones, _pelvis, _head):
        part(canvas)
    inside = canvas.distances["soft"]
    for tissue, depth_mm in (("lung", 18), ("liver", 14), ("spleen", 14), ("bowel", 26), ("colon", 24), ("muscle", 8)):
        canvas.distances[tissue] = np.maximum(canvas.distances[tissue], inside + depth_mm)
    return canvas


def make_body() -> dict[str, npt.NDArray[np.uint8]]:
    """Return the stored arrays: the two tissues of each voxel that take most of it, and the share of the first.

    ``first`` and ``second`` are numbers in ``TISSUES``, ``share`` runs from 0 (half) to ``SHARE_STEPS`` (all).
    """
    distances = draw().distances
    stored = {name: np.zeros(BODY.shape, np.uint8) for name in ("first", "second", "share")}
    for plane in range(BODY.nz):
        covers = np.zeros((len(TISSUES), BODY.ny, BODY.nx), np.float32)
        covers[0] = 1
        for number, tissue in enumerate(TISSUES):
            if tissue in distances:
                inside = np.clip(0.5 - distances[tissue][plane] / EDGE_MM, 0, 1)
                covers *= 1 - inside
                covers[number] += inside
        order = np.argsort(-covers, axis=0, kind="stable")
        most, next_most = (np.take_along_axis(covers, order[k : k + 1], 0)[0] for k in (0, 1))
        stored["first"][plane], stored["second"][plane] = order[0], order[1]
        stored["share"][plane] = np.round((most / (most + next_most + 1e-6) - 0.5) * 2 * SHARE_STEPS)
        alone = stored["share"][plane] == SHARE_STEPS
        stored["second"][plane][alone] = stored["first"][plane][alone]
    return stored


if __name__ == "__main__":
    made = make_body()
    np.savez_compressed(DATA / "body.npz", first=made["first"], second=made["second"], share=made["share"])
