"""Every page runs in Streamlit without an exception and draws what its address asks for (no browser)."""

import json
import re
from datetime import date
from html import unescape
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from modalities import load_catalog
from modalities.factors import safety
from modalities.records import CORE, FINDINGS, MODALITIES
from modalities.simulate.scene import Kind

ROUTER = "../../pages/router.py"


def run(page="", facts=(), **params):
    """Return the HTML that a page draws, all its parts in order; ``facts`` were touched before."""
    at = AppTest.from_file(ROUTER, default_timeout=30)
    at.session_state["_facts"] = set(facts)
    at.run()
    if page:
        at.switch_page(f"{page}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    protos = [element.proto for element in at.main if hasattr(element, "proto")]
    return "".join(json.loads(p.json)["html"] for p in protos if getattr(p, "component_name", "") == "sightline")


@pytest.mark.parametrize(
    "page", ["", "compare", "test", "see", "choose", "chances", "path", "frameworks", "about", "words", "sources"]
)
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
    assert rating.word in html and 'data-sources="' in html


def test_unknown_values_are_named_and_the_page_works():
    html = run("compare", cell="mri.bogus", tests="foo,ct", groups="bone")
    assert "mri.bogus" in html and "“foo”" in html and html.count('scope="col"') == 1
    assert "&lt;script&gt;" in run("compare", cell="<script>") and "<script>" not in run("compare", cell="<script>")
    assert "“foo”" in run("test", test="foo") and "which one is it?" in run("test", test="foo")


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


@pytest.mark.parametrize("test", MODALITIES)
@pytest.mark.parametrize("words", ["plain", "technical"])
def test_a_patient_page_answers_everything(test, words):
    html, modality = run("test", test=test, words=words), load_catalog().modality(test)
    for needed in (
        "What applies to me",
        "Before, during, after",
        "What a normal result means",
        "If the result is unclear",
        "If something is found",
        "Waiting for the result",
        "When to ring",
        "What usually comes next",
        "How often it is right",
        "Radiation",
        "Questions to ask",
        f"/print/{test}",
        'class="alarm"',
        'class="machine"',
    ):
        assert needed in html, needed
    assert html.count('<ol class="path">') == 3
    assert bool(modality.added_risk) == ('class="risk"' in html)


@pytest.mark.parametrize("factor", load_catalog().factors)
def test_a_touched_fact_opens_what_applies_and_leaves_other_tests_alone(factor):
    catalog = load_catalog()
    here = catalog.place_of_rule(catalog.factors[factor].rules[0]).id
    html = run("test", facts=[factor], test=here)
    assert f'id="with-{factor}"' in html and f'id="may-{factor}"' not in html
    assert f"facts={factor}" in html  # the print-out, and the link to copy
    untouched = run("test", test=here)
    assert f'id="may-{factor}"' in untouched and f'id="with-{factor}"' not in untouched


def test_the_version_decides_what_applies():
    both = run("test", test="mri", facts=["egfr_30_44"])
    assert "Only with gadolinium dye into a vein" in both
    assert 'id="with-egfr_30_44"' in run("test", test="mri", version="mri_without_and_with", facts=["egfr_30_44"])
    without = run("test", test="mri", version="mri", facts=["egfr_30_44"])
    assert 'id="with-egfr_30_44"' not in without and "No rule that we found changes this test for" in without


def test_a_sign_that_cannot_wait_comes_first_when_touched():
    assert 'role="alert"' in run("test", test="mri", facts=["new_neuro_deficit"])
    assert 'role="alert"' not in run("test", test="mri")


def test_facts_of_a_link_are_taken_once_and_unknown_ones_are_named():
    html = run_link("pregnant,tall")
    assert 'id="with-pregnant"' in html and "“tall”" in html


def run_link(facts):
    """Return the MRI page as a link with facts opens it."""
    at = AppTest.from_file(ROUTER, default_timeout=30)
    at.run()
    at.switch_page("test.py")
    at.query_params["test"], at.query_params["facts"] = "mri", facts
    at.run()
    assert not at.exception
    assert at.session_state["_facts"] == {"pregnant"}
    return "".join(
        json.loads(e.proto.json)["html"] for e in at.main if getattr(e.proto, "component_name", "") == "sightline"
    )


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ("MRI T/L spine w/wo", "version=mri_without_and_with"),
        ("CT guided core bx", "version=biopsy_core"),
        ("MRI brain", "not the spine"),
        ("DEXA", "Not explained here"),
        ("qwertz", "was not recognized"),
        ("MRI spine r/o mets", "It is a question, not a result"),
    ],
)
def test_a_paper_is_read_or_it_is_said_that_it_is_not(paper, said):
    assert said in run("test", paper=paper)


