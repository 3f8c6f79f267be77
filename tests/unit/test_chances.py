"""What a result tells: against closed forms and worked examples."""

import pytest

from modalities import load_catalog
from modalities.accuracy import Accuracy
from modalities.chances import after, counts
from modalities.evidence import Interval
from modalities.fitting import worked_for

catalog = load_catalog()


def figure(sensitivity, specificity, unit="patient"):
    return Accuracy(
        id="example",
        protocol="mri",
        target="vertebral_metastasis",
        finding="tumor_presence",
        population="cancer",
        region="spine",
        unit=unit,
        sensitivity=sensitivity,
        specificity=specificity,
        reference_test="biopsy",
        source="example",
    )


def test_bayes_by_hand():
    """0.2 before, 0.9 and 0.9: 0.18 / (0.18 + 0.08) = 9/13 after a finding, 0.02 / 0.74 = 1/37 after none."""
    row = figure(Interval(value=0.9), Interval(value=0.9))
    assert after(0.2, row, positive=True).mean == pytest.approx(9 / 13)
    assert after(0.2, row, positive=False).mean == pytest.approx(1 / 37)


def test_a_published_worked_example():
    """Mammography, Gigerenzer et al., Psychol Sci Public Interest 2007;8:53: 1 %, 90 %, 9 % false alarms: about 1 in 10."""
    row = figure(Interval(value=0.9), Interval(value=0.91))
    assert after(0.01, row, positive=True).mean == pytest.approx(0.0917, abs=1e-4)
    assert counts(0.01, row).found == 9
    assert counts(0.01, row).false_alarm == 89


def test_the_four_parts_add_up():
    for prior in (0, 0.007, 0.245, 0.5, 1):
        c = counts(prior, figure(Interval(value=0.93), Interval(value=0.85)))
        assert c.found + c.missed + c.false_alarm + c.cleared == 1000
        assert c.ill == round(prior * 1000) and c.well == 1000 - c.ill


def test_a_test_that_says_nothing_changes_nothing():
    row = figure(Interval(value=0.7), Interval(value=0.3))
    assert after(0.35, row, positive=True).mean == pytest.approx(0.35)
    assert after(0.35, row, positive=False).mean == pytest.approx(0.35)


def test_the_chance_grows_with_the_chance_before():
    row = figure(Interval(value=0.8), Interval(value=0.9))
    for positive in (True, False):
        chances = [after(p / 20, row, positive=positive).mean for p in range(21)]
        assert chances == sorted(chances) and chances[0] == 0 and chances[-1] == 1


def test_intervals_come_from_counts_and_from_printed_ends():
    row = figure(Interval.model_validate({"hits": 90, "of": 100}), Interval(value=0.9, low=0.8, high=0.95))
    chance = after(Interval(value=0.2), row, positive=True, seed=1)
    assert chance.low < chance.mean < chance.high
    assert chance == after(Interval(value=0.2), row, positive=True, seed=1)
    wide = figure(Interval.model_validate({"hits": 9, "of": 10}), Interval(value=0.9, low=0.8, high=0.95))
    assert after(0.2, wide, positive=False).high > after(0.2, row, positive=False).high
    other = after(Interval(value=0.2), row, positive=True, seed=2)
    assert abs(other.low - chance.low) < 0.01 and abs(other.high - chance.high) < 0.01


def test_without_an_interval_none_is_given():
    chance = after(
        Interval.model_validate({"hits": 20, "of": 100}),
        figure(Interval(value=0.9), Interval(value=0.9)),
        positive=True,
    )
    assert chance.low is None and chance.high is None


def test_figures_that_do_not_count_people_are_refused():
    with pytest.raises(ValueError, match="counts each lesion"):
        after(0.2, figure(Interval(value=0.9), Interval(value=0.9), unit="lesion"), positive=True)
    with pytest.raises(ValueError, match="lacks sensitivity or specificity"):
        after(0.2, figure(Interval(value=0.9), None), positive=True)


def test_a_figure_is_worked_only_on_people_that_it_fits():
    for test in catalog.variants:
        for worked in worked_for(catalog, [test]):
            assert worked.accuracy.target == worked.prior.target
            assert worked.accuracy.population in worked.prior.populations
            assert worked.accuracy.unit in ("patient", "scan")
            assert worked.if_normal.mean <= worked.prior.chance.value <= worked.if_found.mean
    assert next(w.prior.id for w in worked_for(catalog, ["mri"])) == "cancer_symptoms"
    assert "cancer_symptoms" not in [w.prior.id for w in worked_for(catalog, ["history_exam"])]
    assert worked_for(catalog, ["biopsy_core", "pet_ct_psma"]) == ()
