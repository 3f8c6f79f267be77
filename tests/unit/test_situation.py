"""Situations refuse what can't be; conditions hold, do not hold, or stay open."""

import pytest

from modalities import load_catalog
from modalities.choose import recommend
from modalities.situation import CHOICES, QUESTIONS, Condition, Situation, SituationError

catalog = load_catalog()


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("question", {"question": "which_test"}),
        ("primary", {"primary": "liver"}),
        ("primary", {"primary": "prostate", "known_cancer": False}),
        ("primary", {"question": "find_primary", "primary": "prostate"}),
        ("spread_risk", {"known_cancer": False, "spread_risk": "raised"}),
        ("known_cancer", {"question": "response_to_treatment", "known_cancer": False}),
        ("known_cancer", {"known_cancer": "perhaps"}),
        ("pain", {"question": "screening_without_symptoms", "pain": "night_or_rest"}),
        ("neuro_deficit", {"question": "screening_without_symptoms", "neuro_deficit": "cord"}),
        ("age_years", {"age_years": 140}),
        ("age_years", {"age_years": "old"}),
        ("prior_tests", {"prior_tests": {"xray": "fine"}}),
    ],
)
def test_a_malformed_situation_names_its_field(field, facts):
    with pytest.raises(SituationError, match=f"^{field}: ") as error:
        Situation(**{"question": "find_cause_of_pain", **facts})
    assert error.value.field == field


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("prior_tests", {"prior_tests": {"sonography": "normal"}}),
        ("factors", {"factors": ("tall",)}),
        ("factors", {"factors": ("egfr_30_44", "egfr_lt_30")}),
    ],
)
def test_what_only_the_content_knows_is_refused_too(field, facts):
    with pytest.raises(SituationError, match=f"^{field}: "):
        recommend(catalog, Situation("find_cause_of_pain", **facts))


def test_a_condition_is_true_false_or_open():
    condition = Condition(known_cancer=True, primary=("breast", "lung"))
    assert condition.holds(Situation("stage_skeleton", known_cancer=True, primary="lung")) is True
    assert condition.holds(Situation("stage_skeleton", known_cancer=True)) is None
    assert condition.holds(Situation("stage_skeleton", known_cancer=True, primary="kidney")) is False
    assert condition.holds(Situation("stage_skeleton", known_cancer=False)) is False, "one false shuts the open out"


def test_signs_that_nobody_named_count_as_absent():
    """Otherwise no situation could ever be harmless; the page shows what each sign would change."""
    assert Condition(warning_signs=True).holds(Situation("find_cause_of_pain")) is False
    assert Condition(possible_infection=False).holds(Situation("find_cause_of_pain")) is True


def test_ages_tests_done_and_tests_ruled_out():
    old = Situation("find_cause_of_pain", age_years=70, prior_tests={"xray": "normal"})
    assert Condition(age_from=70).holds(old) and not Condition(age_below=70).holds(old)
    assert Condition(age_from=70).holds(Situation("find_cause_of_pain")) is None
    assert Condition(done=("xray:normal",)).holds(old) and Condition(done=("xray",)).holds(old)
    assert not Condition(done=("xray:abnormal", "ct")).holds(old)
    assert not Condition(not_done=("xray",)).holds(old)
    assert Condition(ruled_out=("mri",)).holds(old, {"mri": False})
    assert Condition(ruled_out=("mri",)).holds(old, {"mri": None}) is None
    assert not Condition(ruled_out=("mri",)).holds(old)


def test_every_value_of_a_situation_has_words():
    fields = {field.id: field for field in catalog.choosing.fields}
    for name, choices in CHOICES.items():
        assert tuple(value.value for value in fields[name].values) == choices, name
    assert set(fields) == {*CHOICES, "age_years"}
    assert tuple(catalog.questions) == QUESTIONS
