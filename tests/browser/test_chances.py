"""Chances and Path as people use them: a slider, a row of results, lessons, charts, a path changed and printed."""

import re

import pytest
from playwright.sync_api import expect

from modalities import load_catalog
from tests.browser.conftest import press_until
from tests.browser.test_pages import violations

LESSONS = [lesson.id for lesson in load_catalog().chance_file.lessons]
LOOKS = ((1280, False), (390, True), (1280, True), (390, False))  # in turn: each page is drawn by the same parts
PATHS = [ready.id for ready in load_catalog().path_file.paths]


def test_a_patient_on_a_phone_finds_what_a_normal_result_leaves(visit):
    page = visit(390).open("/")
    page.get_by_role("link", name="What does a result tell?").first.click()
    expect(page.locator("h1")).to_be_focused()
    page.locator("#test-ct").click()
    expect(page.locator("#normal")).to_contain_text("116 of 1,000")
    expect(page.locator("#normal")).to_contain_text("What to watch for")
    expect(page.locator("svg.icons").first).to_have_attribute("aria-label", re.compile("172 found, 73 missed"))
    page.get_by_role("link", name="A normal CT, but the pain or the doubt stays").click()
    expect(page.locator("h1")).to_contain_text("A normal CT")
    expect(page.locator("ol.walk > li").first).to_contain_text("already done")


def test_the_table_the_picture_and_the_sentence_say_the_same(visit):
    page = visit().open("/chances?situation=lung_new&steps=pet_ct_fdg")
    cells = [int(text) for text in page.locator("table.four td b").all_inner_texts()]
    assert sum(cells) == 1000
    alt = page.locator("svg.icons").first.get_attribute("aria-label")
    assert [int(n) for n in re.findall(r"(\d+) (?:found|missed|false|with)", alt)] == [*cells[:3], cells[3]]
    area = page.locator("svg.icons").first.evaluate(
        "svg => [...svg.querySelectorAll('rect')].reduce((sum, r) => sum + r.width.baseVal.value * r.height.baseVal.value, 0)"
    )
    assert area == 1000 * 100, "each person has one cell of 10 by 10"


def test_a_slider_moves_every_number_and_is_one_step_back(visit):
    page = visit().open("/chances")
    slider = page.locator("#prior")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("prior=250"))
    expect(page.locator("output[for=prior]")).to_have_text("250")
    expect(page.locator("table.four tbody tr").first).to_contain_text("250")
    expect(slider).to_be_focused()
    expect(page.get_by_role("button", name="Back to what was counted")).to_be_visible()
    page.go_back()
    expect(page.locator("output[for=prior]")).to_have_text("245")


def test_a_slider_does_not_move_the_page(visit):
    page = visit().open("/chances?steps=ct:neg,mri:pos#chain")
    slider = page.locator("#together")
    slider.scroll_into_view_if_needed()
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("together=5"))
    page.wait_for_timeout(400)
    before = slider.bounding_box()["y"]
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("together=10"))
    page.wait_for_timeout(400)
    assert abs(slider.bounding_box()["y"] - before) < 2


def test_a_row_of_results_is_built_by_touch_and_restored_by_its_link(visit):
    page = visit().open("/chances")
    page.get_by_role("button", name="Suppose it is: what next?").click()
    expect(page).to_have_url(re.compile("steps=mri:neg"))
    expect(page.locator("ol.chain > li")).to_have_count(2)
    page.locator("#chain tr", has_text="PET/CT").get_by_role("button").first.click()
    expect(page.locator("ol.chain > li")).to_have_count(3)
    said = page.locator("ol.chain").inner_text()
    assert "By how far the tests err together" in said
    other = visit().open(page.url.split("#")[0].removeprefix(page.url.split("/chances")[0]))
    assert other.locator("ol.chain").inner_text() == said
    page.get_by_role("button", name=re.compile("Take away.*PET.CT")).click()
    expect(page.locator("ol.chain > li")).to_have_count(2)
    page.go_back()
    expect(page.locator("ol.chain > li")).to_have_count(3)


def test_two_tests_and_another_study_on_the_same_people(visit):
    page = visit().open("/chances")
    page.locator("#compare > summary").click()
    page.locator("#with").select_option(label="CT")
    expect(page.locator("table.beside th[scope=col]")).to_have_count(4)
    assert page.locator("#compare svg.icons").count() == 4
    page.locator("#others > summary").click()
    page.get_by_role("button", name=re.compile("Use this.*Wafaie 2014")).click()
    expect(page).to_have_url(re.compile("figures=wafaie2014_mri"))
    expect(page.locator("#found")).to_contain_text("Range: ")


def test_a_figure_from_other_people_says_so(visit):
    page = visit().open("/chances?situation=lung_new&steps=mri_whole_body")
    expect(page.get_by_text("These figures are from other people.")).to_be_visible()
    page = visit().open("/chances?situation=cord_suspected")
    expect(page.get_by_text("itself counted with this kind of test")).to_be_visible()
    page.locator("summary", has_text="Why not another test?").click()
    expect(page.get_by_text("its figure counts each lesion, not people")).to_be_visible()


