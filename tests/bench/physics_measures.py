"""What the simulator gives where something is published: numbers for the rows of physics_benchmarks.csv.

Every number comes out of the code that makes the pictures (``modalities.simulate``). What a study leaves open (sizes,
places, sequence times) is chosen here and said in ``how``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from unittest.mock import patch

import numpy as np
from scipy import optimize, stats

from modalities.simulate import biopsy, bone_scan, ct, flexion, mri, needle, pet_ct, planar, reader, tomography, xray
from modalities.simulate.image import Array, Frame, frame
from modalities.simulate.machines import acquire, machine, view_of
from modalities.simulate.painting import center, others, paint
from modalities.simulate.pet_body import blurred
from modalities.simulate.pet_slice import sagittal
from modalities.simulate.phantom import LEVELS, TRUNK, L, load_phantom
from modalities.simulate.reader import Conspicuity, conspicuity
from modalities.simulate.relaxation import Scan
from modalities.simulate.relaxation import Sequence as Pulses
from modalities.simulate.scene import METASTASES, Kind, Lesion, LesionPlace, Scene, Vertebra
from modalities.simulate.spectra import energies_kev, spectrum
from modalities.simulate.tomography import Technique
from modalities.simulate.uptake import Change, read
from modalities.simulate.views import Settings
from modalities.simulate.xray_shadow import geometry, shadow


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of ours and how it came about."""

    value: float
    how: str


Numbers = dict[str, Measured]


def scene(kind: Kind, diameter_mm: float, vertebra: Vertebra = "T12", place: LesionPlace = "body_center") -> Scene:
    """Return a scene with one lesion."""
    return Scene((Lesion(kind, diameter_mm, vertebra, place),))


@contextmanager
def reader_with(**values: float) -> Iterator[None]:
    """Let the model reader have other constants for a while (its kept answers are not used: ``fresh``)."""
    changed = {name: reader.C.records[name].model_copy(update={"value": value}) for name, value in values.items()}
    with patch.dict(reader.C.records, changed):
        yield


def fresh(one: Scene, test: str, view: str, settings: Settings | None = None) -> Conspicuity:
    """Return what the reader makes of a picture, worked out anew; settings may take any value."""
    complete = {**view_of(test, view).read(None), **(settings or {})}
    return reader._conspicuity.__wrapped__(one, test, view, tuple(complete.items()))  # type: ignore[attr-defined]


def area_of(index: Array | float) -> Array:
    """Return the area under the ROC curve of a d' (Green and Swets, 1966)."""
    return np.asarray(stats.norm.cdf(np.asarray(index) / np.sqrt(2)))


def index_of(area: float) -> float:
    """Return the d' of an area."""
    return float(np.sqrt(2) * stats.norm.ppf(area))


# ---- X-ray

LATERAL: Settings = view_of("xray", "lateral").read(None)
HALLER_BODIES: tuple[Vertebra, ...] = ("T11", "T12", "L1")
SHARES_OF_RANGE = (0.0, 0.5, 1.0)  # of a group's range of sizes
CLUTTER = reader.C.records["clutter_xray_log"]
CADAVER, PATIENTS = CLUTTER.low or CLUTTER.value, CLUTTER.value


@dataclass(frozen=True, slots=True)
class Group:
    """A group of Haller 1990: sizes in % of the transverse diameter of the body, the printed area and its error."""

    low: float
    high: float
    area: float
    error: float


CADAVERS = (Group(18, 25, 0.605, 0.065), Group(26, 40, 0.71, 0.08), Group(41, 60, 0.83, 0.05))
CLINICAL = (Group(32, 60, 0.71, 0.08), Group(61, 93, 0.83, 0.07))  # the smallest cadaver area: 0.83 less 0.29 or 0.16


def disk_contrast(one: Scene) -> float:
    """Return the mean difference (log signal) that a lesion makes over its disk on a lateral film, brighter above 0."""
    painted, lesion, seen = paint(one), one.lesions[0], geometry("lateral")
    z, y, x = center(lesion)
    scale = seen.scale(x)
    row, column = ((at - middle) * scale + middle for at, middle in zip((z, y), seen.center, strict=True))
    radius = lesion.diameter_mm / 2 * scale
    at = seen.whole.crop((row, column), radius + 2)
    changed = xray.expected(painted, "lateral", LATERAL, at) - xray.expected(painted.healthy, "lateral", LATERAL, at)
    inside = np.hypot(at.rows[:, None] - row, at.columns[None, :] - column) <= radius
    return float(changed[inside].mean())


