"""Comparing tests: matrix, difference, order, rivals."""

from itertools import pairwise

from modalities import load_catalog
from modalities.compare import alike, by_spread, difference, matrix, matrix_long, rivals
from modalities.records import CORE, FINDINGS, MODALITIES

catalog = load_catalog()


def test_matrix_is_findings_by_tests_in_the_order_asked_for():
    frame = matrix(catalog, modalities=["mri", "xray"], findings=["tumor_type", "nerve_roots"])
    assert list(frame.columns) == ["mri", "xray"] and list(frame.index) == ["tumor_type", "nerve_roots"]
    assert frame.loc["nerve_roots", "mri"] == catalog.rating("mri", "nerve_roots").level
    assert matrix(catalog).shape == (16, 11)


def test_matrix_long_is_tidy():
    frame = matrix_long(catalog)
    assert len(frame) == 176 and not frame.isna().any().any()
    assert not frame.duplicated(["finding", "modality"]).any()
    assert {"group", "finding", "modality", "level", "word", "plain", "technical", "sources"} <= set(frame.columns)


def test_difference_is_what_the_levels_say_biggest_first():
    found = difference(catalog, "mri", "ct")
    assert [d.gap for d in found] == sorted((d.gap for d in found), reverse=True)
    levels = matrix(catalog, ["mri", "ct"])
    assert {d.finding for d in found} == set(levels.index[levels["mri"] != levels["ct"]])
    for d in found:
        assert d.gap == abs(levels.loc[d.finding, "mri"] - levels.loc[d.finding, "ct"]) > 0
        assert d.better.level > d.worse.level and d.sources
    assert {c.finding for c in alike(catalog, "mri", "ct")} | {d.finding for d in found} == set(FINDINGS)


def test_difference_does_not_depend_on_the_order_of_the_two():
    one, other = difference(catalog, "mri", "ct"), difference(catalog, "ct", "mri")
    assert {(d.finding, d.better.modality, d.gap) for d in one} == {
        (d.finding, d.better.modality, d.gap) for d in other
    }


def test_mri_shows_the_cord_and_ct_does_not_as_well():
    first = {d.finding: d.better.modality for d in difference(catalog, "mri", "ct")}
    assert first["spinal_cord_compression"] == "mri" and first["bone_destruction_lytic"] == "ct"


def test_by_spread_puts_the_most_different_first():
    order = by_spread(catalog, CORE, FINDINGS)
    spread = matrix(catalog, CORE).std(axis="columns", ddof=0)
    assert sorted(order) == sorted(FINDINGS)
    assert all(spread[a] >= spread[b] for a, b in pairwise(order))


def test_rivals_are_the_better_tests_or_else_the_next_best():
    for m in MODALITIES:
        for f in FINDINGS:
            own, near = catalog.rating(m, f), rivals(catalog, m, f)
            best = max(catalog.rating(other, f).level for other in MODALITIES if other != m)
            assert near[0].level == best and m not in {cell.modality for cell in near}
            assert len({cell.level > own.level for cell in near}) == 1 or best <= own.level
