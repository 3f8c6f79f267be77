"""One way to write each figure, for text, table, alternative text, CSV and print alike."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from modalities.evidence import Interval, Quantity

if TYPE_CHECKING:
    from modalities.chances import Ratio

UNIT_WORDS = {
    "patient": "people",
    "lesion": "spots",
    "vertebra": "vertebrae",
    "scan": "scans",
    "segment": "spine segments",
    "fracture": "broken vertebrae",
    "level": "levels of the spine",
}
MOST = 1000
UNITS = {"min": "minutes", "h": "hours", "day": "days", "percent": "%"}


def number(value: float) -> str:
    """Write an amount without needless digits: 0.002, 0.7, 13, 1,250."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def per_thousand(interval: Interval) -> str:
    """Write a share as ``930 of 1,000``, with its range if there is one."""
    text = f"{round(interval.value * 1000):,} of 1,000"
    if interval.low is None or interval.high is None:
        return text
    return f"{text} (range {round(interval.low * 1000):,} to {round(interval.high * 1000):,})"


def of_thousand(share: float) -> str:
    """Write a share as people of 1,000: ``26``, ``1,000``, ``fewer than 1``."""
    return f"{round(share * 1000):,}" if round(share * 1000) else "fewer than 1"


def per_thousand_short(interval: Interval) -> str:
    """Write a share of 1,000 people without repeating the 1,000: ``26 (range 24 to 28)``; ``fewer than 1``."""
    text = of_thousand(interval.value)
    if interval.low is None or interval.high is None:
        return text
    low, high = (round(end * 1000) for end in (interval.low, interval.high))
    return text if low == high else f"{text} (range {low:,} to {high:,})"


def range_short(interval: Interval) -> str:
    """Write both ends of a share of 1,000 people: ``24 to 28``; once if they round to the same."""
    assert interval.low is not None and interval.high is not None  # asked for only where there is a range
    low, high = (round(end * 1000) for end in (interval.low, interval.high))
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def ratio(ratio: Ratio, digits: int = 2) -> str:
    """Write a number without a bound, with its range if one is known: ``4.4 (range 3.1 to 6.2)``."""
    if not isfinite(ratio.value):
        return "without end"

    def short(value: float) -> str:
        if value > MOST or 0 < value < 1 / MOST:  # a share near 0 or 1 makes a ratio that nobody can know
            return f"more than {MOST:,}" if value > MOST else f"less than {1 / MOST:g}"
        return f"{value:,.0f}" if value >= 10 ** (digits - 1) else f"{value:.{digits}g}"

    if ratio.low is None or ratio.high is None:
        return short(ratio.value)
    return f"{short(ratio.value)} (range {short(ratio.low)} to {short(ratio.high)})"


def of_ten_thousand(quantity: Quantity) -> str:
    """Write an added risk of 10,000 people: ``about 4``, ``2 to 6``, ``fewer than 1``, ``fewer than 10``."""
    low, high = quantity.low, quantity.high
    if low is not None and high is not None and low != high:
        return f"fewer than {round(high)}" if low == 0 else f"{round(low)} to {round(high)}"
    value = quantity.typical if quantity.typical is not None else low
    assert value is not None  # checked when loaded
    return "fewer than 1" if value < 1 else f"about {round(value)}"


def rest(interval: Interval) -> str:
    """Write what is left of 1,000: the missed, or the false alarms."""
    return f"{1000 - round(interval.value * 1000):,}"


def inside(text: str) -> str:
    """Write a phrase so that it can stand inside a sentence: ``People with …`` becomes ``people with …``.

    A first word in capitals (CT, PET/CT, X-ray) or a name stays.
    """
    first = text.split(" ", 1)[0]
    keeps = any(letter.isupper() or letter.isdigit() for letter in first[1:]) or first.startswith("X-")
    return text if keeps or (len(first) == 1 and first != "A") else text[0].lower() + text[1:]


