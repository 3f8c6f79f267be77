"""Biases and lessons: against published corrections and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modalities import load_catalog
from modalities.biases import Checked, any_of, begg_greenes, partly_verified
from modalities.teaching import groups, pairs, spots, studies, verified

SHARE = st.floats(0.02, 0.98)
catalog = load_catalog()
lessons = {lesson.kind: lesson for lesson in reversed(catalog.chance_file.lessons)}


@pytest.mark.parametrize(
    ("found", "normal", "sensitivity", "specificity"),
    [
        (Checked(231, 32, 429), Checked(27, 54, 221), 0.836, 0.738),
        (Checked(26, 11, 67), Checked(7, 44, 833), 0.292, 0.973),
    ],
)
def test_begg_and_greenes_correction_of_two_published_studies(found, normal, sensitivity, specificity):
    """Hepatic scintigraphy (Drum 1972) and diaphanography, as corrected by Arifin and Yusof (PLoS One 2025)."""
    corrected = begg_greenes(found, normal)
    assert corrected.sensitivity == pytest.approx(sensitivity, abs=0.001)
    assert corrected.specificity == pytest.approx(specificity, abs=0.001)


@given(SHARE, SHARE, SHARE, st.floats(0.01, 1))
def test_unchecked_normal_results_raise_sensitivity_and_lower_specificity(sens, spec, prior, checked):
    apparent = partly_verified(sens, spec, prior, 1, checked)
    assert apparent.sensitivity >= sens - 1e-12 and apparent.specificity <= spec + 1e-12


@given(SHARE, SHARE, SHARE, st.floats(0.01, 1))
def test_the_correction_gives_the_truth_back(sens, spec, prior, checked):
    ill_found, well_found = prior * sens, (1 - prior) * (1 - spec)
    ill_normal, well_normal = prior * (1 - sens) * checked, (1 - prior) * spec * checked
    found = Checked(ill_found, well_found, ill_found + well_found)
    normal = Checked(ill_normal, well_normal, prior * (1 - sens) + (1 - prior) * spec)
    assert begg_greenes(found, normal).sensitivity == pytest.approx(sens)
    assert begg_greenes(found, normal).specificity == pytest.approx(spec)


def test_nothing_checked_is_refused():
    with pytest.raises(ValueError, match="nothing was checked"):
        partly_verified(0.9, 0.9, 0.3, 0, 0)


def test_spots_add_up_by_hand():
    """Three spots at 0.77 each, apart: 1 − 0.23³; together: 0.77."""
    assert any_of(0.77, 3, 0) == pytest.approx(1 - 0.23**3)
    assert any_of(0.77, 3, 1) == pytest.approx(0.77)


def test_every_lesson_teaches_what_its_title_says():
    rare, common = groups(catalog, lessons["base_rate"])[:2]
    assert common.if_found.mean > 3 * rare.if_found.mean, "the same alarm means more where it is common"
    seen = [study for study in studies(catalog, lessons["spectrum"]) if study.worked]
    assert abs(seen[0].cleared - seen[1].cleared) > 200, "one test, two studies, two answers"
    study = verified(catalog, lessons["verification"], 0.1)
    assert study.apparent.sensitivity > 0.9 > study.corrected.sensitivity
    assert study.corrected.sensitivity == pytest.approx(0.75) and study.corrected.specificity == pytest.approx(0.92)
    by_number = spots(catalog, lessons["unit"], 0.5)
    assert [s.found for s in by_number] == sorted(s.found for s in by_number)
    assert by_number[9].false_alarm > by_number[0].false_alarm + 0.2
    apart, together = pairs(catalog, lessons["dependence"], 0), pairs(catalog, lessons["dependence"], 1)
    assert together[3].chance > 2 * apart[3].chance, "two normal results rule out less if the tests err together"
    for four in (apart, together):
        assert sum(pair.people for pair in four) == pytest.approx(1000)