@cache
def contrasts(low: float, high: float, by_reader: bool = False) -> Array:
    """Return contrasts of lytic lesions of a range of sizes (% of the body's width) in the three bodies."""
    found = []
    for body, share in product(HALLER_BODIES, SHARES_OF_RANGE):
        one = scene("lytic", min((low + share * (high - low)) / 100 * LEVELS[body].width, 40.0), body)
        found.append(abs(conspicuity(one, "xray", "lateral").contrast if by_reader else disk_contrast(one)))
    return np.array(found)


def haller_area(low: float, high: float, clutter: float, by_reader: bool = False) -> float:
    """Return the mean area for a range of sizes at a clutter."""
    return float(area_of(contrasts(low, high, by_reader) / clutter).mean())


def fitting_clutter(groups: Iterable[Group], by_reader: bool = True) -> float:
    """Return the clutter whose areas lie nearest to the printed ones, in units of their errors."""

    def misfit(clutter: float) -> float:
        return sum(((haller_area(g.low, g.high, clutter, by_reader) - g.area) / g.error) ** 2 for g in groups)

    return float(optimize.minimize_scalar(misfit, bounds=(0.005, 0.1), method="bounded").x)


def scatter_shares(view: str, settings: Settings) -> tuple[Array, Array]:
    """Return the share of scatter in the signal of a healthy body, and the primary signal, on the whole film."""
    painted, at = paint(Scene()), geometry(view).whole
    primary = xray.primary(shadow(painted, view).on(at), float(settings["tube_kv"]))
    total = np.exp(-xray.expected(painted, view, settings, at))
    return 1 - primary / total, primary


def behind_t12(shares: Array, view: str) -> float:
    """Return the mean of a map behind the middle of T12."""
    at = geometry(view).whole
    return float(shares[np.ix_(np.abs(at.rows) < 8, np.abs(at.columns) < 12)].mean())


def loss_seen(outer_mm: float, cortex_mm: float) -> float:
    """Return the mineral loss (%) of a bare tube of bone from which on the model reader calls it seen.

    The lost mineral leaves water; the lost and the whole half are compared over the width of the bone.
    """
    across = np.linspace(-0.98, 0.98, 99) * outer_mm / 2
    outer, inner = (2 * np.sqrt(np.clip(r**2 - across**2, 0, None)) for r in (outer_mm / 2, outer_mm / 2 - cortex_mm))

    def contrast(loss: float) -> float:
        bone = (outer - inner) * (1 - loss)
        paths = np.array([[outer - bone, outer - inner - bone], [bone, bone]])  # unused second column keeps the shape
        return float(-np.log(xray.primary(paths[:, 0], 75)).mean())

    wanted = needed_index() * CADAVER
    return 100 * float(optimize.brentq(lambda loss: contrast(0) - contrast(loss) - wanted, 0, 1))


def needed_index() -> float:
    """Return the d' from which on the model reader says seen."""
    return float(stats.norm.ppf(reader.C["seen_from"]) + stats.norm.isf(reader.C["false_alarm_share"]))


def xray_numbers() -> Numbers:
    """Return what radiographs give."""
    sizes = "lytic, middle of T11, T12 and L1, mean over the disk of the lesion, "
    small, middle, large = (haller_area(g.low, g.high, CADAVER) for g in CADAVERS)
    wide = [haller_area(g.low, g.high, PATIENTS) for g in CLINICAL]
    in_cadavers = f"{sizes}clutter {CADAVER}: {small:.2f}, {middle:.2f}, {large:.2f} in the three groups"
    in_patients = f"{sizes}clutter {PATIENTS}: {wide[0]:.2f} and {wide[1]:.2f} in the two groups"
    grid = {view: scatter_shares(view, view_of("xray", view).read(None)) for view in ("ap", "lateral")}
    left = {v: 100 * float((1 - share)[prim <= np.quantile(prim, 0.05)].mean()) for v, (share, prim) in grid.items()}
    bare = scatter_shares("lateral", {**LATERAL, "grid": "no"})[0]
    level = f"75 kV, no scatter, clutter {CADAVER}, reader says seen (area {area_of(needed_index()):.2f})"
    return {
        "XR_ROC_COMP_RANGE": Measured((small + middle + large) / 3, in_cadavers),
        "XR_ROC_INDIV_RANGE": Measured((small + middle + large) / 3, in_cadavers),
        "XR_ROC_GAIN_COMP": Measured(large - small, in_cadavers),
        "XR_ROC_GAIN_INDIV": Measured(large - small, in_cadavers),
        "XR_ROC_CAD_MIDDLE": Measured(middle, in_cadavers),
        "XR_ROC_CAD_LARGE": Measured(large, in_cadavers),
        "XR_ROC_CLIN_SMALL": Measured(wide[0], in_patients),
        "XR_ROC_CLIN_LARGE": Measured(wide[1], in_patients),
        "XR_DECALC_FIBULA": Measured(loss_seen(12, 3), f"tube 12 mm wide, cortex 3 mm, {level}"),
        "XR_DECALC_HUMERUS": Measured(loss_seen(22, 4), f"tube 22 mm wide, cortex 4 mm, {level}"),
        "XR_SCATTER_MEDIASTINUM": Measured(
            100 * behind_t12(bare, "lateral"), "lateral film without grid, behind T12 of the average body"
        ),
        "XR_GRID_CONTRAST": Measured(
            left["lateral"],
            f"1 - scatter share where the lateral film is thickest (least 5 % of the signal); frontal {left['ap']:.0f}",
        ),
    }


