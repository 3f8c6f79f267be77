"""Test or stop: lines, chains and what a next test can still change."""

import pytest

from modalities import load_catalog
from modalities.deciding import Lines, next_tests, walk
from modalities.evidence import Interval
from modalities.fitting import best, fitting

catalog = load_catalog()
prior = next(prior for prior in catalog.priors if prior.id == "cancer_symptoms")
offers = best(fitting(catalog, prior))


def test_lines_name_the_zones_and_may_not_cross():
    lines = Lines(0.03, 0.8)
    assert [lines.zone(chance) for chance in (0.029, 0.03, 0.5, 0.8, 0.81)] == [
        "below",
        "between",
        "between",
        "between",
        "above",
    ]
    with pytest.raises(ValueError, match="rule_out < act"):
        Lines(0.5, 0.4)


def test_a_walk_holds_its_span_over_the_dependence():
    results = [(offers["ct"].accuracy, False), (offers["bone_scan"].accuracy, False)]
    first, second = walk(prior.chance, results, Lines(0.03, 0.8), 0.0)
    assert first.span == pytest.approx((first.chance.mean, first.chance.mean)), "one test has nothing to err with"
    assert second.span[0] == pytest.approx(second.chance.mean), "two normal results rule out most if they err apart"
    assert second.chance.mean < second.span[1] < second.together
    assert second.share < first.share and second.zone == "between"
    _, crossing = walk(prior.chance, results, Lines(0.05, 0.8), 0.0)
    assert crossing.zone == "depends", "34 of 1,000 if they err apart, 86 if together: on both sides of the line"


def test_results_that_can_not_come_together_are_said_not_guessed():
    results = [(offers["bone_scan"].accuracy, True), (offers["mri"].accuracy, False)]
    _, second = walk(prior.chance, results, Lines(0.03, 0.8), 1.0)
    assert second.together is None and not second.possible
    _, second = walk(prior.chance, results, Lines(0.03, 0.8), 0.0)
    assert second.together is None and second.possible and second.span[0] < second.span[1]


def test_a_next_test_matters_only_if_a_result_crosses_a_line():
    results = [(offers["mri"].accuracy, True)]
    left = [offer for protocol, offer in offers.items() if protocol != "mri"]
    for lines in (Lines(0.03, 0.8), Lines(0.4, 0.85), Lines(0.6, 0.7)):
        for n in next_tests(prior.chance.value, results, left, lines, 0.0):
            now = lines.zone(walk(prior.chance, results, lines, 0.0)[0].chance.mean)
            crosses = lines.zone(n.if_found) != now or lines.zone(n.if_normal) != now
            assert n.changes in (("yes", "depends") if crosses else ("no", "depends"))
            assert n.if_normal < n.if_found
    assert {n.changes for n in next_tests(prior.chance.value, results, left, Lines(0.0, 1.0), 0.0)} == {"no"}
    assert {n.changes for n in next_tests(prior.chance.value, [], left, Lines(0.24, 0.25), 0.0)} == {"yes"}


def test_a_verdict_that_hangs_on_the_dependence_says_so():
    results = [(offers["mri"].accuracy, True)]
    verdicts = {
        n.offer.accuracy.protocol: n.changes for n in next_tests(0.245, results, [offers["ct"]], Lines(0.03, 0.8), 0)
    }
    assert verdicts == {"ct": "depends"}, "844 of 1,000 if they err apart, below the line if together"


def test_an_interval_is_shown_only_where_each_figure_has_one():
    (link,) = walk(Interval(value=0.2), [(offers["mri"].accuracy, True)], Lines(0.03, 0.8), 0.5)
    assert (link.chance.low is None) == (offers["mri"].accuracy.sensitivity.low is None)


def test_a_finding_that_would_speak_against_the_illness_is_marked():
    results = [(offers["mri"].accuracy, True), (offers["bone_scan"].accuracy, False)]
    (apart,) = next_tests(0.245, results, [offers["ct"]], Lines(0.03, 0.8), 0.0)
    (together,) = next_tests(0.245, results, [offers["ct"]], Lines(0.03, 0.8), 0.95)
    assert not apart.inverted and together.inverted
