"""The hand-out: complete, two pages, tagged; the same content gives the same bytes."""

import io
from collections import Counter

import pikepdf
import pytest

from modalities import load_catalog
from modalities.factors import what_applies
from modalities.handout import PAGES, handout, pdf, questions_for
from modalities.records import MODALITIES

catalog = load_catalog()
ADDRESS = "https://sightline.example/test?test=mri"


def said(paper):
    return " ".join(f"{part.heading} {item.label}{item.text}" for part in paper.parts for item in part.items)


def opened(paper, **options):
    return pikepdf.open(io.BytesIO(pdf(paper, **options)))


def tags(document):
    found = Counter()

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found[str(node.S)] += 1
            if "/K" in node:
                walk(node.K)

    walk(document.Root.StructTreeRoot.K)
    return found


@pytest.mark.parametrize("test", MODALITIES)
@pytest.mark.parametrize("words", ["plain", "technical"])
def test_a_paper_has_all_parts_and_fits_two_pages(test, words):
    paper = handout(catalog, test, words=words, address=ADDRESS)
    ids = [part.id for part in paper.parts]
    assert ids[0] == "alarm" and {"before", "during", "after", "results", "shows", "questions"} <= set(ids)
    assert paper.sources and all(any(ch.isdigit() for ch in s) or "undated" in s for s in paper.sources)
    with opened(paper) as document:
        assert len(document.pages) <= PAGES


@pytest.mark.parametrize("test", MODALITIES)
def test_every_fact_that_may_change_the_test_stands_on_the_tick_list(test):
    paper = handout(catalog, test)
    versions = [variant.id for variant in catalog.modality(test).variants]
    names = {applied.factor.name.plain for applied in what_applies(catalog, versions)}
    ticks = next((part for part in paper.parts if part.id == "ticks"), None)
    assert {name for item in ticks.items for name, _ in item.boxes} == names if ticks else not names


def test_facts_come_first_and_are_ticked():
    paper = handout(catalog, "mri", factors=["claustrophobia", "pacemaker_non_conditional", "bogus"])
    ids = [part.id for part in paper.parts]
    assert ids[1:3] == ["with-pacemaker_non_conditional", "with-claustrophobia"]
    assert "ask first" in paper.parts[1].heading
    ticks = next(part for part in paper.parts if part.id == "ticks")
    assert sum(ticked for item in ticks.items for _, ticked in item.boxes) == 2


def test_a_version_leaves_out_what_it_does_without():
    dye = said(handout(catalog, "mri", version="mri_without_and_with", factors=["egfr_lt_30"]))
    assert catalog.factor("egfr_lt_30").phrase.plain in dye
    assert "With kidney" not in said(handout(catalog, "mri", version="mri", factors=["egfr_lt_30"]))


def test_a_sign_that_cannot_wait_says_call_now():
    paper = handout(catalog, "mri", factors=["new_neuro_deficit"])
    assert "call now" in paper.parts[1].heading


def test_facts_without_a_rule_are_told_all_the_same():
    paper = handout(catalog, "blood_tests", factors=["claustrophobia"])
    also = next(part for part in paper.parts if part.id == "also")
    assert [item.text for item in also.items] == [catalog.factor("claustrophobia").name.plain]


@pytest.mark.parametrize("test", MODALITIES)
def test_many_facts_still_fit_two_pages(test):
    """Five facts of one person: what is on the page as well gives way, and the paper says so."""
    many = ["diabetes_high_glucose", "metformin", "kidney_disease", "anticoagulant", "claustrophobia"]
    with opened(handout(catalog, test, factors=many, address=ADDRESS)) as document:
        assert len(document.pages) <= PAGES


def test_ticked_questions_stand_alone():
    some = [question.id for question in questions_for(catalog, "mri")][:3]
    paper = handout(catalog, "mri", questions=some)
    asked = next(part for part in paper.parts if part.id == "questions")
    assert len(asked.items) == 3 and all(item.ticked for item in asked.items)


@pytest.mark.parametrize("large", [False, True])
def test_the_pdf_is_tagged(large):
    with opened(handout(catalog, "ct", address=ADDRESS), large=large) as document:
        root = document.Root
        assert root.MarkInfo.Marked and str(root.Lang) == "en-US" and root.ViewerPreferences.DisplayDocTitle
        found = tags(document)
        print("\ntags of the hand-out:", dict(found))
        assert found["/H1"] == 1 and found["/H2"] >= 8 and found["/L"] >= 6 and found["/LI"] == found["/LBody"] >= 30
        assert found["/Figure"] == 1
        with document.open_metadata() as meta:
            assert meta["dc:title"].startswith("CT of the spine") and meta["pdfuaid:part"] == "1"


def test_every_picture_of_the_pdf_has_a_text_alternative():
    with opened(handout(catalog, "mri", address=ADDRESS)) as document:
        alts = []

        def walk(node):
            if isinstance(node, pikepdf.Array):
                for child in node:
                    walk(child)
            elif isinstance(node, pikepdf.Dictionary):
                if str(node.get("/S")) == "/Figure":
                    alts.append(str(node.get("/Alt", "")))
                if "/K" in node:
                    walk(node.K)

        walk(document.Root.StructTreeRoot.K)
        assert alts == [f"QR code that opens this page again: {ADDRESS}"]


def test_the_headings_of_the_pdf_come_in_reading_order():
    paper = handout(catalog, "biopsy", factors=["anticoagulant"], address=ADDRESS)
    with opened(paper) as document:
        outline = document.Root.Outlines
        titles, node = [], outline.First
        while node is not None:
            titles.append(str(node.Title))
            node = node.First if "/First" in node and not titles[1:] else node.get("/Next")
    assert titles[0] == paper.title
    assert titles[1 : 1 + len(paper.parts)] == [part.heading for part in paper.parts]


def test_the_same_paper_gives_the_same_bytes():
    paper = handout(catalog, "xray", address=ADDRESS)
    assert pdf(paper) == pdf(handout(catalog, "xray", address=ADDRESS))


def test_large_print_is_large():
    paper = handout(catalog, "xray", address=ADDRESS)
    with opened(paper) as usual, opened(paper, large=True) as large:
        assert len(large.pages) > len(usual.pages)


def test_a_normal_result_is_told_in_people_where_a_figure_fits():
    def said(test, **options):
        return " ".join(i.text for part in handout(catalog, test, **options).parts for i in part.items)

    assert "with a normal result, about 26 have it all the same and 974 do not." in said("mri")
    assert "have it all the same and" not in said("myelogram"), "its figures count spots"
    assert "have it all the same and" in said("pet_ct", version="pet_ct_psma")
