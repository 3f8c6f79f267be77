"""Choose: a question and what is known lead to the tests in tiers, with reasons, guidelines and what would change."""

from dataclasses import replace

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.changes import Turn, outlook, turns
from modalities.choose import Recommendation, recommend
from modalities.factors import what_applies
from modalities.judging import BESIDE_PICTURES, as_read, voices
from modalities.patient import Factor
from modalities.reasoning import FieldWords, Guideline
from modalities.records import CORE
from modalities.scoring import NONE, Reasoning
from modalities.situation import RESULTS, WARNING_PAIN, Situation
from modalities.summary import as_text, called
from parts import view
from parts.address import Address, read_address
from parts.facts import facts, toggles
from parts.situation import link_done, link_of, link_with, read_situation

Versions = list[Recommendation]
ALWAYS_SHOWN = ("neuro_deficit", "pain")
NEEDLESS = {("find_cause_of_pain", "pain"): ("none",)}  # a question about pain does not ask whether there is any
EARLIER = ("xray", "ct", "mri", "bone_scan", "pet_ct_fdg", "ct_chest_abdomen_pelvis", "biopsy_core", "blood_tests")


def show_questions(catalog: Catalog, address: Address) -> None:
    """Draw the questions to choose from, and the ready cases."""
    view.show(
        "questions.html",
        catalog=catalog,
        address=address,
        title="Which test for which question?",
        checked=[catalog.choosing, catalog.case_file],
        cases=[(case, link_of(address, case, case.id)) for case in catalog.cases.values()],
    )


def show_answer(catalog: Catalog, address: Address, question: str) -> None:
    """Draw the answer to one question in one situation."""
    case = catalog.cases.get(address.one("case", catalog.cases, ""))
    session = facts(address, catalog.factors)
    situation = read_situation(catalog, address, question, case.situation.factors if case else session)
    found = recommend(catalog, situation)
    tiers = _by_tier(catalog, found)
    turned = [_without(turn, NEEDLESS.get((question, turn.field.id), ())) for turn in turns(catalog, situation)]
    asking = [
        turn
        for place, turn in enumerate(turned)
        if turn.changes or turn.field.id in ALWAYS_SHOWN or place < 2 or getattr(situation, turn.field.id) is not None
    ]
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
        red_flag=not case and _names_a_sign(catalog, situation),
        question=catalog.question(question),
        situation=situation,
        reasoning=Reasoning(catalog, as_read(catalog, situation), catalog.choosing.model),
        case=case,
        case_link=link_of(address, case, case.id) if case else "",
        case_changed=bool(case) and situation != case.situation,
        show=address.one("show", ("decided",), ""),
        tiers=tiers,
        groundwork=[one for one in found if one.modality in BESIDE_PICTURES and one.tier == "usually"],
        found=found,
        outlook=outlook(catalog, situation),
        asking=asking,
        idle=[turn for turn in turned if turn not in asking],
        deciding=[turn for turn in turned if turn.changes],
        say_first=[t.field for t in turned if t.changes and getattr(situation, t.field.id) is None][:2],
        voices=speaking,
        called=lambda protocol: called(catalog, protocol, situation),
        timed=sorted({e.id: e for one in found for e in one.urgency}.values(), key=lambda e: e.hours or 0),
        open_times=_open_times([turn.field for turn in turned], speaking[1], situation),
        found_something=any(result == "abnormal" for result in situation.prior_tests.values()),
        heading=[versions for versions in tiers["usually"] if versions[0].protocol != NONE] or tiers["usually"],
        split=_split(found),
        then=_then(catalog, address, situation),
        why_not=[test for test in CORE if any(versions[0].modality == test for versions in tiers["usually_not"])][:4],
        most=max(abs(part.amount) for one in found for part in one.parts),
        earlier=EARLIER,
        results=RESULTS,
        set_to=lambda field, value: link_with(address, field, value),
        done_as=lambda test, result: link_done(address, situation, test, result),
        known=session,
        telling=[] if case else _telling(catalog, found),
        text=as_text(catalog, situation, found, address.words, case),
    )


def _names_a_sign(catalog: Catalog, situation: Situation) -> bool:
    """Say whether a sign of the fixed message was named; with a cancer, warning pain and signs of one nerve are."""
    warns = situation.pain in WARNING_PAIN or situation.neuro_deficit == "radicular"
    return (situation.known_cancer is True and warns) or any(catalog.factors[fact].urgent for fact in situation.facts)


def _then(catalog: Catalog, address: Address, situation: Situation) -> str:
    """Return the link to the question that follows once a test found something, with the same facts."""
    following = catalog.question(situation.question).then
    return address.link(q=following, case=None) if following else ""


def _without(turn: Turn, needless: tuple[str, ...]) -> Turn:
    return replace(turn, values=tuple(turned for turned in turn.values if turned.value.value not in needless))


def _split(found: list[Recommendation]) -> list[Recommendation]:
    """Return the versions on which guidelines that are about this situation differ."""
    return [one for one in found if len({opinion.tier for opinion in one.guideline}) > 1]


def _open_times(asked: list[FieldWords], waiting: list[Guideline], situation: Situation) -> list[FieldWords]:
    """Return the unknown facts, of those asked, on which it depends how soon a guideline wants a test."""
    needed = {name for entry in waiting if entry.limit for name in entry.when.needs}
    return [field for field in asked if field.id in needed and getattr(situation, field.id) is None]


def _by_tier(catalog: Catalog, found: list[Recommendation]) -> dict[str, list[Versions]]:
    """Return the tests of each tier, each test once with all its versions; groundwork is drawn apart."""
    by_test: dict[str, Versions] = {}
    for one in found:
        if not (one.modality in BESIDE_PICTURES and one.tier == "usually"):
            by_test.setdefault(one.modality, []).append(one)
    order = list(catalog.protocols)
    tiers: dict[str, list[Versions]] = {"usually": [], "may": [], "usually_not": [], "unsafe": []}
    for versions in by_test.values():
        best = next((one.tier for one in versions if one.tier), None)
        if best == "usually_not" and versions[0].protocol != NONE:  # which comes first says nothing here
            versions.sort(key=lambda one: order.index(one.protocol))
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
