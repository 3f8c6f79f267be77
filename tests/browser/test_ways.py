"""What a person does: touch a square, use the keyboard, go back, copy a link, search."""

import re

import pytest
from playwright.sync_api import expect


def test_a_touch_on_a_square_explains_it_beside_the_table(visit):
    visitor = visit()
    page = visitor.open("/compare")
    page.locator("[data-cell='ct.spinal_cord_compression']:visible").click()
    heading = page.locator(".side .asks")
    expect(heading).to_contain_text("Does CT show")
    expect(heading).to_be_focused()
    expect(page).to_have_url(re.compile("cell=ct.spinal_cord_compression"))
    card = page.locator(".side .why").bounding_box()
    table = page.locator(".matrix table").bounding_box()
    assert card["x"] >= table["x"] + table["width"]


def test_the_keyboard_moves_opens_and_returns(visit):
    page = visit().open("/compare")
    assert page.locator(".matrix td [data-cell][tabindex='0']").count() == 1
    start = page.locator("[data-cell='xray.alignment_anatomy']:visible")
    start.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    target = page.locator("[data-cell='ct.fracture_collapse']:visible")
    expect(target).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".side .asks")).to_be_focused()
    expect(target).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(target).to_be_focused()
    expect(page.locator(".side .asks")).to_contain_text("Touch a square")


def test_back_restores_each_step(visit):
    visitor = visit()
    page = visitor.open("/compare")
    page.locator("[data-cell='mri.bone_marrow']:visible").click()
    expect(page.locator(".side .asks")).to_contain_text("MRI")
    page.get_by_role("button", name="Tumor", exact=True).click()
    expect(page.locator("[data-cell='mri.nerve_roots']:visible")).to_have_count(0)
    page.go_back()
    expect(page.locator(".side .asks")).to_contain_text("MRI")
    page.get_by_role("link", name="All about MRI").click()
    expect(page.locator("h1")).to_contain_text("MRI")
    expect(page.locator("h1")).to_be_focused()
    page.go_back()
    expect(page.locator(".side .asks")).to_contain_text("MRI")


def test_two_tests_side_by_side(visit):
    page = visit().open("/compare?versus=mri,ct")
    expect(page.locator("h1")).to_have_text("MRI or CT?")
    said = page.locator(".diffs >> nth=0").locator(".gap").all_inner_texts()
    gaps = [int(re.search(r"(\d) levels? apart", text).group(1)) for text in said]
    assert gaps == sorted(gaps, reverse=True) and gaps
    page.get_by_label("or that").select_option(label="Bone scan")
    expect(page.locator("h1")).to_have_text("MRI or Bone scan?")
    expect(page).to_have_url(re.compile("versus=mri(,|%2C)bone_scan"))


def test_groups_tests_and_order_can_be_chosen(visit):
    page = visit().open("/compare")
    page.get_by_role("button", name="All eleven tests").click()
    expect(page.locator(".matrix thead th")).to_have_count(11)
    expect(page).to_have_url(re.compile("tests=all"))
    page.locator("[data-cell='blood_tests.alignment_anatomy']:visible").click()
    expect(page.locator(".under .asks")).to_be_focused()
    page.get_by_role("button", name="Six main tests").click()
    page.get_by_text("More choices").click()
    page.get_by_role("button", name="Most different first").click()
    expect(page).to_have_url(re.compile("sort=spread"))
    expect(page.locator(".matrix tr.g")).to_have_count(0)
    page.locator("details.pick").get_by_role("button", name="X-ray", exact=True).click()
    expect(page.locator(".matrix thead th")).to_have_count(5)


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_any_reason_is_at_most_two_touches_away(visit, width):
    page = visit(width).open("/compare")
    page.locator(".cards [data-cell='mri.spinal_cord_compression']").click()
    expect(page.locator(".cards .why .asks")).to_be_focused()
    card = page.locator(".cards section", has=page.locator("[data-cell='bone_scan.spinal_cord_compression']"))
    card.locator("summary").first.click()
    page.locator(".cards [data-cell='bone_scan.spinal_cord_compression']").click()
    expect(page.locator(".cards .why .asks")).to_contain_text("bone scan")
    box = page.locator(".cards .why").bounding_box()
    row = page.locator(".cards [data-cell='bone_scan.spinal_cord_compression']").bounding_box()
    assert 0 <= box["y"] - (row["y"] + row["height"]) < 30


