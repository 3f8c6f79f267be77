"""All machines behind one door: ``acquire`` makes a picture, and the last pictures are kept for everybody."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from modalities.simulate.image import Image
from modalities.simulate.painting import paint
from modalities.simulate.scene import Scene, SceneError
from modalities.simulate.sharing import kept
from modalities.simulate.views import Machine, Settings, Value, View

MODULES = {
    "xray": "xray",
    "dynamic_xray": "flexion",
    "ct": "ct",
    "mri": "mri",
    "myelogram": "myelogram",
    "bone_scan": "bone_scan",
    "pet_ct": "pet_ct",
    "biopsy": "biopsy",
}
KEPT = 64  # pictures in memory: about 1 MB each with their truth
SEED = 7  # of the noise, unless another is asked for


@cache
def machine(test: str) -> Machine:
    """Return the machine of a test; it is loaded when it is first asked for."""
    if test not in MODULES:
        raise SceneError(f"there is no simulated picture of '{test}'; there are: {', '.join(MODULES)}")
    return cast(Machine, import_module(f"modalities.simulate.{MODULES[test]}"))


@cache
def views() -> dict[str, View]:
    """Return every view by its id, such as ``ct.sagittal``."""
    return {f"{view.test}.{view.id}": view for test in MODULES for view in machine(test).VIEWS if view.test == test}


def view_of(test: str, view: str | None) -> View:
    """Return one view of a test; without a name its first."""
    own = {v.id: v for v in machine(test).VIEWS if v.test == test}
    if view is None:
        return next(iter(own.values()))
    if view not in own:
        raise SceneError(f"{test} has no view '{view}'; there are: {', '.join(own)}")
    return own[view]


def acquire(
    scene: Scene, test: str, view: str | None = None, settings: Settings | None = None, seed: int = SEED
) -> Image:
    """Return the picture of a scene by one test.

    ``view`` is one of the test's views (its first, if None), ``settings`` what differs from the view's defaults,
    ``seed`` that of the noise: the same call gives the same picture, bit for bit.

    Raises:
        SceneError: for a test, view or setting that does not exist; the message says what does.

    """
    chosen = view_of(test, view)
    return _picture(scene, test, chosen.id, tuple(chosen.read(settings).items()), seed)


def without(
    scene: Scene, test: str, view: str | None = None, settings: Settings | None = None, seed: int = SEED
) -> Image:
    """Return the picture of the healthy body in the very slice in which ``acquire`` shows the scene."""
    chosen = view_of(test, view)
    known = chosen.read(settings)
    if "slice_mm" in known and scene.lesions:
        maker, here = machine(test), paint(scene)
        middle = maker.frame_of(here.healthy, chosen.id, known | {"slice_mm": 0.0}).position_mm
        known |= {"slice_mm": maker.frame_of(here, chosen.id, known).position_mm - middle}
    return _picture(scene.healthy, test, chosen.id, tuple(known.items()), seed)


@kept(KEPT)
def _picture(scene: Scene, test: str, view: str, settings: tuple[tuple[str, Value], ...], seed: int) -> Image:
    return machine(test).acquire(paint(scene), view, dict(settings), seed)
