"""What must hold for every recommendation; properties, not scores."""

import itertools
from dataclasses import replace

import pytest
import yaml

from modalities import load_catalog
from modalities.changes import outlook, turns
from modalities.choose import recommend
from modalities.factors import SAFETIES, safety
from modalities.judging import WIDENED, place, voices
from modalities.reasoning import LevelChange, TimeLimit
from modalities.records import DYES
from modalities.scoring import NONE, TIERS, Reasoning, levels
from modalities.situation import CHOICES, QUESTIONS, Situation, SituationError
from tests.bench.choose import CASES, cases, explained, harmful, misses

catalog = load_catalog()
PUBLISHED = cases()
SITUATIONS = [case.situation for case in PUBLISHED] + [case.situation for case in catalog.cases.values()]
ORDER = {tier: place for place, tier in enumerate((*TIERS, None))}
CORD = Situation("cord_compression_suspected", known_cancer=True, neuro_deficit="cord")


def tiers_of(situation):
    return {one.protocol: one.tier for one in place(catalog, situation)}


def by_protocol(situation):
    return {one.protocol: one for one in recommend(catalog, situation)}


# ---- safety


@pytest.mark.parametrize("factor", catalog.factors.values(), ids=lambda factor: factor.id)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_fact_takes_away_what_it_forbids_and_nothing_else(question, factor):
    """Each fact: `do_not` has no tier, `ask_first` none above `may` unless nothing safe is usual, the rest stays."""
    told = Situation(question, factors=(factor.id,))
    before, after = by_protocol(Situation(question)), by_protocol(told)
    safe_and_usual = any(
        one.tier == "usually" and one.safety in ("ok", "adapt") and one.modality not in ("blood_tests", "history_exam")
        for p, one in after.items()
        if p != NONE
    )
    for protocol, one in after.items():
        strict = safety(catalog, protocol, told.facts) if protocol != NONE else "ok"
        assert one.safety == strict
        if strict == "do_not":
            assert one.tier is None and one.rank > max(o.rank for o in after.values() if o.tier)
        elif strict == "ask_first":
            assert not (safe_and_usual and one.tier == "usually")
        elif all(safety(catalog, p, [factor.id]) != "do_not" for p in catalog.protocols):
            assert one.tier == before[protocol].tier, "a rule about another part took this version away"


@pytest.mark.parametrize("factor", catalog.factors)
def test_no_fact_raises_a_test_that_it_makes_unsafe(factor):
    for situation in SITUATIONS[::4]:
        if situation.factors or set(catalog.factors[factor].excludes) & set(situation.factors):
            continue
        before, after = by_protocol(situation), by_protocol(replace(situation, factors=(factor,)))
        forbidden = any(one.safety == "do_not" for one in after.values())
        for protocol, one in after.items():
            if one.safety == "do_not" or (one.safety == "ask_first" and not forbidden):
                assert ORDER[one.tier] >= ORDER[before[protocol].tier], (factor, protocol)


def test_what_makes_do_without_a_dye_stays_first():
    """Weak kidneys and a pressed cord: MRI without dye; no rule about a dye takes it away."""
    for factor in (
        "egfr_lt_30",
        "dialysis",
        "kidney_disease",
        "gadolinium_reaction",
        "iodine_contrast_reaction_severe",
    ):
        first = recommend(catalog, replace(CORD, factors=(factor,)))[0]
        assert (first.protocol, first.tier) == ("mri", "usually") and first.safety in ("ok", "adapt"), factor
        assert safety(catalog, "mri", [factor]) == "ok", "only the position because of the deficit is left"


def test_no_rule_about_a_dye_a_drug_or_a_tracer_touches_versions_without_it():
    parts = (*DYES, "tracer")
    for factor in catalog.factors.values():
        for rule in factor.rules:
            if rule.component in parts:
                for protocol, (test, version) in catalog.variants.items():
                    if rule.component not in version.components:
                        assert not rule.applies_to(test, version), (rule.id, protocol)