def test_all_pages_can_be_reached_on_a_phone(visit):
    page = visit(390).open("/")
    page.get_by_role("button", name="All pages").click()
    page.get_by_role("link", name="Sources", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Sources")
    expect(page.locator("[data-testid=stSidebar][aria-expanded=true]")).to_have_count(0)


def test_words_and_sources_open_by_touch_and_keyboard(visit):
    page = visit().open("/test?test=mri")
    mark = page.locator(".lede .src")
    mark.focus()
    page.keyboard.press("Enter")
    box = page.locator(".box:popover-open")
    expect(box).to_be_visible()
    assert re.search(r"\((19|20)\d\d\)", box.inner_text())
    page.keyboard.press("Escape")
    expect(page.locator(".box:popover-open")).to_have_count(0)
    expect(mark).to_be_focused()
    word = page.locator(".term:visible").first
    word.click()
    expect(page.locator(".box:popover-open")).to_contain_text(re.compile(".{10,}"))
    place, button = page.locator(".box:popover-open").bounding_box(), word.bounding_box()
    assert abs(place["y"] - button["y"] - button["height"]) < 20 or abs(place["y"] + place["height"] - button["y"]) < 20


def test_the_reading_level_travels_with_the_reader(visit):
    page = visit().open("/compare?cell=mri.bone_marrow")
    plain = page.locator(".side .reason").inner_text()
    page.get_by_role("button", name="Technical").click()
    expect(page).to_have_url(re.compile("words=technical"))
    expect(page.locator(".side .reason")).not_to_have_text(plain)
    page.get_by_role("link", name="Tests", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Which test?")
    expect(page.get_by_role("button", name="Technical")).to_have_attribute("aria-pressed", "true")


def test_the_link_can_be_copied_and_gives_the_same_view(visit, browser, site):
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/compare?tests=ct,mri&cell=ct.bone_marrow&words=technical")
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{site}/compare?tests=ct,mri&cell=ct.bone_marrow&words=technical"
    assert page.locator(".share img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_a_patient_finds_the_test_on_the_paper(visit):
    page = visit(390).open("/")
    page.get_by_role("searchbox").fill("nuclear bone scn")
    page.get_by_role("button", name="Find").click()
    page.locator(".hits a").first.click()
    expect(page.locator("h1")).to_contain_text(re.compile("bone scan", re.IGNORECASE))
    for heading in ("Before, during, after", "What a normal result means", "What it can show"):
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    expect(page.locator(".alarm")).to_be_visible()


def test_a_named_red_flag_comes_before_everything_found(visit):
    page = visit(390).open("/")
    page.get_by_role("searchbox").fill("my legs feel weak")
    page.keyboard.press("Enter")
    alarm = page.get_by_role("alert")
    expect(alarm).to_be_visible()
    assert alarm.bounding_box()["y"] < page.locator("h1").bounding_box()["y"]
    expect(page.get_by_text("is not known here")).to_have_count(0)
    expect(page.locator(".doors")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/compare", "/test?test=mri", "/about", "/words", "/sources"])
def test_the_signs_that_cannot_wait_open_at_the_top_of_every_page(visit, path):
    page = visit(390).open(path)
    page.locator(".alarm summary").click()
    expect(page.locator(".alarm").get_by_text("emergency department")).to_be_visible()
    assert page.locator(".alarm").bounding_box()["y"] < page.locator("h1").bounding_box()["y"]


def test_two_named_tests_lead_to_their_comparison(visit):
    page = visit().open("/?q=why+MRI+not+x-ray")
    page.locator(".hits a").first.click()
    expect(page.locator("h1")).to_have_text("X-ray or MRI?")


def test_a_link_to_a_square_shows_its_reason_on_a_phone(visit):
    page = visit(390).open("/")
    page.locator(".strip .c", has_text="MRI").click()
    reason = page.locator(".cards .why .asks")
    expect(reason).to_be_in_viewport()
    assert reason.bounding_box()["y"] > 60  # clear of the header


def test_the_projector_shows_nothing_but_table_and_explanation(visit):
    page = visit().open("/compare?view=projector&cell=mri.spinal_cord_compression")
    expect(page.locator(".matrix table")).to_be_visible()
    expect(page.locator(".side .why")).to_be_visible()
    for hidden in (".foot", ".next", "[data-testid=stHeader]"):
        expect(page.locator(hidden).first).not_to_be_visible()
    assert page.locator(".matrix .c").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 18


def test_overdue_content_says_so(visit):
    visitor = visit()
    page = visitor.open("/test?test=ct")
    expect(page.locator(".fresh")).to_contain_text("Last checked: 20")
    expect(page.locator(".overdue")).to_have_count(0)


def test_200_percent_zoom_loses_nothing(visit):
    page = visit(640).open("/compare?cell=mri.bone_marrow")
    expect(page.locator(".why .asks").locator("visible=true")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_use_of_a_source_is_listed(visit):
    page = visit().open("/sources")
    page.get_by_role("link", name=re.compile(r"Used in \d{2,} places")).first.click()
    expect(page.get_by_text("Used in:")).to_be_visible()
    page.locator(".uses a[href*='cell=']").first.click()
    expect(page.locator(".why .asks").first).to_contain_text("show")


def test_print_shows_the_table_on_white_paper(visit):
    page = visit(700, dark=True).open("/compare?cell=mri.bone_marrow")
    page.emulate_media(media="print")
    expect(page.locator(".matrix table")).to_be_visible()
    expect(page.locator(".side .why")).to_be_visible()
    expect(page.locator(".printed")).to_contain_text("/compare?cell=mri.bone_marrow")
    for hidden in (".tools", ".cards", ".next", "[data-testid=stHeader]", ".close"):
        expect(page.locator(hidden).first).not_to_be_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        == "rgb(255, 255, 255)"
    )


def test_the_share_sheet_opens_and_escape_closes_it(visit):
    page = visit(390).open("/test?test=mri")
    page.get_by_text("Share", exact=True).click()
    sheet = page.locator(".share .sheet")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()


def test_a_reload_keeps_the_reading_level(visit):
    page = visit().open("/about?words=technical")
    page.get_by_role("link", name="Words", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/words\?words=technical"))
    page.reload()
    expect(page.get_by_role("button", name="Technical")).to_have_attribute("aria-pressed", "true")


def test_the_filters_of_the_figures_keep_the_focus(visit):
    page = visit().open("/compare?view=figures")
    choice = page.get_by_label("Counted per")
    choice.focus()
    choice.select_option("lesion")
    expect(page).to_have_url(re.compile("unit=lesion"))
    page.wait_for_function("!document.querySelector('.sl-root[aria-busy]')")
    expect(choice).to_be_focused()