# ---- CT


def in_disk(at: Frame, row: float, column: float, radius_mm: float) -> Array:
    """Return which pixels of a frame lie in a disk."""
    return np.asarray(np.hypot(at.rows[:, None] - row, at.columns[None, :] - column) <= radius_mm)


def lesion_hu(one: Scene, noise: bool = True) -> Array:
    """Return the HU of a lesion's inner pixels (70 % of its diameter) on an axial picture, soft kernel, 3 mm."""
    picture = acquire(one, "ct", "axial", {"window": "soft"})
    pixels = picture.pixels if noise else ct.expected(paint(one), "axial", picture.settings, picture.frame)
    _, y, x = center(one.lesions[0])
    return pixels[in_disk(picture.frame, y, x, 0.35 * one.lesions[0].diameter_mm)]


@cache
def trabecular_hu(tube_kv: int = 120, vertebra: Vertebra = "L1") -> float:
    """Return the HU of healthy spongy bone in the middle of a body, at a dose that leaves no noise."""
    level = LEVELS[vertebra]
    at = frame(0, level.z, (level.y - 12, level.y + 8), (-12, 12), 0.5)
    technique = Technique("soft", 1e4, 3.0, "filtered", tube_kv)
    with patch.object(tomography, "spectrum", lambda beam: spectrum_100() if beam == "ct100" else spectrum(beam)):
        pixels = ct.picture(ct.body_of(paint(Scene())), "average", at, technique, seed=7)
    return float(pixels[in_disk(at, level.y - 2, 0, 8)].mean())


def spectrum_100() -> Array:
    """Return the CT beam of 100 kV that the tables lack: that of 120 kV scaled by Kramers' law (Phil Mag 1923)."""
    energies = energies_kev()
    kept = spectrum("ct120") * np.clip(100 - energies, 0, None) / np.maximum(120 - energies, 1e-9)
    return np.asarray(kept / kept.sum())


@cache
def aorta_noise(
    dose: float, thickness_mm: float = 1.0, reconstruction: tomography.Reconstruction = "filtered"
) -> float:
    """Return the SD of noise (HU) in the aorta in front of T12, from pairs of pictures of two seeds."""
    plane = load_phantom().trunk[round(-TRUNK.z0 / TRUNK.step)]
    y, x = (
        start + TRUNK.step * at.mean()
        for start, at in zip(TRUNK.origin[1:], np.nonzero(plane == L["aorta"]), strict=True)
    )
    at = frame(0, 0.0, (y - 7, y + 7), (x - 7, x + 7), 0.5)
    technique = Technique("soft", dose, thickness_mm, reconstruction)
    maps = ct.materials(paint(Scene()), ct.slice_frame(0.0), thickness_mm)
    pairs = [[ct.reconstruct(*maps, at, technique, 2 * pair + one) for one in (0, 1)] for pair in range(3)]
    return float(np.mean([(first - second).std() for first, second in pairs]) / np.sqrt(2))


