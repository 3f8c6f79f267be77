"""What can be changed on the page See, as links: the lesion, the body, and the settings of the large picture."""

from __future__ import annotations

from modalities.seeing import SeeFile
from modalities.simulate.addresses import shown
from modalities.simulate.machines import machine, view_of
from modalities.simulate.scene import (
    BUILDS,
    COLLAPSES,
    LESION_PLACES,
    LOOK_ALIKES,
    METASTASES,
    UPTAKES,
    VERTEBRAE,
    WHOLE_LEVEL,
    Lesion,
)
from parts.scene import Look, words_of

Option = tuple[str, str, bool]  # its words, its link, whether it is on
SECONDS = (Lesion("sclerotic", 10, "L1", "body_front"), Lesion("marrow_only", 14, "T11", "body_right"))


def controls(look: Look, file: SeeFile) -> dict[str, object]:
    """Return the choices that make the lesion and the body."""
    if look.seek:
        return {}
    healthy = not look.scene.lesions
    words, lesion = look.address.words, look.lesion
    kinds, places = words_of(file, "kinds"), words_of(file, "places")
    first = look.scene.lesions[:1]
    return {
        "metastases": [
            ("Healthy", look.link_scene(lesions=()), healthy),
            *((kinds[k].at(words), look.link_scene(kind=k), lesion.kind == k and not healthy) for k in METASTASES),
        ],
        "look_alikes": [
            (kinds[k].at(words), look.link_scene(kind=k), lesion.kind == k and not healthy) for k in LOOK_ALIKES
        ],
        "places": []
        if lesion.kind in WHOLE_LEVEL or healthy
        else [(places[p].at(words).capitalize(), look.link_scene(place=p), lesion.place == p) for p in LESION_PLACES],
        "levels": [] if healthy else [(v, look.link_scene(vertebra=v), lesion.vertebra == v) for v in VERTEBRAE],
        "more": [
            ("collapse", "The bone has", _more(look, file, "collapses", "collapse", COLLAPSES)),
            ("uptake", "The tumor and the test’s sugar", _more(look, file, "uptakes", "uptake", UPTAKES)),
            ("body", "Body", _more(look, file, "builds", "build", BUILDS)),
            (
                "second",
                "A second lesion",
                [
                    ("none", look.link_scene(lesions=first), len(look.scene.lesions) == 1),
                    *(
                        (
                            f"{kinds[other.kind].at(words)}, {other.vertebra}",
                            look.link_scene(lesions=(*first, other)),
                            other in look.scene.lesions[1:],
                        )
                        for other in SECONDS
                    ),
                ],
            ),
        ],
        "unusual": lesion.collapse != "none"
        or lesion.uptake != "usual"
        or look.scene.build != "average"
        or len(look.scene.lesions) > 1,
    }


def _more(look: Look, file: SeeFile, group: str, field: str, values: tuple[str, ...]) -> list[Option]:
    now = look.scene.build if field == "build" else getattr(look.lesion, field)
    names = words_of(file, group)
    return [(names[v].at(look.address.words), look.link_scene(**{field: v}), v == now) for v in values]


def dials(look: Look, file: SeeFile) -> dict[str, object]:
    """Return the views of the large picture's test, its settings, and its display window."""
    test, _, view = look.panel.partition(".")
    words = look.address.words
    names = words_of(file, "settings")
    settings = []
    for setting in view_of(test, view).settings:
        told = names[setting.name]
        values = {choice.id: choice.at(words) for choice in told.choices}
        now = (look.settings or {})[setting.name]
        options = [
            (values.get(shown(v), shown(v)), look.link_setting(setting.name, v), v == now) for v in setting.choices
        ]
        settings.append((setting, told, now, options))
    siblings = [v for v in file.views if v.test == test]
    return {
        "views": [(v.name.at(words), look.link_panel(f"{test}.{v.view}"), v.view == view) for v in siblings],
        "settings": settings,
        "window": _window(look, test, view),
    }


def _window(look: Look, test: str, view: str) -> list[tuple[str, str, float, float, float, float, str]]:
    """Return center and width of the display window as sliders: key, name, value, low, high, step, link."""
    maker = machine(test)
    usual = maker.display_of(view, look.settings or {})
    if test in ("xray", "dynamic_xray"):
        usual = type(usual)(128, 256)  # a radiograph is shown after its own processing, in gray values
    center, width = look.window or (usual.center, usual.width)
    step = float(f"{usual.width / 100:.1g}")
    low, high = min(usual.center - usual.width, center), max(usual.center + usual.width, center)
    narrow, wide = min(usual.width / 10, width), max(usual.width * 2, width)
    return [
        ("center", "Brightness (center)", center, low, high, step, look.link_window("SLIDE", width)),
        ("width", "Contrast (width)", width, narrow, wide, step, look.link_window(center, "SLIDE")),
    ]
