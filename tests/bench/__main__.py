"""Ratios to a bare Streamlit page, measured in the same run: ``python -m tests.bench``.

Prints, never asserts: seconds vary with the machine, ratios hold. The bars are in brackets.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.server import DONE, ROOT, chromium, serve

RUNS, CLICKS, SESSIONS = 7, 15, 30
BARE = """import streamlit as st
st.button("Again")
st.session_state["n"] = st.session_state.get("n", 0) + 1
st.write(f"run {st.session_state['n']}")
"""
PACKED = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from starlette.middleware import Middleware
from app import KeptGzip
app = st.App("bare.py", middleware=[Middleware(KeptGzip)])
"""
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 600);
})"""
ARM = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  window.clock = {start: performance.now(), last: null};
  window.clock.watch = new MutationObserver(() => { window.clock.last = performance.now(); });
  window.clock.watch.observe(app, {subtree: true, childList: true, characterData: true, attributes: true});
}"""
QUIET = """() => new Promise(done => {
  const m = window.clock;
  const timer = setInterval(() => {
    const over = document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning';
    if ((over && m.last && performance.now() - m.last > 150) || performance.now() - m.start > 20000) {
      clearInterval(timer); m.watch.disconnect(); done(m.last - m.start);
    }
  }, 10);
})"""


def visit(browser: Browser, url: str, text: str) -> dict[str, float]:
    """Open an address with an empty cache; return seconds to its text, kilobytes and layout shift."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    got = {"bytes": 0.0}
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")

    def finished(event: dict) -> None:
        got["bytes"] += event["encodedDataLength"]

    def frame(event: dict) -> None:
        response = event["response"]
        got["bytes"] += len(response["payloadData"]) * (0.75 if response["opcode"] == 2 else 1)

    cdp.on("Network.loadingFinished", finished)
    cdp.on("Network.webSocketFrameReceived", frame)
    page.goto(url, wait_until="commit")
    page.wait_for_function(
        "text => document.querySelector('[data-testid=stMain]')?.innerText.includes(text)", arg=text, polling=20
    )
    seconds = page.evaluate("performance.now()") / 1000
    page.wait_for_selector(DONE, state="attached")
    shift = page.evaluate(SHIFT)
    context.close()
    return {"seconds": seconds, "kb": got["bytes"] / 1024, "shift": shift}


def loads(browser: Browser, pages: dict[str, tuple[str, str]]) -> dict[str, dict[str, float]]:
    """Visit all pages in turn, several times; return each page's medians."""
    for url, text in pages.values():
        visit(browser, url, text)  # warms the servers
    found: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
    for _ in range(RUNS):
        for name, (url, text) in pages.items():
            found[name].append(visit(browser, url, text))
    return {name: {key: median(v[key] for v in visits) for key in visits[0]} for name, visits in found.items()}


def timed(page: Page, touch: Callable[[int], None]) -> float:
    """Touch a page again and again; return the median milliseconds until it is quiet again."""
    times = []
    for number in range(CLICKS + 2):
        page.evaluate(ARM)
        touch(number)
        took = page.evaluate(QUIET)
        if number >= 2:
            times.append(took)
    return median(times)


def clicks(page: Page, selectors: list[str]) -> float:
    """Touch the controls in turn; return the median milliseconds."""

    def touch(number: int) -> None:
        control = page.locator(selectors[number % len(selectors)]).locator("visible=true").first
        control.evaluate("element => element.click()")

    return timed(page, touch)


def slides(page: Page, selector: str) -> float:
    """Move a slider step by step; return the median milliseconds."""
    page.evaluate("document.querySelectorAll('.sl details').forEach(d => d.open = true)")
    step = "s => { s.stepUp(); s.dispatchEvent(new Event('input', {bubbles: true})); }"
    return timed(page, lambda _: page.locator(selector).evaluate(step))


