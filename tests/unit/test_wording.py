"""One way to write each figure."""

import pytest

from modalities import wording
from modalities.chances import Ratio
from modalities.evidence import Interval, Quantity
from modalities.wording import amount, background, number, per_thousand, percent

LABEL = {"plain": "neck", "technical": "cervical"}


def quantity(**values):
    return Quantity.model_validate({"label": LABEL, "unit": "min", "sources": ["a"], **values})


def test_shares_are_written_with_range_or_its_absence():
    given = Interval.model_validate({"value": 0.93, "low": 0.9, "high": 0.95})
    assert per_thousand(given) == "930 of 1,000 (range 900 to 950)"
    assert percent(given) == "93 % (95 % interval 90–95)"
    assert percent(Interval.model_validate({"value": 0.906})) == "90.6 % (interval not given)"
    assert "computed from counts" in percent(Interval.model_validate({"hits": 133, "of": 201}))


def test_amounts_carry_their_unit():
    assert amount(quantity(low=20, high=60)) == "20 to 60 minutes"
    assert amount(quantity(typical=1, unit="h")) == "1 hour"
    assert amount(quantity(typical=1.3, unit="mSv")) == "1.3 mSv"
    assert amount(quantity(low=1, high=3, typical=2)) == "1 to 3 minutes, typically 2"


@pytest.mark.parametrize(
    ("value", "text"), [(0.002, "0.002"), (13.0, "13"), (1250, "1,250"), (0.08, "0.08"), (2.35, "2.35")]
)
def test_numbers_have_no_needless_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("amounts", "text"),
    [
        ({"typical": 0.002}, "less than a day"),
        ({"typical": 0.01}, "2 days"),
        ({"typical": 0.1}, "15 days"),
        ({"typical": 1.2}, "6 months"),
        ({"low": 0.6, "high": 1.2}, "3 to 6 months"),
        ({"low": 1.2, "high": 12}, "0.5 to 5.0 years"),
        ({"low": 0.001, "high": 0.02}, "less than 1 to 3 days"),
    ],
)
def test_dose_is_compared_with_nature_in_one_unit(amounts, text):
    assert background(quantity(unit="mSv", **amounts), 2.4) == text


def test_a_ratio_that_nobody_can_know_is_capped():
    assert wording.ratio(Ratio(92.0, 24.0, 836_759.0)) == "92 (range 24 to more than 1,000)"
    assert wording.ratio(Ratio(0.29, 3e-5, 1.2)) == "0.29 (range less than 0.001 to 1.2)"
    assert wording.ratio(Ratio(float("inf"), None, None)) == "without end"


def test_times_and_added_cases_in_words():
    assert wording.duration(20, 45) == "20 to 45 minutes" and wording.duration(90, 180) == "1.5 to 3 hours"
    assert wording.duration(0, 4320) == "0 to 3 days" and wording.duration(30, 4320) == "less than 1 to 3 days"
    assert wording.added((0, 40)) == "0 to 40" and wording.spared((0, 40)) == "9,960 to 10,000"
    assert wording.added((0.2, 0.4)) == "fewer than 1" and wording.spared((0.2, 0.4)) == "nearly all"