def test_home_reads_papers_too():
    assert "version=dynamic_xray" in run("", q="XR lumbar flex/ext")


def test_versus_has_the_three_sentences():
    html = run("compare", versus="ct,mri")
    assert "In three sentences" in html and "In three sentences" not in run("compare", versus="mri,blood_tests")


@pytest.mark.parametrize("question", load_catalog().questions)
@pytest.mark.parametrize("words", ["plain", "technical"])
def test_every_question_has_an_answer_with_every_test_once(question, words):
    html = run("choose", q=question, words=words, show="decided")
    cards = re.findall(r'id="pick-([a-z_]+)"', html)
    assert sorted(cards) == sorted([*MODALITIES, "none"])
    assert 'id="decided"' in html and html.count("<h1") == 1


@pytest.mark.parametrize("factor", load_catalog().factors)
def test_a_fact_that_forbids_a_test_moves_it_apart(factor):
    catalog = load_catalog()
    html = run("choose", facts=[factor], q="cord_compression_suspected", known="yes")
    gone = {test.id for test in catalog.modalities.values()
            if all(safety(catalog, p, [factor]) == "do_not" for p in catalog.protocols
                   if catalog.version(p)[0] is test)}  # fmt: skip
    apart = html.split('<section class="unsafe">')[1] if gone else ""
    assert ('<section class="unsafe">' in html) == bool(gone)
    for test in gone:
        assert f'id="pick-{test}"' in apart


@pytest.mark.parametrize("frame", load_catalog().frameworks.values(), ids=lambda frame: frame.id)
def test_every_item_of_a_framework_can_be_changed(frame):
    for example in frame.examples:
        html = run("frameworks", frame=frame.id, example=example.id)
        assert "Made up" in html and example.title.technical in html
        for item in frame.items:
            other = next(option for option in item.options if option.id != example.answers[item.id])
            assert f"{item.id}={other.id}" in html
            changed = run("frameworks", **{"frame": frame.id, "example": example.id, item.id: other.id})
            total = frame.read({**example.answers, item.id: other.id}).total
            assert "Back to the case as it was" in changed
            assert f"Total: {total}<" in changed or len(frame.items) == 1 or not frame.bands


PRIORS = [prior.id for prior in load_catalog().priors]
LESSONS = [lesson.id for lesson in load_catalog().chance_file.lessons]
PATHS = [ready.id for ready in load_catalog().path_file.paths]


@pytest.mark.parametrize("words", ["plain", "technical"])
@pytest.mark.parametrize("situation", PRIORS)
def test_every_group_of_people_draws_its_table_or_says_why_not(situation, words):
    html = run("chances", situation=situation, words=words)
    assert ("right all-clear" in html) != ("No test can be worked out here" in html)
    assert "Looked for:" in html


def test_a_set_chance_moves_every_number_and_can_be_taken_back():
    html = run("chances", prior="500")
    assert "Set by hand" in html and "<b>465</b>" in html, "500 have it, MRI finds 465 of them"
    assert "Back to what was counted" in html


def test_a_row_of_results_shows_each_chance_and_what_could_follow():
    html = run("chances", steps="ct:neg,bone_scan:pos")
    assert html.count('class="zone"') == 2 and "Could it change what is done?" in html
    assert "<b>116</b> of 1,000" in html, "0.245·0.3 / (0.245·0.3 + 0.755·0.74) = 0.116"
    assert "<b>552</b> of 1,000" in html


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"steps": "xray:pos"}, "no figure of it fits these people"),
        ({"steps": "mri,ct:neg"}, "the test before it has no result yet"),
        ({"steps": "mri:pos,mri:neg"}, "a test can stand once"),
        ({"steps": "mri:maybe"}, "no figure of it fits"),
        ({"prior": "1000"}, "a whole number from 1 to 999"),
        ({"prior": "half"}, "a whole number from 1 to 999"),
        ({"out": "900", "act": "800"}, "the lower line must lie below"),
        ({"situation": "nobody"}, "does not know"),
        ({"figures": "nobody2024"}, "does not know"),
        ({"with": "xray"}, "does not know"),
    ],
)
def test_bad_addresses_of_chances_are_named_and_lose_nothing(params, said):
    html = run("chances", **params)
    assert said in html and "right all-clear" in html
    assert html.count("Please note:") == 1, "said once"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_asks_first_and_answers_on_request(lesson):
    asked = run("chances", lesson=lesson)
    assert "Show the answer" in asked and 'id="numbers"' not in asked
    told = run("chances", lesson=lesson, look="yes")
    assert 'id="numbers"' in told and "Where the numbers are from" in told


