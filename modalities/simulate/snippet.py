"""A few lines of Python that make a picture anew in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from modalities.simulate.machines import SEED, view_of
from modalities.simulate.scene import Lesion, Scene
from modalities.simulate.views import Value

USUAL = Lesion("lytic")


def snippet(scene: Scene, test: str, view: str, settings: Mapping[str, Value] | None = None) -> str:
    """Return code that makes the picture of a scene and says how well its lesion shows."""
    lesions = "".join(f"        {_call(lesion)},\n" for lesion in scene.lesions)
    usual = {setting.name: setting.default for setting in view_of(test, view).settings}
    changed = {name: value for name, value in (settings or {}).items() if str(value) != str(usual.get(name))}
    given = f", settings={changed!r}" if changed else ""
    body = f", build={scene.build!r}" if scene.build != "average" else ""
    seen = f'print(conspicuity(scene, "{test}", "{view}"{given}))\n' if scene.lesions else ""
    return (
        "from modalities.simulate import Lesion, Scene, acquire, conspicuity\n\n"
        f"scene = Scene(\n    lesions=(\n{lesions}    ),\n    seed={scene.seed}{body},\n)\n"
        f'image = acquire(scene, "{test}", "{view}"{given}, seed={SEED})\n'
        f'open("simulated.png", "wb").write(image.png())  # image.pixels: numbers in {{image.unit}}\n{seen}'
    ).replace("{image.unit}", "image.unit")


def _call(lesion: Lesion) -> str:
    given = [f"{lesion.kind!r}"]
    for field in fields(lesion)[1:]:
        value = getattr(lesion, field.name)
        if field.name in ("diameter_mm", "vertebra", "place") or value != getattr(USUAL, field.name):
            given.append(f"{field.name}={value!r}")
    return f"Lesion({', '.join(given)})".replace("'", '"')