def ct_numbers() -> Numbers:
    """Return what CT gives."""
    islands = [
        lesion_hu(scene("bone_island", d, "T12", p)).mean() for d in (10, 15) for p in ("body_left", "body_center")
    ]
    blastic = [
        lesion_hu(scene("sclerotic", d, "T12", p)).mean() for d in (15, 20) for p in ("body_left", "body_center")
    ]
    noisy, clean = (np.concatenate([lesion_hu(scene("lytic", d), noise) for d in (15, 25)]) for noise in (True, False))
    usual, base, iterative = trabecular_hu(120), aorta_noise(1.0), aorta_noise(1.0, 1.0, "iterative")
    noise = {share: aorta_noise(share) / base for share in (0.55, 0.4, 0.25)}
    weaker = aorta_noise(0.25, 1.0, "iterative") / iterative
    series = "37.5 HU x ratio {:.2f} (printed medians {:.2f}); aorta at T12, soft kernel"
    return {
        "CT_HU_ENOSTOSIS_ROI": Measured(float(np.mean(islands)), "10 and 15 mm, inner 70 % of the diameter"),
        "CT_HU_BLASTIC_ROI": Measured(float(np.mean(blastic)), "15 and 20 mm, inner 70 % of the diameter"),
        "CT_MET_HU_MIN": Measured(
            float(clean.min()),
            f"lytic 15 and 25 mm without noise; with it 5 % of pixels lie below {np.quantile(noisy, 0.05):.0f}",
        ),
        "CT_HU_TRABECULAR": Measured(usual, f"middle of L1, 120 kV; T12 {trabecular_hu(120, 'T12'):.0f}"),
        "CT_HU_KVP_RATIO": Measured(trabecular_hu(140) / usual, f"{trabecular_hu(140):.0f} / {usual:.0f} HU, L1"),
        "CT_HU_KVP_RATIO_100": Measured(
            trabecular_hu(100) / usual,
            f"{trabecular_hu(100):.0f} / {usual:.0f} HU, L1; beam of 100 kV scaled from 120 kV, which reads 2 % high",
        ),
        "CT_NOISE_FBP_100": Measured(base, f"aorta at T12, soft kernel, 1 mm; 3 mm: {aorta_noise(1.0, 3.0):.0f} HU"),
        "CT_NOISE_FBP_55": Measured(37.5 * noise[0.55], series.format(noise[0.55], 46.6 / 37.5)),
        "CT_NOISE_FBP_40": Measured(37.5 * noise[0.4], series.format(noise[0.4], 60.2 / 37.5)),
        "CT_NOISE_FBP_25": Measured(37.5 * noise[0.25], series.format(noise[0.25], 80.0 / 37.5)),
        "CT_NOISE_HIR_25": Measured(18.4 * weaker, f"18.4 HU x ratio {weaker:.2f} (printed medians 1.77)"),
    }


# ---- MRI

MEHTA_FAT = 0.7  # share of fat in marrow with which the fitted set gives the contrasts (mri.yaml)
MEHTA = {
    "T1": Pulses(800, 20),
    "STIR": Pulses(1400, 43, 140),
    "FSE": Pulses(4000, 180),
    "FSFSE": Pulses(4000, 180, fat_left=0.6),
    "IRFSE": Pulses(4000, 43, 140),
}
NOISE_1995 = {"T1": 0.050, "STIR": 0.017, "FSE": 0.015, "FSFSE": 0.016}  # SD on that scanner (note of mri.yaml: noise)


def magnitudes(pulses: Pulses, fat_share: float = MEHTA_FAT) -> tuple[float, float]:
    """Return the magnitudes of tumor and of healthy marrow, with the noise that a magnitude never falls below."""
    scan = Scan(pulses)
    tumor, marrow = (np.hypot(sum(pools), mri.C["noise"]) for pools in (scan.pools("tumor"), scan.marrow(fat_share)))
    return float(tumor), float(marrow)


def percent_contrast(pulses: Pulses, fat_share: float = MEHTA_FAT) -> float:
    """Return how much brighter tumor is than marrow (%)."""
    tumor, marrow = magnitudes(pulses, fat_share)
    return 100 * (tumor / marrow - 1)


def mri_numbers() -> Numbers:
    """Return what MRI gives at the settings of Mehta 1995."""
    found = {}
    shown = mri.C["marrow_fat_share"]
    for name, pulses in MEHTA.items():
        times = "/".join(f"{ms:g}" for ms in (pulses.tr_ms, pulses.te_ms, pulses.ti_ms) if ms is not None)
        at_page = percent_contrast(pulses, shown)
        how = f"{times}, fat share {MEHTA_FAT}; {at_page:.0f} % at the page's usual {shown:g}"
        if name == "IRFSE":
            short, long = (percent_contrast(replace(pulses, te_ms=te)) for te in (20, 80))
            how += f"; TE is not printed: {short:.0f} % at 20 ms, {long:.0f} % at 80 ms"
        found[f"MR_{name}_CONTRAST"] = Measured(percent_contrast(pulses), how)
        if name in NOISE_1995:
            tumor, marrow = magnitudes(pulses)
            found[f"MR_{name}_CNR"] = Measured(
                (tumor - marrow) / NOISE_1995[name], f"noise {NOISE_1995[name]:g} as fitted"
            )
    return found


# ---- bone scan

SPEEDS_CM_PER_MIN = (15, 17, 20)
TAOKA_PLACES: tuple[LesionPlace, ...] = (
    "body_left", "body_right", "body_front", "body_back", "body_center", "pedicle", "pedicle_right", "posterior_arch",
)  # fmt: skip
TAOKA_KINDS: tuple[Kind, ...] = ("lytic", "mixed", "marrow_only")


