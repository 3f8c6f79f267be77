"""Where each version of a test stands in a situation: the score, what guidelines say, what is unknown, safety last.

Guidelines whose condition holds bound the tier that the score gives (``scoring.py``): between two that differ the
score decides. Facts that are unknown are worked out both ways, and where the answers differ a test stands in the
middle tier. Safety rules come last, by component of the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from modalities.catalog import Catalog
from modalities.factors import Safety, safety
from modalities.reasoning import Extent, Guideline, Model, Tier
from modalities.scoring import NONE, TIERS, Reasoning, applies
from modalities.situation import CORD_SIGNS, Situation, SituationError

WIDENED: dict[str, tuple[object, ...]] = {
    "known_cancer": (True, False),
    "neuro_deficit": ("none", "cord"),
    "spread_risk": ("low", "raised"),
}  # what an unknown one of these may turn out to be; the answers are laid beside each other
ABOUT_A_KNOWN_CANCER = ("stage_skeleton", "response_to_treatment")
BESIDE_PICTURES = ("blood_tests", "history_exam")
SPINE_MRI = ("mri", "mri_without_and_with")
ONE_REGION = ("mri", "mri_without_and_with", "ct", "ct_contrast")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one guideline says about a version in this situation, beside what the score says by itself."""

    guideline: Guideline
    tier: Tier
    agrees: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the score and the guidelines say of one version."""

    model_tier: Tier
    tier: Tier
    opinions: tuple[Opinion, ...]
    ways_usual: int = 0  # in how many of the ways in which unknown facts may turn out it is usual


@dataclass(frozen=True, slots=True)
class Placed:
    """One version of a test, or ``none``, with its place in a situation; more is said by ``Recommendation``."""

    protocol: str
    tier: Tier | None
    model_tier: Tier
    safety: Safety
    score: float
    extent: Extent | None
    opinions: tuple[Opinion, ...]
    groundwork: bool
    ways_usual: int

    @property
    def urgency(self) -> tuple[Guideline, ...]:
        """Return the guidelines that ask for this version within a time, the shortest first."""
        timed = [o.guideline for o in self.opinions if o.guideline.limit and o.tier != "usually_not"]
        return tuple(sorted(timed, key=lambda entry: entry.hours or 0))

    @property
    def order(self) -> tuple[int, bool, bool, tuple[bool, bool], tuple[int, int], float]:
        """Order by tier; in it what guidelines want because of nerve signs, or put first, or more of them name."""
        tier = TIERS.index(self.tier) if self.tier else len(TIERS)
        named = any(self.protocol in opinion.guideline.first for opinion in self.opinions)
        named = named or (self.protocol == NONE and self.tier == "usually")
        urgent = any(entry.when.neuro_deficit and "none" not in entry.when.neuro_deficit for entry in self.urgency)
        bodies = {opinion.guideline.body for opinion in self.opinions if opinion.tier == "usually"}
        later = self.groundwork and not named
        support = (-self.ways_usual, -len(bodies))
        return tier, later, self.safety == "ask_first", (not urgent, not named), support, -self.score


def place(
    catalog: Catalog,
    situation: Situation,
    *,
    model: Model | None = None,
    guidelines: Sequence[Guideline] | None = None,
) -> list[Placed]:
    """Return only the order and the tiers of ``recommend``, for the many situations that a question "what if" tries."""
    return Judge.of(catalog, situation, model, guidelines).placed()


@dataclass(frozen=True)
class Judge:
    """A situation with everything that decides about it."""

    reasoning: Reasoning
    guidelines: Sequence[Guideline]
    safeties: Mapping[str, Safety]

    @classmethod
    def of(
        cls, catalog: Catalog, situation: Situation, model: Model | None, guidelines: Sequence[Guideline] | None
    ) -> Judge:
        """Read a situation with the catalog's model and guidelines, or with others."""
        _check(catalog, situation)
        situation = as_read(catalog, situation)
        entries = catalog.guidelines if guidelines is None else guidelines
        return cls(
            Reasoning(catalog, situation, model or catalog.choosing.model),
            [entry for entry in entries if situation.question in (entry.when.question or (situation.question,))],
            {protocol: safety(catalog, protocol, situation.facts) for protocol in catalog.protocols},
        )

    def weigh(self, safeties: Mapping[str, Safety]) -> dict[str, _Judged]:
        """Judge every version; where unknown facts decide, a version on which the answers differ is in the middle."""
        base = _judged(self.reasoning, self.guidelines, safeties)
        open_ways = self._ways()
        if len(open_ways) < 2:
            return base
        ways = [_judged(replace(self.reasoning, situation=way), self.guidelines, safeties) for way in open_ways]
        return {
            protocol: replace(
                judged,
                tier=_agreed([way[protocol].tier for way in ways]),
                ways_usual=sum(way[protocol].tier == "usually" for way in ways),
                model_tier=_agreed([way[protocol].model_tier for way in ways]),
            )
            for protocol, judged in base.items()
        }

    def _ways(self) -> list[Situation]:
        """Return the situation with each way in which its unknown deciding facts may turn out."""
        situation = self.reasoning.situation
        unknown = [name for name in self.reasoning.question.works_out if getattr(situation, name) is None]
        found = []
        for values in product(*(WIDENED[name] for name in unknown)):
            try:
                found.append(replace(situation, **dict(zip(unknown, values, strict=True))))  # type: ignore[arg-type]
            except SituationError:
                continue  # this way contradicts what is known
        return found

    def placed(self) -> list[Placed]:
        """Return every version in its place, best first."""
        weighed = self.weigh(self.safeties)
        tiers = self._safe({protocol: judged.tier for protocol, judged in weighed.items()})
        found = [
            Placed(
                protocol,
                tiers[protocol],
                judged.model_tier,
                self.safeties.get(protocol, "ok"),
                self.reasoning.scores[protocol],
                _extent(self.reasoning, protocol),
                judged.opinions,
                protocol in self.reasoning.groundwork,
                judged.ways_usual,
            )
            for protocol, judged in weighed.items()
        ]
        return sorted(found, key=lambda one: one.order)

    def _safe(self, tiers: Mapping[str, Tier]) -> dict[str, Tier | None]:
        """Take what is not safe out of the tiers.

        ``do_not`` leaves them. ``ask_first`` goes down to ``may``, unless nothing that is safe is usual: then it
        stays, with the call to make first.
        """
        answered = any(
            tiers[protocol] == "usually" and strict in ("ok", "adapt") and competes(self.reasoning.catalog, protocol)
            for protocol, strict in self.safeties.items()
        )
        left: dict[str, Tier | None] = dict(tiers)
        for protocol, strict in self.safeties.items():
            if strict == "do_not":
                left[protocol] = None
            elif strict == "ask_first" and answered and tiers[protocol] == "usually":
                left[protocol] = "may"
        return left


