"""What a person does: touch a square, use the keyboard, go back, copy a link, search."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import press_until


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
    menu = page.locator("[data-testid=stSidebar]")
    page.get_by_role("button", name="All pages").click()
    expect(menu).to_be_in_viewport()
    page.get_by_role("link", name="Sources", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Sources")
    expect(menu).not_to_be_in_viewport()
    page.get_by_role("button", name="All pages").click()
    expect(menu).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_in_viewport()


def test_words_and_sources_open_by_touch_and_keyboard(visit):
    page = visit().open("/test?test=mri")
    mark = page.locator(".lede .src")
    mark.focus()
    page.keyboard.press("Enter")
    box = page.locator(".box:popover-open")
    expect(box).to_be_visible()
    assert re.search(r"\((19|20)\d\d\)", box.inner_text())
    cited = mark.get_attribute("data-sources").split()
    expect(box.get_by_role("link", name="Where else this is used")).to_have_count(len(cited))
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
    expect(page.locator("h1")).to_contain_text("My test")
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


@pytest.mark.parametrize("width", [390, 320])
def test_the_patients_way_from_the_paper_to_the_hand_out(visit, width):
    """Home, the wording on the paper, what applies, a question, the print page, the PDF."""
    visitor = visit(width)
    page = visitor.open("/")
    page.locator(".door", has_text="My test").click()
    expect(page.locator("h1")).to_contain_text("My test")
    page.get_by_role("searchbox").fill("MRI T/L spine w/wo")
    page.keyboard.press("Enter")
    expect(page.locator("#read")).to_contain_text("first without dye, then with dye")
    page.get_by_role("link", name=re.compile("Go to MRI without and with dye")).click()
    expect(page.locator("h1")).to_have_text("MRI of the spine")
    page.locator(".chipset", has_text="Metal and devices").locator("summary").first.click()
    chip = page.locator("#fact-pacemaker_non_conditional")
    chip.click()
    expect(page.locator("#with-pacemaker_non_conditional")).to_contain_text("ask first")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_be_focused()
    assert "facts" not in page.url
    tick = page.locator(".ask input").first
    tick.check()
    wanted = f"ask={tick.get_attribute('data-ask')}"
    link = page.locator(".take a", has_text="Print this").first
    expect(link).to_have_attribute("href", re.compile(wanted))
    with visitor.context.expect_page() as opened:
        link.click()
    paper = opened.value
    paper.wait_for_load_state()
    expect(paper.locator("#with-pacemaker_non_conditional")).to_be_visible()
    expect(paper.locator("#questions li")).to_have_count(1)
    assert paper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    made = paper.request.get(
        paper.url.split("/print")[0] + paper.get_by_role("link", name="PDF", exact=True).get_attribute("href")
    )
    assert made.ok and made.body().startswith(b"%PDF") and made.headers["cache-control"] == "no-store"


def test_the_patients_way_by_keyboard_alone(visit):
    page = visit().open("/test?paper=CT+guided+bx")

    press_until(page, "#read a.btn")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    press_until(page, "#fact-anticoagulant")
    page.keyboard.press("Space")
    expect(page.locator("#with-anticoagulant")).to_be_visible()
    expect(page.locator("#fact-anticoagulant")).to_be_focused()
    press_until(page, ".ask input")
    page.keyboard.press("Space")
    expect(page.locator(".take a").first).to_have_attribute("href", re.compile("facts=anticoagulant&ask="))


def test_a_reload_forgets_what_was_touched(visit):
    page = visit().open("/test?test=pet_ct")
    page.locator("#fact-diabetes_high_glucose").click()
    expect(page.locator(".fits")).to_have_count(1)
    page.reload()
    expect(page.locator("#fact-diabetes_high_glucose")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".fits")).to_have_count(0)


def test_facts_go_into_a_link_only_when_asked(visit, site):
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/test?test=ct&version=ct_contrast")
    page.locator("#fact-metformin").click()
    expect(page.locator("#with-metformin")).to_be_visible()
    assert "metformin" not in page.url
    page.get_by_role("button", name="Copy link with these facts").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{site}/test?test=ct&version=ct_contrast&facts=metformin"
    other = visit()
    there = other.open(link.removeprefix(site))
    expect(there.locator("#with-metformin")).to_be_visible()
    there.reload()
    expect(there.locator("#with-metformin")).to_be_visible()
    there.get_by_role("button", name="Forget all").click()
    expect(there.locator(".fits")).to_have_count(0)
    expect(there).not_to_have_url(re.compile("facts"))


def test_a_touched_sign_that_cannot_wait_is_announced(visit):
    page = visit(390).open("/test?test=mri")
    page.locator(".chipset", has_text="The situation").locator("summary").first.click()
    page.locator("#fact-new_neuro_deficit").click()
    expect(page.get_by_role("alert")).to_contain_text("emergency")


def test_a_search_for_a_fact_leads_to_what_it_means(visit):
    page = visit().open("/?q=blood+thinner")
    page.locator(".hits a", has_text="On blood thinners: every test").first.click()
    expect(page.locator("#topic")).to_be_focused()
    expect(page.locator("#topic")).to_contain_text("Never stop by yourself")
    page.locator("#topic [data-fact]").click()
    page.locator("#topic a", has_text="Biopsy").click()
    expect(page.locator("#with-anticoagulant")).to_be_visible()


def test_words_of_reports_can_be_looked_up(visit):
    page = visit(390).open("/test?test=mri")
    page.get_by_role("link", name="Words of reports, explained").first.click()
    expect(page.locator("#reports dt").nth(60)).to_be_attached()
    page.locator("#word-retropulsion").scroll_into_view_if_needed()
    expect(page.locator("#word-retropulsion dd")).to_be_visible()
