"""Turn statements into markup: escaped text, glossary words that open, a mark that opens the sources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from modalities.catalog import Catalog
from modalities.editorial import Word
from modalities.evidence import KIND_WORDS, Source, Statement, Text, strongest


class Reader:
    """Writes one page for one reading level and remembers which words and sources it used."""

    def __init__(self, catalog: Catalog, words: str, prefix: str = "") -> None:
        """Start a page; ``prefix`` keeps ids apart where a page is drawn in two parts."""
        self.catalog = catalog
        self.words = words
        self.prefix = prefix
        self.used_words: dict[str, Word] = {}
        self.used_sources: dict[str, None] = {}  # in the order of their use

    def say(self, statement: Statement, label: str = "") -> Markup:
        """Return a statement's text with its words linked and its source mark behind it."""
        return Markup("{} {}").format(self.linked(statement), self.mark(statement.sources, label))

    def linked(self, text: Text | str) -> Markup:
        """Return a text in the reading level; each glossary word is a button that opens its meaning."""
        raw = text if isinstance(text, str) else text.at(self.words)
        pattern, by_form = _glossary(self.catalog)
        if pattern is None:
            return escape(raw)
        out, end = Markup(), 0
        met: set[str] = set()
        for match in pattern.finditer(raw):
            word = by_form[match.group().lower()]
            if word.id in met:
                continue
            met.add(word.id)
            self.used_words[word.id] = word
            out += escape(raw[end : match.start()]) + Markup(
                '<button type="button" class="term" popovertarget="{}w-{}">{}</button>'
            ).format(self.prefix, word.id, match.group())
            end = match.end()
        return out + escape(raw[end:])

    def mark(self, sources: tuple[str, ...], label: str = "") -> Markup:
        """Return the source mark: the strongest kind in a word; touching it opens the sources.

        ``label`` takes the word's place where the statement is Sightline's own and only builds on its sources.
        """
        self.used_sources.update(dict.fromkeys(sources))
        first = self.catalog.sources[sources[0]]
        kind = KIND_WORDS[strongest([self.catalog.sources[source].kind for source in sources])]
        return Markup(
            '<button type="button" class="src" popovertarget="{}sources-box" data-sources="{}" '
            'aria-label="Source: {}, {}">{}</button>'
        ).format(self.prefix, " ".join(sources), label or kind, first.short, label or kind)

    def cited(self, sources: Iterable[str]) -> list[Source]:
        """Return sources by their ids."""
        return [self.catalog.sources[source] for source in sources]


@lru_cache(maxsize=2)
def _glossary(catalog: Catalog) -> tuple[re.Pattern[str] | None, dict[str, Word]]:
    by_form = {form.lower(): word for word in catalog.words.values() for form in (word.word, *word.also)}
    if not by_form:
        return None, {}
    forms = "|".join(re.escape(form) for form in sorted(by_form, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.IGNORECASE), by_form
