"""What people take along: plain HTML without script, and PDF; readable, complete, on white."""

import io
import re

import pikepdf
import pytest
from playwright.sync_api import expect

from modalities.records import MODALITIES
from tests.browser.test_pages import violations


@pytest.fixture
def without_script(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    context.set_default_timeout(5000)
    yield context.new_page()
    context.close()


def test_the_print_page_works_without_script(without_script, site):
    page = without_script
    page.goto(f"{site}/print/mri?facts=pregnant&ask=mri_device")
    for heading in ("MRI of the spine", "If pregnant", "Before", "After", "The result", "Questions to ask", "Sources"):
        expect(page.get_by_role("heading", name=re.compile(heading)).first).to_be_visible()
    assert page.locator("script").count() == 0
    page.get_by_text("Fit this paper to a person").click()
    page.get_by_label("A pacemaker made for MRI").check()
    page.get_by_label("Version").select_option(label="MRI without dye")
    page.get_by_role("button", name="Make the paper").click()
    expect(page.locator("#with-pacemaker_conditional")).to_be_visible()
    expect(page.locator("#with-pregnant")).to_be_visible()
    assert "version=mri" in page.url


def test_without_script_home_leads_to_the_papers(without_script, site):
    page = without_script
    page.goto(f"{site}/")
    expect(page.locator(".noscript")).to_contain_text("emergency number")
    expect(page).to_have_title("Sightline")
    page.get_by_role("link", name="paper on every test").click()
    page.get_by_role("link", name="PET/CT", exact=True).click()
    expect(page.get_by_role("heading", name="PET/CT").first).to_be_visible()


@pytest.mark.parametrize("test", MODALITIES)
def test_print_pages_are_accessible_and_fit_a_phone(visit, site, test):
    visitor = visit(320)
    page = visitor.page
    page.goto(f"{site}/print/{test}")
    page.locator("details").evaluate_all("all => all.forEach(d => d.open = true)")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_of_papers_is_accessible(visit, site):
    page = visit(390).page
    page.goto(f"{site}/print")
    assert violations(page) == []
    expect(page.locator("li")).to_have_count(len(MODALITIES))


@pytest.mark.parametrize("test", MODALITIES)
def test_paper_from_the_browser_is_two_pages_on_white(visit, site, test):
    page = visit().page
    page.goto(f"{site}/print/{test}")
    page.emulate_media(media="print")
    expect(page.locator("nav.screen")).not_to_be_visible()
    expect(page.locator("form")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    with pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as document:
        assert len(document.pages) <= 2


def test_nothing_on_paper_is_told_by_color(visit, site):
    """Every color of the print page is a gray."""
    page = visit().page
    page.goto(f"{site}/print/ct?facts=pregnant")
    colors = page.evaluate(
        "[...new Set([...document.querySelectorAll('main *')].flatMap(e => { const s = getComputedStyle(e); "
        "return [s.color, s.backgroundColor, s.borderTopColor]; }))]"
    )
    for color in colors:
        red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", color))
        assert red == green == blue or alpha == [0], color


def test_large_print_is_at_least_sixteen_points(visit, site):
    page = visit().page
    page.goto(f"{site}/print/mri?size=large")
    page.emulate_media(media="print")
    assert page.locator("main li").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 21.3  # 16 points


def test_a_bad_address_is_answered_gently(visit, site):
    page = visit().page
    page.goto(f"{site}/print/mri?facts=tall,%3Cscript%3Ealert(1)%3C/script%3E&version=bogus&size=huge")
    said = page.locator(".notice").all_inner_texts()
    assert any("“tall”" in text for text in said) and any("“bogus”" in text for text in said)
    assert page.locator("script").count() == 0
    page.context.set_extra_http_headers({})
    answer = page.request.get(f"{site}/print/foo")
    assert answer.status == 404 and "There is no test “foo” here" in answer.text()
    assert page.request.get(f"{site}/print/foo.pdf").status == 404


def test_pdfs_are_served_in_both_sizes(visit, site):
    page = visit().page
    page.goto(f"{site}/print")
    for size in ("", "?size=large", "?facts=claustrophobia&words=technical"):
        answer = page.request.get(f"{site}/print/mri.pdf{size}")
        assert answer.ok and answer.headers["content-type"] == "application/pdf"
        with pikepdf.open(io.BytesIO(answer.body())) as document:
            assert document.Root.MarkInfo.Marked and (size == "?size=large" or len(document.pages) <= 2)
