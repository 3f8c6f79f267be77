"""What a statement or a figure rests on: sources, statements, intervals.

Every record is frozen and refuses unknown keys. The field descriptions are the
editor's guide: ``python -m modalities.check --guide`` prints them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from math import sqrt
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, computed_field, model_validator

SourceKind = Literal["meta_analysis", "study", "guideline", "official", "review", "patient_page"]
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)  # strongest first
KIND_WORDS: dict[SourceKind, str] = {
    "meta_analysis": "meta-analysis",
    "study": "study",
    "guideline": "guideline by consensus",
    "official": "official body",
    "review": "review",
    "patient_page": "patient page",
}

READ_WORDS = {"original": "Original read", "abstract": "Summary read", "copy": "Read in a copy"}

Sentence = Annotated[str, Field(min_length=2)]


class Record(BaseModel):
    """A frozen piece of content that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Record):
    """The same thing said twice: for anybody, and for professionals."""

    plain: Sentence = Field(description="Short sentences, words a twelve-year-old knows, no abbreviation unexplained.")
    technical: Sentence = Field(description="Exact, with units and the field's own terms.")

    def at(self, words: str) -> str:
        """Return the text for one reading level, ``plain`` or ``technical``."""
        return self.technical if words == "technical" else self.plain


class Newer(Record):
    """A newer guideline or review that is known to say something else."""

    source: str = Field(description="Id of the newer source.")
    differs: Sentence = Field(description="What it says differently, in one sentence.")


class Source(Record):
    """One publication as it is cited; only publications that somebody opened."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Short and lasting: first author and year, 'harlianto2024'.")
    authors: str = Field(min_length=2, description="'Family AB, Family CD, et al.' or the body that publishes.")
    year: int | None = Field(ge=1950, le=2100, description="Year published; null only if the original shows none.")
    title: str = Field(min_length=4, description="The original's title; ours in [brackets] if it was never seen.")
    published_in: str = Field(min_length=2, description="Journal or publishing body.")
    kind: SourceKind = Field(description="What sort of publication it is; decides the word shown beside a statement.")
    address: str | None = Field(
        default=None, description="https address of the original (DOI first), never a mirror; null if none is known."
    )
    read: Literal["original", "abstract", "copy"] = Field(
        description="What somebody opened: the original text, its abstract, or a copy held elsewhere."
    )
    status: Literal["seen"] = Field(default="seen", description="Only 'seen' may be shown.")
    note: str | None = Field(default=None, description="What a reader should know: size, setting, printed errors.")
    newer: Newer | None = Field(default=None, description="Only where a newer source is known to say something else.")

    @property
    def short(self) -> str:
        """Return the mark used in running text, such as ``Harlianto 2024``."""
        first = re.split(r",| et al| \(", self.authors)[0].strip()
        words = first.split()
        person = len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3
        return f"{' '.join(words[:-1]) if person else first} {self.year or '(undated)'}"


class Sourced(Record):
    """Anything that rests on sources; knows the kind of the strongest one once it is loaded in a catalog."""

    sources: tuple[str, ...] = Field(min_length=1, description="Ids from sources.yaml, the most important first.")
    kind: SourceKind | None = Field(default=None, description="Leave out: filled when loaded.")

    @model_validator(mode="before")
    @classmethod
    def _find_sources(cls, data: object, info: ValidationInfo) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("sources"), list | tuple):
            return data
        return data | {"kind": known_kind(data["sources"], info)}


class Statement(Text, Sourced):
    """A sentence that a reader sees, with what it rests on."""


class Conflict(Record):
    """Sources that disagree: each side, and which one we use and why."""

    sides: tuple[Statement, ...] = Field(min_length=2, description="What each side says, each with its own sources.")
    we_use: Statement = Field(description="Which side we use, and why.")


class Interval(Record):
    """A share from 0 to 1 with its 95 % interval.

    Written either as ``{value, low, high}`` from the paper, as ``{value}`` where the
    paper gives no interval, or as ``{hits, of}``: counts, from which Wilson's score
    interval is computed (Wilson EB, J Am Stat Assoc 1927;22:209-212).
    """

    value: float = Field(ge=0, le=1, description="As printed; left out where counts are given.")
    low: float | None = Field(default=None, ge=0, le=1, description="Lower end as printed, else leave out.")
    high: float | None = Field(default=None, ge=0, le=1, description="Upper end as printed, else leave out.")
    hits: int | None = Field(
        default=None, ge=0, description="Counts, where known and no interval is printed: how many."
    )
    of: int | None = Field(default=None, gt=0, description="Counts: of how many.")

    @model_validator(mode="before")
    @classmethod
    def _from_counts(cls, data: object) -> object:
        if isinstance(data, dict) and "hits" in data and "of" in data and "low" not in data:
            low, high = wilson(data["hits"], data["of"])
            return data | {"value": data["hits"] / data["of"], "low": low, "high": high}
        return data

    @model_validator(mode="after")
    def _in_order(self) -> Interval:
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"low <= value <= high does not hold: {self.low}, {self.value}, {self.high}")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def interval_from(self) -> Literal["paper", "computed", "not given"]:
        """Say where the interval comes from."""
        if self.hits is not None:
            return "computed"
        return "not given" if self.low is None else "paper"


def wilson(hits: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's 95 % score interval for ``hits`` of ``of`` (Wilson 1927, eq. for p).

    Raises
    ------
    ValueError
        If ``hits`` is not between 0 and ``of``, or ``of`` is not positive.

    """
    if of <= 0 or not 0 <= hits <= of:
        raise ValueError(f"counts must satisfy 0 <= hits <= of and of > 0: {hits} of {of}")
    share = hits / of
    center = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    low = 0.0 if hits == 0 else (center - spread) / scale  # exact at the ends, where rounding would miss
    return low, 1.0 if hits == of else (center + spread) / scale