def test_a_pacemaker_that_is_not_made_for_mri_and_a_pressed_cord():
    """MRI keeps its place with the call to make first, since nothing safe answers as well; ways around it are named."""
    found = by_protocol(replace(CORD, factors=("pacemaker_non_conditional",)))
    assert (found["mri"].tier, found["mri"].safety, found["mri"].tier_if_safe) == ("usually", "ask_first", "usually")
    assert found["mri"].cautions and any(a.asks and a.touched for a in found["mri"].cautions)
    assert found["mri"].instead, "what is done instead is named"
    assert found["ct"].tier in ("usually", "may") and found["ct"].safety == "ok"


def test_mri_ruled_out_leaves_ct_or_myelogram():
    found = recommend(catalog, replace(CORD, factors=("mri_impossible",)))
    assert found[0].modality in ("ct", "myelogram")
    lost = {one.protocol: one for one in found if one.modality == "mri"}
    assert all(one.tier is None for one in lost.values()) and lost["mri"].tier_if_safe == "usually"
    assert lost["mri"].instead


def test_pregnancy_keeps_mri_without_dye():
    found = by_protocol(replace(CORD, factors=("pregnant",)))
    assert found["mri"].tier == "usually" and found["mri"].rank == 1
    assert found["mri_without_and_with"].tier != "usually"


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.id)
def test_nothing_unsafe_or_usually_not_stands_in_the_first_tier(case):
    ours = tiers_of(case.situation)
    assert harmful(case, ours) == []
    for protocol in catalog.protocols:
        if safety(catalog, protocol, case.situation.facts) == "do_not":
            assert ours[protocol] is None


# ---- the score


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_a_score_is_the_sum_of_its_parts_and_everything_has_a_source(situation):
    for one in recommend(catalog, situation):
        assert one.score == pytest.approx(sum(part.amount for part in one.parts))
        assert one.reasons and all(reason.sources for reason in one.reasons)
        assert all(part.why.sources for part in one.parts)
        assert all(opinion.guideline.sources for opinion in one.guideline)
        assert all(rule.rule.sources for caution in one.cautions for rule in caution.touched)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_version_is_there_once_and_ranks_go_by_tier(question):
    found = recommend(catalog, Situation(question))
    assert sorted(one.protocol for one in found) == sorted([*catalog.protocols, NONE])
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    places = [ORDER[one.tier] for one in found]
    assert places == sorted(places)


def changed(protocol, **update):
    """Return a catalog in which one version of a test is another."""
    file = catalog.protocol_file
    protocols = tuple(p.model_copy(update=update) if p.id == protocol else p for p in file.protocols)
    return replace(catalog, protocol_file=file.model_copy(update={"protocols": protocols}))


@pytest.mark.parametrize("protocol", catalog.protocols)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_test_that_shows_more_or_asks_less_never_ranks_lower(question, protocol):
    """Monotone: one level up in everything, or no burden, and score, tier and place by score do not fall."""
    situation = Situation(question, known_cancer=True)
    shown = levels(catalog, protocol, situation)
    better = tuple(
        LevelChange(finding=f, level=min(4, cell.level + 1), plain=cell.plain, technical=cell.technical,
                    sources=cell.sources)
        for f, cell in shown.items()
    )  # fmt: skip
    here = {one.protocol: one for one in recommend(catalog, situation, guidelines=())}[protocol]
    for other in (changed(protocol, levels=better), changed(protocol, burdens={})):
        there = {one.protocol: one for one in recommend(other, situation, guidelines=())}[protocol]
        assert there.score >= here.score - 1e-12
        assert ORDER[there.tier] <= ORDER[here.tier]
        assert there.rank <= here.rank


def test_what_is_known_counts_less():
    """After a clear MRI, another MRI gains less than before; an X-ray that was normal takes little away."""
    before = Reasoning(catalog, CORD, catalog.choosing.model).scores
    after_mri = Reasoning(catalog, replace(CORD, prior_tests={"mri": "normal"}), catalog.choosing.model).scores
    after_xray = Reasoning(catalog, replace(CORD, prior_tests={"xray": "normal"}), catalog.choosing.model).scores
    assert after_mri["mri"] < 0.5 * before["mri"]
    assert after_xray["mri"] > 0.8 * before["mri"]
    assert (
        after_mri["mri"]
        < Reasoning(catalog, replace(CORD, prior_tests={"mri": "unclear"}), catalog.choosing.model).scores["mri"]
    )


