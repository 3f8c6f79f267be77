"""See as people use it: one lesion moved, pictures opened and changed, hidden and found, stories, files."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from modalities import load_catalog
from modalities.simulate.seek import hidden_scene
from tests.browser.conftest import press_until
from tests.browser.test_pages import violations

LOOKS = ((1280, False), (390, True), (1280, True), (390, False))  # in turn: each page is drawn by the same parts
STORIES = [story.id for story in load_catalog().see_file.stories]
VIEWS = [f"{view.test}.{view.view}" for view in load_catalog().see_file.views]
LARGE = list({view.partition(".")[0]: view for view in VIEWS}.values())  # one a test; the others share its parts
LOADED = "() => [...document.querySelectorAll('.sl .plate img')].every(i => i.complete && i.naturalWidth > 50)"


def pixels(page, address):
    answer = page.request.get(address if address.startswith("http") else page.url.split("/see")[0] + address)
    assert answer.ok, answer.text()
    return np.asarray(Image.open(io.BytesIO(answer.body())).convert("RGB")).astype(int)


def test_eight_pictures_stand_side_by_side_each_with_its_words(visit):
    page = visit().open("/see")
    expect(page.locator(".films .shot")).to_have_count(8)
    page.wait_for_function(LOADED)
    for shot in page.locator(".films .shot").all():
        alt = shot.locator("img").first.get_attribute("alt")
        assert alt.startswith("Simulated picture.") and len(alt) > 80
        expect(shot.locator(".sight")).to_have_text(re.compile("[●◐○] "))
    expect(page.locator(".made")).to_contain_text("not any patient")


def test_another_kind_changes_the_pictures_and_the_badges(visit):
    page = visit().open("/see")
    t1 = page.locator("#to-mri-t1 img").first.get_attribute("src")
    page.get_by_role("button", name="Marrow only").click()
    expect(page).to_have_url(re.compile("kind=marrow_only"))
    expect(page.locator("#to-xray-ap + figcaption .sight")).to_have_class(re.compile("not_seen"))
    expect(page.locator("#to-mri-stir + figcaption .sight")).to_have_class(re.compile(r"\bseen"))
    assert page.locator("#to-mri-t1 img").first.get_attribute("src") != t1


def test_the_size_slider_is_live_and_one_step_back(visit):
    page = visit().open("/see")
    page.locator("#mm").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.locator("output[for=mm]")).to_contain_text("21")
    expect(page).to_have_url(re.compile("mm=21"))
    expect(page.locator("#to-ct-sagittal img").first).to_have_attribute("src", re.compile("mm=21"))
    expect(page.locator("#mm")).to_be_focused()
    page.go_back()
    expect(page.locator("output[for=mm]")).to_contain_text("15")


def test_reveal_outlines_the_lesion_in_every_picture(visit):
    page = visit().open("/see")
    page.get_by_role("button", name="Reveal it").click()
    expect(page.locator(".films img.ring")).to_have_count(8)
    for ring in page.locator(".films img.ring").all():
        drawn = pixels(page, ring.get_attribute("src"))
        assert drawn.max() > 0, "an outline is empty"


def test_a_touch_makes_a_picture_large_and_the_keyboard_reaches_its_dials(visit):
    page = visit().open("/see")
    press_until(page, "#to-ct-sagittal")
    page.keyboard.press("Enter")
    expect(page.locator("#large")).to_be_focused()
    expect(page.locator(".aside")).to_contain_text("What to look for")
    expect(page.locator(".aside .src").first).to_be_visible()
    expect(page.locator(".measured")).to_contain_text("of 1,000")
    press_until(page, "#w-width", limit=80)
    before = page.locator(".wide img").first.get_attribute("src")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".wide img").first).not_to_have_attribute("src", before)
    page.get_by_role("link", name="All pictures side by side").click()
    expect(page.locator(".large")).to_have_count(0)


@pytest.mark.parametrize("view", LARGE)
def test_each_test_has_a_view_that_stands_large_with_its_reasons(visit, view):
    width, dark = LOOKS[LARGE.index(view) % 4]
    page = visit(width, dark).open(f"/see?panel={view}&kind=epidural&mm=22&place=body_back")
    page.wait_for_function(LOADED)
    expect(page.locator(".aside h2").nth(1)).to_contain_text(re.compile("^Why it (shows|does|works|may)"))
    expect(page.locator(".aside a[href*='/compare?cell=']")).to_have_count(1)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert violations(page) == []


def test_the_healthy_spine_lies_beside_the_lesion(visit):
    page = visit().open("/see?panel=mri.t1")
    page.get_by_role("button", name="Beside the healthy spine").click()
    expect(page.locator("img.wiped")).to_have_count(1)
    page.locator("#wipe").fill("90")
    assert page.locator(".wide").evaluate("node => getComputedStyle(node).getPropertyValue('--wipe')") == "90%"
    page.get_by_role("button", name="Flicker").click()
    expect(page.locator("[data-stage]")).to_have_class(re.compile("flick"))


def test_a_link_opens_exactly_this_view(visit):
    path = "/see?kind=sclerotic&mm=12&at=T11&place=body_right&seed=5&panel=ct.axial&set=window:soft&center=60&width=400&show=reveal"
    page = visit().open(path)
    expect(page.locator(".controls button", has_text="T11")).to_have_attribute("aria-pressed", "true")
    src = page.locator(".wide img").first.get_attribute("src")
    assert all(
        part in src for part in ("kind=sclerotic", "mm=12", "at=T11", "seed=5", "window:soft", "center=60", "width=400")
    )
    again = visit().open(path)
    assert (pixels(page, src) == pixels(again, again.locator(".wide img").first.get_attribute("src"))).all()


def test_values_that_can_not_be_are_named_and_the_rest_works(visit):
    page = visit().open("/see?kind=moon&mm=99&panel=ct.axial&set=window:lung&center=abc&width=3&also=x&at=T11")
    for said in ("kind “moon”", "mm “99”", "window is 'lung'", "center “abc”", "also is 'x'"):
        expect(page.locator(".notice", has_text=said)).to_have_count(1)
    expect(page.locator("output[for=mm]")).to_contain_text("15")
    expect(page.locator(".controls button", has_text="T11")).to_have_attribute("aria-pressed", "true")


def test_hide_and_seek_tells_nothing_before_the_guess(visit):
    page = visit(390).open("/see")
    page.get_by_role("button", name="Test your eye").click()
    expect(page.locator(".shot.closed")).to_have_count(6)
    expect(page.locator(".sight, .ring")).to_have_count(0)
    page.locator(".shot.closed .btn").first.click()
    expect(page.locator(".shot.closed")).to_have_count(5)
    assert not re.search(r"kind=|lytic|sclerotic", page.locator(".films").inner_html())
    truth = hidden_scene(1).lesions
    right = truth[0].vertebra if truth else "Nothing there"
    page.get_by_role("button", name=right, exact=True).click()
    expect(page.locator(".controls [role=status]")).to_contain_text("Right.")
    expect(page.locator(".controls [role=status]")).to_contain_text("opened 2 of 7")
    page.get_by_role("link", name="Next spine").click()
    expect(page).to_have_url(re.compile("seek=2"))


def test_the_smallest_that_shows_has_a_chart_words_and_a_table(visit):
    page = visit().open("/see?show=sweep")
    page.wait_for_selector(".js-plotly-plot", timeout=60000)
    rows = page.locator("table.plain tbody tr")
    expect(rows).to_have_count(8)
    cells = rows.filter(has_text="STIR").locator("td").all_inner_texts()
    chances = [int(cell.strip(">")) for cell in cells[:-1]]
    assert chances[-1] > chances[0] and "mm" in cells[-1]


@pytest.mark.parametrize("story", STORIES)
def test_each_story_shows_its_pictures_and_is_accessible(visit, story):
    width, dark = LOOKS[STORIES.index(story) % 4]
    page = visit(width, dark).open(f"/see?story={story}")
    page.wait_for_function(LOADED)
    assert page.locator("#story p .src").count() >= 2
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_the_page_is_accessible_in_both_themes_and_at_320_pixels(visit):
    for width, dark in ((1280, False), (390, True), (320, False)):
        page = visit(width, dark).open("/see?kind=hemangioma&collapse=wedge&words=technical")
        page.wait_for_function(LOADED)
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert violations(page) == []


def test_a_picture_can_be_saved_and_says_that_it_is_simulated(visit):
    page = visit().open("/see?panel=mri.stir")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the picture").click()
    assert saved.value.suggested_filename == "sightline-simulated-mri-stir.png"
    with Image.open(saved.value.path()) as picture:
        assert "Simulated" in picture.text["Description"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/see/ct.sagittal.png?mm=900", "diameter_mm is 900"),
        ("/see/ct.upside.png", "ct has no view 'upside'"),
        ("/see/ray.png", "no simulated picture of 'ray'"),
        ("/see/ct.axial.png?set=window:lung", "window is 'lung'"),
        ("/see/ct.axial.png?width=0", "width is 0"),
    ],
)
def test_a_wrong_picture_address_says_what_is_wrong(visit, path, said):
    visitor = visit()
    answer = visitor.page.request.get(visitor.site + path)
    assert answer.status == 400 and said in answer.text()


def test_a_square_of_the_table_leads_to_its_picture(visit):
    page = visit().open("/compare?cell=mri.bone_marrow")
    page.get_by_role("link", name="See it").first.click()
    expect(page.locator("#large")).to_be_focused()
    expect(page).to_have_url(re.compile("kind=marrow_only"))


def test_a_test_page_shows_its_views(visit):
    page = visit(390).open("/test?test=mri")
    thumbs = page.locator("#pictures li a")
    assert thumbs.count() >= 3
    thumbs.first.click()
    expect(page.locator("#large .aside")).to_be_visible()
