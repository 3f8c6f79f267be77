"""MRI: contrasts that were published, laws of the signal, and what the scanner does to a slice."""

from functools import cache

import numpy as np
import pytest

from modalities.simulate import mri
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame, Image
from modalities.simulate.kspace import Line, Readout
from modalities.simulate.painting import center, paint
from modalities.simulate.relaxation import Scan, Sequence
from modalities.simulate.scene import BUILDS, COLLAPSES, KINDS, Lesion, Scene

VIEWS = {view.id: view for view in mri.VIEWS}
T1, STIR, T2 = Sequence(800, 20), Sequence(1400, 43, 140), Sequence(4000, 180)  # MEHTA1995
T2_SUPPRESSED = Sequence(4000, 180, fat_left=0.6)  # the leak is part of the fit
NOISE = {T1: 0.0502, STIR: 0.0167, T2: 0.0153, T2_SUPPRESSED: 0.0156}  # of the scanner of 1995, fitted
FLOOR = 0.012  # magnitude of noise where there is little signal
FATTY = 0.7  # share of fat in the marrow of these patients, fitted
USUAL_MMOL_PER_L = 0.3  # in tumor after the usual dose


def magnitude(signal: float) -> float:
    return float(np.hypot(signal, FLOOR))


def signals(sequence: Sequence, fat_share: float = FATTY) -> tuple[float, float]:
    scan = Scan(sequence)
    return magnitude(sum(scan.pools("tumor"))), magnitude(sum(scan.marrow(fat_share)))


def contrast(sequence: Sequence, fat_share: float = FATTY) -> float:
    """Percent by which a lesion is brighter than marrow."""
    tumor, marrow = signals(sequence, fat_share)
    return 100 * (tumor / marrow - 1)


def after_gadolinium(sequence: Sequence, mmol_per_l: float) -> float:
    dose = mmol_per_l / USUAL_MMOL_PER_L * constants("mri")["usual_dose_mmol_per_kg"]
    return sum(Scan(sequence, gadolinium=dose).pools("tumor"))


def scene(kind: str, diameter_mm: float = 15, place: str = "body_left", **more: str) -> Scene:
    return Scene((Lesion(kind, diameter_mm, "T12", place, **more),))  # type: ignore[arg-type]


@cache
def picture(what: Scene, view: str, seed: int = 7, **settings: float | str) -> Image:
    return mri.acquire(paint(what), view, VIEWS[view].read(settings), seed)


@cache
def clean(what: Scene, view: str, **settings: float | str) -> tuple[Array, Frame]:
    """The picture without noise and its frame."""
    known = VIEWS[view].read(settings)
    frame = mri.frame_of(paint(what), view, known)
    return mri.expected(paint(what), view, known, frame), frame


def at(what: Scene, view: str, row: float, column: float, half_mm: float = 2.0, **settings: float | str) -> float:
    """Mean of a square around a point of the body, without noise."""
    pixels, frame = clean(what, view, **settings)
    rows, columns = np.abs(frame.rows - row) <= half_mm, np.abs(frame.columns - column) <= half_mm
    return float(pixels[np.ix_(rows, columns)].mean())


def in_lesion(what: Scene, view: str, half_mm: float = 3.0, **settings: float | str) -> float:
    """How many times as bright as the same place without it a lesion's middle is."""
    z, y, _ = center(what.lesions[0])
    known = VIEWS[view].read(settings)
    frame = mri.frame_of(paint(what), view, known).crop((z, y), half_mm)
    with_it = mri.expected(paint(what), view, known, frame)
    return float(with_it.mean() / mri.expected(paint(what.healthy), view, known, frame).mean())


# --- what was published


@pytest.mark.parametrize(
    ("sequence", "published", "error"), [(T1, -42.2, 6), (STIR, 262, 34), (T2, 121, 21), (T2_SUPPRESSED, 182, 6)]
)
def test_contrast_is_that_of_mehta_1995_at_its_settings(sequence: Sequence, published: float, error: float) -> None:
    assert contrast(sequence) == pytest.approx(published, abs=error)


@pytest.mark.parametrize(("sequence", "published"), [(T1, -4.63), (STIR, 10.8), (T2, 4.16), (T2_SUPPRESSED, 4.87)])
def test_contrast_to_noise_is_that_of_mehta_1995(sequence: Sequence, published: float) -> None:
    tumor, marrow = signals(sequence)
    assert (tumor - marrow) / NOISE[sequence] == pytest.approx(published, rel=0.15)


