"""The patient's way: each step kind is there or its absence explained; each rule of the evidence changes its page."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from modalities import load_catalog
from modalities.factors import what_applies
from modalities.patient import FACTOR_GROUPS
from modalities.records import COMPONENT_NAMES, CORE, MODALITIES, STEP_KINDS, STEP_NAMES, GapKind

catalog = load_catalog()
with (Path(__file__).parent / "constraints.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
RULES = [(factor, rule) for factor in catalog.factors.values() for rule in factor.rules]
CARRIED = {row: (factor, rule) for factor, rule in RULES for row in rule.rows}
REPORT_WORDS = [word for word in catalog.words.values() if word.in_reports]


@pytest.mark.parametrize("test", MODALITIES)
def test_each_kind_of_step_is_there_or_its_absence_is_explained(test):
    modality = catalog.modality(test)
    steps = (*modality.steps.before, *modality.steps.during, *modality.steps.after)
    here = {step.about for step in steps}
    here |= {name for name in ("time_in_test", "time_in_all", "results") if getattr(modality, name)}
    gaps = {gap.about for gap in modality.steps.gaps}
    assert here | gaps == set(get_args(GapKind)) and not here & gaps
    print(f"\n{test}: not sourced {sorted(g.about for g in modality.steps.gaps if g.applies)}; no such thing "
          f"{sorted(g.about for g in modality.steps.gaps if not g.applies)}")  # fmt: skip


def test_every_step_kind_has_a_name_and_a_place():
    assert {kind for kinds in STEP_KINDS.values() for kind in kinds} == set(STEP_NAMES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["row"])
def test_each_rule_of_the_evidence_changes_its_page(row):
    """The rule that carries the row stands on the page of the row's test, and only with its component."""
    assert row["row"] in CARRIED, "no rule carries this row"
    _factor, rule = CARRIED[row["row"]]
    versions = [variant.id for variant in catalog.modality(row["test"]).variants]
    shown = {t.rule.id for applied in what_applies(catalog, versions) for t in applied.touched}
    assert rule.id in shown, f"{rule.id} ({rule.component}) does not stand on the page of {row['test']}"
    for version in catalog.modality(row["test"]).variants:
        if rule.component and rule.component not in version.possible:
            alone = {t.rule.id for applied in what_applies(catalog, [version.id]) for t in applied.touched}
            assert rule.id not in alone, f"shown for {version.id}, which has no {rule.component}"


def test_no_row_is_carried_twice_and_none_is_invented():
    rows = [row for _, rule in RULES for row in rule.rows]
    assert len(rows) == len(set(rows))
    assert set(rows) <= {row["row"] for row in ROWS}


def test_a_row_belongs_to_its_factor():
    kidney = {"kidney_disease", "egfr_30_44", "egfr_lt_30"}
    elsewhere = [
        (row["row"], CARRIED[row["row"]][0].id)
        for row in ROWS
        if CARRIED[row["row"]][0].id != row["factor"] and not {CARRIED[row["row"]][0].id, row["factor"]} <= kidney
    ]
    # Two rows on clips are about metal in the eye by what their source says.
    assert {row for row, _ in elsewhere} <= {"co_ferromagnetic_clip_mri_02", "co_ferromagnetic_clip_mri_06"}


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r["effect"] in ("contraindicated", "avoid")], ids=lambda r: r["row"]
)
def test_a_strict_row_is_not_softened(row):
    """What a source forbids or advises against asks first at least, or depends on a choice that the rule names."""
    _, rule = CARRIED[row["row"]]
    assert rule.effect in ("ask_first", "do_not") or rule.conflict or rule.only_if or "group" in rule.technical, rule.id