def test_the_order_in_which_facts_are_said_does_not_matter():
    one = Situation(
        "find_cause_of_pain", factors=("pregnant", "claustrophobia"), prior_tests={"ct": "normal", "xray": "unclear"}
    )
    other = replace(one, factors=one.factors[::-1], prior_tests=dict(reversed(list(one.prior_tests.items()))))
    assert [(o.protocol, o.tier, o.score) for o in recommend(catalog, one)] == [
        (o.protocol, o.tier, pytest.approx(o.score)) for o in recommend(catalog, other)
    ]


# ---- unknown facts


def widened_cases():
    """Yield each fact that a question asks for, with the other facts, where none of its values contradicts them."""
    for question, field in itertools.product(QUESTIONS, WIDENED):
        known = {"known_cancer": True, "neuro_deficit": "none", "spread_risk": "raised", field: None}
        if field in catalog.question(question).works_out:
            if field == "known_cancer":
                del known["spread_risk"]  # no stage without a cancer
            try:
                ways = [Situation(question, **{**known, field: value}) for value in WIDENED[field]]
            except SituationError:
                continue
            yield pytest.param(Situation(question, **known), ways, id=f"{question}-{field}")


@pytest.mark.parametrize(("unknown", "ways"), list(widened_cases()))
def test_unknown_facts_widen_instead_of_deciding(unknown, ways):
    """The tier with a fact unknown lies between those that its values lead to; opposite answers meet in the middle."""
    open_tiers, answers = tiers_of(unknown), [tiers_of(way) for way in ways]
    for protocol, tier in open_tiers.items():
        places = [ORDER[answer[protocol]] for answer in answers]
        assert min(places) <= ORDER[tier] <= max(places), protocol
        if len(set(places)) > 1:
            assert tier == "may", protocol


def test_back_pain_without_any_fact_is_not_decided():
    tiers = tiers_of(Situation("find_cause_of_pain"))
    assert tiers["mri"] == "may" and tiers[NONE] == "may"
    assert tiers_of(Situation("find_cause_of_pain", known_cancer=True))["mri"] == "usually"


def test_no_picture_is_an_answer():
    first = recommend(
        catalog,
        Situation("find_cause_of_pain", known_cancer=False, age_years=38, pain="mechanical", neuro_deficit="none"),
    )[0]
    assert (first.protocol, first.tier) == (NONE, "usually")


# ---- guidelines


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.id)
def test_guidelines_bound_the_tier_and_disagreement_is_shown(case):
    for one in recommend(catalog, case.situation):
        said = [opinion.tier for opinion in one.guideline]
        unsure = any(getattr(case.situation, field) is None for field in WIDENED)
        if said and one.safety not in ("do_not", "ask_first") and not unsure and one.protocol != NONE:
            assert min(map(TIERS.index, said)) <= TIERS.index(one.tier) <= max(map(TIERS.index, said))
        for opinion in one.guideline:
            assert opinion.agrees == (opinion.tier == one.model_tier) or unsure


def test_a_guideline_is_about_exactly_its_situation():
    pain = Situation("find_cause_of_pain", known_cancer=True, neuro_deficit="none", pain="night_or_rest")
    hours = {entry.limit.hours for entry in voices(catalog, pain)[0] if entry.limit}
    assert 168 in hours and 24 not in hours, "a week without nerve signs (NICE)"
    weak = replace(pain, neuro_deficit="cord")
    assert 24 in {entry.limit.hours for entry in voices(catalog, weak)[0] if entry.limit}
    assert all(entry.when.holds(replace(pain, neuro_deficit=None)) is not True for entry in voices(catalog, weak)[0]
               if entry.when.neuro_deficit)  # fmt: skip


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q not in ("screening_without_symptoms", "tissue_diagnosis")]
)
def test_nerve_signs_bring_mri_of_the_cord_into_any_question(question):
    primary = None if question == "find_primary" else "breast"
    found = by_protocol(Situation(question, known_cancer=True, primary=primary, neuro_deficit="cord"))
    assert found["mri"].tier == "usually"
    assert question == "plan_treatment" or found["mri"].urgency


def test_nerve_signs_put_mri_before_everything_else():
    """Whatever the question, a statement that does not speak of nerve signs does not speak against MRI."""
    fracture = Situation("characterize_fracture", known_cancer=False, fragile_bone=True, neuro_deficit="cord")
    assert recommend(catalog, fracture)[0].protocol == "mri"
    first = recommend(catalog, Situation("find_primary", known_cancer=False, neuro_deficit="cord"))[0]
    assert (first.protocol, first.extent) == ("mri", "whole_spine") and first.urgency[0].hours <= 24