class Quantity(Sourced):
    """A measured amount with its unit: a dose, a duration, a price."""

    label: Text = Field(description="What was measured: 'Lower back, one visit'.")
    low: float | None = Field(default=None, ge=0, description="Lower end of the range; needs 'high'.")
    high: float | None = Field(default=None, ge=0, description="Upper end of the range; needs 'low'.")
    typical: float | None = Field(default=None, ge=0, description="The single value that the source gives, if any.")
    unit: Literal["mSv", "min", "h", "day", "USD", "GBP", "EUR", "percent", "of 10,000"] = Field(
        description="Unit of the numbers."
    )
    protocols: tuple[str, ...] = Field(
        default=(), description="Versions of the test that it is about; empty: all of them. The first that fits counts."
    )
    note: Text | None = Field(default=None, description="Country, year, population or limits of the figure.")

    @property
    def ends(self) -> tuple[float, float]:
        """Return the low and the high end; the same where only one value is known."""
        low = self.low if self.low is not None else self.typical
        high = self.high if self.high is not None else self.typical
        assert low is not None and high is not None  # checked below
        return low, high

    @model_validator(mode="after")
    def _has_amount(self) -> Quantity:
        if self.typical is None and (self.low is None or self.high is None):
            raise ValueError("give 'typical', or both 'low' and 'high'")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low is above high: {self.low} > {self.high}")
        return self


class Dated(Record):
    """Content that carries the day on which somebody last checked it."""

    checked: date = Field(description="Day of the last check against the sources, YYYY-MM-DD.")


def strongest(kinds: Sequence[SourceKind]) -> SourceKind:
    """Return the strongest of several kinds of source."""
    return min(kinds, key=SOURCE_KINDS.index)


def known_kind(sources: Sequence[str], info: ValidationInfo) -> SourceKind | None:
    """Check that each source exists, note its use, and return the strongest kind.

    Without a catalog being loaded (no context) nothing is known, and nothing is checked.
    """
    if not info.context or not sources:
        return None
    known: dict[str, Source] = info.context["sources"]
    for source in sources:
        if source not in known:
            raise ValueError(f"source '{source}' is not in sources.yaml")
    return strongest([known[source].kind for source in sources])