def at_counts(one: Scene, counts: float) -> Conspicuity:
    """Return what the reader makes of a planar view with any counts (its setting offers three)."""
    return fresh(one, "bone_scan", "posterior", {"counts": counts})


def speed_areas(**values: float) -> tuple[float, tuple[float, ...]]:
    """Return the diameter (mm) of a sclerotic lesion with the printed area at 15 cm/min, and its area at each speed.

    ``values`` are other constants of the reader.
    """

    def area(diameter: float, speed: float) -> float:
        return float(area_of(at_counts(scene("sclerotic", diameter), 15 / speed).detectability))

    with reader_with(**values):
        diameter = float(optimize.brentq(lambda d: area(d, 15) - 0.936, 4, 14, xtol=0.02))
        return diameter, tuple(area(diameter, speed) for speed in SPEEDS_CM_PER_MIN)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A lesion of the library after Taoka 2001, how it meets the cortex, and the reader's chance."""

    one: Scene
    meets: str
    chance: float

    @property
    def kind(self) -> Kind:
        """Return what it is."""
        return self.one.lesions[0].kind


def meets_cortex(one: Scene) -> str:
    """Return how a lesion meets the cortex, from its voxels: "not", "from_inside" or "through"."""
    painted = paint(one)
    assert painted.patch is not None
    voxels = read(painted, painted.patch.box)
    tumor = voxels.is_bone & (voxels.filling("tumor") > 0.35)
    cubic_mm = voxels.step_mm**3
    broken = tumor & (voxels.bone_mm > -1.2) & (voxels.mineral < 0.5)
    outside = voxels.labels == L["tumor_soft"]
    if (broken.sum() + outside.sum()) * cubic_mm > 25:
        return "through"
    return "from_inside" if (tumor & (voxels.bone_mm > -2.5)).sum() * cubic_mm > 25 else "not"


@cache
def deposits(clutter: float = reader.C["clutter_bone_scan_share"]) -> tuple[Deposit, ...]:
    """Return the library for a clutter of the bone scan: three kinds, all places, 8 to 25 mm, T11 or L1."""
    bodies: dict[int, Vertebra] = {8: "T11", 12: "L1", 16: "T11", 20: "L1", 25: "L1"}
    found = []
    with reader_with(clutter_bone_scan_share=clutter):
        for kind, place, (size, body) in product(TAOKA_KINDS, TAOKA_PLACES, bodies.items()):
            one = scene(kind, size, body, place)
            found.append(Deposit(one, meets_cortex(one), fresh(one, "bone_scan", "posterior").chance_seen))
    return tuple(found)


def called(
    meets: str, kinds: Sequence[Kind] = TAOKA_KINDS, clutter: float = reader.C["clutter_bone_scan_share"]
) -> float:
    """Return the mean chance (%) that deposits are called on a planar scan, by how they meet the cortex ("any": all)."""
    own = [d.chance for d in deposits(clutter) if meets in (d.meets, "any") and d.kind in kinds]
    return 100 * float(np.mean(own))


def peak_contrast(one: Scene) -> float:
    """Return the largest change of a planar view by a lesion as a share of what healthy bone gives there."""
    painted, settings = paint(one), view_of("bone_scan", "posterior").read(None)
    z, _, x = center(one.lesions[0])
    at = bone_scan.frame_of(painted, "posterior", settings).crop((z, x), one.lesions[0].diameter_mm / 2 + 14)
    healthy = bone_scan.expected(painted.healthy, "posterior", settings, at)
    changed = bone_scan.expected(painted, "posterior", settings, at) - healthy
    most = np.unravel_index(np.abs(changed).argmax(), changed.shape)
    return float(changed[most] / healthy[most])


def late_ratio() -> float:
    """Return how much the ratio of a sclerotic lesion to healthy bone grows from 3 to 24 h (SPECT, 30 mm)."""
    one = scene("sclerotic", 30)
    painted = paint(one)
    ratios = []
    for hours in (3, 24):
        settings = {**view_of("bone_scan", "spect").read(None), "hours": hours}
        _, y, x = center(one.lesions[0])
        at = bone_scan.frame_of(painted, "spect", settings).crop((y, x), 4)
        lesion, bone = (bone_scan.expected(p, "spect", settings, at).mean() for p in (painted, painted.healthy))
        ratios.append(lesion / bone)
    return float(ratios[1] / ratios[0])


