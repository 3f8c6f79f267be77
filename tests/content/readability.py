"""Reading grade of plain texts, offline: Flesch-Kincaid and Coleman-Liau.

Names of tests and glossary words are explained where they stand, so each counts as one
common two-syllable word ("paper").
``python tests/content/readability.py FILE ...`` prints the hardest plain texts of content files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import textstat
import yaml

CONTENT = Path(__file__).parents[2] / "modalities" / "content"
STAND_IN = "paper"


def explained_words(content: Path = CONTENT) -> list[str]:
    """Return test names and glossary words, longest first."""
    words: set[str] = set()
    for path in sorted((content / "modalities").glob("*.yaml")):
        test = yaml.safe_load(path.read_text(encoding="utf-8"))
        words |= {test["short"], test["name"]["plain"], *test["also_called"]}
        words |= {v["name"]["plain"] for v in test["variants"]}
    glossary = content / "glossary.yaml"
    for word in yaml.safe_load(glossary.read_text(encoding="utf-8")) if glossary.exists() else []:
        words |= {word["word"], *word.get("also", ())}
    return sorted(words, key=len, reverse=True)


def grades(text: str, explained: Iterable[str]) -> tuple[float, float]:
    """Return (Flesch-Kincaid, Coleman-Liau) of a text with explained words replaced."""
    pattern = "|".join(re.escape(word) for word in explained)
    if pattern:
        text = re.sub(rf"\b(?:{pattern})(?:s|es)?\b", STAND_IN, text, flags=re.IGNORECASE)
    return textstat.flesch_kincaid_grade(text), textstat.coleman_liau_index(text)


def plain_texts(data: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield (place, text) for every plain text in a content file."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "plain" and isinstance(value, str):
                yield where, value
            else:
                yield from plain_texts(value, f"{where}.{key}")
    elif isinstance(data, list):
        for position, value in enumerate(data):
            name = value.get("id", position) if isinstance(value, dict) else position
            yield from plain_texts(value, f"{where}.{name}")


def main(paths: list[str]) -> None:
    """Print each file's grade and its ten hardest texts."""
    explained = explained_words()
    for path in paths:
        found = list(plain_texts(yaml.safe_load(Path(path).read_text(encoding="utf-8"))))
        whole = grades(" ".join(text for _, text in found), explained)
        print(f"{path}: {len(found)} texts, grade {whole[0]:.1f} / {whole[1]:.1f}")
        hardest = sorted(
            ((max(grades(t, explained)), where, t) for where, t in found if len(t.split()) > 3), reverse=True
        )
        for grade, where, text in hardest[:10]:
            print(f"  {grade:4.1f} {where}: {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