@pytest.mark.parametrize("chart", ["nomogram", "curves", "roc"])
def test_every_chart_has_its_numbers_as_a_table(chart):
    html = run("chances", show=chart)
    assert "The numbers of the chart" in html and "Harlianto 2024" in html


@pytest.mark.parametrize("words", ["plain", "technical"])
@pytest.mark.parametrize("ready", PATHS)
def test_every_ready_path_draws_its_steps_sums_and_what_is_known(ready, words):
    html = run("path", ready=ready, words=words)
    steps = next(p for p in load_catalog().path_file.paths if p.id == ready).steps
    assert html.count('class="fill ') == len(FINDINGS) * len(steps)
    assert "What it takes, all in all" in html and "What comes in the way" in html


def test_paths_side_by_side_on_a_timeline_and_changed():
    html = run("path", ready="prostate_staging", other="prostate_staging_classic", show="timeline")
    assert html.count("Shown better at the end of") == 2 and "The numbers of the timeline" in html
    changed = run("path", ready="prostate_staging", steps="mri,blood_tests*")
    assert "Changed:" in changed and "already done" in changed and "belongs to the ready order" in changed


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"steps": "mri,xrays"}, "does not know"),
        ({"steps": "mri,mri"}, "it stands there already"),
        ({"steps": ",".join(list(load_catalog().variants)[:9])}, "at most 8 steps"),
        ({"steps": "none"}, "Your path is empty"),
        ({"ready": "nowhere"}, "does not know"),
        ({"ready": "unknown_primary", "other": "unknown_primary"}, "does not know"),
    ],
)
def test_bad_addresses_of_paths_are_named(params, said):
    assert said in run("path", **params)


def test_facts_about_a_person_warn_above_the_order_of_a_path():
    html = run("path", facts=["anticoagulant", "metformin"], ready="unknown_primary")
    assert html.index("Ask first:") < html.index("The order of the steps")


@pytest.mark.parametrize("words", ["plain", "technical"])
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_is_judged_in_every_picture(kind, words):
    html = run("see", kind=kind, words=words)
    file = load_catalog().see_file
    assert html.count('class="sight') == len(file.panels)
    assert html.count("Simulated picture. ") == len(file.panels)
    assert next(k for k in file.kinds if k.id == kind).noun.at(words) in html


@pytest.mark.parametrize("view", [f"{v.test}.{v.view}" for v in load_catalog().see_file.views])
def test_a_large_picture_says_why_and_leads_to_the_table(view):
    html = run("see", panel=view, kind="sclerotic", words="technical")
    assert "What to look for" in html and "In the table: " in html and "Change the picture" in html
    assert (f"/compare?cell={view.split('.')[0]}." in html and "contrast-to-noise" in html) or view.startswith("biopsy")


@pytest.mark.parametrize("story", [story.id for story in load_catalog().see_file.stories])
def test_a_story_is_told_whole(story):
    html, told = run("see", story=story), next(s for s in load_catalog().see_file.stories if s.id == story)
    text = unescape(re.sub(r"<[^>]+>", "", html))
    assert all(part.plain in text for part in told.told)
    assert html.count("<figure") == len(told.views)


def test_the_cells_and_the_test_pages_lead_to_pictures():
    assert "/see?" in run("compare", cell="mri.bone_marrow") and "See it" in run("compare", cell="mri.bone_marrow")
    assert "See it" not in run("compare", cell="blood_tests.tumor_type")
    assert "What its pictures look like" in run("test", test="mri")
    assert "What its pictures look like" not in run("test", test="blood_tests")