def bone_scan_numbers() -> Numbers:
    """Return what the bone scan gives."""
    diameter, areas = speed_areas()
    same_bone, counts_only = (
        areas[0] - areas[2]
        for _, areas in (
            speed_areas(clutter_bone_scan_share=0.0),
            speed_areas(clutter_bone_scan_share=0.0, eye_share_of_display=0.0),
        )
    )
    speeds = f"sclerotic {diameter:.1f} mm in T12 (area 0.936 at 15 cm/min): {areas[1]:.3f}, {areas[2]:.3f} at 17, 20"
    counted = f"{speeds}; falls by {same_bone:.3f} without clutter, by {counts_only:.3f} if only counts limit"
    found = {
        "BS_FWHM_10CM": Measured(planar.fwhm_mm(100), "blur of the planar view 100 mm from the collimator"),
        "BS_SPEED_AUC17": Measured(areas[1], speeds),
        "BS_SPEED_FALL": Measured(areas[0] - areas[2], counted),
        "BS_TF_MALIG": Measured(late_ratio(), "sclerotic 30 mm in T12, SPECT"),
    }
    wanted: dict[str, tuple[str, tuple[Kind, ...]]] = {
        "INTRAMED": ("not", ("lytic", "marrow_only")),
        "SUBCORT": ("from_inside", TAOKA_KINDS),
        "TRANSCORT": ("through", TAOKA_KINDS),
    }
    for name, (meets, kinds) in wanted.items():
        own = [d for d in deposits() if d.meets == meets and d.kind in kinds]
        hot = 100 * float(np.mean([peak_contrast(d.one) > 0.1 for d in own]))
        less = 100 * reader.C["false_alarm_share"] if name == "INTRAMED" else 0.0
        mean = f"mean chance of the reader{', less its false alarms' if less else ''}"
        how = f"{len(own)} lesions ({', '.join(kinds)}), {mean}; {hot:.0f} % are over 10 % hotter than healthy bone"
        found[f"BS_TAOKA_{name}"] = Measured(called(meets, kinds) - less, how)
    return found


# ---- PET

STEP_MM = 0.7
SPHERES_MM = (10, 13, 17, 22, 28, 37)


@cache
def sphere(diameter_mm: float, ratio: float = 10.0) -> Change:
    """Return a sphere of an uptake in a background of 1."""
    half = int((diameter_mm / 2 + 2) / STEP_MM)
    along = (STEP_MM * np.arange(-half, half + 1)).astype(np.float32)
    far = np.sqrt(along[:, None, None] ** 2 + along[None, :, None] ** 2 + along[None, None, :] ** 2)
    share = np.clip((diameter_mm / 2 - far) / STEP_MM + 0.5, 0, 1).astype(np.float32)
    return Change(along, along, along, STEP_MM, share * np.float32(ratio - 1))


def blur_mm(resolution: str = "standard") -> float:
    """Return the blur of PET (FWHM)."""
    return pet_ct.fwhm_mm({"resolution": resolution})


def recovered_max(diameter_mm: float, resolution: str = "standard") -> float:
    """Return the highest value of a 10:1 sphere as a share of the true one (EARL)."""
    return float(blurred(sphere(diameter_mm), blur_mm(resolution))[1].max() + 1) / 10


def recovered_a50(diameter_mm: float, resolution: str = "standard") -> float:
    """Return the mean within the isocontour halfway between background and highest value, as a share (EARL)."""
    values = blurred(sphere(diameter_mm), blur_mm(resolution))[1] + 1
    return float(values[values >= (values.max() + 1) / 2].mean()) / 10


def nema_contrast(diameter_mm: float, resolution: str = "standard") -> float:
    """Return the percent contrast of NEMA NU 2: mean over a disk as wide as the sphere in the slice through its middle.

    Hot spheres: (C_H / C_B - 1) / (a_H / a_B - 1); cold ones (28 and 37 mm up to NU 2-2012): 1 - C_C / C_B. A blur is
    linear, so both are the same number: the mean over the disk of a blurred sphere of 1.
    """
    shown = sagittal(sphere(diameter_mm), 0.0, blur_mm(resolution))
    rows, columns = (
        start + shown.step_mm * np.arange(n) for start, n in zip((shown.z0, shown.x0), shown.suv_mm.shape, strict=True)
    )
    return 100 * float(shown.suv_mm[np.hypot(rows[:, None], columns[None, :]) <= diameter_mm / 2].mean()) / 9