@pytest.mark.parametrize(("field_t", "published", "spread"), [(1.5, 0.27, 0.11), (3.0, 0.33, 0.13)])
def test_t1_contrast_lies_within_what_zhao_2009_measured(field_t: float, published: float, spread: float) -> None:
    scan = mri.scan_of("t1", VIEWS["t1"].read({"field_t": field_t}))
    tumor, marrow = sum(scan.pools("tumor")), sum(scan.marrow(0.5))
    assert (marrow - tumor) / (marrow + tumor) == pytest.approx(published, abs=spread)


def test_t1_contrast_is_larger_at_3_t() -> None:
    low, high = (mri.scan_of("t1", VIEWS["t1"].read({"field_t": field})) for field in (1.5, 3.0))
    ratios = [sum(scan.pools("tumor")) / sum(scan.marrow(0.5)) for scan in (low, high)]
    assert ratios[1] < ratios[0]


def test_red_marrow_hides_a_lesion() -> None:
    shares = (0.3, 0.5, 0.7)
    assert [contrast(T1, share) for share in shares] == pytest.approx([-30, -36, -41], rel=0.15)
    assert [contrast(STIR, share) for share in shares] == pytest.approx([49, 110, 257], rel=0.15)


def test_marrow_of_one_pool_could_not_give_the_stir_contrast() -> None:
    assert 100 * (STIR.signal(1, 1200, 80) / STIR.signal(1, 549, 62) - 1) == pytest.approx(14, abs=3)


# --- laws of the signal


@pytest.mark.parametrize("t1_ms", [245, 828, 1252, 4273])
def test_magnetization_is_that_of_the_bloch_equations(t1_ms: float) -> None:
    def later(magnetization: float, wait_ms: float) -> float:
        return float(1 - (1 - magnetization) * np.exp(-wait_ms / t1_ms))

    echo = later(-later(0, T1.te_ms / 2), T1.tr_ms - T1.te_ms / 2)  # 90, wait, 180, wait
    assert T1.recovered(t1_ms) == pytest.approx(echo)
    assert STIR.ti_ms
    rest = later(-later(0, STIR.te_ms / 2), STIR.tr_ms - STIR.ti_ms - STIR.te_ms / 2)
    assert STIR.recovered(t1_ms) == pytest.approx(later(-rest, STIR.ti_ms))  # below zero where T1 is long


def test_gadolinium_shortens_t1_and_t2_by_its_relaxivities() -> None:
    t1_ms, t2_ms = Scan(T1, gadolinium=0.1).with_gadolinium(1000, 100, 2)
    known = constants("mri")
    assert 1 / t1_ms - 1 / 1000 == pytest.approx(0.002)
    assert (1 / t2_ms - 1 / 100) / 0.002 == pytest.approx(
        known["gadobutrol_r2_per_mmol_s"] / known["gadobutrol_r1_per_mmol_s"]
    )


@pytest.mark.parametrize("t1_ms", [230, 245, 260])
def test_inversion_nulls_fat_at_t1_times_ln_2_corrected_for_tr(t1_ms: float) -> None:
    times = np.arange(100, 220, 0.5)
    null = times[np.argmin([abs(Sequence(4000, 50, ti).recovered(t1_ms)) for ti in times])]
    assert null == pytest.approx(t1_ms * np.log(2), abs=1.5)
    early = times[np.argmin([abs(Sequence(900, 50, ti).recovered(t1_ms)) for ti in times])]
    assert early < null  # a short TR leaves fat less recovered


def test_gadolinium_makes_a_lesion_as_bright_as_fatty_marrow() -> None:
    marrow = sum(Scan(T1).marrow(FATTY))
    below, above = (after_gadolinium(T1, c) / marrow - 1 for c in (0.2, 0.4))
    assert below < 0 < above
    later = Sequence(500, 12)
    below, above = (after_gadolinium(later, c) / sum(Scan(later).marrow(FATTY)) - 1 for c in (0.35, 0.55))
    assert below < 0 < above


def test_stir_after_gadolinium_loses_the_lesion() -> None:
    marrow = magnitude(sum(Scan(STIR).marrow(FATTY)))
    assert magnitude(after_gadolinium(STIR, 0)) > 3 * marrow
    assert magnitude(after_gadolinium(STIR, 0.7)) < marrow


def test_t1_is_a_fifth_longer_at_3_t_and_t2_the_same() -> None:
    low, high = Scan(Sequence(4000, 1e-6)), Scan(Sequence(4000, 1e-6), 3.0)
    assert high.t1_gain / low.t1_gain == pytest.approx(1.21, abs=0.1)
    late = [Scan(Sequence(1e6, 100), field) for field in (1.5, 3.0)]  # fully recovered: only T2 is left
    assert late[0].pools("tumor").water == pytest.approx(late[1].pools("tumor").water)