def test_versions_keep_to_what_they_are_made_for():
    for question in QUESTIONS:
        for one in recommend(catalog, Situation(question, known_cancer=True), guidelines=()):
            made_for = catalog.protocols[one.protocol].made_for if one.protocol != NONE else ()
            assert not made_for or question in made_for or one.tier == "usually_not"
        tiers = tiers_of(Situation(question, known_cancer=True, neuro_deficit=None))
        assert ORDER[tiers["myelogram"]] >= ORDER[tiers["ct_myelogram"]], "film is never before CT myelography"


def test_bending_films_ask_first_where_the_spine_may_not_hold():
    assert by_protocol(Situation("instability", known_cancer=True))["dynamic_xray"].safety == "ask_first"


def test_after_a_finding_the_next_test_is_one_that_answers_what_is_open():
    found = by_protocol(Situation("confirm_metastasis", known_cancer=True, prior_tests={"mri": "abnormal"}))
    assert found["biopsy_core"].tier == "usually" and found["mri"].tier == "usually_not"
    assert found[NONE].tier != "usually"
    hot = by_protocol(Situation("screening_without_symptoms", known_cancer=True, prior_tests={"bone_scan": "abnormal"}))
    assert hot[NONE].tier == "may" and catalog.question("screening_without_symptoms").then == "confirm_metastasis"


def test_a_clear_mri_is_not_asked_for_again_and_no_picture_is_not_the_answer():
    found = by_protocol(replace(CORD, prior_tests={"mri": "normal"}))
    assert found["mri"].tier != "usually" and not found["mri"].urgency
    assert found[NONE].tier != "usually", "with weak legs nobody is told that nothing more is needed"


def test_urgency_is_a_guidelines_own():
    mri = by_protocol(CORD)["mri"]
    assert mri.urgency and mri.extent == "whole_spine"
    hours = [entry.limit.hours for entry in mri.urgency if entry.limit.hours]
    assert hours == sorted(hours) and 24 in hours
    assert all(isinstance(entry.limit, TimeLimit) and entry.body and entry.year for entry in mri.urgency)


# ---- what would change


def test_what_would_change_is_what_does_change():
    situation = Situation(
        "find_cause_of_pain", known_cancer=False, neuro_deficit="none", pain="mechanical", age_years=40
    )
    here = outlook(catalog, situation)
    for turn in turns(catalog, situation):
        for turned in turn.values:
            if turned.outlook:
                there = outlook(catalog, replace(situation, **{turn.field.id: turned.value.value}))
                assert there == turned.outlook and turned.changes == there.differs(here)
    named = {turn.field.id for turn in turns(catalog, situation) if turn.changes}
    assert {"known_cancer", "neuro_deficit"} <= named


def test_new_leg_weakness_makes_it_urgent():
    situation = Situation("find_cause_of_pain", known_cancer=True, neuro_deficit="none")
    turn = next(turn for turn in turns(catalog, situation) if turn.field.id == "neuro_deficit")
    cord = next(turned for turned in turn.values if turned.value.value == "cord")
    assert cord.changes and cord.outlook.first.startswith("mri") and cord.outlook.hours <= 24


# ---- tests that the tables themselves are whole


def test_the_cases_of_the_benchmark_are_well_formed():
    raw = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    assert len({case["id"] for case in raw}) == len(raw) >= 90
    for case in PUBLISHED:
        assert set(case.expected) <= {*catalog.protocols, NONE}, case.id


def test_each_difference_from_published_ratings_is_explained():
    different = misses(PUBLISHED)
    assert sorted(set(different) - set(explained())) == []
    assert set(explained()) <= {case.id for case in PUBLISHED}


def test_the_ready_cases_cover_all_questions():
    assert {case.question for case in catalog.cases.values()} == set(QUESTIONS)
    assert len(catalog.cases) == 12


def test_safety_levels_are_ordered():
    assert [*SAFETIES] == ["ok", "adapt", "ask_first", "do_not"]
    assert all(len(values) == len(set(values)) for values in CHOICES.values())
    assert list(itertools.chain(*WIDENED.values()))