def pet_numbers() -> Numbers:
    """Return what PET gives."""
    blur = f"blur {blur_mm():g} mm, no noise"
    found = {}
    for size in SPHERES_MM:
        found[f"PET_EARL1_A50_{size}"] = Measured(recovered_a50(size), blur)
        found[f"PET_EARL1_MAX_{size}"] = Measured(recovered_max(size), blur)
        sharper = f"{'cold' if size > 22 else 'hot'}; {blur}; sharp setting {nema_contrast(size, 'sharp'):.0f}"
        found[f"PET_NEMA_CR_{size}"] = Measured(nema_contrast(size), sharper)
    top = [tumor_suv(d) for d in (15, 20, 30)]
    sizes = f"highest SUV of lytic lesions of 15, 20, 30 mm: {', '.join(f'{suv:.1f}' for suv in top)}"
    found |= {name: Measured(float(np.mean(top)), sizes) for name in ("PET_MET_SUV", "PET_MET_SUVMAX_MED")}
    return found


def tumor_suv(diameter_mm: float) -> float:
    """Return the highest SUV of a lytic lesion on the fused slice."""
    picture = acquire(scene("lytic", diameter_mm), "pet_ct", "fused")
    assert picture.overlay is not None
    return float(picture.overlay[picture.truth].max())


# ---- biopsy and bending

YIELD_SIZES_MM = (10, 15, 20, 25, 30)
YIELD_PLACES: tuple[LesionPlace, ...] = ("body_left", "body_center", "body_back", "pedicle")


@cache
def mean_yield(kind: Kind) -> float:
    """Return the share of biopsies (%) read as tumor in a mix of sizes and places, with the page's usual settings."""
    settings, bodies = view_of("biopsy", "needle").read(None), ("T12", "L1")
    mix = [scene(kind, d, b, p) for d, b, p in product(YIELD_SIZES_MM, bodies, YIELD_PLACES)]
    return 100 * float(np.mean([biopsy.biopsy_chance(paint(one), settings, 7).value for one in mix]))


def biopsy_numbers() -> Numbers:
    """Return what the needle gives."""
    mix = "10, 15, 20, 25, 30 mm in equal parts, T12 and L1, four places, 13 gauge, 2 cores, freehand"
    mean = needle.first_error_mm("freehand")
    landed = np.random.default_rng(1).normal(0, mean / needle.MEAN_OF_SD, (20000, 3))
    return {
        "BX_PBB_LYTIC": Measured(mean_yield("lytic"), mix),
        "BX_PBB_BLASTIC": Measured(mean_yield("sclerotic"), mix),
        "BX_PBB_MIXED": Measured(mean_yield("mixed"), mix),
        "BX_TARGET_FREEHAND": Measured(
            float(np.linalg.norm(landed, axis=1).mean()), "mean of drawn errors before a look"
        ),
    }


HEALTHY = Scene()


def slip_seen(slip_mm: float, shown: Scene = HEALTHY) -> float:
    """Return by how much T12 stands farther forward on a flexion film than without slip (mm), found by matching."""
    painted, seen = paint(shown), geometry("lateral").whole
    at = seen.crop((0.0, 0.0), 16)
    still, moved = (
        flexion.expected(painted, "flexion", {"angle_deg": 0.0, "slip_mm": slip}, at) for slip in (0.0, slip_mm)
    )
    rows = slice(18, -18)

    def misfit(shift: float) -> float:
        back = np.array([np.interp(at.columns - shift, at.columns, row) for row in moved[rows]])
        return float(((back - still[rows])[:, 30:-30] ** 2).mean())

    return float(optimize.minimize_scalar(misfit, bounds=(-1, slip_mm + 3), method="bounded").x)


def other_numbers() -> Numbers:
    """Return numbers that nothing published holds against: they only say what the model does."""
    found = {f"slip set to {mm:g} mm, as T12 stands on the film": Measured(slip_seen(mm), "mm") for mm in (3.0, 6.0)}
    marrow = np.concatenate([lesion_hu(scene("marrow_only", d, "T12", "body_center")) for d in (15, 25)])
    found["HU of a marrow-only lesion above healthy T12"] = Measured(
        float(marrow.mean()) - trabecular_hu(120, "T12"), "HU"
    )
    for view, fat in product(("t1", "t2", "stir"), (0.5, 0.7)):
        seen = conspicuity(scene("lytic", 20), "mri", view, {"marrow_fat": fat})
        found[f"contrast of a lytic lesion, 20 mm, on {view}, fat share {fat}"] = Measured(100 * seen.relative, "%")
    return found


# ---- every test on one library

LIBRARY_SIZES_MM = (5, 8, 12, 15, 20, 30)
LIBRARY_PLACES: tuple[LesionPlace, ...] = ("body_left", "body_back", "body_center", "pedicle")
LIBRARY_TESTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "MRI": ("mri", ("t1", "t2", "stir")),
    "PET/CT (its PET)": ("pet_ct", ("fused", "mip")),
    "SPECT": ("bone_scan", ("spect",)),
    "CT": ("ct", ("axial", "sagittal")),
    "X-ray": ("xray", ("ap", "lateral")),
    "bone scan": ("bone_scan", ("posterior",)),
}


