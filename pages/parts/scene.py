"""Read the scene that an address asks for, and write it back as links and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from modalities.catalog import Catalog
from modalities.seeing import SeeFile, Story
from modalities.simulate.addresses import query_of, read_also, settings_of, settings_word, shown
from modalities.simulate.machines import view_of, views
from modalities.simulate.scene import (
    BUILDS,
    COLLAPSES,
    KINDS,
    LARGEST_MM,
    LESION_PLACES,
    SMALLEST_MM,
    UPTAKES,
    VERTEBRAE,
    Lesion,
    Scene,
    SceneError,
)
from modalities.simulate.seek import MOST_SEEDS, NOTHING, Verdict, hidden_scene, judge
from modalities.simulate.views import Value, View
from parts.address import Address

SCENE_KEYS = ("kind", "mm", "at", "place", "collapse", "uptake", "also", "body", "seed")
SHOWS = ("reveal", "healthy", "sweep")


@dataclass(frozen=True)
class Look:
    """What the page See shows: a scene, what is large, what is revealed."""

    address: Address
    scene: Scene
    lesion: Lesion
    panels: tuple[str, ...]
    story: Story | None = None
    seek: int = 0
    guess: str = ""
    opened: tuple[str, ...] = ()
    panel: str = ""
    settings: Mapping[str, Value] | None = None
    window: tuple[float, float] | None = None
    show: str = ""

    @property
    def hiding(self) -> bool:
        """Say whether the lesion must not be named yet."""
        return bool(self.seek) and not self.guess

    @property
    def verdict(self) -> Verdict | None:
        """Return what the guess was worth."""
        return judge(self.seek, self.guess) if self.seek and self.guess else None

    @property
    def revealed(self) -> bool:
        """Say whether the lesion is outlined."""
        return self.show == "reveal" or self.verdict is not None

    def link_scene(self, **changes: Any) -> str:
        """Return a link to this view with another first lesion or another body; ``SLIDE`` may stand for a size."""
        mm = changes.pop("mm", None)
        body = {key: changes.pop(key) for key in ("build", "seed", "lesions") if key in changes}
        changed = (replace(self.lesion, **changes), *self.scene.lesions[1:])
        lesions = body.pop("lesions", changed if changes or self.scene.lesions else ())
        query = query_of(replace(self.scene, lesions=lesions, **body)) | ({"mm": mm} if mm else {})
        if not lesions:  # the size and place that were chosen stay for when there is a lesion again
            query |= {k: v for k, v in query_of(Scene((self.lesion,))).items() if k not in ("kind", "seed", "body")}
        left = dict.fromkeys(("story", "seek", "guess", "open"))
        return self.address.link(**{key: query.get(key) for key in SCENE_KEYS}, **left)

    def link_panel(self, view: str) -> str:
        """Return a link to this scene with another picture large, in its usual settings."""
        return self.address.link(panel=view, set=None, center=None, width=None)

    def link_back(self) -> str:
        """Return a link to all pictures side by side; a story's own large picture is closed with an empty value."""
        closed = "all" if self.story and self.story.scene.panel else None
        show = "reveal" if self.show == "reveal" else None
        return self.address.link(panel=closed, set=None, center=None, width=None, show=show)

    def link_window(self, center: float | str, width: float | str) -> str:
        """Return a link to this view in another display window; ``SLIDE`` may stand for a number."""
        numbers = (shown(value) if isinstance(value, float) else str(value) for value in (center, width))
        return self.address.link(**dict(zip(("center", "width"), numbers, strict=True)))

    def link_setting(self, name: str, value: Value) -> str:
        """Return a link to this view with one setting of the large picture changed."""
        view = view_of(*self.panel.split("."))
        kept = _unusual(view, {**(self.settings or {}), name: value})
        window = {} if name in ("slice_mm", "dose") else {"center": None, "width": None}
        return self.address.link(set=settings_word(kept) or None, **window)

    def source(self, view: str, kind: str = "png", **more: str) -> str:
        """Return the address of a picture, or of its outline."""
        query = {"seek": str(self.seek)} if self.seek else query_of(self.scene)
        if view == self.panel and self.settings:
            chosen = settings_word(_unusual(view_of(*view.split(".")), self.settings))
            query |= {"set": chosen} if chosen else {}
        if view == self.panel and self.window and kind == "png":
            query |= {"center": f"{self.window[0]:g}", "width": f"{self.window[1]:g}"}
        return f"/see/{view}.{kind}?{urlencode(query | more, safe=',:')}"


