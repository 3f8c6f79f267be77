"""How far the recommendations agree with published ratings: ``python -m tests.bench.choose``.

Prints, never asserts. Cases are ACR variants and scenarios (choose_cases.yaml); agreement says "follows the
guidelines", not "is right". Free numbers are fitted with the case's whole topic left out, guideline statements that
share a source with the case are taken away; "as shipped" is printed beside it and is not independent.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import yaml

from modalities import load_catalog
from modalities.evidence import wilson
from modalities.judging import place
from modalities.reasoning import Guideline, Model, Tier
from modalities.scoring import TIERS
from modalities.situation import QUESTIONS, Situation

CASES = Path(__file__).with_name("choose_cases.yaml")
EXPLAINED = Path(__file__).with_name("choose_explained.yaml")
GRID: dict[str, tuple[float, ...]] = {
    "burden_weight": (0.1, 0.15, 0.2),
    "usually_from": (0.5, 0.65, 0.75, 0.85),
    "may_from": (0.15, 0.2, 0.25, 0.3),
}
WITH_DYE = {"mri": "mri_without_and_with", "ct": "ct_contrast"}
CATALOG = load_catalog()
Tiers = dict[str, Tier | None]


@dataclass(frozen=True, eq=False)
class Case:
    """One published situation with its ratings."""

    id: str
    kind: str
    core: bool
    group: str
    sources: frozenset[str]
    situation: Situation
    expected: dict[str, Tier]
    first: str | None


@cache
def cases() -> list[Case]:
    """Read the cases."""
    found = []
    for raw in yaml.safe_load(CASES.read_text(encoding="utf-8")):
        facts = {**raw["situation"]}
        facts["factors"] = tuple(facts.get("factors", ()))
        expected = {p: tier for tier in TIERS for p in raw["expected"].get(tier) or ()}
        found.append(
            Case(
                raw["id"],
                raw["kind"],
                raw["core"],
                raw["group"],
                frozenset(raw["sources"]),
                Situation(**facts),
                expected,
                raw.get("first") or raw["expected"].get("first"),
            )
        )
    return found


# ---- answers: ours and the baselines


def tiers_of(situation: Situation, model: Model, guidelines: Sequence[Guideline]) -> Tiers:
    """Return the tier of each version."""
    return {one.protocol: one.tier for one in place(CATALOG, situation, model=model, guidelines=guidelines)}


def other_guidelines(case: Case) -> tuple[Guideline, ...]:
    """Return the guideline statements that share no source with the case."""
    return tuple(entry for entry in CATALOG.guidelines if not case.sources & set(entry.sources))


def reasoning_only(case: Case, model: Model) -> Tiers:
    """Answer without any guideline."""
    return tiers_of(case.situation, model, ())


def held_out(case: Case, model: Model) -> Tiers:
    """Answer with the guideline statements that share no source with the case."""
    return tiers_of(case.situation, model, other_guidelines(case))


def shipped(case: Case, model: Model) -> Tiers:
    """Answer as the product does."""
    return tiers_of(case.situation, model, CATALOG.guidelines)


def always_mri(case: Case, model: Model) -> Tiers:
    """Baseline: MRI for everybody, everything else perhaps."""
    return {p: "usually" if p.startswith("mri") else "may" for p in (*CATALOG.protocols, "none")}


def matrix_only(case: Case, model: Model) -> Tiers:
    """Baseline: what the tests show, without burdens, stakes, or guidelines."""
    plain = model.model_copy(
        update={"burden_weight": 0.0, "stakes_value": dict.fromkeys(model.stakes_value, 1.0), "worth_from": 0.0}
    )
    return tiers_of(case.situation, plain, ())


def lookup_only(case: Case, model: Model) -> Tiers:
    """Baseline: what guidelines without a common source say; where they are silent, perhaps."""
    said: dict[str, list[Tier]] = defaultdict(list)
    for entry in other_guidelines(case):
        if entry.when.holds(case.situation):
            for protocol in (*CATALOG.protocols, "none"):
                if tier := entry.tier_of(protocol):
                    said[protocol].append(tier)
    middle = {p: sorted(t, key=TIERS.index)[len(t) // 2] for p, t in said.items()}
    return {p: middle.get(p, "may") for p in (*CATALOG.protocols, "none")}


ANSWERS: dict[str, Callable[[Case, Model], Tiers]] = {
    "reasoning only, cross-validated": reasoning_only,
    "with other guidelines, cross-validated": held_out,
    "as shipped (not independent)": shipped,
    "baseline: always MRI": always_mri,
    "baseline: matrix only": matrix_only,
    "baseline: guideline lookup only": lookup_only,
}


# ---- scores

Pair = tuple[Tier, Tier]


def by_modality(case: Case, ours: Tiers) -> dict[str, Pair]:
    """Return (expected, ours) for each modality rated: the better of its versions, so that dye does not count."""
    best: dict[str, list[list[Tier]]] = defaultdict(lambda: [[], []])
    for protocol, tier in case.expected.items():
        modality = protocol if protocol == "none" else CATALOG.version(protocol)[0].id
        best[modality][0].append(tier)
        best[modality][1].append(ours.get(protocol) or "usually_not")
    return {m: (min(e, key=TIERS.index), min(o, key=TIERS.index)) for m, (e, o) in best.items()}


def with_dye(case: Case, ours: Tiers) -> list[Pair]:
    """Return (expected, ours) for the versions with dye of MRI and CT that are rated."""
    return [(case.expected[p], ours.get(p) or "usually_not") for p in WITH_DYE.values() if p in case.expected]


def agreement(pairs: Sequence[Pair]) -> float:
    """Return the share of equal tiers."""
    return sum(one == other for one, other in pairs) / len(pairs)


def kappa(pairs: Sequence[Pair]) -> float:
    """Return Cohen's kappa with quadratic weights (Cohen 1968) over the three tiers."""
    rows, columns = Counter(e for e, _ in pairs), Counter(o for _, o in pairs)
    seen = sum((TIERS.index(e) - TIERS.index(o)) ** 2 for e, o in pairs) / len(pairs)
    chance = (
        sum(rows[e] * columns[o] * (TIERS.index(e) - TIERS.index(o)) ** 2 for e, o in product(TIERS, repeat=2))
        / len(pairs) ** 2
    )
    return 1 - seen / chance if chance else 1.0