def competes(catalog: Catalog, protocol: str) -> bool:
    """Say whether a version is a picture or a sample: something that can answer a question by itself."""
    return protocol != NONE and catalog.version(protocol)[0].id not in BESIDE_PICTURES


def _check(catalog: Catalog, situation: Situation) -> None:
    for test in situation.prior_tests:
        if test not in catalog.variants:
            raise SituationError("prior_tests", f"'{test}' is unknown, expected one of {', '.join(catalog.variants)}")
    for factor in situation.factors:
        if factor not in catalog.factors:
            raise SituationError("factors", f"'{factor}' is unknown, expected one of {', '.join(catalog.factors)}")
        if clash := set(catalog.factors[factor].excludes) & set(situation.factors):
            raise SituationError("factors", f"'{factor}' and '{min(clash)}' can't both be true")


def as_read(catalog: Catalog, situation: Situation) -> Situation:
    """Return the situation with what its question implies: a cancer; nerve signs absent where nobody named them."""
    if situation.known_cancer is None and situation.question in ABOUT_A_KNOWN_CANCER:
        situation = replace(situation, known_cancer=True)
    if situation.neuro_deficit is None and "neuro_deficit" not in catalog.question(situation.question).works_out:
        return replace(situation, neuro_deficit="none")
    return situation


