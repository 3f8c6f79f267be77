"""What a result tells: against closed forms and worked examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from modalities import load_catalog
from modalities.accuracy import Accuracy
from modalities.chances import (
    after,
    chain,
    chance_after,
    combine,
    counts,
    effort,
    how_often,
    likelihood_ratios,
    predictive_values,
    split,
)
from modalities.evidence import Interval
from modalities.fitting import worked_for
from modalities.sampling import draw

SHARE = st.floats(0.02, 0.98)

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


def shares(sensitivity, specificity):
    return figure(Interval(value=sensitivity), Interval(value=specificity))


@pytest.mark.parametrize(
    ("prior", "sides", "if_found", "if_normal", "within"),
    [
        # Altman, Bland, BMJ 1994;309:102: liver scans at a prevalence of 0.25: PPV 0.45, NPV 0.95.
        (0.25, (231 / 258, 54 / 86), 0.45, 0.05, 0.006),
        # Ferritin (Centre for EBM worksheet): 809 of 2,579 before, 73 % and 5 % after.
        (809 / 2579, (731 / 809, 1500 / 1770), 0.73, 0.05, 0.005),
        # Caraguel, Vanderstichel, Evid Based Med 2013;18:125, read off a nomogram: 28 % and 0.6 %.
        (0.02, (0.75, 0.96), 0.28, 0.006, 0.005),
        # The manual of epiR, epi.nomogram: 24 %.
        (0.05, (0.89, 0.85), 0.24, None, 0.005),
        # Manrai, JAMA Intern Med 2014: 1 of 1,000, false positives 5 %: 2 %.
        (0.001, (1.0, 0.95), 0.02, 0.0, 0.0005),
    ],
)
def test_published_worked_examples(prior, sides, if_found, if_normal, within):
    row = shares(*sides)
    assert after(prior, row, positive=True).mean == pytest.approx(if_found, abs=within)
    if if_normal is not None:
        assert after(prior, row, positive=False).mean == pytest.approx(if_normal, abs=within)


def test_published_likelihood_ratios():
    """Ferritin: 6 and 0.12 (Centre for EBM); Caraguel 2013: 19 and 0.25; Miller 2002: 1.1 and 0.15."""
    for (sens, spec), expected in (
        ((731 / 809, 1500 / 1770), (6, 0.12)),
        ((0.75, 0.96), (19, 0.25)),
        ((0.98, 0.13), (1.1, 0.15)),
    ):
        found, normal = likelihood_ratios(shares(sens, spec))
        assert found.value == pytest.approx(expected[0], rel=0.04)
        assert normal.value == pytest.approx(expected[1], rel=0.06)


def test_two_tests_in_series_and_in_parallel():
    """Manual of epiR, rsu.dxtest: 0.90/0.80 and 0.95/0.85, both positive: 0.855/0.970; either by its formula."""
    one, other = shares(0.90, 0.80), shares(0.95, 0.85)
    assert combine(one, other, "both") == pytest.approx((0.855, 0.970))
    assert combine(one, other, "either") == pytest.approx((1 - 0.1 * 0.05, 0.80 * 0.85))


def test_number_needed_to_scan_and_false_alarms_by_hand():
    """20 of 100 have it, 0.9 found: 18 found, so 100/18 scanned for each; 80 · 0.1 = 8 alarms for 18."""
    found = effort(0.2, shares(0.9, 0.9))
    assert found.scans.value == pytest.approx(100 / 18) and found.false_alarms.value == pytest.approx(8 / 18)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(10, 200, 0.02599340, 0.08687509), (90, 200, 0.38218, 0.51925)]
)
def test_draws_from_counts_are_jeffreys(hits, of, low, high):
    """Printed by RSurveillance, binom.jeffreys; the draws come within 0.004 of it."""
    import numpy as np

    share = Interval.model_validate({"hits": hits, "of": of})
    assert beta.ppf([0.025, 0.975], hits + 0.5, of - hits + 0.5) == pytest.approx((low, high), abs=1e-5)
    ends = np.quantile(draw(share, np.random.default_rng(0)), [0.025, 0.975])
    assert ends == pytest.approx((low, high), abs=0.004)


def test_draws_from_a_printed_interval_give_it_back():
    import numpy as np

    drawn = draw(Interval(value=0.9, low=0.7, high=0.95), np.random.default_rng(0))
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx((0.7, 0.9, 0.95), abs=0.01)


@given(SHARE, SHARE, SHARE)
def test_odds_are_multiplied_by_the_likelihood_ratio(prior, sens, spec):
    row = shares(sens, spec)
    for positive, ratio in zip((True, False), likelihood_ratios(row), strict=True):
        chance = chance_after(prior, [(row, positive)])
        assert chance / (1 - chance) == pytest.approx(prior / (1 - prior) * ratio.value)


@given(SHARE, SHARE, SHARE, SHARE)
def test_the_chance_grows_with_the_prior_and_with_the_ratio(a, b, sens, spec):
    low, high = sorted((a, b))
    for positive in (True, False):
        row = [(shares(sens, spec), positive)]
        assert chance_after(low, row) <= chance_after(high, row) + 1e-12
    sharper, duller = shares(max(a, b), spec), shares(min(a, b), spec)
    assert chance_after(0.3, [(duller, True)]) <= chance_after(0.3, [(sharper, True)]) + 1e-12


@given(SHARE, st.lists(st.tuples(SHARE, SHARE, st.booleans()), min_size=1, max_size=4), st.sampled_from([0, 0.5, 1]))
def test_chances_stay_between_0_and_1_and_order_does_not_matter(prior, tests, dependence):
    results = [(shares(sens, spec), positive) for sens, spec, positive in tests]
    chances = [link.mean for link in chain(prior, results, dependence=dependence)]
    assert all(0 <= chance <= 1 for chance in chances)
    if how_often(prior, results, dependence=dependence) > 1e-9:
        back = chain(prior, results[::-1], dependence=dependence)[-1].mean
        assert back == pytest.approx(chances[-1], abs=1e-6)


@given(SHARE, SHARE, st.booleans())
def test_a_test_without_information_changes_nothing_in_a_chain(prior, sens, positive):
    told = shares(0.9, 0.8)
    before = chance_after(prior, [(told, True)])
    assert chance_after(prior, [(told, True), (shares(sens, 1 - sens), positive)]) == pytest.approx(before)


def test_a_chain_by_hand():
    """0.245, CT normal (0.70, 0.74), bone scan found (0.75, 0.92), apart: 0.245·0.3·0.75 / (… + 0.755·0.74·0.08)."""
    ct, scan = shares(0.70, 0.74), shares(0.75, 0.92)
    ill, well = 0.245 * 0.30 * 0.75, 0.755 * 0.74 * 0.08
    links = chain(0.245, [(ct, False), (scan, True)])
    assert links[0].mean == pytest.approx(0.245 * 0.30 / (0.245 * 0.30 + 0.755 * 0.74))
    assert links[1].mean == pytest.approx(ill / (ill + well))
    assert how_often(0.245, [(ct, False), (scan, True)]) == pytest.approx(ill + well)


def test_two_alike_tests_that_err_together_say_no_more_than_one():
    row = shares(0.8, 0.9)
    one, two = chain(0.3, [(row, True), (row, True)], dependence=1.0)
    assert two.mean == pytest.approx(one.mean)
    assert chain(0.3, [(row, True), (row, True)])[1].mean > one.mean + 0.1


def test_results_that_can_not_come_together_leave_the_chance():
    row = shares(0.8, 0.9)
    results = [(row, True), (row, False)]
    assert how_often(0.3, results, dependence=1.0) == 0
    one, two = chain(0.3, results, dependence=1.0)
    assert two.mean == one.mean


def test_the_interval_of_a_chain_holds_its_value_and_is_the_same_again():
    row = figure(Interval.model_validate({"hits": 90, "of": 100}), Interval(value=0.9, low=0.8, high=0.95))
    links = chain(Interval(value=0.3), [(row, True), (row, False)], dependence=0.5, seed=3)
    assert all(link.low <= link.mean <= link.high for link in links)
    assert links == chain(Interval(value=0.3), [(row, True), (row, False)], dependence=0.5, seed=3)
    bare = figure(Interval(value=0.9), Interval(value=0.9))
    assert chain(0.3, [(row, True), (bare, True)])[1].low is None, "one figure without an interval leaves none"


def test_predictive_values_turn_the_normal_result_round():
    row = figure(Interval.model_validate({"hits": 90, "of": 100}), Interval(value=0.9, low=0.8, high=0.95))
    found, normal = predictive_values(0.2, row)
    left = after(0.2, row, positive=False)
    assert normal.mean == pytest.approx(1 - left.mean) and normal.low == pytest.approx(1 - left.high)
    assert found == after(0.2, row, positive=True)


def test_more_than_four_tests_are_refused():
    with pytest.raises(ValueError, match="at most 4"):
        chain(0.2, [(shares(0.9, 0.9), True)] * 5)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from([100, 1000]))
def test_people_always_add_up(prior, sens, spec, of):
    c = split(prior, sens, spec, of)
    assert min(c.found, c.missed, c.false_alarm, c.cleared) >= 0
    assert c.ill + c.well == c.alarms + c.normal == of


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