def opened(browser: Browser, url: str) -> Page:
    """Open an address and wait until it is done."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.wait_for_selector(DONE, state="attached")
    page.wait_for_timeout(1200)
    return page


async def _session(url: str):
    parts = urlsplit(url)
    socket = await connect(
        f"ws://{parts.netloc}/_stcore/stream", subprotocols=["streamlit"], max_size=None, ping_interval=None
    )
    message = BackMsg()
    message.rerun_script.query_string = parts.query
    message.rerun_script.page_name = parts.path.strip("/")
    await socket.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(await socket.recv())
        if answer.WhichOneof("type") == "script_finished":
            return socket


def _resident_mib(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


async def memory(url: str, process: int) -> float:
    """Return the MiB that each further open session adds (Linux)."""
    sockets = [await _session(url) for _ in range(5)]
    await asyncio.sleep(1)
    before = _resident_mib(process)
    sockets += [await _session(url) for _ in range(SESSIONS)]
    await asyncio.sleep(1)
    added = (_resident_mib(process) - before) / SESSIONS
    for socket in sockets:
        await socket.close()
    return added


def main() -> int:
    """Measure and print."""
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        (folder / "packed.py").write_text(PACKED, encoding="utf-8")
        ours, process = stack.enter_context(serve())
        bare, _ = stack.enter_context(serve(folder / "bare.py"))
        packed, _ = stack.enter_context(serve(folder / "packed.py"))
        browser = stack.enter_context(chromium())
        found = loads(
            browser,
            {
                "bare": (bare, "run 1"),
                "bare, compressed": (packed, "run 1"),
                "Home": (f"{ours}/", "What can each test see"),
                "Compare": (f"{ours}/compare?cell=mri.bone_marrow", "What can each test show"),
                "My test": (f"{ours}/test?test=mri", "What applies to me"),
                "See": (f"{ours}/see", "Made by a computer"),
                "Choose": (f"{ours}/choose?q=find_cause_of_pain&known=yes", "What would change the answer"),
                "Chances": (f"{ours}/chances", "What finding one person takes"),
                "Path": (f"{ours}/path?ready=cord_compression", "What it takes, all in all"),
            },
        )
        for name, values in found.items():
            print(
                f"{name:18} text after {values['seconds']:.2f} s, {values['kb']:.0f} kB, layout shift {values['shift']:.3f}"
            )
        for name in ("Home", "Compare", "My test", "See", "Choose", "Chances", "Path"):
            page, floor = found[name], found["bare, compressed"]
            print(
                f"{name}: time {page['seconds'] / floor['seconds']:.2f} x [1.15], bytes {page['kb'] / floor['kb']:.2f} x "
                f"[1.25] of a bare page with the same compression; bytes {page['kb'] / found['bare']['kb']:.2f} x [0.5] "
                f"of a plain bare page; layout shift {page['shift']:.3f} [0.05]"
            )
        page = opened(browser, bare)
        floor_ms = clicks(page, ["button:has-text('Again')"])
        page = opened(browser, f"{ours}/compare")
        cell_ms = clicks(page, ["td [data-cell='mri.bone_marrow']", "td [data-cell='ct.nerve_roots']"])
        filter_ms = clicks(page, [".seg button:text-is('Tumor')", ".seg button:text-is('Bone')"])
        page = opened(browser, f"{ours}/test?test=mri")
        fact_ms = clicks(page, ["#fact-claustrophobia", "#fact-pregnant"])
        page = opened(browser, f"{ours}/see")
        size_ms = slides(page, "#mm")
        page = opened(browser, f"{ours}/see?panel=ct.axial")
        window_ms = slides(page, "#w-width")
        page = opened(browser, f"{ours}/choose?q=find_cause_of_pain&known=yes")
        known_ms = clicks(page, ["#turn-pain .chip:nth-child(2)", "#turn-neuro_deficit .chip:nth-child(3)"])
        page = opened(browser, f"{ours}/chances?situation=lung_new&steps=pet_ct_fdg:pos,bone_scan:neg")
        prior_ms, together_ms = (slides(page, slider) for slider in ("#prior", "#together"))
        page = opened(browser, f"{ours}/path?ready=cord_compression")
        path_ms = clicks(page, ["#maybe-ct", "#done-mri_whole_spine"])
        steps = (("cell", cell_ms), ("filter", filter_ms), ("fact", fact_ms), ("what is known", known_ms))
        steps += (("size of the lesion, eight pictures judged", size_ms), ("display window", window_ms))
        steps += (("starting chance", prior_ms), ("err together, 10,000 samples", together_ms), ("path", path_ms))
        for name, took in steps:
            print(
                f"{name} {took:.0f} ms, bare rerun {floor_ms:.0f} ms: {took - floor_ms:+.0f} ms [200], {took / floor_ms:.2f} x"
            )
        if sys.platform == "linux":
            with ThreadPoolExecutor() as pool:  # Playwright's own loop runs in this thread
                added = pool.submit(asyncio.run, memory(f"{ours}/compare", process)).result()
            print(f"memory: {added:.2f} MiB for each further session [1]")
    print(f"({time.monotonic() - start:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