def _agreed(tiers: Sequence[Tier]) -> Tier:
    return tiers[0] if len(set(tiers)) == 1 else "may"


# ---- guidelines


def voices(catalog: Catalog, situation: Situation) -> tuple[list[Guideline], list[Guideline]]:
    """Return the guidelines that are about the situation, and those that would be if an unknown fact were known."""
    judge = Judge.of(catalog, situation, None, None)
    can = open_tests(catalog, judge.safeties)
    holding, open_ones = [], []
    for entry in judge.guidelines:
        holds = entry.when.holds(judge.reasoning.situation, can)
        if holds:
            holding.append(entry)
        elif holds is None:
            open_ones.append(entry)
    return holding, open_ones


def open_tests(catalog: Catalog, safeties: Mapping[str, Safety]) -> dict[str, bool | None]:
    """Say of each test whether some version of it can be done: True, False, or None if somebody must be asked."""
    found: dict[str, bool | None] = {}
    for protocol in catalog.protocols:
        test = catalog.version(protocol)[0].id
        here = {"do_not": False, "ask_first": None}.get(safeties.get(protocol, "ok"), True)
        answers = (here, found.get(test, False))
        found[test] = True if True in answers else None if None in answers else False
    return found


def _judged(
    reasoning: Reasoning, guidelines: Sequence[Guideline], safeties: Mapping[str, Safety]
) -> dict[str, _Judged]:
    """Return the score's tier of every version, bounded by the guidelines that are about the situation."""
    catalog = reasoning.catalog
    tiers = reasoning.tiers([p for p in catalog.protocols if safeties.get(p) != "do_not"])
    can = open_tests(catalog, safeties)
    speaking = [entry for entry in guidelines if entry.when.holds(reasoning.situation, can)]
    # What does not speak of nerve signs does not speak against MRI where there are such signs.
    silenced = SPINE_MRI if reasoning.situation.neuro_deficit in CORD_SIGNS else ()
    judged = {}
    for protocol, tier in tiers.items():
        heard = [
            e
            for e in speaking
            if reasoning.plainest(protocol) not in reasoning.answered - _built_on(reasoning, e)
            and not (protocol in silenced and e.tier_of(protocol) == "usually_not" and not e.when.neuro_deficit)
        ]
        opinions = [Opinion(e, said, said == tier) for e in heard if (said := e.tier_of(protocol))]
        # What is said for the case that a test can't be done outweighs what takes every test for granted.
        closest = [o for o in opinions if o.guideline.when.ruled_out] or opinions
        judged[protocol] = _Judged(tier, _between(tier, [opinion.tier for opinion in closest]), tuple(opinions))
    pictures = [protocol for protocol in catalog.protocols if competes(catalog, protocol)]
    found = any(result != "normal" for result in reasoning.situation.prior_tests.values())
    if judged[NONE].tier == "usually" and (found or any(judged[p].tier == "usually" for p in pictures)):
        judged[NONE] = replace(judged[NONE], tier="may")  # a guideline names a picture, or something was found
    return judged


def _built_on(reasoning: Reasoning, entry: Guideline) -> set[str]:
    """Return the earlier tests that a guideline statement itself names; what asks for a first one else falls silent."""
    return {reasoning.plainest(test.partition(":")[0]) for test in entry.when.done}


def _between(tier: Tier, said: Sequence[Tier]) -> Tier:
    """Return the score's tier, drawn to the nearest that a guideline gives; between two that differ it decides."""
    if not said:
        return tier
    places = [TIERS.index(one) for one in said]
    return TIERS[min(max(TIERS.index(tier), min(places)), max(places))]


def _extent(reasoning: Reasoning, protocol: str) -> Extent | None:
    """Return how much of the spine MRI or CT takes in; the painful region where nothing else is said."""
    if protocol not in ONE_REGION:
        return None
    rules = reasoning.question.extent
    return next((rule.extent for rule in rules if applies(rule.when, reasoning.situation)), "painful_region")
