"""A patient, a student and a teacher each reach an answer; cards open, links restore, facts stay in the session."""

import re

import pytest
from playwright.sync_api import expect

from modalities import load_catalog
from tests.browser.conftest import press_until
from tests.browser.test_pages import violations

CORD = "/choose?q=cord_compression_suspected&known=yes&neuro=cord"


def test_a_patient_on_a_phone_finds_the_answer_and_what_would_change_it(visit):
    page = visit(390).open("/")
    page.get_by_role("link", name="Where does the back pain come from?").click()
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator(".verdict")).to_contain_text("It depends")
    page.locator("#turn-known_cancer").get_by_role("button", name="Yes").click()
    expect(page.locator(".verdict")).to_contain_text("MRI")
    expect(page).to_have_url(re.compile("known=yes"))
    page.locator("#changes a", has_text="legs or arms are newly weak").click()
    expect(page.get_by_role("alert")).to_contain_text("emergency")
    expect(page.locator(".urgent")).to_contain_text("24 hours")
    page.go_back()
    expect(page.get_by_role("alert")).to_have_count(0)
    said = page.locator(".sl").first.inner_text()
    assert "you should" not in said.lower() and "you have cancer" not in said.lower()


def test_a_student_takes_the_answer_apart(visit):
    page = visit().open(f"{CORD}&words=technical")
    mri = page.locator("#pick-mri")
    mri.locator("summary", has_text="Why, and what guidelines say").click()
    expect(mri.locator("table.parts")).to_be_visible()
    parts = [float(text) for text in mri.locator("table.parts td b").all_inner_texts()]
    total = float(re.search(r"score of ([\d.]+)", mri.locator("table.parts caption").inner_text())[1])
    assert abs(sum(parts) - total) < 0.03, "the parts shown add up, but for what is too small to show"
    page.get_by_role("button", name="How was this decided?").click()
    expect(page.locator("#decided")).to_contain_text("stakes")
    assert page.locator("#decided table.steps tbody tr, #decided table.steps tr:has(td)").count() == 22
    mri.locator("a", has_text="NICE").first.click()
    expect(page.locator(".voice:focus")).to_contain_text("NICE")
    page.locator("#guidelines .src").first.click()
    expect(page.locator("[popover]:popover-open")).to_be_visible()


def test_a_teacher_opens_a_case_changes_a_fact_and_hands_it_on(visit, site):
    page = visit().open("/choose")
    page.locator("#cases a", has_text="pacemaker").click()
    expect(page.locator(".story")).to_contain_text("made up")
    mri = page.locator("#pick-mri")
    expect(mri).to_contain_text("ask first")
    expect(mri).to_contain_text("What is usually done instead")
    link = page.url
    page.locator("#turn-neuro_deficit").get_by_role("button", name="None").click()
    expect(page.locator(".story")).to_contain_text("Changed")
    expect(mri).to_contain_text("ask first")
    page.get_by_role("link", name="Back to the case as it was").click()
    expect(page.locator(".story .notice")).to_have_count(0)
    other = visit().open(link.removeprefix(site))
    expect(other.locator(".story")).to_contain_text("made up")
    expect(other.locator("#pick-mri")).to_contain_text("ask first")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_card_opens_and_stays_accessible(visit, width):
    page = visit(width).open(f"{CORD}&show=decided")
    page.evaluate("document.querySelectorAll('.sl details').forEach(d => d.open = true)")
    assert page.locator(".pick").count() == 12
    for card in page.locator(".pick").all():
        expect(card.locator("table.parts")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("case", load_catalog().cases.values(), ids=lambda case: case.id)
def test_every_case_opens_with_its_facts(visit, case):
    page = visit(390).open("/choose")
    page.locator("#cases a", has_text=case.title.plain).click()
    expect(page.locator(".story h2")).to_have_text(case.title.plain)
    assert page.locator(".notice").count() == 0, "every fact of the case could be read from its address"
    expect(page.locator(".known .chip[aria-pressed=true]").first).to_be_attached()


def test_facts_about_a_person_change_the_answer_and_stay_out_of_the_address(visit):
    page = visit().open(CORD)
    page.locator("summary", has_text="Facts about a person").click()
    page.locator("#fact-mri_impossible").click()
    expect(page.locator("section.unsafe")).to_contain_text("MRI")
    expect(page.locator(".verdict")).to_contain_text("CT")
    assert "mri_impossible" not in page.url
    page.locator("#fact-mri_impossible").click()
    expect(page.locator("section.unsafe")).to_have_count(0)


def test_an_earlier_test_counts_for_what_it_shows(visit):
    page = visit().open(CORD)
    page.locator("summary", has_text="Tests already done").click()
    page.get_by_role("group", name="MRI without dye").get_by_role("button", name="abnormal").click()
    expect(page).to_have_url(re.compile("done=mri:abnormal"))
    ct = page.locator("#pick-ct")
    ct.locator("xpath=ancestor-or-self::details").evaluate_all("all => all.forEach(d => d.open = true)")
    expect(page.locator("#pick-mri")).not_to_have_class(re.compile("usually$"))


def test_copied_text_holds_the_whole_answer(visit):
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open(CORD)
    page.locator("summary", has_text="Facts about a person").click()
    page.locator("#fact-pregnant").click()
    expect(page.locator("#fact-pregnant")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Copy as text").click()
    expect(page.get_by_text("Text copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert "Usually used: MRI" in text and "NICE" in text and "no advice for one person" in text
    assert "\nHow soon: within 12 hours" in text and "Said about the person: Pregnan" in text
    assert "pregnant" not in page.url


def test_contradictions_in_an_address_are_named_and_left_out(visit):
    page = visit().open("/choose?q=find_cause_of_pain&known=no&primary=prostate&neuro=bogus&done=xray:fine")
    notices = page.locator(".notice").all_inner_texts()
    assert any("primary" in notice for notice in notices)
    assert any("“bogus”" in notice for notice in notices) and any("xray:fine" in notice for notice in notices)
    expect(page.locator(".verdict")).to_be_visible()


def test_the_answer_prints(visit):
    page = visit().open(CORD)
    page.emulate_media(media="print")
    expect(page.locator("#pick-mri h3")).to_be_visible()
    expect(page.locator("#guidelines")).to_be_visible()
    expect(page.get_by_role("button", name="Copy as text")).to_be_hidden()


def test_scores_are_worked_on_example_cases_only(visit):
    page = visit().open("/choose?q=instability&known=yes")
    page.locator("a", has_text="SINS").first.click()
    expect(page.locator(".story")).to_contain_text("Nothing about a real person")
    before = page.locator("#total h2").inner_text()
    page.locator("#item-" + page.locator(".item").nth(1).get_attribute("id").removeprefix("item-")).locator(
        ".chip[aria-pressed=false]"
    ).last.click()
    expect(page.locator("#total h2")).not_to_have_text(before)
    expect(page.locator(".bands [aria-current]")).to_have_count(1)
    page.get_by_role("button", name="Back to the case as it was").click()
    expect(page.locator("#total h2")).to_have_text(before)
    assert page.locator("input:not([type=hidden])").count() == 0, "nothing can be typed in"


def test_choosing_by_keyboard_alone(visit):
    page = visit().open("/choose")

    press_until(page, 'a.door[href*="q=find_cause_of_pain"]')
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    press_until(page, ".known .chip")
    page.keyboard.press("Space")
    expect(page.locator(".known .chip[aria-pressed=true]").first).to_be_attached()
