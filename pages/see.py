"""See: one spine, one lesion, all tests side by side; every picture is worked out by physics."""

from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.seeing import Story, TestWords, ViewWords
from modalities.simulate.describe import alt_text, caption, fact_lines, noun, view_words, where
from modalities.simulate.image import Frame
from modalities.simulate.machines import acquire, machine, view_of
from modalities.simulate.painting import paint
from modalities.simulate.reader import Conspicuity, conspicuity
from modalities.simulate.scene import LOOK_ALIKES, VERTEBRAE, WHOLE_LEVEL
from modalities.simulate.seek import MOST_SEEDS, NOTHING
from modalities.simulate.snippet import snippet
from parts import view
from parts.address import Address, read_address
from parts.scene import Look, read_look, words_of
from parts.see_chart import draw_sizes
from parts.see_controls import controls, dials

TITLE = "One lesion, every test"
SCALE_MM = 50
UNITS = {
    "xray": "log units",
    "dynamic_xray": "log units",
    "ct": "HU",
    "myelogram": "HU",
    "mri": "× healthy marrow",
    "bone_scan": "counts",
    "pet_ct": "SUV",
}


@dataclass(frozen=True)
class Panel:
    """One picture on the page."""

    id: str
    words: ViewWords
    frame: Frame
    sight: Conspicuity | None
    caption: str
    alt: str
    facts: tuple[str, ...] = ()
    cut: bool = True

    @property
    def scale_share(self) -> float:
        """Return how much of the picture's width the scale bar takes."""
        return SCALE_MM / (self.frame.shape[1] * self.frame.spacing_mm)


def panel(catalog: Catalog, look: Look, name: str) -> Panel:
    """Return one picture with its words."""
    file, words = catalog.see_file, look.address.words
    test, _, place = name.partition(".")
    settings = look.settings if name == look.panel else None
    chosen = view_of(test, place).read(settings)
    frame = machine(test).frame_of(paint(look.scene), place, chosen)
    sight = None if look.hiding or not look.scene.lesions else conspicuity(look.scene, test, place, settings)
    lesion = look.lesion if sight else None
    taken = acquire(look.scene, test, place, settings) if settings is not None and sight else None
    return Panel(
        name,
        view_words(file, name),
        frame,
        sight,
        caption(file, name, lesion, sight.word, words) if lesion and sight else "",
        alt_text(file, name, lesion, sight.word if sight else None, words),
        fact_lines(file, taken.facts, words) if taken else (),
        bool(taken is None or taken.truth.any()),
    )


def show_see(catalog: Catalog, address: Address, look: Look) -> None:
    """Draw the controls, the pictures, and what belongs to the large one."""
    file = catalog.see_file
    large = panel(catalog, look, look.panel) if look.panel else None
    common = {
        "catalog": catalog,
        "address": address,
        "title": TITLE,
        "checked": [file],
        "look": look,
        "file": file,
        "thumbs": {story.id: _thumb(look, story) for story in file.stories},
        "code": snippet(look.scene, *(look.panel or look.panels[0]).split("."), settings=look.settings),
        "lined": _lined,
        "look_alike_kinds": LOOK_ALIKES,
        "names": {
            group: words_of(file, group) for group in ("kinds", "places", "collapses", "uptakes", "builds", "settings")
        },
    }
    sized = look.show == "sweep" and bool(look.scene.lesions) and not look.seek
    view.show(
        "see.html",
        **common,
        subject=look.story.id if look.story else "",
        panels=[panel(catalog, look, name) for name in look.panels],
        large=large,
        why=_why(catalog, look, large.words.test) if large and not look.hiding and look.scene.lesions else None,
        dials=dials(look, file) if large else {},
        where=where(file, look.lesion, address.words) if look.scene.lesions else "",
        noun=noun(file, look.lesion, address.words) if look.scene.lesions else "",
        vertebrae=VERTEBRAE,
        nothing=NOTHING,
        units=UNITS,
        whole_level=look.lesion.kind in WHOLE_LEVEL,
        tests_shown=_views_by_test(catalog, look),
        **controls(look, file),
        next_seek=look.seek % MOST_SEEDS + 1,
        sized=sized,
    )
    if sized:
        grown = draw_sizes(file, look.scene, look.panels, address.words)
        view.show("see_sizes.html", part="sizes", grown=grown, view_words=view_words, **common)


def _thumb(look: Look, story: Story) -> str:
    """Return the picture that stands for a story: its large one, else its first."""
    return replace(look, scene=story.scene.scene(), seek=0, panel="", settings=None, window=None).source(
        story.scene.panel or story.views[0], "webp"
    )


def _lined(code: str) -> Markup:
    """Return code whose spaces and lines survive: a page's other white space is squeezed."""
    return Markup(escape(code).replace(" ", "&#32;").replace("\n", "&#10;"))


def _views_by_test(catalog: Catalog, look: Look) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every test that has pictures with its views and their links."""
    named: dict[str, list[tuple[str, str]]] = {}
    for told in catalog.see_file.views:
        link = f"{look.link_panel(f'{told.test}.{told.view}')}#large"
        named.setdefault(catalog.modalities[told.test].short, []).append((told.name.at(look.address.words), link))
    return list(named.items())


def _why(catalog: Catalog, look: Look, test: str) -> TestWords | None:
    return next((words for words in catalog.see_file.tests if words.test == test), None)


catalog = load_catalog()
address = read_address("see")
show_see(catalog, address, read_look(catalog, address))
