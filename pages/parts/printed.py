"""The hand-out as plain HTML: no script, works with Ctrl-P, in gray, in large print."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from modalities import Catalog
from modalities.factors import what_applies
from modalities.handout import Handout, handout, questions_for
from modalities.patient import FACTOR_GROUPS
from modalities.records import SHOWN_ORDER
from pages.parts.templates import templates


def asked(catalog: Catalog, test: str, query: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what an address asks for, checked, and notices about what is not known.

    ``facts`` and ``ask`` are lists with commas; a form sends them as ``fact.<id>=on`` and ``ask.<id>=on``.
    """
    versions = {variant.id for variant in catalog.modality(test).variants}
    questions = [question.id for question in catalog.journey.questions]
    touched = [key.removeprefix("fact.") for key in query if key.startswith("fact.")]
    ticked = [key.removeprefix("ask.") for key in query if key.startswith("ask.")]
    told = {
        "version": ([query.get("version", "")], versions),
        "facts": ([*query.get("facts", "").split(","), *touched], set(catalog.factors)),
        "ask": ([*query.get("ask", "").split(","), *ticked], set(questions)),
        "words": ([query.get("words", "")], {"plain", "technical"}),
        "size": ([query.get("size", "")], {"large", "normal"}),
    }
    known, notices = {}, []
    for key, (values, allowed) in told.items():
        given = [value for value in dict.fromkeys(values) if value]
        known[key] = ",".join(value for value in given if value in allowed)
        notices += [f"“{v[:40]}” ({key}) is not known here and was left out." for v in given if v not in allowed]
    return known, notices


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def paper_of(catalog: Catalog, test: str, known: Mapping[str, str], site: str) -> Handout:
    """Return the hand-out that an address asks for; ``site`` is where its QR code leads."""
    back = urlencode({"test": test} | ({"version": known["version"]} if known["version"] else {}))
    return handout(
        catalog,
        test,
        version=known["version"],
        factors=_listed(known["facts"]),
        questions=_listed(known["ask"]),
        words=known["words"] or "plain",
        address=f"{site}/test?{back}",
    )


def page(catalog: Catalog, test: str, query: Mapping[str, str], site: str) -> str:
    """Return the print page of a test."""
    known, notices = asked(catalog, test, query)
    kept = {key: value for key, value in known.items() if value and key != "size"}
    modality = catalog.modality(test)
    versions = [known["version"]] if known["version"] else [variant.id for variant in modality.variants]
    facts = [applied.factor for applied in what_applies(catalog, versions)]
    link = f"/print/{test}"
    return (
        templates()
        .get_template("handout.html")
        .render(
            paper=paper_of(catalog, test, known, site),
            test=modality,
            known=known,
            notices=notices,
            words=known["words"] or "plain",
            facts=[
                (heading, [fact for fact in facts if fact.group == group]) for group, heading in FACTOR_GROUPS.items()
            ],
            chosen=_listed(known["facts"]),
            questions=questions_for(catalog, test, _listed(known["facts"])),
            ticked=_listed(known["ask"]),
            normal=f"{link}?{urlencode(kept, safe=',')}",
            large=f"{link}?{urlencode(kept | {'size': 'large'}, safe=',')}",
            pdf=f"{link}.pdf?{urlencode(kept, safe=',')}",
            pdf_large=f"{link}.pdf?{urlencode(kept | {'size': 'large'}, safe=',')}",
        )
    )


@lru_cache(maxsize=2)
def noscript(catalog: Catalog) -> str:
    """Return what a browser without script shows in place of the app: the signs that can't wait, and the papers."""
    tests = [catalog.modalities[m] for m in SHOWN_ORDER]
    return templates().get_template("noscript.html").render(flags=catalog.site.red_flags, tests=tests)


def index(catalog: Catalog, unknown: str = "") -> str:
    """Return the list of all hand-outs; ``unknown`` names a test that was asked for and is not there."""
    return (
        templates()
        .get_template("handouts.html")
        .render(tests=[catalog.modalities[m] for m in SHOWN_ORDER], unknown=unknown[:40])
    )
