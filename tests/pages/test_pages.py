"""Every page runs in Streamlit without an exception and draws what its address asks for (no browser)."""

import json
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from modalities import load_catalog
from modalities.catalog import CORE, FINDINGS, MODALITIES

ROUTER = "../../pages/router.py"


def run(page="", **params):
    """Return the HTML that a page draws, all its parts in order."""
    at = AppTest.from_file(ROUTER, default_timeout=30)
    at.run()
    if page:
        at.switch_page(f"{page}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    protos = [element.proto for element in at.main if hasattr(element, "proto")]
    return "".join(json.loads(p.json)["html"] for p in protos if getattr(p, "component_name", "") == "sightline")


@pytest.mark.parametrize("page", ["", "compare", "test", "about", "words", "sources"])
@pytest.mark.parametrize("words", ["plain", "technical"])
def test_every_page_draws_one_heading_and_its_freshness(page, words):
    html = run(page, words=words)
    assert html.count("<h1") == 1 and "Last checked: " in html and "Where next" in html


@pytest.mark.parametrize("test", MODALITIES)
def test_a_test_page_holds_its_whole_column(test):
    html, catalog = run("test", test=test), load_catalog()
    assert html.count("<dt>") == len(FINDINGS)
    for finding in FINDINGS:
        assert f'id="f-{finding}"' in html and f"cell={test}.{finding}" in html
    for needed in (
        "What a normal result means",
        "What it does not mean",
        "What can mislead",
        "Versions of this test",
        "How it makes its picture",
    ):
        assert needed in html
    assert html.count('<article class="variant">') == len(catalog.modality(test).variants)


def test_compare_draws_six_tests_and_all_on_request():
    assert run("compare").count('scope="col"') == len(CORE)
    assert run("compare", tests="all").count('scope="col"') == len(MODALITIES)
    html = run("compare", tests="ct,mri", groups="tumor")
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 6


@pytest.mark.parametrize("cell", [f"{m}.{f}" for m in MODALITIES for f in FINDINGS])
def test_every_square_opens_its_explanation(cell):
    """In both reading levels: the question, the level's word, the reason with a source."""
    modality, finding = cell.split(".")
    catalog = load_catalog()
    rating = catalog.rating(modality, finding)
    html = run("compare", cell=cell, words="technical")
    assert 'class="why"' in html and catalog.findings[finding].phrase.technical.split("'")[0] in html
    assert html.count('class="reason"') == (2 if len(CORE) + (modality not in CORE) <= 7 else 1)
    assert rating.word in html and 'popovertarget="s-' in html


def test_unknown_values_are_named_and_the_page_works():
    html = run("compare", cell="mri.bogus", tests="foo,ct", groups="bone")
    assert "mri.bogus" in html and "“foo”" in html and html.count('scope="col"') == 1
    assert "&lt;script&gt;" in run("compare", cell="<script>") and "<script>" not in run("compare", cell="<script>")
    assert "“foo”" in run("test", test="foo") and "Which test?" in run("test", test="foo")


def test_overdue_content_says_so_when_the_clock_moves(monkeypatch):
    from modalities import freshness

    class Later(date):
        @classmethod
        def today(cls):
            return date(2031, 1, 1)

    assert "overdue: this page" not in run("test", test="mri")
    monkeypatch.setattr(freshness, "date", Later)
    for page, params in (
        ("", {}),
        ("compare", {}),
        ("test", {"test": "mri"}),
        ("about", {}),
        ("words", {}),
        ("sources", {}),
    ):
        assert "overdue: this page may be out of date" in run(page, **params)


def test_the_red_flag_comes_first_in_a_search_that_names_one():
    html = run("", q="my legs are weak")
    assert html.index('role="alert"') < html.index("Found for") if "Found for" in html else 'role="alert"' in html
    assert 'role="alert"' not in run("", q="MRI")
