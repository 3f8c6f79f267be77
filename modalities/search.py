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
from modalities.patient import Factor
from modalities.records import Modality

HitKind = Literal[
    "test",
    "finding",
    "word",
    "fact",
    "part",
    "passage",
    "site",
    "question",
    "framework",
    "chances",
    "lesson",
    "path",
    "story",
    "see",
]
SITE_NAMES = ("Sightline", "who made this", "who makes this", "who pays", "about us", "contact", "imprint", "privacy")
CHOOSING_NAMES = (
    "which test",
    "which scan",
    "what test do I need",
    "choose a test",
    "right test",
    "first test",
    "cases",
)
CHANCES_NAMES = (
    "normal result",
    "after a normal result",
    "false alarm",
    "false positive",
    "false negative",
    "positive predictive value",
    "negative predictive value",
    "likelihood ratio",
    "post-test probability",
    "chance",
    "how sure is the test",
)
SEE_NAMES = (
    "see",
    "pictures",
    "simulated pictures",
    "simulator",
    "what does it look like",
    "example images",
    "hide and seek",
)
PATHS_NAMES = (
    "how long does it take",
    "next test",
    "after this test",
    "order of tests",
    "sequence of tests",
    "what lies ahead",
)
WAITING_NAMES = ("waiting", "wait for the result", "when do I get my result", "scanxiety", "worry", "result online")
# Most people look for a test, then for a word.
KIND_BONUS: dict[HitKind, float] = {"test": 20, "word": 5, "finding": 0, "fact": 5, "part": 0, "passage": 0, "site": 0,
    "question": 0, "framework": 10, "chances": 0, "lesson": 0, "path": 0, "story": 0, "see": 10,
}  # fmt: skip
IGNORED = frozenset([
    "a", "an", "and", "are", "at", "be", "by", "can", "do", "does", "for", "from", "have", "i", "in", "is", "it", "me",
    "my", "of", "on", "or", "the", "to", "was", "what", "with",
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    ``names`` find it at once; ``text`` finds it if every word asked for stands in it.
    ``place`` is where it is shown: the id of a test, finding or word, fact, or a section of the introduction.
    """

    kind: HitKind
    place: str
    label: str
    says: str
    names: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry with its score, higher is better; ``nearest`` marks a guess."""

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


def tests_named(catalog: Catalog, query: str) -> tuple[Modality, Modality] | None:
    """Return the two tests named in a query such as "MRI or X-ray", in matrix order; None for any other number."""
    asked = _split(query)
    found = [test for test in catalog.modalities.values() if _run_in(_split(test.short), asked)]
    return (found[0], found[1]) if len(found) == 2 else None


def names_red_flag(red_flags: RedFlags, query: str) -> bool:
    """Say whether a query names a sign that can't wait; each word of one phrase must occur, by its beginning."""
    asked = _split(query)
    return any(all(_occurs(word, asked) for word in _split(phrase)) for phrase in red_flags.named_by)


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower()[:200])


def _occurs(word: str, asked: Iterable[str]) -> bool:
    return any(
        other == word or (len(word) >= 4 and (other.startswith(word) or is_slip(word, other))) for other in asked
    )


def _run_in(name: list[str], asked: list[str]) -> bool:
    return any(asked[start : start + len(name)] == name for start in range(len(asked) - len(name) + 1))


def is_slip(word: str, other: str) -> bool:
    """Say whether two words differ by a slip: one letter, two in long words, none in the shortest."""
    allowed = 0 if len(word) < 3 or (len(word) == 3 and word[0] != other[0]) else 1 if len(word) < 8 else 2
    return allowed > 0 and OSA.distance(word, other, score_cutoff=allowed) <= allowed


def _score(asked: list[str], entry: Entry) -> float:
    """Return how well the words asked for fit one entry, 0 (not at all) to 100 (its very name)."""
    best = max((_name_score(asked, _split(name)) for name in entry.names), default=0.0)
    if not best and entry.text and all(_stands_in(word, entry.text) for word in asked):
        best = 30.0
    return best and best + KIND_BONUS[entry.kind]


def _name_score(asked: list[str], name: list[str]) -> float:
    """Return the fit of one name: the very name, all words asked for in it, or the name in a longer wording."""
    if name == asked:
        return 100.0
    found = [max((_word_score(a, word) for word in name), default=0.0) for a in asked]
    if min(found) > 0:
        return sum(found) / len(found) * (0.7 + 0.25 * len(asked) / max(len(name), len(asked)))
    if _run_in(name, asked):  # "MRI" in "MRI L-spine w/wo contrast"
        return 55.0 + 20.0 * len(name) / len(asked)
    return 0.0


def _word_score(asked: str, word: str) -> float:
    if asked == word:
        return 100.0
    if len(asked) >= 3 and word.startswith(asked):
        return 85.0
    return 70.0 if is_slip(asked, word) else 0.0


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}", text) is not None


