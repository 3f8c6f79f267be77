"""The server's front door: plain routes, compression and headers around the Streamlit script.

Start it with ``streamlit run app.py``.
"""

from __future__ import annotations

import gc
import gzip
import io
import re
from pathlib import Path

import segno
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modalities import ContentError, load_catalog
from modalities.handout import FONT_FILES, pdf
from modalities.tables import accuracy_csv, matrix_csv, shares_csv, simulator_csv
from pages.parts import pictures, printed

PARTS = Path(__file__).parent / "pages" / "parts"
STYLE = (PARTS / "app.css").read_text(encoding="utf-8")
SCRIPT = (PARTS / "idiomorph.min.js").read_text(encoding="utf-8") + (PARTS / "app.js").read_text(encoding="utf-8")
HEAD = (
    '<meta name="description" content="What X-ray, CT, MRI, bone scan, PET and biopsy can and cannot show '
    'when cancer may have spread to the spine. For teaching and for talking with a care team; not a diagnosis.">'
    f'<style>{STYLE}</style><link rel="modulepreload" href="/sightline.js"><title>Sightline</title>'
)
STREAMLIT_OWN = re.compile(rb"<noscript>.*?</noscript>|<title>.*?</title>", re.DOTALL)  # ours take their place
OWN_PATHS = (
    "/_stcore",
    "/static",
    "/media",
    "/component",
    "/data",
    "/print",
    "/qr.svg",
    "/see/",
    "/sightline.js",
    "/robots.txt",
    "/favicon",
)
PACKED = ("/static/", "/sightline.js")
UNKEPT = {"cache-control": "no-store"}  # the address may carry facts about a person
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "content-security-policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'",
}


def matrix_table(request: Request) -> Response:
    """Serve the matrix as CSV: every cell with level, word, reasons and sources."""
    return _csv(matrix_csv(load_catalog()), "sightline-matrix.csv")


def accuracy_table(request: Request) -> Response:
    """Serve every accuracy figure as CSV."""
    return _csv(accuracy_csv(load_catalog()), "sightline-accuracy.csv")


def shares_table(request: Request) -> Response:
    """Serve yields, agreements and the like as CSV."""
    return _csv(shares_csv(load_catalog()), "sightline-shares.csv")


def simulator_table(request: Request) -> Response:
    """Serve the numbers behind the simulated pictures as CSV."""
    return _csv(simulator_csv(load_catalog()), "sightline-simulated-constants.csv")


def print_index(request: Request) -> Response:
    """Serve the list of hand-outs."""
    return HTMLResponse(printed.index(load_catalog()))


def print_page(request: Request) -> Response:
    """Serve a test's hand-out as plain HTML."""
    test = request.path_params["test"]
    if test not in load_catalog().modalities:
        return _no_paper(test)
    return HTMLResponse(printed.page(load_catalog(), test, request.query_params, _site(request)), headers=UNKEPT)


def print_font(request: Request) -> Response:
    """Serve the type of the print page, the same as that of the PDF."""
    file = FONT_FILES.get(request.path_params["weight"])
    if file is None:
        return PlainTextResponse("There are two weights: regular and bold.", status_code=404)
    return FileResponse(file, media_type="font/otf", headers={"cache-control": "max-age=31536000"})


def print_pdf(request: Request) -> Response:
    """Serve a test's hand-out as a tagged PDF."""
    test = request.path_params["test"]
    if test not in load_catalog().modalities:
        return _no_paper(test)
    known, _ = printed.asked(load_catalog(), test, request.query_params)
    made = pdf(printed.paper_of(load_catalog(), test, known, _site(request)), large=known["size"] == "large")
    disposition = {"content-disposition": f'inline; filename="sightline-{test}.pdf"'}
    return Response(made, media_type="application/pdf", headers=disposition | UNKEPT)


def _no_paper(test: str) -> Response:
    return HTMLResponse(printed.index(load_catalog(), unknown=test), status_code=404)


def _site(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def qr_code(request: Request) -> Response:
    """Serve a QR code that leads to one of our own pages: ``/qr.svg?to=/compare?…``."""
    to = request.query_params.get("to", "/")[:1500]
    if not to.startswith("/") or to.startswith("//"):
        return PlainTextResponse("'to' must be a path on this site, such as /compare", status_code=400)
    out = io.BytesIO()
    address = f"{_site(request)}{to}"
    segno.make(address, error="m").save(out, kind="svg", scale=6, border=3, dark="#000", light="#fff", title="QR code")
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"cache-control": "max-age=3600"})