def test_stir_nulls_fat_at_both_fields() -> None:
    stir = [mri.scan_of("stir", VIEWS["stir"].read({"field_t": field_t})) for field_t in (1.5, 3.0)]
    left = [scan.pools("marrow_fat").fat for scan in stir]
    assert left[0] == pytest.approx(left[1], rel=0.05)
    assert abs(left[0]) < 0.1 * abs(stir[0].pools("tumor").water)


def test_gadolinium_does_not_reach_fat() -> None:
    before, after = Scan(T1), Scan(T1, gadolinium=0.1)
    assert after.pools("fat") == before.pools("fat")
    assert after.pools("tumor").water > 1.5 * before.pools("tumor").water


def test_fat_stays_bright_on_t2() -> None:
    scan = mri.scan_of("t2", VIEWS["t2"].read({}))
    marrow, fat = sum(scan.marrow(0.5)), sum(scan.pools("fat"))
    assert fat > 1.2 * marrow
    assert fat > 3 * sum(scan.pools("muscle"))


def test_a_dried_disc_is_darker_on_t2() -> None:
    scan = mri.scan_of("t2", VIEWS["t2"].read({}))
    assert sum(scan.pools("annulus")) < 0.5 * sum(scan.pools("nucleus"))


# --- lesions and look-alikes in the pictures


@pytest.mark.parametrize("view", ["t1", "stir"])
def test_a_lesion_of_marrow_only_shows_as_well_as_a_lytic_one(view: str) -> None:
    lytic, hidden = (in_lesion(scene(kind), view, marrow_fat=0.7) - 1 for kind in ("lytic", "marrow_only"))
    assert hidden == pytest.approx(lytic, rel=0.15)


def test_a_metastasis_is_dark_on_t1_and_bright_on_t2_and_stir() -> None:
    lesion = scene("lytic")
    assert in_lesion(lesion, "t1") < 0.7
    assert in_lesion(lesion, "t2") > 1.15
    assert in_lesion(lesion, "stir") > 2


def test_a_sclerotic_lesion_is_dark_on_t1_and_t2_and_a_bone_island_darker() -> None:
    dense, island = scene("sclerotic"), scene("bone_island")
    for view in ("t1", "t2", "stir"):
        assert in_lesion(dense, view) < 0.8
        assert in_lesion(island, view) < 0.2
        assert in_lesion(island, view) < in_lesion(dense, view)


def test_gadolinium_hides_a_lesion_unless_fat_is_suppressed() -> None:
    lesion = scene("lytic")
    assert in_lesion(lesion, "t1_gd", fat_suppression="no") == pytest.approx(1, abs=0.12)
    assert in_lesion(lesion, "t1_gd", fat_suppression="yes") > 1.7
    assert in_lesion(lesion, "t1_gd", fat_suppression="no", gadolinium=0.0) == pytest.approx(
        in_lesion(lesion, "t1"), rel=1e-4
    )


def test_a_hemangioma_is_bright_on_t1_and_t2() -> None:
    angioma = scene("hemangioma", 20)
    assert in_lesion(angioma, "t1", 7) > 1
    assert in_lesion(angioma, "t2", 7) > 1.1


def test_edema_is_less_dark_on_t1_than_tumor() -> None:
    known = VIEWS["t1"].read({})
    worn = paint(scene("degenerative_end_plate", 20))
    frame = mri.frame_of(worn, "t1", known)
    changed = mri.expected(worn, "t1", known, frame) / mri.expected(worn.healthy, "t1", known, frame)
    edema = float(np.median(changed[worn.truth(frame, 4.0) & (changed < 0.95)]))
    assert in_lesion(scene("lytic"), "t1") < edema < 0.95


def test_an_infected_disc_is_dark_on_t1_and_bright_on_t2_and_takes_up_gadolinium() -> None:
    sick = scene("discitis")
    assert in_lesion(sick, "t2", 2) > 1.2
    assert in_lesion(sick, "t1_gd", 2) > 1.5
    assert at(sick, "t1", *center(sick.lesions[0])[:2]) < 0.7


def test_csf_is_dark_on_t1_and_brightest_on_t2_and_the_cord_lies_between() -> None:
    bare = Scene()
    z, cord, csf, marrow = 29.5, 20.5, 25.6, 0.0
    seen = {view: [at(bare, view, z, y, 0.7) for y in (csf, cord, marrow)] for view in ("t1", "t2")}
    assert seen["t1"][0] < seen["t1"][1] < seen["t1"][2]
    assert seen["t2"][0] > 1.5 * seen["t2"][1]
    assert seen["t2"][0] > 1.5 * seen["t2"][2]