@pytest.mark.parametrize(
    ("chart", "said"), [("nomogram", "Fagan"), ("curves", "Chance after"), ("roc", "operating points")]
)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_each_chart_is_drawn_with_its_words_and_table(visit, chart, said, width, dark):
    page = visit(width, dark).open(f"/chances?show={chart}&situation=lung_new")
    page.wait_for_selector(".js-plotly-plot")
    assert page.locator(f"[aria-label*='{said}']").count() >= 1
    expect(page.locator("table.plain caption").last).to_contain_text("The numbers of the chart")
    assert violations(page) == []


@pytest.mark.parametrize(("place", "lesson"), list(enumerate(LESSONS)))
def test_every_lesson_asks_answers_and_stays_accessible(visit, place, lesson):
    page = visit(*LOOKS[place % len(LOOKS)]).open(f"/chances?lesson={lesson}")
    page.locator("#look").click()
    expect(page.locator("#numbers")).to_be_visible()
    assert violations(page) == []
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")


def test_a_lesson_can_be_touched(visit):
    page = visit().open("/chances?lesson=checked_alarms&look=yes")
    row = page.locator("tr", has_text="as the study sees it")
    first = row.inner_text()
    page.locator("#checked").focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("checked=100"))
    expect(row).not_to_have_text(first)
    expect(row).to_contain_text("750")


@pytest.mark.parametrize(("place", "ready"), list(enumerate(PATHS)))
def test_every_ready_path_opens_from_the_list_and_is_accessible(visit, place, ready):
    page = visit(*LOOKS[place % len(LOOKS)]).open("/path")
    page.locator(f".cases a[href$='ready={ready}']").click()
    expect(page.locator("ol.walk")).to_be_visible()
    page.evaluate("document.querySelectorAll('.sl details').forEach(d => d.open = true)")
    assert violations(page) == []


def test_a_path_is_changed_by_keyboard_and_comes_back(visit):
    page = visit().open("/path?ready=unknown_primary")
    before = page.locator("#totals").inner_text()
    press_until(page, "#done-ct_chest_abdomen_pelvis")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changed:")).to_be_visible()
    expect(page.locator("#done-ct_chest_abdomen_pelvis")).to_be_focused()
    assert page.locator("#totals").inner_text() != before, "what is done does not count for what lies ahead"
    page.get_by_role("button", name=re.compile("Take out.*Blood tests")).click()
    expect(page.locator("ol.walk > li")).to_have_count(4)
    page.get_by_role("link", name="Back to it").click()
    expect(page.locator("ol.walk > li")).to_have_count(5)
    assert page.locator("#totals").inner_text() == before


def test_after_a_step_is_taken_out_each_button_says_what_it_does(visit):
    page = visit().open("/path?ready=prostate_staging_classic")
    page.locator("#out-bone_scan").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ol.walk > li")).to_have_count(4)
    expect(page.locator("#steps")).to_be_focused()
    card = page.locator("#card-ct_chest_abdomen_pelvis")
    labels = [" ".join(text.split(":")[0].split()) for text in card.locator(".acts button").all_inner_texts()]
    assert labels == ["↑ Earlier", "↓ Later", "Only if needed", "Already done", "Take out"]
    for _ in range(2):
        page.locator("#down-ct_chest_abdomen_pelvis").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("!document.querySelector('.sl-root[aria-busy]')")
    expect(card).to_be_focused()


def test_what_came_before_brings_its_rule(visit):
    page = visit().open("/path?steps=pet_ct_fdg")
    expect(page.locator("#clashes")).to_contain_text("No rule that we found stands against this order")
    page.locator("#came-before").select_option(label="Radiation treatment")
    expect(page.locator("#clashes")).to_contain_text("Leave time between")
    page.locator("#add").select_option(label="Biopsy")
    expect(page.locator("ol.walk > li")).to_have_count(3)


def test_facts_about_a_person_stay_out_of_the_address_of_a_path(visit):
    page = visit().open("/path?ready=unknown_primary")
    page.locator("#clashes summary", has_text="Touch what fits").click()
    page.locator("#fact-metformin").click()
    expect(page.locator("#fits-metformin")).to_be_visible()
    assert "metformin" not in page.url


def test_two_paths_and_a_timeline(visit):
    page = visit().open("/path")
    page.locator("#pairs a").first.click()
    expect(page.locator("table.totals thead th")).to_have_count(2)
    page.get_by_role("button", name="Draw the timeline").click()
    page.wait_for_selector(".js-plotly-plot")
    assert page.locator("[aria-label*='Timeline of']").count() >= 1
    expect(page.get_by_text("The numbers of the timeline")).to_be_visible()


def test_the_last_step_taken_out_leaves_a_way_on(visit):
    page = visit().open("/path?steps=mri")
    page.get_by_role("button", name=re.compile("Take out.*MRI")).click()
    expect(page.get_by_text("Your path is empty.")).to_be_visible()


def test_a_path_prints_without_its_controls(visit):
    page = visit().open("/path?ready=after_normal_ct")
    page.emulate_media(media="print")
    expect(page.locator("ol.walk .acts").first).to_be_hidden()
    expect(page.locator("table.totals")).to_be_visible()
    assert page.locator(".chip[aria-pressed=false]").locator("visible=true").count() == 0
    expect(page.locator("table.fills")).to_be_visible()