def _nearest(catalog: Catalog, query: str) -> tuple[Hit, ...]:
    names = {name.lower(): entry for entry in _index(catalog) for name in entry.names}
    close = process.extract(query, list(names), scorer=fuzz.ratio, limit=6, score_cutoff=60)
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
            *test.steps.before, *test.steps.during, *test.steps.after, *test.risks, *test.results,
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
    for factor in catalog.factors.values():
        names = [factor.name.plain, factor.name.technical, factor.phrase.plain, *factor.also_called]
        tests = [test.short for test in catalog.modalities.values() if _touches(factor, test)]
        says = f"What it changes for {', '.join(tests)}."
        label = f"{factor.phrase.plain}: every test"
        entries.append(Entry("fact", factor.id, label, says, tuple(names), _text(factor.rules)))
    for section in catalog.about.sections:
        for number, statement in enumerate(section.statements, start=1):
            place = f"{section.id}-{number}"
            entries.append(
                Entry("passage", place, section.title.plain, statement.plain, (), _text([statement, section.title]))
            )
    says = "Eleven questions: which tests are usually used, why, and what would change the answer."
    entries.append(Entry("question", "", "Which test for which question?", says, CHOOSING_NAMES))
    for question in catalog.questions.values():
        names = [question.name.plain, question.name.technical, *question.also_called]
        entries.append(Entry("question", question.id, question.name.plain, question.example.plain, tuple(names)))
    for framework in catalog.frameworks.values():
        names = [framework.id, framework.name.plain, framework.name.technical]
        says = framework.what_for.plain
        entries.append(Entry("framework", framework.id, framework.name.technical, says, tuple(names)))
    entries += _result_entries(catalog)
    journey = [*catalog.journey.waiting, *catalog.journey.ring]
    entries.append(Entry("part", "waiting", "Waiting for the result", journey[0].plain, WAITING_NAMES, _text(journey)))
    about = [catalog.site.purpose, *catalog.site.is_not, catalog.site.update_policy, catalog.site.funding]
    entries.append(Entry("site", "policy", "Who makes Sightline", catalog.site.funding.plain, SITE_NAMES, _text(about)))
    return tuple(entries)


def _result_entries(catalog: Catalog) -> list[Entry]:
    """Return what leads to Chances, its lessons, and Path."""
    says = "Of 1,000 people like this: how many have it, how many are found, missed, alarmed for nothing."
    entries = [Entry("chances", "", "What does a result tell?", says, CHANCES_NAMES)]
    for prior in catalog.priors:
        names = (prior.name.plain, prior.name.technical)
        entries.append(Entry("chances", prior.id, prior.name.plain, prior.note.plain, names))
    for lesson in catalog.chance_file.lessons:
        names = (lesson.title.plain, lesson.title.technical)
        text = _text([lesson.ask, *lesson.answers])
        entries.append(Entry("lesson", lesson.id, lesson.title.plain, lesson.ask.plain, names, text))
    says = "What a row of tests takes in time, radiation and needles, and what is known after each."
    for story in catalog.see_file.stories:
        names = (story.title.plain, story.title.technical)
        entries.append(
            Entry("story", story.id, story.title.plain, story.ask.plain, names, _text([story.ask, *story.told]))
        )
    entries.append(Entry("see", "", "See: one lesion, every test", catalog.see_file.lead.plain, SEE_NAMES))
    entries.append(Entry("path", "", "A path of tests", says, PATHS_NAMES))
    for ready in catalog.paths.values():
        names = (ready.name.plain, ready.name.technical)
        text = _text([ready.about, *ready.steps])
        entries.append(Entry("path", ready.id, ready.name.plain, ready.about.plain, names, text))
    return entries


def _touches(factor: Factor, test: Modality) -> bool:
    return any(rule.applies_to(test, version, possibly=True) for rule in factor.rules for version in test.variants)


def _text(texts: Iterable[object]) -> str:
    return " ".join(f"{text.plain} {text.technical}" for text in texts).lower()  # type: ignore[attr-defined]
