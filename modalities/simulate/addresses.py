"""A scene as the words of an address, and back.

``kind=lytic&mm=15&at=T12&place=body_left`` is one lesion; ``collapse``, ``uptake``, ``body`` and ``seed`` follow where
they differ from the usual; ``also=sclerotic-10-L1-body_front`` adds a second lesion. ``seek=17`` is a hidden scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from modalities.simulate.scene import Build, Collapse, Kind, Lesion, LesionPlace, Scene, SceneError, Uptake, Vertebra
from modalities.simulate.seek import MOST_SEEDS, hidden_scene
from modalities.simulate.views import Value

USUAL = Lesion("lytic")


def query_of(scene: Scene) -> dict[str, str]:
    """Return the parameters of a scene; the usual values are left out, apart from what names the lesion."""
    words: dict[str, str] = {}
    if not scene.lesions:
        words["kind"] = "none"
    else:
        lesion = scene.lesions[0]
        words |= {"kind": lesion.kind, "mm": f"{lesion.diameter_mm:g}", "at": lesion.vertebra, "place": lesion.place}
        for key, value in (("collapse", lesion.collapse), ("uptake", lesion.uptake)):
            if value != getattr(USUAL, key):
                words[key] = value
        if scene.lesions[1:]:
            words["also"] = ",".join(also_of(lesion) for lesion in scene.lesions[1:])
    if scene.build != "average":
        words["body"] = scene.build
    if scene.seed != 1:
        words["seed"] = str(scene.seed)
    return words


def scene_of(query: Mapping[str, str]) -> Scene:
    """Return the scene that parameters name.

    Raises:
        SceneError: names the parameter, what was given and what is possible.

    """
    if "seek" in query:
        return hidden_scene(whole(query["seek"], "seek", 1, MOST_SEEDS))
    lesions: tuple[Lesion, ...] = ()
    if query.get("kind", USUAL.kind) != "none":
        lesions = (
            Lesion(
                cast(Kind, query.get("kind", USUAL.kind)),
                number(query.get("mm", "15"), "mm"),
                cast(Vertebra, query.get("at", USUAL.vertebra)),
                cast(LesionPlace, query.get("place", USUAL.place)),
                cast(Collapse, query.get("collapse", USUAL.collapse)),
                cast(Uptake, query.get("uptake", USUAL.uptake)),
            ),
        )
    lesions += tuple(read_also(part) for part in query.get("also", "").split(",") if part)
    return Scene(
        lesions, cast(Build, query.get("body", "average")), whole(query.get("seed", "1"), "seed", 1, MOST_SEEDS)
    )


def also_of(lesion: Lesion) -> str:
    """Return a further lesion as one word: ``sclerotic-10-L1-body_front``."""
    word = f"{lesion.kind}-{lesion.diameter_mm:g}-{lesion.vertebra}-{lesion.place}"
    return word if lesion.collapse == "none" else f"{word}-{lesion.collapse}"


def read_also(word: str) -> Lesion:
    """Return the lesion that such a word names; raise ``SceneError`` for anything else."""
    parts = word.split("-")
    if len(parts) not in (4, 5):
        raise SceneError(f"also is '{word}'; a lesion is written 'sclerotic-10-L1-body_front' or '…-wedge'")
    kind, mm, at, place = parts[:4]
    collapse = cast(Collapse, parts[4] if len(parts) == 5 else "none")
    return Lesion(cast(Kind, kind), number(mm, "also"), cast(Vertebra, at), cast(LesionPlace, place), collapse)


def settings_of(words: str) -> dict[str, Value]:
    """Return the settings in a word such as ``window:soft,dose:0.5``."""
    pairs = [part.partition(":") for part in words.split(",") if part]
    return {name: value for name, mark, value in pairs if mark}


def settings_word(settings: Mapping[str, Value]) -> str:
    """Return settings as one word of an address."""
    return ",".join(f"{name}:{shown(value)}" for name, value in settings.items())


def shown(value: Value) -> str:
    """Return a value as an address writes it: ``0.5``, ``3``, ``bone``."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def number(value: str, name: str) -> float:
    """Return a number; raise ``SceneError`` naming the parameter otherwise."""
    try:
        return float(value)
    except ValueError:
        raise SceneError(f"{name} is '{value}'; a number is expected") from None


def whole(value: str, name: str, low: int, high: int) -> int:
    """Return a whole number within bounds; raise ``SceneError`` naming the parameter otherwise."""
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise SceneError(f"{name} is '{value}'; a whole number from {low} to {high} is expected")
    return int(value)
