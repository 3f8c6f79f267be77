"""Every page, cold and deep-linked, is right, quiet, accessible and fits."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from modalities.records import MODALITIES
from tests.server import serve

DEEP = {
    "/": "What can each test see",
    "/?q=CAT+scan": "Found for",
    "/?q=weak+legs": "New weakness",
    "/compare": "What can each test show?",
    "/compare?cell=ct.spinal_cord_compression&words=technical": "Does CT show",
    "/compare?tests=all&cell=myelogram.nerve_roots": "Nerve roots",
    "/compare?versus=mri,ct": "MRI or CT?",
    "/compare?view=figures": "The figures behind the squares",
    "/compare?view=projector&cell=mri.bone_marrow": "Bone marrow",
    "/test": "My test: which one is it?",
    "/test?paper=MRI+T/L+spine+w/wo+r/o+mets": "first without dye, then with dye",
    "/test?test=mri&version=mri_without_and_with&facts=egfr_lt_30,claustrophobia": "prepare",
    "/test?test=pet_ct&words=technical": "PET/CT",
    "/choose": "Which test for which question?",
    "/choose?q=find_cause_of_pain": "It depends",
    "/choose?q=cord_compression_suspected&known=yes&neuro=cord&words=technical&show=decided": "How was this decided?",
    "/see": "One spot, every test",
    "/see?story=pressed_cord&words=technical": "What to look for",
    "/see?panel=bone_scan.spect&kind=discitis&body=large": "Why it",
    "/see?seek=12": "Where is it?",
    "/chances": "What does a result tell?",
    "/chances?steps=ct:neg,bone_scan:pos&with=mri&words=technical": "Could it change what is done?",
    "/chances?lesson=same_alarm&look=yes": "Where the numbers are from",
    "/path": "Two paths side by side",
    "/path?ready=prostate_staging&other=prostate_staging_classic&words=technical": "Shown better at the end",
    "/frameworks?frame=bilsky": "Example case",
    "/about": "What is this about?",
    "/words": "Words, explained",
    "/sources": "How levels are decided",
}
AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def violations(page):
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        (v["id"], [(n["html"][:160], n["any"][0]["message"][:160] if n["any"] else "") for n in v["nodes"][:3]])
        for v in found
    ]


@pytest.mark.parametrize("path", [
    "/compare?cell=ct.bone_marrow", "/test?test=mri", "/choose?q=find_primary", "/frameworks?frame=noms",
    "/chances?situation=lung_new", "/see?panel=mri.t1&kind=hemangioma",
    "/about", "/words", "/sources",
])  # fmt: skip
def test_a_cold_server_opens_a_deep_link_in_the_frame(browser, path):
    """The first address a fresh server ever sees must show the page with its navigation."""
    with serve() as (url, _):
        page = browser.new_page()
        page.goto(url + path)
        page.wait_for_selector(".sl h1")
        assert page.get_by_role("link", name="Compare", exact=True).first.is_visible()
        page.close()


@pytest.mark.parametrize(("path", "said"), DEEP.items())
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible_and_says_what_it_should(visit, path, said, width):
    dark = (list(DEEP).index(path) + (width == 390)) % 2 == 1  # in turn: wide and light with narrow and dark, or else
    page = visit(width, dark).open(path)
    assert said in page.locator("[data-testid=stMain]").inner_text()
    assert page.locator("h1").count() == 1
    assert violations(page) == []


@pytest.mark.parametrize("test", MODALITIES)
def test_every_test_page_is_accessible(visit, test):
    odd = list(MODALITIES).index(test) % 2 == 1  # in turn: they are drawn by the same parts
    page = visit(390 if odd else 1280, dark=odd).open(f"/test?test={test}")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert violations(page) == []


@pytest.mark.parametrize("path", DEEP)
def test_no_page_scrolls_sideways(visit, path):
    page = visit(390).open(path)
    main = "document.querySelector('[data-testid=stMain]')"
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(
            f"document.documentElement.scrollWidth <= innerWidth && {main}.scrollWidth <= {main}.clientWidth"
        )


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/test?test=foo", "“foo”"),
        ("/compare?cell=mri.bogus", "“mri.bogus”"),
        ("/compare?tests=foo,ct&sort=bogus", "“foo”"),
        ("/compare?versus=mri,mri", "“mri,mri”"),
        ("/compare?words=loud", "“loud”"),
        ("/compare?cell=" + "x" * 10_000, "xxx"),
        ("/compare?cell=%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)"),
        ("/?q=%3Cimg%20src=x%20onerror=alert(1)%3E", "<img src=x"),
        ("/compare?view=figures&target=%22%3E%3Cscript%3E", "<script>"),
        ("/chances?steps=%3Cscript%3E:pos&prior=-3", "<script>"),
        ("/path?steps=mri,%3Cimg%20src=x%3E", "<img src=x>"),
    ],
)
def test_a_bad_address_gets_a_gentle_notice_and_a_working_page(visit, path, named):
    visitor = visit()
    visitor.page.on("dialog", lambda dialog: visitor.errors.append(dialog.message))
    page = visitor.open(path)
    assert named in page.locator(".sl").first.inner_text()
    assert page.locator(".sl script, .sl img[src=x]").count() == 0
    page.get_by_role("link", name="Compare", exact=True).first.click()
    page.wait_for_selector("table")


def test_text_alternatives_and_headings_are_there(visit):
    page = visit().open("/compare?view=figures")
    page.wait_for_selector(".js-plotly-plot")
    alt = page.get_by_role("figure").or_(page.locator("[aria-label^='Forest plot']")).first.get_attribute("aria-label")
    assert "Forest plot of" in alt and "Sensitivity runs from" in alt
    page.locator(".sl table.plain").wait_for()


def test_plotly_is_loaded_only_for_the_figures(visit):
    for path, wanted in (("/", False), ("/compare?cell=mri.nerve_roots", False), ("/compare?view=figures", True)):
        visitor = visit()
        asked = []
        visitor.page.on("request", lambda request, asked=asked: asked.append(request.url))
        page = visitor.open(path)
        if wanted:
            page.wait_for_selector(".js-plotly-plot")
        assert any("plotly" in url.lower() for url in asked) == wanted, path


def test_downloads_are_complete(visit):
    page = visit().open("/sources")
    matrix = page.request.get(page.url.replace("/sources", "/data/matrix.csv"))
    assert matrix.ok and matrix.text().count("\n") >= 177 and "technical" in matrix.text().splitlines()[0]
    figures = page.request.get(page.url.replace("/sources", "/data/accuracy.csv"))
    assert figures.ok and "sensitivity_low" in figures.text().splitlines()[0]
    code = page.request.get(page.url.replace("/sources", "/qr.svg?to=/compare?cell=mri.nerve_roots"))
    assert code.ok and "<svg" in code.text()
    assert page.request.get(page.url.replace("/sources", "/qr.svg?to=//evil.example")).status == 400


def test_headers_keep_readers_safe(visit):
    page = visit().open("/about")
    headers = page.request.get(page.url).headers
    assert headers["referrer-policy"] == "no-referrer" and headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert json.dumps(headers).count("gzip") == 1