def resampled(groups: Sequence[Sequence[Pair]], runs: int = 1000) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of kappa, drawing whole cases."""
    draw = random.Random(7)
    values = sorted(kappa([pair for case in draw.choices(groups, k=len(groups)) for pair in case]) for _ in range(runs))
    return values[int(0.025 * runs)], values[int(0.975 * runs)]


def hit(case: Case, ours: Tiers, order: Sequence[str]) -> bool | None:
    """Say whether the first test offered is one that the case rates usual; None if the case names none."""
    wanted = {p for p, tier in case.expected.items() if tier == "usually"} | ({case.first} if case.first else set())
    if not wanted:
        return None
    beside = {"history_exam", "blood_tests"} - wanted
    first = next((p for p in order if p not in beside), None)
    return first in wanted


def harmful(case: Case, ours: Tiers) -> list[str]:
    """Return tests offered in the first tier that the case rates usually not right."""
    return [p for p, tier in case.expected.items() if tier == "usually_not" and ours.get(p) == "usually"]


# ---- fitting with a topic left out


@cache
def _grid_scores(which: str) -> dict[tuple[float, ...], dict[str, tuple[list[Pair], int]]]:
    """Return for each point of the grid each case's pairs, and how many usually-not tests it offers."""
    scores: dict[tuple[float, ...], dict[str, tuple[list[Pair], int]]] = {}
    answer = {"reasoning": reasoning_only, "held_out": held_out}[which]
    for values in product(*GRID.values()):
        model = CATALOG.choosing.model.model_copy(update=dict(zip(GRID, values, strict=True)))
        answers = {case: answer(case, model) for case in cases()}
        scores[values] = {
            case.id: (list(by_modality(case, ours).values()), len(harmful(case, ours)))
            for case, ours in answers.items()
        }
    return scores


def fitted(left_out: str, which: str = "reasoning") -> Model:
    """Return the model fitted to every case outside one topic (empty: to all).

    The fewest usually-not tests in the first tier come first, then kappa.
    """
    train = [case.id for case in cases() if case.group != left_out]

    def fit(values: tuple[float, ...]) -> tuple[int, float]:
        scores = [_grid_scores(which)[values][case] for case in train]
        return -sum(bad for _, bad in scores), kappa([pair for pairs, _ in scores for pair in pairs])

    return CATALOG.choosing.model.model_copy(update=dict(zip(GRID, max(_grid_scores(which), key=fit), strict=True)))


# ---- the tables


def ordered(case: Case, name: str, ours: Tiers) -> list[str]:
    """Return the protocols as offered; baselines have no order but their tiers and the matrix."""
    if name.startswith("baseline"):
        return sorted(ours, key=lambda p: TIERS.index(ours[p] or "usually_not"))
    entries = {"as": CATALOG.guidelines, "wi": other_guidelines(case), "re": ()}[name[:2]]
    return [one.protocol for one in place(CATALOG, case.situation, guidelines=entries)]


