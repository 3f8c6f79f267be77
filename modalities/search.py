"""Find tests, findings, words and passages by what people type, with typing errors forgiven."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from modalities.catalog import Catalog
from modalities.editorial import RedFlags

HitKind = Literal["test", "finding", "word", "passage"]
IGNORED = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "have",
        "i",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "was",
        "what",
        "with",
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    ``names`` find it at once; ``text`` finds it if every word asked for stands in it.
    ``place`` is where it is shown: the id of a test, finding or word, or a section of the introduction.
    """

    kind: HitKind
    place: str
    label: str
    says: str
    names: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry; ``score`` is 0 to 100, and ``nearest`` marks a guess."""

    entry: Entry
    score: float
    nearest: bool = False


def search(catalog: Catalog, query: str, limit: int = 8) -> tuple[Hit, ...]:
    """Return what fits a query best; the nearest names, marked so, if nothing fits; nothing for an empty query."""
    asked = [word for word in _split(query) if word not in IGNORED] or _split(query)
    if not asked:
        return ()
    hits = [Hit(entry, score) for entry in _index(catalog) if (score := _score(asked, entry)) > 0]
    if hits:
        hits.sort(key=lambda hit: -hit.score)
        return tuple(hits[:limit])
    return _nearest(catalog, " ".join(asked))


def names_red_flag(red_flags: RedFlags, query: str) -> bool:
    """Say whether a query names a sign that can't wait; each word of one phrase must occur, by its beginning."""
    asked = _split(query)
    return any(all(_occurs(word, asked) for word in _split(phrase)) for phrase in red_flags.named_by)


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower()[:200])


def _occurs(word: str, asked: Iterable[str]) -> bool:
    return any(other == word or (len(word) >= 4 and (other.startswith(word) or _typo(word, other))) for other in asked)


def _typo(word: str, other: str) -> bool:
    allowed = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    return allowed > 0 and OSA.distance(word, other, score_cutoff=allowed) <= allowed


def _score(asked: list[str], entry: Entry) -> float:
    """Return how well the words asked for fit one entry, 0 (not at all) to 100 (its very name)."""
    best = 0.0
    for name in entry.names:
        words = _split(name)
        if words == asked:
            return 100.0
        found = [max((_word_score(a, w) for w in words), default=0.0) for a in asked]
        if min(found) > 0:
            cover = len(asked) / max(len(words), len(asked))
            best = max(best, sum(found) / len(found) * (0.7 + 0.25 * cover))
    if not best and entry.text and all(_stands_in(word, entry.text) for word in asked):
        best = 30.0 if entry.kind == "passage" else 35.0
    return best


def _word_score(asked: str, word: str) -> float:
    if asked == word:
        return 100.0
    if len(asked) >= 3 and word.startswith(asked):
        return 85.0
    return 70.0 if _typo(asked, word) else 0.0


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}", text) is not None


def _nearest(catalog: Catalog, query: str) -> tuple[Hit, ...]:
    names = {name.lower(): entry for entry in _index(catalog) for name in entry.names}
    close = process.extract(query, list(names), scorer=fuzz.ratio, limit=6, score_cutoff=50)
    found: dict[tuple[str, str], Hit] = {}
    for name, score, _ in close:
        found.setdefault((names[name].kind, names[name].place), Hit(names[name], score, nearest=True))
    return tuple(found.values())[:3]


@lru_cache(maxsize=2)
def _index(catalog: Catalog) -> tuple[Entry, ...]:
    entries = []
    for test in catalog.modalities.values():
        names = [test.short, test.name.plain, test.name.technical, *test.also_called]
        for variant in test.variants:
            names += [variant.name.plain, variant.name.technical, *variant.also_called]
        texts = [
            *test.how_it_works, *test.shows_best, *test.cannot_show, *test.false_positives, *test.false_negatives,
            *(change for variant in test.variants for change in variant.changes),
        ]  # fmt: skip
        entries.append(Entry("test", test.id, test.name.plain, test.what_it_is.plain, tuple(names), _text(texts)))
    for finding in catalog.findings.values():
        names = [finding.name.plain, finding.name.technical, *finding.also_called]
        cells = [catalog.rating(test, finding.id) for test in catalog.modalities]
        entries.append(
            Entry(
                "finding", finding.id, finding.name.plain, finding.why.plain, tuple(names), _text([finding.why, *cells])
            )
        )
    for word in catalog.words.values():
        entries.append(Entry("word", word.id, word.word, word.plain, (word.word, *word.also), word.technical.lower()))
    for section in catalog.about.sections:
        for number, statement in enumerate(section.statements, start=1):
            place = f"{section.id}-{number}"
            entries.append(
                Entry("passage", place, section.title.plain, statement.plain, (), _text([statement, section.title]))
            )
    return tuple(entries)


def _text(texts: Iterable[object]) -> str:
    return " ".join(f"{text.plain} {text.technical}" for text in texts).lower()  # type: ignore[attr-defined]
