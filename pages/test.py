"""My test: which test is on the paper; then a page on it, fitted to the person who reads it."""

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.dose import bars
from modalities.factors import SAFETIES, Applied, Safety, safety, what_applies
from modalities.fitting import worked_for
from modalities.handout import questions_for
from modalities.orders import recognize
from modalities.records import CORE, DYES, FINDINGS, MODALITIES, SHOWN_ORDER, Modality, Variant
from parts import view
from parts.address import Address, read_address
from parts.facts import asked, facts, toggles

Verdicts = list[tuple[Safety, list[Variant]]]
HEADLINES = ("tumor_presence", "spinal_cord_compression", "skeleton_wide_spread", "fracture_collapse", "tumor_type")


def show_list(catalog: Catalog, address: Address) -> None:
    """Draw the tests to choose from, and what was read on a paper."""
    paper = address.text("paper", limit=160)
    topic = address.one("topic", catalog.factors, "")
    order = recognize(catalog, paper) if paper else None
    view.show(
        "tests.html",
        catalog=catalog,
        address=address,
        title="My test",
        checked=[*catalog.modalities.values(), catalog.orders],
        tests=[catalog.modalities[m] for m in SHOWN_ORDER],
        core=len(CORE),
        paper=paper,
        order=order,
        topic=catalog.factors[topic] if topic else None,
        by_test=_by_test(catalog, topic) if topic else [],
        known=facts(address, catalog.factors),
        touches=toggles(view.component_key(address.page), catalog.factors),
    )


def _by_test(catalog: Catalog, factor: str) -> list[tuple[Modality, Applied | None, Verdicts]]:
    """Return what one fact means for each test, in matrix order, and how strictly for which of its versions."""
    found = []
    for test in (catalog.modalities[m] for m in SHOWN_ORDER):
        applying = what_applies(catalog, [version.id for version in test.variants])
        applied = next((a for a in applying if a.factor.id == factor), None)
        strict: dict[Safety, list[Variant]] = {}
        for version in test.variants:
            strict.setdefault(safety(catalog, version.id, [factor]), []).append(version)
        found.append((test, applied, sorted(strict.items(), key=lambda pair: SAFETIES.index(pair[0]))))
    return found


def show_test(catalog: Catalog, address: Address, test: Modality) -> None:
    """Draw one test's page."""
    version = address.one("version", [variant.id for variant in test.variants], "")
    versions: tuple[Variant, ...] = (catalog.version(version)[1],) if version else test.variants
    known = facts(address, catalog.factors)
    applying = what_applies(catalog, [v.id for v in versions], known)
    questions = questions_for(catalog, test.id, known)
    ticked = asked(question.id for question in questions)
    column = [catalog.rating(test.id, finding) for finding in FINDINGS]
    sought = (*HEADLINES, *(finding for finding in FINDINGS if finding not in HEADLINES))
    plans = [plan for plan in catalog.journey.plans if test.id in plan.tests]
    view.show(
        "test.html",
        catalog=catalog,
        address=address,
        title=test.name.plain,
        subject=test.id,
        checked=[test, catalog.columns[test.id], catalog.factor_file, catalog.journey],
        facts=",".join(known),
        touches=toggles(view.component_key(address.page), catalog.factors),
        steps=test.steps_for(versions),
        sure=_sure(versions) if version else {"needle": "", "dye": ""},
        test=test,
        version=version,
        chosen=versions[0],
        applying=applying,
        fits=[applied for applied in applying if applied.factor.id in known],
        may_fit=[applied for applied in applying if applied.factor.id not in known],
        elsewhere=[catalog.factors[f] for f in known if f not in {applied.factor.id for applied in applying}],
        known=known,
        red_flag=any(catalog.factors[fact].urgent for fact in known),
        questions=questions,
        ticked=ticked,
        plans=sorted(plans, key=lambda plan: not set(plan.factors) & set(known)),
        pairs=[catalog.pairs[frozenset((test.id, other))] for other in CORE if other != test.id and test.id in CORE],
        column=catalog.columns[test.id],
        by_level=[(level, [cell for cell in column if cell.level == level]) for level in range(4, -1, -1)],
        figures=[row for finding in sought for row in catalog.figures_for(test.id, finding) if row.default],
        total=sum(len(catalog.figures_for(test.id, finding)) for finding in FINDINGS),
        worked=worked_for(catalog, [v.id for v in versions]),
        bars=bars(catalog, test.id, address.words),
        per_year=catalog.site.background_msv_per_year,
        paper=_paper(test, version, known, ticked, address),
        with_facts=address.link(facts=",".join(known)) if known else "",
    )


def _sure(versions: tuple[Variant, ...]) -> dict[str, str]:
    """Say yes or no to needle and dye where the version leaves no doubt; else nothing."""
    (version,) = versions
    if version.may_add:
        return {"needle": "", "dye": ""}
    dye = any(part in version.components for part in (*DYES, "tracer"))
    needle = dye or "needle" in version.components
    return {"needle": "yes" if needle else "no", "dye": "yes" if dye else "no"}


def _paper(test: Modality, version: str, known: tuple[str, ...], ticked: tuple[str, ...], address: Address) -> str:
    """Return the query of the print-out: the version, what was touched, what was ticked."""
    parts = {
        "version": version,
        "facts": ",".join(known),
        "ask": ",".join(ticked),
        "words": address.params.get("words"),
    }
    return "&".join(f"{key}={value}" for key, value in parts.items() if value)


catalog = load_catalog()
address = read_address("test")
picked = address.one("test", MODALITIES, "")
if picked:
    show_test(catalog, address, catalog.modality(picked))
else:
    show_list(catalog, address)