def test_an_epidural_mass_takes_the_place_of_csf() -> None:
    mass = scene("epidural", 22, "body_back")
    z, behind_wall = center(mass.lesions[0])[0], 17.5
    assert at(mass, "t2", z, behind_wall, 1.2) < 0.75 * at(mass.healthy, "t2", z, behind_wall, 1.2)
    assert at(mass, "t1_gd", z, behind_wall, 1.2) > 1.5 * at(mass.healthy, "t1_gd", z, behind_wall, 1.2)


# --- geometry


def test_the_left_of_the_body_is_on_the_right_of_an_axial_picture() -> None:
    columns = {}
    for place in ("body_left", "body_right"):
        what = scene("lytic", 12, place)
        pixels, frame = clean(what, "t1_axial")
        assert frame.left_is == "right"
        changed = np.abs(pixels - mri.expected(paint(what.healthy), "t1_axial", VIEWS["t1_axial"].read({}), frame))
        columns[place] = float((changed.sum(0) * np.arange(frame.shape[1])).sum() / changed.sum() / frame.shape[1])
        truth = picture(what, "t1_axial").truth
        assert np.flatnonzero(truth.any(0)).mean() / frame.shape[1] == pytest.approx(columns[place], abs=0.02)
    assert columns["body_left"] - columns["body_right"] > 0.04
    assert sum(columns.values()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("view", "axes"), [("t1", (0, 1)), ("stir", (0, 1)), ("t1_axial", (1, 2))])
def test_a_lesion_lies_where_it_was_put(view: str, axes: tuple[int, int]) -> None:
    what = scene("marrow_only", 10, "body_center")
    pixels, frame = clean(what, view)
    changed = np.abs(pixels - mri.expected(paint(what.healthy), view, VIEWS[view].read({}), frame))
    changed[changed < 0.1] = 0
    middle = center(what.lesions[0])
    found = (changed.sum(1) @ frame.rows / changed.sum(), changed.sum(0) @ frame.columns / changed.sum())
    assert found == pytest.approx([middle[axis] for axis in axes], abs=1.3)


def test_a_sagittal_picture_has_the_head_up_and_the_front_at_the_left() -> None:
    frame = mri.frame_of(paint(Scene()), "t1", VIEWS["t1"].read({}))
    assert frame.rows[0] > frame.rows[-1]
    assert frame.columns[0] < frame.columns[-1]
    pixels = clean(Scene(), "t1")[0]
    across = pixels.mean(0)
    assert np.argmax(across) > 0.8 * len(across)  # the fat of the back is brightest


def test_slice_mm_moves_the_slice_away_from_a_lesion() -> None:
    lesion = scene("lytic", 10)
    assert picture(lesion, "t1").truth.any()
    assert not picture(lesion, "t1", slice_mm=15.0).truth.any()
    assert picture(lesion, "t1", slice_mm=15.0).frame.position_mm == pytest.approx(
        picture(lesion, "t1").frame.position_mm + 15
    )


@pytest.mark.parametrize("view", ["t2", "t2_axial"])
def test_a_part_of_a_picture_is_what_the_whole_shows_there(view: str) -> None:
    what = scene("lytic")
    pixels, frame = clean(what, view)
    z, y, x = center(what.lesions[0])
    part = frame.crop((z, y) if view == "t2" else (y, x), 25)
    small = mri.expected(paint(what), view, VIEWS[view].read({}), part)
    rows, columns = np.isin(frame.rows, part.rows), np.isin(frame.columns, part.columns)
    assert small.shape == part.shape
    assert np.abs(small - pixels[np.ix_(rows, columns)]).max() < 0.03


# --- noise


def test_air_has_the_mean_and_sd_of_rician_noise() -> None:
    noise = np.stack([picture(Scene(), "t1", seed).pixels[:, -8:] for seed in range(8)])  # behind the back
    assert float(noise.mean() / noise.std()) == pytest.approx(1.91, rel=0.03)


def test_noise_has_the_sd_and_the_grain_that_are_told() -> None:
    bare, known = Scene(), VIEWS["t1_axial"].read({})
    frame = mri.frame_of(paint(bare), "t1_axial", known)
    noise = np.stack([picture(bare, "t1_axial", seed).pixels - clean(bare, "t1_axial")[0] for seed in range(4)])
    muscle = noise[:, 280:380, 100:200]
    told = mri.grain(paint(bare), "t1_axial", known, frame)
    assert float(muscle.std()) == pytest.approx(told.sd, rel=0.05)
    blocks = muscle.reshape(4, 10, 10, 10, 10).mean((2, 4))  # 3.5 mm squares
    assert float(blocks.std()) == pytest.approx(told.of_mean(3.5**2), rel=0.15)