def library(sizes: Sequence[float] = LIBRARY_SIZES_MM, places: Sequence[LesionPlace] = LIBRARY_PLACES) -> list[Scene]:
    """Return scenes with one metastasis in T12: every kind, so many sizes and places."""
    return [scene(kind, d, "T12", place) for kind, d, place in product(METASTASES, sizes, places)]


def best_index(one: Scene, test: str) -> float:
    """Return the d' of a lesion in the view of a test that shows it best."""
    name, views = LIBRARY_TESTS[test]
    return max(conspicuity(one, name, view).detectability for view in views)


def chance_at(index: float, false_alarms: float | None = None) -> float:
    """Return the chance of a hit at a share of false alarms (the model reader's, if not given)."""
    share = reader.C["false_alarm_share"] if false_alarms is None else false_alarms
    return float(stats.norm.cdf(index - stats.norm.isf(share)))


MUNICH_SHARE = 68 / 201  # involved vertebrae that CT missed, "without significant bone destruction" (Buhmann 2009)
MUNICH_SAID = "34 % in marrow only, the rest lytic, sclerotic and mixed in equal parts; 8, 12, 20, 30 mm; four places"


def munich_mix(
    sizes: Sequence[float] = (8, 12, 20, 30), places: Sequence[LesionPlace] = LIBRARY_PLACES
) -> list[tuple[float, Scene]]:
    """Return scenes with their weights: as many deposits in marrow only as Munich had without destruction."""
    destroys: tuple[Kind, ...] = ("lytic", "sclerotic", "mixed")
    weights: dict[Kind, float] = {"marrow_only": MUNICH_SHARE} | dict.fromkeys(destroys, (1 - MUNICH_SHARE) / 3)
    found = []
    for kind, weight in weights.items():
        own = [scene(kind, d, "T12", place) for d, place in product(sizes, places)]
        found += [(weight / len(own), one) for one in own]
    return found


def found_share(mix: Iterable[tuple[float, Scene]], test: str, false_alarms: float) -> float:
    """Return the share of a mix that a reader finds with so many false alarms."""
    return sum(weight * chance_at(best_index(one, test), false_alarms) for weight, one in mix)


@dataclass(frozen=True, slots=True)
class Sequences:
    """What MRI finds of the mix (%): T1 and T2 of what any sequence finds (10 % false alarms), and any at 1.1 %."""

    t1: float
    t2: float
    any_strict: float


def mri_found(clutter: float) -> Sequences:
    """Return what T1, T2 and STIR find of the mix at a clutter of MRI."""
    mix = munich_mix()
    with reader_with(clutter_mri_share=clutter):
        indices = [[fresh(one, "mri", view).detectability for view in ("t1", "t2", "stir")] for _, one in mix]

    def share(pick: Sequence[float], false_alarms: float | None = None) -> float:
        return sum(weight * chance_at(index, false_alarms) for (weight, _), index in zip(mix, pick, strict=True))

    best = [max(of) for of in indices]
    t1, t2 = (100 * share([of[i] for of in indices]) / share(best) for i in (0, 1))
    return Sequences(t1, t2, 100 * share(best, 0.011))


def centroid_error_mm(one: Scene, test: str, view: str) -> float:
    """Return how far the middle of what a lesion changes in a picture lies from the lesion's middle.

    Each pixel counts by its change, up to half of the largest one: a lesion's brightest strut has no more weight.
    """
    maker, chosen, painted = machine(test), view_of(test, view), paint(one)
    settings = {name: 0.0 if name in ("angle_deg", "slip_mm") else value for name, value in chosen.read(None).items()}
    whole, middle = maker.frame_of(painted, view, settings), center(one.lesions[0])
    wanted = np.array([middle[axis] for axis in others(whole.axis)])
    if test in ("xray", "dynamic_xray"):
        seen = geometry(view if test == "xray" else "lateral")
        wanted = (wanted - seen.center) * seen.scale(middle[whole.axis]) + seen.center
    at = whole.crop((float(wanted[0]), float(wanted[1])), one.lesions[0].diameter_mm)
    changed = np.abs(maker.expected(painted, view, settings, at) - maker.expected(painted.healthy, view, settings, at))
    weight = np.minimum(changed, changed.max() / 2)
    weight = np.where(weight > changed.max() / 4, weight, 0)
    found = np.array([(weight.sum(1) * at.rows).sum(), (weight.sum(0) * at.columns).sum()]) / weight.sum()
    return float(np.linalg.norm(found - wanted))
