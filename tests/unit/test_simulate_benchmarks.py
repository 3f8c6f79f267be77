"""What the simulator was not set by: published orders and numbers, across tests (fast guards of tests.bench.physics)."""

from itertools import pairwise

import numpy as np
import pytest

from modalities.simulate import Scene, conspicuity
from modalities.simulate.machines import machine, view_of, views
from modalities.simulate.painting import paint
from modalities.simulate.reader import C as READER
from tests.bench import physics
from tests.bench import physics_measures as measures
from tests.bench.physics_measures import LIBRARY_TESTS, MEHTA, best_index, chance_at, scene

PICTURES = [name for name in views() if not name.startswith("biopsy")]  # a needle has a chance, not a contrast
NO_SLICE_THROUGH_IT = "myelogram.sagittal"  # it follows the canal, not the lesion


def seen(one, picture, **settings):
    return conspicuity(one, *picture.split("."), settings)


# ---- the benchmark's own tables


def test_every_row_held_against_the_model_has_a_band_and_every_reason_a_row():
    rows = {row.id: row for row in physics.rows()}
    assert len(rows) == len(physics.rows())
    assert {row.use for row in rows.values()} == {"reproduce", "tuned", "context"}
    assert not [row.id for row in rows.values() if row.use != "context" and row.verdict(0.0) == "no band"]
    held = {row.id for row in rows.values() if row.use != "context"}
    assert set(physics.explained()["bands"]) <= held and set(physics.reasons()) <= held


# ---- one body in every test


@pytest.mark.parametrize("picture", [name for name in PICTURES if name != NO_SLICE_THROUGH_IT])
def test_a_lesion_lies_at_the_same_place_in_every_picture(picture):
    assert measures.centroid_error_mm(scene("sclerotic", 15, "T12", "body_left"), *picture.split(".")) < 1  # GE_02


@pytest.mark.parametrize("picture", PICTURES)
def test_the_smaller_a_lesion_the_nearer_a_picture_is_to_the_healthy_one(picture):
    test, view = picture.split(".")
    maker, settings = machine(test), view_of(test, view).read(None)
    at = maker.frame_of(paint(Scene()), view, settings)
    healthy = maker.expected(paint(Scene()), view, settings, at)
    np.testing.assert_array_equal(maker.expected(paint(scene("lytic", 20).healthy), view, settings, at), healthy)
    changed = [
        np.abs(maker.expected(paint(scene("sclerotic", size)), view, settings, at) - healthy).sum() for size in (2, 20)
    ]
    assert changed[0] < 0.02 * changed[1]  # GE_04: 2 mm is the least that can be asked for


# ---- which test sees what


@pytest.fixture(scope="module")
def chances():
    """Return each test's chances for the same metastases: five kinds, two sizes, one place."""
    scenes = measures.library((7, 20), ("body_left",))
    return {test: {one: chance_at(best_index(one, test)) for one in scenes} for test in LIBRARY_TESTS}


def test_mri_and_pet_find_more_than_spect_and_spect_more_than_the_planar_scan(chances):
    """GE_03, without CT: in the model CT, which knows where to look, finds more than the bone scan."""
    found = {test: float(np.mean(list(of.values()))) for test, of in chances.items()}
    assert found["MRI"] >= found["PET/CT (its PET)"] > found["SPECT"] > found["bone scan"]
    assert found["MRI"] > max(found["CT"], found["X-ray"]) and found["CT"] > found["X-ray"]


def test_ct_misses_what_only_takes_the_place_of_marrow(chances):
    missed = {one.lesions[0].kind for one, chance in chances["CT"].items() if chance < READER["hint_from"] * 2}
    assert missed == {"marrow_only"}


@pytest.mark.parametrize(("test", "false_alarms", "published"), [("CT", 0.007, 66.2), ("MRI", 0.011, 98.5)])
def test_ct_finds_two_thirds_of_what_mri_finds_where_a_third_destroys_no_bone(test, false_alarms, published):
    mix = measures.munich_mix((8, 20), ("body_left",))
    assert 100 * measures.found_share(mix, test, false_alarms) == pytest.approx(published, abs=10)  # CT_10