def test_four_times_the_averages_halve_the_noise() -> None:
    known = [VIEWS["stir"].read({"time": time}) for time in (0.5, 2.0)]
    assert mri.noise_sd(known[0]) == pytest.approx(2 * mri.noise_sd(known[1]))
    assert mri.noise_sd(VIEWS["stir"].read({"field_t": 3.0})) < mri.noise_sd(VIEWS["stir"].read({}))


def test_the_same_seed_gives_the_same_picture_and_another_one_another() -> None:
    what, known = scene("mixed"), VIEWS["stir"].read({})
    first, second = (mri.acquire(paint(what), "stir", known, 7).pixels for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, mri.acquire(paint(what), "stir", known, 8).pixels)


def test_noise_does_not_move_when_a_lesion_grows() -> None:
    small, large = (picture(scene("lytic", size), "t2").pixels for size in (12, 13))
    assert np.abs(small - large)[-60:, -60:].max() < 0.02


# --- k-space


LINE = Readout(Line(128, 0.7, 0.78), Line(144, 0.7, 1.0))


def object_and_copy() -> tuple[Array, Array]:
    """A block and what a picture of it without noise holds."""
    block = np.zeros((128, 144), np.float32)
    block[40:90, 50:100] = 1
    return block, LINE.picture(LINE.sample(block, np.zeros_like(block), 0.0), 2)


def test_cropping_k_space_keeps_the_energy_that_it_samples() -> None:
    block, copy = object_and_copy()
    sampled = LINE.sample(block, np.zeros_like(block), 0.0)
    kept = float((np.abs(sampled) ** 2).sum()) / block.size  # Parseval
    assert float((copy**2).sum()) / 4 == pytest.approx(kept, rel=1e-4)
    assert 0.93 * float((block**2).sum()) < kept < float((block**2).sum())


def test_cropping_k_space_keeps_the_mean_and_rings_at_edges() -> None:
    _, copy = object_and_copy()
    inside = copy[80:180, 100:200]
    assert float(copy[110:150, 130:170].mean()) == pytest.approx(1, abs=0.01)
    assert 1.03 < float(inside.max()) < 1.2


def test_no_finer_detail_is_sampled_than_the_acquired_pixel() -> None:
    for line in (LINE.rows, LINE.columns):
        assert np.abs(line.waves[line.sampled]).max() == pytest.approx(0.5 / line.pixel_mm, abs=0.1)


def test_fat_appears_shifted() -> None:
    block, copy = object_and_copy()
    moved = LINE.picture(LINE.sample(np.zeros_like(block), block, 1.4), 2)
    rows = np.arange(256) * 0.35
    middles = [float((image.sum(1) * rows).sum() / image.sum()) for image in (copy, moved)]
    assert middles[1] - middles[0] == pytest.approx(1.4, abs=0.05)


# --- whole


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_a_picture(kind: str) -> None:
    for view in VIEWS:
        image = picture(scene(kind, 12, "body_back"), view)
        assert image.pixels.shape == image.frame.shape == image.truth.shape
        assert image.pixels.dtype == np.float32
        assert np.isfinite(image.pixels).all()
        assert float(image.pixels.min()) >= 0
    assert picture(scene(kind, 12, "body_back"), "t1").truth.any()


def test_every_collapse_and_build_gives_a_picture() -> None:
    for collapse in COLLAPSES:
        assert np.isfinite(picture(scene("lytic", 20, collapse=collapse), "t2").pixels).all()
    for build in BUILDS:
        assert np.isfinite(picture(Scene((Lesion("lytic"),), build), "t2").pixels).all()


def test_the_display_tells_a_metastasis_from_marrow() -> None:
    what = scene("lytic")
    for view in ("t1", "stir", "t1_gd"):
        image = picture(what, view)
        z, y, _ = center(what.lesions[0])
        lesion, marrow = (image.shown()[_near(image.frame, z + down, y)].mean() for down in (0, -32))
        assert abs(float(lesion) - float(marrow)) > 25


def _near(frame: Frame, row: float, column: float) -> tuple[Array, Array]:
    rows, columns = np.ix_(np.abs(frame.rows - row) < 3, np.abs(frame.columns - column) < 3)
    return rows, columns


def test_a_picture_tells_how_it_was_taken() -> None:
    told = picture(Scene(), "stir").facts
    assert told["ti_ms"] == constants("mri")["stir_ti_ms"]
    assert picture(Scene(), "t1", time=2.0).facts["minutes"] == 2 * constants("mri")["t1_minutes"]
