"""The scores add up as published, and refuse what they do not know."""

from itertools import product

import pytest
from pydantic import ValidationError

from modalities import load_catalog
from modalities.frameworks import Framework

catalog = load_catalog()
sins, bilsky, noms = (catalog.frameworks[name] for name in ("sins", "bilsky", "noms"))


def test_sins_runs_from_0_to_18_with_the_published_points():
    """Fisher 2010: the maxima of the six items are 3, 3, 2, 4, 3 and 3."""
    points = [sorted(option.points for option in item.options) for item in sins.items]
    assert [max(p) for p in points] == [3, 3, 2, 4, 3, 3]
    assert points == [[0, 1, 2, 3], [0, 1, 3], [0, 1, 2], [0, 2, 4], [0, 1, 2, 3], [0, 1, 3]]
    assert [(band.low, band.high) for band in sins.bands] == [(0, 6), (7, 12), (13, 18)]


def test_every_sum_of_sins_has_its_band():
    for chosen in product(*(item.options for item in sins.items)):
        reading = sins.read({item.id: option.id for item, option in zip(sins.items, chosen, strict=True)})
        assert reading.total == sum(option.points for option in chosen)
        assert reading.band.low <= reading.total <= reading.band.high


def test_an_open_item_has_no_band():
    first = sins.items[0]
    assert sins.read({first.id: first.options[0].id}).band is None


@pytest.mark.parametrize("answers", [{"bogus": "none"}, {sins.items[0].id: "bogus"}])
def test_unknown_items_and_options_are_named(answers):
    with pytest.raises(ValueError, match="bogus"):
        sins.read(answers)


def test_bilsky_has_six_grades_and_sets_1c_apart():
    (grade,) = bilsky.items
    assert [option.points for option in grade.options] == [0, 1, 2, 3, 4, 5]
    assert [(band.low, band.high) for band in bilsky.bands] == [(0, 2), (3, 3), (4, 5)]


def test_noms_asks_its_four_questions_and_counts_nothing():
    assert [item.id[0] for item in noms.items] == ["n", "o", "m", "s"]
    assert all(option.points is None for item in noms.items for option in item.options)
    assert noms.meanings and not noms.bands


@pytest.mark.parametrize("frame", catalog.frameworks.values(), ids=lambda frame: frame.id)
def test_examples_are_fictional_complete_and_spread(frame):
    assert len(frame.examples) >= 3
    assert all(example.title.technical.startswith("Example case") for example in frame.examples)
    if frame.bands:
        assert len({frame.read(example.answers).band for example in frame.examples}) >= 3


def test_a_gap_between_bands_is_refused():
    broken = sins.model_dump()
    broken["bands"][1]["low"] = 8
    with pytest.raises(ValidationError, match="gap or overlap"):
        Framework.model_validate(broken)
