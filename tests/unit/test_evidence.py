"""Statements, intervals and quantities keep their promises."""

import pytest
from pydantic import TypeAdapter, ValidationError

from modalities.evidence import Interval, Quantity, Source, Statement, strongest, wilson

SOURCE = {
    "id": "doe2020", "authors": "Doe J, Roe R, et al.", "year": 2020, "title": "A study of it",
    "published_in": "Journal", "kind": "study", "read": "original",
}  # fmt: skip


def test_wilson_matches_published_example():
    """Newcombe 1998 (Stat Med 17:857-872), table I: 81 of 263 gives 0.2553 to 0.3662."""
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_wilson_at_the_ends_stays_within_zero_and_one():
    """Newcombe 1998, table I: 0 of 20 gives 0 to 0.1611; 1 of 29 gives 0.0061 to 0.1718."""
    assert wilson(0, 20)[0] == 0
    assert round(wilson(0, 20)[1], 4) == 0.1611
    assert [round(end, 4) for end in wilson(1, 29)] == [0.0061, 0.1718]
    assert wilson(20, 20)[1] == 1


@pytest.mark.parametrize(("hits", "of"), [(5, 4), (-1, 4), (0, 0)])
def test_wilson_refuses_impossible_counts(hits, of):
    with pytest.raises(ValueError, match="counts must satisfy"):
        wilson(hits, of)


def test_interval_says_where_it_comes_from():
    assert Interval.model_validate({"hits": 133, "of": 201}).interval_from == "computed"
    assert Interval.model_validate({"value": 0.9, "low": 0.8, "high": 0.95}).interval_from == "paper"
    assert Interval.model_validate({"value": 0.9}).interval_from == "not given"


@pytest.mark.parametrize("raw", [{"value": 0.9, "low": 0.95, "high": 0.99}, {"value": 0.9, "low": 0.8}, {"value": 1.2}])
def test_interval_refuses_disorder(raw):
    with pytest.raises(ValidationError):
        Interval.model_validate(raw)


def test_statement_notes_its_strongest_kind_and_refuses_unknown_sources():
    known = {
        "doe2020": Source.model_validate(SOURCE),
        "roe2021": Source.model_validate({**SOURCE, "id": "roe2021", "kind": "meta_analysis"}),
    }
    context = {"sources": known}
    raw = {"plain": "It shows bone.", "technical": "It shows bone.", "sources": ["doe2020", "roe2021"]}
    assert TypeAdapter(Statement).validate_python(raw, context=context).kind == "meta_analysis"
    with pytest.raises(ValidationError, match="'nobody1999' is not in sources.yaml"):
        TypeAdapter(Statement).validate_python({**raw, "sources": ["nobody1999"]}, context=context)


def test_a_statement_without_source_is_refused():
    with pytest.raises(ValidationError):
        Statement.model_validate({"plain": "It shows.", "technical": "It shows.", "sources": []})


def test_a_source_from_memory_is_refused():
    with pytest.raises(ValidationError):
        Source.model_validate({**SOURCE, "status": "memory"})


def test_source_is_cited_by_family_name_and_year():
    assert Source.model_validate(SOURCE).short == "Doe 2020"
    body = {**SOURCE, "authors": "American College of Radiology", "year": None}
    assert Source.model_validate(body).short == "American College of Radiology (undated)"


def test_quantity_needs_an_amount_in_order():
    label = {"plain": "neck", "technical": "cervical"}
    with pytest.raises(ValidationError, match="typical"):
        Quantity.model_validate({"label": label, "unit": "mSv", "low": 1, "sources": ["a"]})
    with pytest.raises(ValidationError, match="low is above high"):
        Quantity.model_validate({"label": label, "unit": "mSv", "low": 3, "high": 1, "sources": ["a"]})


def test_strongest_prefers_a_meta_analysis():
    assert strongest(["review", "study", "meta_analysis"]) == "meta_analysis"
