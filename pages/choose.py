"""Choose: a question and what is known lead to the tests in tiers, with reasons, guidelines and what would change."""

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.changes import outlook, turns
from modalities.choose import BESIDE_PICTURES, Recommendation, recommend, voices
from modalities.factors import what_applies
from modalities.patient import Factor
from modalities.scoring import NONE, Reasoning
from modalities.situation import RESULTS
from modalities.summary import as_text
from parts import view
from parts.address import Address, read_address
from parts.facts import facts, toggles
from parts.situation import link_done, link_of, link_with, read_situation

Versions = list[Recommendation]
EARLIER = ("xray", "ct", "mri", "bone_scan", "pet_ct_fdg", "ct_chest_abdomen_pelvis", "biopsy_core", "blood_tests")


def show_questions(catalog: Catalog, address: Address) -> None:
    """Draw the questions to choose from, and the ready cases."""
    view.show(
        "questions.html",
        catalog=catalog,
        address=address,
        title="Which test for which question?",
        checked=[catalog.choosing, catalog.case_file],
        cases=[(case, link_of(address, case)) for case in catalog.cases.values()],
    )


def show_answer(catalog: Catalog, address: Address, question: str) -> None:
    """Draw the answer to one question in one situation."""
    case = catalog.cases.get(address.one("case", catalog.cases, ""))
    session = facts(address, catalog.factors)
    situation = read_situation(catalog, address, question, case.situation.factors if case else session)
    found = recommend(catalog, situation)
    turned = turns(catalog, situation)
    asking = [turn for turn in turned if turn.changes or getattr(situation, turn.field.id) is not None]
    speaking = voices(catalog, situation)
    view.show(
        "choose.html",
        catalog=catalog,
        address=address,
        title=catalog.question(question).name.plain,
        subject=question,
        checked=[catalog.choosing, catalog.protocol_file, catalog.guideline_file, catalog.factor_file],
        facts=",".join(session),
        touches=toggles(view.component_key(address.page), catalog.factors),
        red_flag=not case and any(catalog.factors[fact].urgent for fact in situation.facts),
        question=catalog.question(question),
        situation=situation,
        reasoning=Reasoning(catalog, situation, catalog.choosing.model),
        case=case,
        show=address.one("show", ("decided",), ""),
        tiers=_by_tier(found),
        groundwork=[one for one in found if one.modality in BESIDE_PICTURES and one.tier == "usually"],
        found=found,
        outlook=outlook(catalog, situation),
        asking=asking,
        idle=[turn for turn in turned if turn not in asking],
        deciding=[turn for turn in turned if turn.changes],
        voices=speaking,
        timed=sorted((e for e in speaking[0] if e.limit), key=lambda e: e.limit.hours or 0),
        most=max(abs(part.amount) for one in found for part in one.parts),
        earlier=EARLIER,
        results=RESULTS,
        set_to=lambda field, value: link_with(address, field, value),
        done_as=lambda test, result: link_done(address, situation, test, result),
        known=session,
        telling=[] if case else _telling(catalog, found),
        text=as_text(catalog, situation, found, address.words),
    )


def _by_tier(found: list[Recommendation]) -> dict[str, list[Versions]]:
    """Return the tests of each tier, each test once with all its versions; groundwork is drawn apart."""
    by_test: dict[str, Versions] = {}
    for one in found:
        if not (one.modality in BESIDE_PICTURES and one.tier == "usually"):
            by_test.setdefault(one.modality, []).append(one)
    tiers: dict[str, list[Versions]] = {"usually": [], "may": [], "usually_not": [], "unsafe": []}
    for versions in by_test.values():
        best = next((one.tier for one in versions if one.tier), None)
        tiers[best or "unsafe"].append(versions)
    return tiers


def _telling(catalog: Catalog, found: list[Recommendation]) -> list[Factor]:
    """Return the facts about a person that would make somebody ask before a test that fits here."""
    offered = [one.protocol for one in found if one.tier_if_safe != "usually_not" and one.protocol != NONE]
    applied = what_applies(catalog, offered)
    return [a.factor for a in applied if a.asks and a.factor.about == "person"]


catalog = load_catalog()
address = read_address("choose")
picked = address.one("q", catalog.questions, "")
if picked:
    show_answer(catalog, address, picked)
else:
    show_questions(catalog, address)