def test_no_rule_is_softened_or_moved_by_accident():
    """Each rule that asks something of somebody, as it was last reviewed: taking one away or softening it fails."""
    with (Path(__file__).parent / "strict_rules.csv").open(encoding="utf-8") as file:
        reviewed = {row["rule"]: (row["component"], row["effect"]) for row in csv.DictReader(file)}
    now = {
        rule.id: (rule.component or "", rule.effect)
        for _, rule in RULES
        if rule.effect not in ("no_effect", "interpret")
    }
    assert now == reviewed, "after a review by a second person, enter the change in strict_rules.csv"


def test_a_strict_rule_names_what_to_do_instead_or_whom_to_call():
    words = (
        "call",
        "ask",
        "tell",
        "say",
        "instead",
        "another",
        "other",
        "mri",
        "ct",
        "decide",
        "team",
        "first",
        "check",
    )
    silent = [rule.id for _, rule in RULES if rule.effect in ("ask_first", "do_not")
              and not any(word in rule.plain.lower() for word in words)]  # fmt: skip
    assert silent == []


def test_nobody_is_told_to_stop_a_medicine_alone():
    for factor, rule in RULES:
        text = rule.plain.lower()
        if "stop" in text.replace("stop bleeding", "") and factor.group in ("blood", "sugar_glands", "treatment"):
            assert any(
                word in text
                for word in ("ask", "doctor", "team", "told", "not", "own hospital", "staff", "by yourself")
            ), rule.id


def test_rule_ids_are_unique_and_components_have_names():
    ids = [rule.id for _, rule in RULES]
    assert len(ids) == len(set(ids))
    assert {rule.component for _, rule in RULES if rule.component} <= set(COMPONENT_NAMES)
    assert {factor.group for factor in catalog.factors.values()} <= set(FACTOR_GROUPS)


def test_each_of_the_six_has_a_reason_against_each_other():
    assert len(catalog.pairs) == 15
    for one in CORE:
        for other in CORE:
            if one != other:
                pair = catalog.pairs[frozenset((one, other))]
                names = [catalog.modalities[m].short.lower() for m in (pair.one, pair.other)]
                said = f"{pair.one_better.plain} {pair.other_better.plain} {pair.choice.plain}".lower()
                assert CORE.index(pair.one) < CORE.index(pair.other) and all(name in said for name in names), names


@pytest.mark.parametrize("test", MODALITIES)
def test_each_test_has_questions_and_a_plan_b_is_told_where_one_exists(test):
    own = [question for question in catalog.journey.questions if test in question.tests]
    assert own, "no question of its own"
    assert sum(q.when == "before" for q in catalog.journey.questions if not q.tests or test in q.tests) >= 4


def test_plan_b_covers_what_people_ask_for():
    covered = {factor for plan in catalog.journey.plans for factor in plan.factors}
    assert {
        "mri_impossible", "pacemaker_non_conditional", "egfr_lt_30", "cannot_lie_flat", "claustrophobia"
    } <= covered  # fmt: skip
    for plan in catalog.journey.plans:
        assert plan.instead and plan.lost


def test_sixty_words_of_reports_have_one_plain_line_each():
    assert len(REPORT_WORDS) >= 60
    long = [word.word for word in REPORT_WORDS if len(word.plain.split()) > 32]
    assert long == []
    named = {form.lower() for word in REPORT_WORDS for form in (word.word, *word.also)}
    assert {"lytic", "edema", "retropulsion", "uptake", "suv", "no abrupt cut-off", "degenerative"} <= named


def test_added_risk_is_shown_only_for_radiation_and_per_ten_thousand():
    for modality in catalog.modalities.values():
        assert all(q.unit == "of 10,000" for q in modality.added_risk)
        assert not modality.added_risk or modality.dose, modality.id


def test_the_standard_for_decision_aids_is_answered_item_by_item_and_claims_no_certificate():
    items = catalog.decision_aid.items
    assert len(items) >= 30 and {item.met for item in items} == {"yes", "part", "no"}
    for item in items:
        for text in (item.how.plain, item.how.technical):
            assert "certified" not in text.lower() or "not" in text.lower()
