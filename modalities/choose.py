"""Which tests fit a question in a situation, and why: each version in its place, with everything said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from modalities.catalog import Catalog
from modalities.evidence import Statement
from modalities.factors import Applied, what_applies
from modalities.judging import Judge, Opinion, Placed
from modalities.patient import PlanB
from modalities.reasoning import Guideline, Model, Tier
from modalities.records import FindingId
from modalities.scoring import NONE, Part, Reasoning, levels
from modalities.situation import Situation, SituationError

__all__ = ["Recommendation", "Situation", "SituationError", "recommend"]


@dataclass(frozen=True, slots=True)
class Added:
    """A finding that a test would answer better than what was already done."""

    finding: FindingId
    level: int
    why: Statement


@dataclass(frozen=True, slots=True)
class Recommendation(Placed):
    """One version of a test, or ``none``, in a situation, with what is said about it.

    ``tier_if_safe`` is what fits the question if nothing stood against any test, ``tier`` what remains here (None:
    not as it stands), ``model_tier`` the score's own, without guidelines. ``score`` is the sum of ``parts``.
    """

    modality: str
    rank: int
    tier_if_safe: Tier
    parts: tuple[Part, ...]
    reasons: tuple[Statement, ...]
    cautions: tuple[Applied, ...]
    instead: tuple[PlanB, ...]
    adds: tuple[Added, ...]

    @property
    def guideline(self) -> tuple[Opinion, ...]:
        """Return what guidelines say of it here."""
        return self.opinions

    @property
    def sources(self) -> tuple[str, ...]:
        """Return every source that the recommendation rests on, each once."""
        said = [*self.reasons, *(part.why for part in self.parts), *(opinion.guideline for opinion in self.opinions)]
        return tuple(dict.fromkeys(source for statement in said for source in statement.sources))


def recommend(
    catalog: Catalog,
    situation: Situation,
    *,
    model: Model | None = None,
    guidelines: Sequence[Guideline] | None = None,
) -> list[Recommendation]:
    """Return every version of a test, and ``none``, for a situation, best first.

    ``model`` and ``guidelines`` replace those of the catalog, to try the score without what it was fitted to.

    Raises
    ------
    SituationError
        If the situation names a version or a factor that does not exist, or factors that exclude each other.

    """
    judge = Judge.of(catalog, situation, model, guidelines)
    if_safe = judge.weigh({})
    return [_described(judge, one, if_safe[one.protocol].tier, rank) for rank, one in enumerate(judge.placed(), 1)]


def _described(judge: Judge, one: Placed, if_safe: Tier, rank: int) -> Recommendation:
    reasoning, protocol = judge.reasoning, one.protocol
    catalog, situation = reasoning.catalog, reasoning.situation
    return Recommendation(
        **{field.name: getattr(one, field.name) for field in fields(one)},
        modality=NONE if protocol == NONE else catalog.version(protocol)[0].id,
        rank=rank,
        tier_if_safe=if_safe,
        parts=reasoning.parts[protocol],
        reasons=_reasons(reasoning, protocol),
        cautions=_cautions(catalog, situation, protocol),
        instead=_instead(catalog, situation, protocol) if one.safety in ("ask_first", "do_not") else (),
        adds=_adds(reasoning, protocol),
    )


def _reasons(reasoning: Reasoning, protocol: str) -> tuple[Statement, ...]:
    """Return what speaks for a version, the strongest first; for no picture, why pictures help little or much."""
    if protocol == NONE:
        return tuple(sorted(reasoning.worth, key=lambda worth: worth.stakes != "low"))
    laid, dye = reasoning.groundwork.get(protocol), reasoning.dye(protocol)
    speaking = sorted((part for part in reasoning.parts[protocol] if part.kind == "shows"), key=lambda p: -p.amount)
    return (*((laid,) if laid else ()), *(part.why for part in speaking[:3]), *((dye,) if dye else ()))


def _cautions(catalog: Catalog, situation: Situation, protocol: str) -> tuple[Applied, ...]:
    if protocol == NONE or not situation.facts:
        return ()
    return tuple(a for a in what_applies(catalog, [protocol], situation.facts) if a.factor.id in situation.facts)


def _instead(catalog: Catalog, situation: Situation, protocol: str) -> tuple[PlanB, ...]:
    test = catalog.version(protocol)[0].id
    facts = set(situation.facts)
    return tuple(plan for plan in catalog.journey.plans if test in plan.tests and facts & set(plan.factors))


def _adds(reasoning: Reasoning, protocol: str) -> tuple[Added, ...]:
    """Return what a version answers better than the tests already done, of what the question needs."""
    catalog, situation = reasoning.catalog, reasoning.situation
    if not situation.prior_tests or protocol == NONE:
        return ()
    before = [levels(catalog, test, situation) for test in situation.prior_tests]
    shown = levels(catalog, protocol, situation)
    return tuple(
        Added(need.finding, shown[need.finding].level, shown[need.finding])
        for need, _ in reasoning.needs
        if shown[need.finding].level > max(1, *(done[need.finding].level for done in before))
    )
