"""The words and the numbers behind the simulated pictures: whole, sourced, used, honest about their origin."""

import csv
import io
import re
from pathlib import Path
from typing import get_args

import pytest

import modalities.simulate
from modalities import load_catalog
from modalities.records import FINDINGS
from modalities.simulate.constants import every_constant
from modalities.simulate.machines import MODULES, view_of, views
from modalities.simulate.scene import BUILDS, COLLAPSES, KINDS, LESION_PLACES, UPTAKES, Kind
from modalities.simulate.views import View
from modalities.tables import simulator_csv

catalog = load_catalog()
file = catalog.see_file
CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(modalities.simulate.__file__).parent.glob("*.py"))
PATTERNS = {  # names put together in the code: f"bore_{gauge}g_mm"
    re.sub(r"\\\{.*?\\\}", "[a-z0-9_]+", re.escape(name))
    for name in re.findall(r'f"([^"\s]*\{[^"\s]*)"', CODE)
    if len(re.sub(r"\{.*?\}", "", name)) >= 4
}
CONSTANTS = [(name, key) for name, records in every_constant().items() for key in records]


@pytest.mark.parametrize(("name", "key"), CONSTANTS, ids=[f"{name}.{key}" for name, key in CONSTANTS])
def test_each_number_is_used_and_says_where_it_is_from(name, key):
    record = every_constant()[name][key]
    last = key.rpartition(".")[2]
    assert f'"{last}"' in CODE or any(re.fullmatch(pattern, last) for pattern in PATTERNS), "nobody uses it"
    assert record.sources or record.origin in ("recalled", "chosen")
    if record.low is not None and record.origin == "measured":
        assert record.low <= record.value <= (record.high if record.high is not None else record.value)


def test_recalled_numbers_are_never_shown():
    rows = list(csv.DictReader(io.StringIO(simulator_csv(catalog))))
    assert len(rows) == len(CONSTANTS)
    assert all(not row["value"] for row in rows if row["origin"] == "recalled")
    assert all(row["value"] for row in rows if row["origin"] != "recalled")


def test_every_view_of_every_machine_has_words_and_the_other_way_round():
    assert {f"{view.test}.{view.view}" for view in file.views} == set(views())
    assert {words.test for words in file.tests} == set(MODULES)


@pytest.mark.parametrize("view", views().values(), ids=list(views()))
def test_every_setting_has_a_name_and_each_choice_too(view: View):
    names = {setting.id: setting for setting in file.settings}
    for setting in view.settings:
        named = {choice.id for choice in names[setting.name].choices}
        if setting.choices and all(isinstance(choice, str) for choice in setting.choices):
            assert set(setting.choices) <= named


@pytest.mark.parametrize(
    ("group", "ids"),
    [("kinds", KINDS), ("places", LESION_PLACES), ("collapses", COLLAPSES), ("uptakes", UPTAKES), ("builds", BUILDS)],
)
def test_every_choice_of_a_scene_has_a_name(group, ids):
    assert [item.id for item in getattr(file, group)] == list(ids)


@pytest.mark.parametrize("story", file.stories, ids=lambda story: story.id)
def test_a_story_has_a_scene_that_can_be_and_pictures_that_show_it(story):
    assert story.scene.scene().lesions
    if story.scene.panel:
        assert story.scene.panel in story.views
        view_of(*story.scene.panel.split(".")).read(story.scene.settings)


def test_a_square_of_the_table_has_a_picture_where_one_can_be():
    pictured = [(test, finding) for test in catalog.modalities for finding in FINDINGS if file.view_for(test, finding)]
    assert len(pictured) >= 110
    assert all(file.view_for(test, finding) in views() for test, finding in pictured)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_a_look_alike_is_said_to_be_fits_its_square(kind):
    for words in file.tests:
        assert words.finding[kind] in catalog.columns[words.test].ratings
