"""The simulated pictures as files: ``/see/ct.sagittal.png?kind=lytic&mm=15…``, and their outlines."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from modalities.simulate.addresses import number, scene_of, settings_of, whole
from modalities.simulate.image import Display, Image
from modalities.simulate.machines import SEED, acquire, without
from modalities.simulate.scene import SceneError
from modalities.simulate.seek import MOST_SEEDS, decoy

MAKERS = ThreadPoolExecutor(2, "pictures")  # a crowd waits in line; more at once would only take more memory
KEPT = {"cache-control": "max-age=3600"}
THUMB_PIXELS, STRIP_PIXELS = 260, 28
OUTLINE = (255, 214, 64, 255)


def picture(request: Request) -> Response:
    """Serve one simulated picture; a wrong address says in words what is wrong with it."""
    return _serve(
        request,
        lambda image, query: (
            _labeled(image, _display(image, query)) if "save" in query else image.png(_display(image, query))
        ),
    )


def thumbnail(request: Request) -> Response:
    """Serve a small version of a picture (WebP) for lists."""
    return _serve(request, lambda image, query: _small(image), "webp")


def outline(request: Request) -> Response:
    """Serve the outline of the lesion in one picture, to lie over it."""
    return _serve(request, lambda image, query: _outline(image))


def _serve(request: Request, made: Callable[[Image, Mapping[str, str]], bytes], kind: str = "png") -> Response:
    query = request.query_params
    test, _, view = request.path_params["view"].partition(".")
    try:
        body = MAKERS.submit(lambda: made(picture_of(test, view, query), query)).result()
    except SceneError as error:
        return PlainTextResponse(f"There is no such picture: {error}.", status_code=400)
    headers = dict(KEPT)
    if "save" in query:
        headers["content-disposition"] = f'attachment; filename="sightline-simulated-{test}-{view}.png"'
    return Response(body, media_type=f"image/{kind}", headers=headers)


def picture_of(test: str, view: str, query: Mapping[str, str]) -> Image:
    """Return the picture that an address names; raise ``SceneError`` where there is none."""
    scene, settings = scene_of(query), settings_of(query.get("set", ""))
    noise = whole(query.get("noise", str(SEED)), "noise", 0, MOST_SEEDS)
    if "seek" in query and not scene.lesions:  # cut as if there were something, so that the slice gives nothing away
        return without(decoy(scene.seed), test, view, settings, noise)
    return (without if "healthy" in query else acquire)(scene, test, view, settings, noise)


def _display(image: Image, query: Mapping[str, str]) -> Display:
    center = number(query.get("center", f"{image.display.center}"), "center")
    width = number(query.get("width", f"{image.display.width}"), "width")
    if width <= 0:
        raise SceneError(f"width is {width:g}; a number above 0 is expected")
    return replace(image.display, center=center, width=width)


def _labeled(image: Image, display: Display) -> bytes:
    """Return the picture with a strip under it that goes with it wherever it is shown."""
    shown = Picture.fromarray(image.shown(display)).convert("RGB")
    scale = max(1, round(720 / shown.width))
    shown = shown.resize((shown.width * scale, shown.height * scale), Picture.Resampling.LANCZOS)
    out = Picture.new("RGB", (shown.width, shown.height + STRIP_PIXELS), "black")
    out.paste(shown, (0, 0))
    draw = ImageDraw.Draw(out)
    font = ImageFont.load_default(16)
    draw.text((8, shown.height + 5), f"SIMULATED, no patient · {image.test} {image.view} · Sightline", "white", font)
    bar = round(50 / image.spacing_mm * scale)
    right, bottom = shown.width - 8, shown.height - 8
    draw.line((right - bar, bottom, right, bottom), "white", 3)
    draw.text((right - bar, bottom - 22), "5 cm", "white", font, stroke_width=2, stroke_fill="black")
    left = {"right": ("R", "L"), "left": ("L", "R"), "none": ("front", "back")}[image.left_is]
    for mark, x in zip(left, (8, shown.width - 8), strict=True):
        draw.text((x, 8), mark, "white", font, anchor="la" if x == 8 else "ra", stroke_width=2, stroke_fill="black")
    kept = PngInfo()
    kept.add_text("Description", f"Simulated picture, no patient: {image.test}, {image.view}")
    data = io.BytesIO()
    out.save(data, "PNG", pnginfo=kept)
    return data.getvalue()


def _small(image: Image) -> bytes:
    out = io.BytesIO()
    small = Picture.fromarray(image.shown()).convert("RGB")
    small.thumbnail((THUMB_PIXELS, THUMB_PIXELS))
    small.save(out, "WEBP", quality=72)
    return out.getvalue()


def _outline(image: Image) -> bytes:
    """Return a transparent PNG with a line around what holds a lesion."""
    thick = max(1, round(max(image.truth.shape) / 220))
    grown = ndimage.binary_dilation(image.truth, iterations=thick + 1)
    line = grown & ~ndimage.binary_dilation(image.truth, iterations=1)
    pixels = np.zeros((*image.truth.shape, 4), np.uint8)
    pixels[line] = OUTLINE
    out = io.BytesIO()
    Picture.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