def _unusual(view: View, settings: Mapping[str, Value]) -> dict[str, Value]:
    usual = {setting.name: shown(setting.default) for setting in view.settings}
    return {name: value for name, value in settings.items() if shown(value) != usual[name]}


def read_look(catalog: Catalog, address: Address) -> Look:
    """Return what the address asks for; whatever can't be used is named in a notice."""
    file = catalog.see_file
    stories = {story.id: story for story in file.stories}
    story = stories.get(address.one("story", stories, ""))
    seek = address.number("seek", 1, MOST_SEEDS, 0)
    scene, lesion = _read_scene(address) if not (seek or story) else (None, None)
    scene = scene or (hidden_scene(seek) if seek else story.scene.scene())
    lesion = lesion or next(iter(scene.lesions), Lesion("lytic"))
    panel = address.one("panel", (*views(), "all"), story.scene.panel if story else "")
    panel = "" if panel == "all" else panel
    look = Look(
        address=address,
        scene=scene,
        lesion=lesion,
        panels=story.views if story else tuple(p for p in file.panels if not (seek and p.startswith("biopsy"))),
        story=story,
        seek=seek,
        guess=address.one("guess", (*VERTEBRAE, NOTHING), "") if seek else "",
        opened=address.several("open", views(), ()) if seek else (),
        panel=panel,
        settings=_read_settings(address, panel, story),
        window=_read_window(address) if panel else None,
        show=address.one("show", SHOWS, ""),
    )
    return look


def _read_scene(address: Address) -> tuple[Scene, Lesion]:
    """Return the scene, and its first lesion or, in a healthy spine, the one that would be there."""
    kind = address.one("kind", (*KINDS, NOTHING), "lytic")
    lesion = Lesion(
        kind="lytic" if kind == NOTHING else kind,  # type: ignore[arg-type]
        diameter_mm=float(address.number("mm", int(SMALLEST_MM), int(LARGEST_MM), 15)),
        vertebra=address.one("at", VERTEBRAE, "T12"),  # type: ignore[arg-type]
        place=address.one("place", LESION_PLACES, "body_left"),  # type: ignore[arg-type]
        collapse=address.one("collapse", COLLAPSES, "none"),  # type: ignore[arg-type]
        uptake=address.one("uptake", UPTAKES, "usual"),  # type: ignore[arg-type]
    )
    further = []
    for word in address.text("also").split(","):
        try:
            further += [read_also(word)] if word else []
        except SceneError as error:
            address.notices.append(f"The address asks for a further lesion that can't be: {error}; it was left out.")
    scene = Scene(
        () if kind == NOTHING else (lesion, *further[:3]),
        build=address.one("body", BUILDS, "average"),  # type: ignore[arg-type]
        seed=address.number("seed", 1, MOST_SEEDS, 1),
    )
    return scene, lesion


def _read_settings(address: Address, panel: str, story: Story | None) -> dict[str, Value]:
    if not panel:
        return {}
    view = view_of(*panel.split("."))
    asked = address.text("set", 200)
    given = settings_of(asked) if asked else dict(story.scene.settings) if story else {}
    for name in list(given):
        try:
            view.read({name: given[name]})
        except SceneError as error:
            address.notices.append(f"The address asks for a setting that can't be: {error}; the usual one is shown.")
            del given[name]
    if not given:
        address.params.pop("set", None)
    return view.read(given)


def _read_window(address: Address) -> tuple[float, float] | None:
    """Return center and width of the display window: numbers; the center may be below zero."""
    read = []
    for key, low in (("center", -2000.0), ("width", 0.01)):
        raw = address.text(key, 8)
        try:
            read.append(float(raw))
        except ValueError:
            if raw:
                address.note(key, raw, "the usual window is shown", "but a number is expected")
            address.params.pop(key, None)
            return None
        if not low <= read[-1] <= 6000:
            address.note(key, raw, "the usual window is shown", f"but a number from {low:g} to 6,000 is expected")
            address.params.pop(key, None)
            return None
    return read[0], read[1]


def words_of(file: SeeFile, group: str) -> dict[str, Any]:
    """Return the names of places, collapses, uptakes, builds or settings by their ids."""
    return {item.id: item for item in getattr(file, group)}