def share(value: Interval) -> str:
    """Write a share as ``93 %``."""
    decimals = 0 if round(value.value * 100, 1).is_integer() else 1
    return f"{value.value * 100:.{decimals}f} %"


def interval(value: Interval) -> str:
    """Write a share's interval in brackets, or say that it was not given."""
    if value.low is None or value.high is None:
        return "(interval not given)"
    computed = ", computed from counts" if value.interval_from == "computed" else ""
    return f"(95 % interval {value.low * 100:.0f}–{value.high * 100:.0f}{computed})"


def percent(value: Interval) -> str:
    """Write a share with its interval: ``93 % (95 % interval 90–95)``."""
    return f"{share(value)} {interval(value)}"


def amount(quantity: Quantity) -> str:
    """Write a quantity with its unit: ``20 to 60 minutes``, ``1.3 mSv``."""
    unit = UNITS.get(quantity.unit, quantity.unit)
    low, high = quantity.low, quantity.high
    if low is not None and high is not None and low != high:
        span = f"{number(low)} to {number(high)} {unit}"
        return f"{span}, typically {number(quantity.typical)}" if quantity.typical is not None else span
    value = quantity.typical if quantity.typical is not None else low
    assert value is not None  # checked when loaded
    singular = unit[:-1] if value == 1 and unit.endswith("s") else unit
    return f"{number(value)} {singular}"


def duration(low: float, high: float) -> str:
    """Write minutes in the unit that fits the upper end: ``20 to 45 minutes``, ``1.5 to 3 hours``, ``4 to 29 days``."""
    unit, length = ("minute", 1) if high < 100 else ("hour", 60) if high <= 48 * 60 else ("day", 1440)
    texts = [
        f"{value / length:.1f}".removesuffix(".0") if unit == "hour" else f"{value / length:.0f}"
        for value in (low, high)
    ]
    if unit == "day" and 0 < low < 1440:
        texts[0] = "less than 1"
    texts = list(dict.fromkeys(texts))
    return f"{' to '.join(texts)} {unit}{'' if texts == ['1'] else 's'}"


def added(risk: tuple[float, float]) -> str:
    """Write added cases of 10,000 people: ``3 to 15``, ``fewer than 1``, ``0 to 2``."""
    texts = ["0" if end == 0 else "fewer than 1" if end < 0.5 else f"{end:.0f}" for end in risk]
    return " to ".join(dict.fromkeys(texts))


def spared(risk: tuple[float, float]) -> str:
    """Write the others of the 10,000: ``9,985 to 9,997``, ``9,999 or more``."""
    low, high = (10_000 - end for end in reversed(risk))
    texts = list(dict.fromkeys(f"{round(end):,}" for end in (low, high)))
    return "nearly all" if texts == ["10,000"] else " to ".join(texts)


def span(low: float, high: float, unit: str) -> str:
    """Write both ends of an amount with its unit: ``6 to 8.8 mSv``."""
    texts = list(dict.fromkeys(number(round(end, 2)) for end in (low, high)))
    return f"{' to '.join(texts)} {unit}"


def background(dose: Quantity, msv_per_year: float) -> str:
    """Write a dose as the time in which nature gives as much: ``8 days``, ``16 to 25 months``, ``3 years``.

    A range has one unit for both ends, the one that fits its upper end.
    """
    ends = [dose.low, dose.high] if dose.low is not None and dose.high is not None else [dose.typical]
    days = [end / msv_per_year * 365.25 for end in ends if end is not None]
    if days[-1] < 1:
        return "less than a day"
    unit, length = ("day", 1.0) if days[-1] < 45 else ("month", 30.44) if days[-1] < 900 else ("year", 365.25)
    texts = [f"{d / length:.1f}" if unit == "year" else str(round(d / length)) for d in days]
    texts = ["less than 1" if text == "0" else text for text in dict.fromkeys(texts)]
    return f"{' to '.join(texts)} {unit}{'' if texts == ['1'] else 's'}"
