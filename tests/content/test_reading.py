"""Plain texts can be read by a twelve-year-old: Flesch-Kincaid and Coleman-Liau, computed offline."""

from statistics import mean

import pytest
import yaml

from modalities.records import MODALITIES
from tests.content.readability import CONTENT, explained_words, grades, plain_texts

EXPLAINED = explained_words()
PAGES = {
    **{f"test={m}": (f"modalities/{m}.yaml", f"ratings/{m}.yaml", "journey.yaml") for m in MODALITIES},
    "what applies": ("factors.yaml",),
    "why this and not the other": ("pairs.yaml",),
    "choose": ("questions.yaml", "protocols.yaml", "guidelines.yaml"),
    "cases": ("cases.yaml",),
    "frameworks": ("frameworks.yaml",),
    "chances": ("priors.yaml", "chances.yaml"),
    "path": ("paths.yaml",),
    "see": ("see.yaml",),
    "papers": ("orders.yaml",),
    "sources": ("decisions.yaml", "ipdas.yaml", "site.yaml"),
    "compare": tuple(f"ratings/{m}.yaml" for m in MODALITIES),
    "about": ("about.yaml", "site.yaml"),
    "words": ("glossary.yaml",),
}
PAGE_BAR, TEXT_BAR, MEAN_BAR = 8, 10, 7
SHORT = 6  # words; below that a grade says nothing: a heading, a label


def texts_of(files):
    for name in files:
        yield from plain_texts(yaml.safe_load((CONTENT / name).read_text(encoding="utf-8")), name)


def page_grades(files):
    sentences = [t if t.endswith((".", "?", "!")) else f"{t}." for _, t in texts_of(files) if len(t.split()) > SHORT]
    return grades(" ".join(sentences), EXPLAINED)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_within_the_bar(page):
    assert max(page_grades(PAGES[page])) <= PAGE_BAR


def test_the_mean_of_pages_is_within_the_bar():
    every = {page: max(page_grades(files)) for page, files in PAGES.items()}
    print("\nreading grade by page:", {page: round(grade, 1) for page, grade in every.items()})
    assert mean(every.values()) <= MEAN_BAR


def test_no_single_text_is_too_hard():
    files = [str(path.relative_to(CONTENT)) for path in CONTENT.rglob("*.yaml") if path.name != "sources.yaml"]
    found = [(max(grades(t, EXPLAINED)), where, t) for where, t in texts_of(sorted(files)) if len(t.split()) > SHORT]
    found.sort(reverse=True)
    print(f"\nthe ten hardest of {len(found)} plain texts:")
    for grade, where, text in found[:10]:
        print(f"  {grade:4.1f} {where}: {text}")
    assert [f"{grade:.1f} {where}: {text}" for grade, where, text in found if grade > TEXT_BAR] == []