def script(request: Request) -> Response:
    """Serve the script of our one component; each page loads it once."""
    return Response(SCRIPT, media_type="text/javascript", headers={"cache-control": "max-age=3600"})


def robots(request: Request) -> Response:
    """Let search engines in."""
    return PlainTextResponse("User-agent: *\nAllow: /\n")


def _csv(text: str, name: str) -> Response:
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    marked = text.encode("utf-8-sig")  # with its mark, so that spreadsheets read it as UTF-8
    return Response(marked, media_type="text/csv; charset=utf-8", headers=disposition)


class KeptGzip:
    """Compress each of Streamlit's static files once and keep the result in memory."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the next application."""
        self.app = app
        self.kept: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where the browser takes gzip and the file is text."""
        path = scope.get("path", "")
        accepts = dict(scope.get("headers", ())).get(b"accept-encoding", b"")
        if scope["type"] != "http" or not path.startswith(PACKED) or not path.endswith((".js", ".css")):
            return await self.app(scope, receive, send)
        if b"gzip" not in accepts:
            return await self.app(scope, receive, send)
        if path not in self.kept:
            start, body = await _collect(self.app, _without(scope, b"if-none-match", b"if-modified-since"), receive)
            if start["status"] != 200:
                await send(start)
                return await send({"type": "http.response.body", "body": body})
            packed = gzip.compress(body, 9)
            self.kept[path] = _headers(start, len(packed), (b"content-encoding", b"gzip")), packed
        headers, packed = self.kept[path]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": packed})


class StyledPage:
    """Put our style sheet into the head of Streamlit's page, so that nothing jumps, and send it compressed."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the next application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite HTML pages; add the security headers to every answer."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in SECURITY.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        if scope["method"] != "GET" or scope["path"].startswith(OWN_PATHS) or "/_stcore/" in scope["path"]:
            return await self.app(scope, receive, send_secured)
        gzipped = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
        plain = _without(scope, b"accept-encoding", b"if-none-match", b"if-modified-since")
        start, body = await _collect(self.app, plain, receive)
        body = STREAMLIT_OWN.sub(b"", body).replace(b"</head>", HEAD.encode() + b"</head>", 1)
        body = body.replace(b"<body>", b"<body>" + printed.noscript(load_catalog()).encode(), 1)
        extra = ()
        if gzipped:
            body, extra = gzip.compress(body, 6), ((b"content-encoding", b"gzip"),)
        await send_secured({**start, "headers": _headers(start, len(body), *extra)})
        await send({"type": "http.response.body", "body": body})


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Run an application and return its whole answer."""
    start: Message = {}
    body = bytearray()

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, take)
    return start, bytes(body)


def _without(scope: Scope, *names: bytes) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in names]}


def _headers(start: Message, length: int, *extra: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    stale = (b"content-length", b"accept-ranges", b"etag", b"last-modified")
    kept = [pair for pair in start["headers"] if pair[0] not in stale]
    return [*kept, *extra, (b"vary", b"Accept-Encoding"), (b"content-length", str(length).encode())]


try:
    load_catalog()
except ContentError as error:  # stop the start, in one line, rather than the first reader
    raise SystemExit(f"Sightline cannot start: {error}") from None
gc.collect()
gc.freeze()  # what is loaded once is never scanned again: a rerun then costs a third
app = st.App(
    "pages/router.py",
    routes=[
        Route("/data/matrix.csv", matrix_table),
        Route("/data/accuracy.csv", accuracy_table),
        Route("/data/shares.csv", shares_table),
        Route("/data/simulator.csv", simulator_table),
        Route("/print", print_index),
        Route("/print/{test}.pdf", print_pdf),
        Route("/print/{weight}.otf", print_font),
        Route("/print/{test}", print_page),
        Route("/see/{view}.outline.png", pictures.outline),
        Route("/see/{view}.png", pictures.picture),
        Route("/see/{view}.webp", pictures.thumbnail),
        Route("/qr.svg", qr_code),
        Route("/sightline.js", script),
        Route("/robots.txt", robots),
    ],
    middleware=[Middleware(KeptGzip), Middleware(StyledPage)],
)