def test_pet_sees_a_deposit_in_marrow_that_ct_does_not():
    one = scene("marrow_only", 15)
    assert seen(one, "pet_ct.fused").word == "seen"
    assert "seen" not in (seen(one, "ct.axial").word, seen(one, "ct.sagittal").word)  # PET_08


def test_bone_scans_call_deposits_through_the_cortex_most_and_those_in_marrow_never():
    within, beneath, through = (measures.called(meets) for meets in ("not", "from_inside", "through"))
    assert through - beneath > 20 and beneath > within  # BS_04: 71.3 and 33.8 %
    own = measures.called("not", ("lytic", "marrow_only"))
    assert own == pytest.approx(100 * READER["false_alarm_share"], abs=8)  # TAOKA2001: none


def test_a_faster_table_lowers_the_reader_area_and_leaves_the_contrast():
    usual, fast = (measures.at_counts(scene("sclerotic", 11), 15 / speed) for speed in (15, 20))
    assert fast.detectability < usual.detectability  # BS_06
    assert fast.relative == pytest.approx(usual.relative, rel=0.01)


# ---- X-ray


@pytest.mark.parametrize("view", ["xray.ap", "xray.lateral"])
def test_a_dense_deposit_has_three_times_the_contrast_of_a_hole(view):
    dense, hole = (seen(scene(kind, 10), view).contrast for kind in ("sclerotic", "lytic"))
    assert hole < 0 < dense and dense > 3 * -hole  # XR_07


@pytest.mark.parametrize("vertebra", ["T11", "T12", "L1"])
def test_a_hole_in_a_pedicle_shows_before_one_in_the_body(vertebra):
    pedicle, body = (scene("lytic", 8, vertebra, place) for place in ("pedicle", "body_center"))
    assert seen(pedicle, "xray.ap").detectability > 2 * seen(body, "xray.ap").detectability  # XR_08


@pytest.mark.parametrize("view", ["xray.ap", "xray.lateral"])
def test_a_lower_tube_voltage_raises_the_contrast(view):
    by_voltage = [abs(seen(scene("lytic", 20), view, tube_kv=kv).contrast) for kv in (75, 80, 90, 95)]
    assert all(low > high for low, high in pairwise(by_voltage))  # XR_12


def test_the_model_reader_reads_holes_of_patients_as_readers_did():
    assert measures.haller_area(32, 60, measures.PATIENTS, by_reader=True) == pytest.approx(0.71, abs=0.08)
    areas = [measures.haller_area(g.low, g.high, measures.CADAVER, by_reader=True) for g in measures.CADAVERS]
    assert areas == pytest.approx([0.605, 0.71, 0.83], abs=0.08)  # HALLER1990


def test_bare_bone_shows_a_small_loss_of_mineral_and_a_thick_one_a_smaller():
    fibula, humerus = measures.loss_seen(12, 3), measures.loss_seen(22, 4)
    assert 1 < humerus < fibula < 16  # BAEK2016: 3 to 8 and 11 to 16 %, not the 30 to 50 % of old books


def test_a_grid_leaves_less_than_half_of_the_contrast_where_the_body_is_thick():
    scattered, primary = measures.scatter_shares("lateral", measures.LATERAL)
    thick = primary <= np.quantile(primary, 0.05)
    assert 0.25 < (1 - scattered)[thick].mean() < 0.5  # NIKLASON1981


# ---- other numbers that set nothing


def test_sequences_rank_as_in_patients():
    ranked = [measures.percent_contrast(MEHTA[name]) for name in ("T1", "FSE", "FSFSE", "STIR", "IRFSE")]
    assert ranked == sorted(ranked)  # MEHTA1995: -42, 121, 182, 262, 272 %


@pytest.mark.parametrize(("size", "low", "high"), [(13, 42.3, 64), (17, 58, 73.1), (22, 63, 88)])
def test_hot_spheres_are_recovered_as_by_published_scanners(size, low, high):
    assert low <= measures.nema_contrast(size) <= high  # JNM_NEMA_TABLE


def test_a_deposit_without_collapse_does_not_change_how_the_spine_moves():
    moved = measures.slip_seen(4.0, scene("marrow_only", 12, "L1"))
    assert moved == pytest.approx(measures.slip_seen(4.0), abs=0.1)  # FE_04
