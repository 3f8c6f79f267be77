"""A rule is about a component: it never takes away a version of a test that does without it."""

import pytest

from modalities import UnknownId, load_catalog
from modalities.factors import SAFETIES, safety, safety_of, what_applies

catalog = load_catalog()
RULES = [(factor, rule) for factor in catalog.factors.values() for rule in factor.rules]
VERSIONS = list(catalog.variants)


@pytest.mark.parametrize(
    ("protocol", "factors", "expected"),
    [
        ("mri", ["egfr_lt_30"], "ok"),
        ("mri", ["kidney_disease"], "ok"),
        ("mri", ["dialysis"], "ok"),
        ("mri_without_and_with", ["egfr_lt_30"], "adapt"),
        ("mri", ["pregnant"], "ok"),
        ("mri_without_and_with", ["pregnant"], "ask_first"),
        ("ct", ["dialysis"], "ok"),
        ("ct", ["thyroid"], "ok"),
        ("ct", ["metformin"], "ok"),
        ("ct", ["iodine_contrast_reaction_severe"], "ok"),
        ("ct_contrast", ["thyroid"], "ask_first"),
        ("mri", ["pacemaker_non_conditional"], "ask_first"),
        ("mri", ["pacemaker_conditional"], "adapt"),
        ("ct", ["pacemaker_non_conditional"], "ok"),
        ("mri", ["ferromagnetic_clip"], "ask_first"),
        ("mri", ["mri_impossible"], "do_not"),
        ("ct_myelogram", ["mri_impossible"], "ok"),
        ("pet_ct_fdg", ["diabetes_high_glucose"], "adapt"),
        ("pet_ct_naf", ["diabetes_high_glucose"], "ok"),
        ("biopsy_core", ["anticoagulant"], "ask_first"),
        ("bone_scan", ["claustrophobia"], "ok"),
        ("mri", [], "ok"),
    ],
)
def test_what_must_hold(protocol, factors, expected):
    assert safety(catalog, protocol, factors) == expected


def test_the_strictest_rule_wins():
    assert safety(catalog, "mri", ["pacemaker_conditional", "pacemaker_non_conditional"]) == "ask_first"
    assert safety(catalog, "mri", ["pacemaker_non_conditional", "mri_impossible"]) == "do_not"


@pytest.mark.parametrize(("factor", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_a_version_without_the_component_stays_as_it_was(factor, rule):
    for protocol, (test, version) in catalog.variants.items():
        shown = [t.rule for a in what_applies(catalog, [protocol]) if a.factor is factor for t in a.touched]
        fits = (
            (rule.component is None or rule.component in version.possible)
            and (not rule.tests or test.id in rule.tests)
            and (not rule.protocols or protocol in rule.protocols)
        )
        assert (rule in shown) == fits, (protocol, rule.id)
        if rule.component and rule.component not in version.components:
            assert not rule.applies_to(test, version), "what only may be added never counts against a version"


def test_an_unknown_threshold_asks_and_never_forbids_or_frees():
    conditional = [rule for _, rule in RULES if rule.only_if and rule.effect not in ("no_effect", "interpret")]
    assert conditional
    assert {safety_of(rule) for rule in conditional} == {"ask_first"}


def test_a_fact_settles_the_condition_of_a_rule():
    """Metformin with iodine dye: unknown kidneys ask, 30 to 44 leaves it as it is, under 30 means a pause."""
    assert safety(catalog, "ct_contrast", ["metformin"]) == "ask_first"
    rule = next(rule for _, rule in RULES if rule.id == "metformin_iodine_dye_weak_kidneys")
    assert safety_of(rule, ["egfr_lt_30"]) == "adapt"
    alone = {t.rule.id for a in what_applies(catalog, ["ct_contrast"], ["metformin", "egfr_30_44"]) for t in a.touched}
    assert rule.id not in alone


def test_more_facts_never_make_a_test_safer_unless_they_settle_a_condition():
    settling = {fact for _, rule in RULES for fact in (*rule.met_by, *rule.ruled_out_by)}
    others = [factor for factor in catalog.factors if factor not in settling]
    for protocol in VERSIONS:
        strictest = 0
        for count in range(1, len(others), 7):
            now = SAFETIES.index(safety(catalog, protocol, others[:count]))
            assert now >= strictest
            strictest = now


def test_a_rule_says_with_which_component_it_comes_where_not_all_versions_have_it():
    both = {t.rule.id: t for a in what_applies(catalog, ["mri", "mri_without_and_with"]) for t in a.touched}
    one = {t.rule.id: t for a in what_applies(catalog, ["mri_without_and_with"]) for t in a.touched}
    added = {t.rule.id: t for a in what_applies(catalog, ["mri_whole_spine"]) for t in a.touched}
    dye = [rule.id for _, rule in RULES if rule.component == "gadolinium" and rule.id in one]
    assert dye and all(both[rule].dye == "gadolinium" and one[rule].dye is None for rule in dye)
    assert all(added[rule].dye == "gadolinium" for rule in dye), "a whole-spine MRI may be given with dye"


def test_what_the_team_may_add_is_shown_but_does_not_forbid():
    assert safety(catalog, "mri_whole_spine", ["gadolinium_reaction"]) == "ok"
    shown = {a.factor.id: a.safety for a in what_applies(catalog, ["mri_whole_spine"])}
    assert shown["gadolinium_reaction"] == "ask_first"
    pet = {a.factor.id for a in what_applies(catalog, ["pet_ct_fdg"])}
    assert "kidney_disease" in pet and safety(catalog, "pet_ct_fdg", ["kidney_disease"]) == "ok"


def test_facts_that_exclude_each_other_do_so_both_ways():
    for factor in catalog.factors.values():
        for other in factor.excludes:
            assert factor.id in catalog.factor(other).excludes


def test_unknown_names_are_named():
    with pytest.raises(UnknownId, match="no version 'mri_9'"):
        safety(catalog, "mri_9", [])
    with pytest.raises(UnknownId, match="no factor 'tall'"):
        safety(catalog, "mri", ["tall"])
