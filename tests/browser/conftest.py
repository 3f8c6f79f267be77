"""One server and one browser for all browser tests; every page is watched for errors and foreign requests."""

import re
from urllib.parse import urlsplit

import pytest

from tests.server import DONE, chromium, serve


@pytest.fixture(scope="session")
def site():
    with serve() as (url, _):
        yield url


@pytest.fixture(scope="session")
def browser():
    with chromium() as running:
        yield running


class Visitor:
    """A person at a screen: opens addresses and keeps what went wrong on the way."""

    def __init__(self, browser, site, width, dark):
        self.site, self.errors, self.foreign = site, [], []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message):
        own = re.search(r"/_stcore/(health|host-config)$", message.location.get("url", "")) and "404" in message.text
        if message.type == "error" and not own:
            self.errors.append(message.text)

    def _request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and not request.url.startswith(self.site):
            self.foreign.append(request.url)

    def open(self, path):
        self.page.goto(self.site + path)
        return self.settled()

    def settled(self):
        self.page.wait_for_selector(".sl h1", state="attached")
        self.page.wait_for_selector(DONE, state="attached")
        self.page.wait_for_function("!document.querySelector('.sl-root[aria-busy]')")
        return self.page


def press_until(page, selector, key="Tab", limit=250):
    """Press a key until what a selector names has the focus."""
    for _ in range(limit):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
    raise AssertionError(f"{selector} was not reached by keyboard")


@pytest.fixture
def visit(browser, site):
    """Return a function that starts a visitor; afterwards no errors and no foreign requests are allowed."""
    visitors = []

    def start(width=1280, dark=False):
        visitors.append(Visitor(browser, site, width, dark))
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.context.close()
        assert visitor.errors == []
        assert visitor.foreign == []
