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


def test_a_walk_holds_both_ends_of_the_dependence():
    results = [(offers["ct"].accuracy, False), (offers["bone_scan"].accuracy, False)]
    first, second = walk(prior.chance, results, Lines(0.03, 0.8), 0.5)
    assert first.apart == pytest.approx(first.together) == pytest.approx(first.chance.mean)
    assert second.apart < second.chance.mean < second.together, "two normal results rule out less if they err together"
    assert second.share < first.share
    assert second.zone == "between"


def test_a_next_test_matters_only_if_a_result_crosses_a_line():
    lines = Lines(0.03, 0.8)
    results = [(offers["mri"].accuracy, True)]
    left = [offer for protocol, offer in offers.items() if protocol != "mri"]
    for n in next_tests(prior.chance.value, results, left, lines, 0.0):
        crosses = lines.zone(n.if_found) != "between" or lines.zone(n.if_normal) != "between"
        assert n.changes == crosses
        assert n.if_normal < n.if_found
    assert not any(n.changes for n in next_tests(prior.chance.value, results, left, Lines(0.0, 1.0), 0.0))


def test_an_interval_is_shown_only_where_each_figure_has_one():
    (link,) = walk(Interval(value=0.2), [(offers["mri"].accuracy, True)], Lines(0.03, 0.8), 0.5)
    assert (link.chance.low is None) == (offers["mri"].accuracy.sensitivity.low is None)