def table(chosen: Iterable[Case], title: str) -> None:
    """Print one line for each way to answer."""
    chosen = list(chosen)
    print(f"\n{title}: {len(chosen)} cases in {len({c.group for c in chosen})} topics")
    print(f"{'':42}{'tiers':>7}{'kappa (95 %)':>22}{'first':>14}{'with dye':>10}{'usually-not offered':>21}")
    for name, answer in ANSWERS.items():
        models = {group: _model_for(name, group) for group in {case.group for case in chosen}}
        ours = {case.id: answer(case, models[case.group]) for case in chosen}
        groups = [list(by_modality(case, ours[case.id]).values()) for case in chosen]
        pairs = [pair for group in groups for pair in group]
        dye = [pair for case in chosen for pair in with_dye(case, ours[case.id])]
        hits = [h for case in chosen if (h := hit(case, ours[case.id], ordered(case, name, ours[case.id]))) is not None]
        low, high = resampled(groups)
        bad = sum(len(harmful(case, ours[case.id])) for case in chosen)
        print(
            f"{name:42}{agreement(pairs):7.2f}{f'{kappa(pairs):.2f} ({low:.2f}–{high:.2f})':>22}"
            f"{f'{sum(hits)}/{len(hits)}':>14}{agreement(dye):>10.2f}{bad:>21}"
        )


@cache
def _model_for(name: str, group: str) -> Model:
    if name.startswith("reasoning"):
        return fitted(group)
    return fitted(group, "held_out") if name.startswith("with") else CATALOG.choosing.model


def confusion(chosen: Iterable[Case], name: str) -> None:
    """Print expected against ours, by question and by modality."""
    by: dict[str, Counter[Pair]] = defaultdict(Counter)
    for case in chosen:
        for modality, pair in by_modality(case, ANSWERS[name](case, _model_for(name, case.group))).items():
            by[case.situation.question][pair] += 1
            by[modality][pair] += 1
    print(f"\nExpected → ours, {name} (U usually, M may, N usually not)")
    heads = [f"{e}→{o}" for e, o in product("UMN", repeat=2)]
    print(f"{'':30}" + "".join(f"{head:>6}" for head in heads))
    for key in (*(q for q in QUESTIONS if q in by), *(k for k in by if k not in QUESTIONS)):
        print(f"{key:30}" + "".join(f"{by[key][pair]:6}" for pair in product(TIERS, repeat=2)))


def offered(chosen: Iterable[Case]) -> None:
    """Print each test that stands in the first tier although the case rates it usually not right."""
    print("\nUsually not right, yet in the first tier")
    for name, answer in ANSWERS.items():
        if not name.startswith("baseline"):
            bad = [f"{c.id}: {p}" for c in chosen for p in harmful(c, answer(c, _model_for(name, c.group)))]
            print(f"  {name}: {'; '.join(bad) or 'none'}")


def explained() -> dict[str, list[str]]:
    """Return for each case why it may differ."""
    found: dict[str, list[str]] = defaultdict(list)
    for reason in yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")):
        for case in reason["cases"]:
            found[case].append(" ".join(reason["why"].split()))
    return found


def misses(chosen: Iterable[Case]) -> dict[str, str]:
    """Return each case in which the shipped answer differs, with the tests (expected / ours)."""
    found = {}
    for case in chosen:
        ours = shipped(case, CATALOG.choosing.model)
        differ = [f"{p} {e}/{ours.get(p)}" for p, e in case.expected.items() if (ours.get(p) or "usually_not") != e]
        first = hit(case, ours, ordered(case, "as", ours))
        if differ or first is False:
            found[case.id] = f"{'first choice differs; ' if first is False else ''}{'; '.join(differ)}"
    return found


def main() -> None:
    """Print all tables."""
    every = cases()
    table((case for case in every if case.core), "Core cases")
    table(every, "All cases")
    confusion(every, "with other guidelines, cross-validated")
    confusion(every, "as shipped (not independent)")
    offered(every)
    print("\nWhat differs as shipped (expected / ours), and why")
    for case_id, difference in misses(every).items():
        print(f"  {case_id}: {difference}")
        for reason in explained().get(case_id, ["NOT EXPLAINED"]):
            print(f"      {reason}")
    share = [hit(c, shipped(c, CATALOG.choosing.model), ordered(c, "as", {})) for c in every if c.core]
    hits = [one for one in share if one is not None]
    low, high = wilson(sum(hits), len(hits))
    print(f"\nFirst choice as shipped, core: {sum(hits)} of {len(hits)} ({low:.2f}–{high:.2f})")
    print("Fitted to all:", {key: getattr(fitted("", "reasoning"), key) for key in GRID})


if __name__ == "__main__":
    main()
