"""A situation in the address: read, checked, and written back as links. Facts about a person stay in the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modalities.catalog import Catalog
from modalities.reasoning import FieldValue, Situated
from modalities.situation import RESULTS, Situation, SituationError
from parts.address import Address

KEYS = {
    "known_cancer": "known",
    "primary": "primary",
    "spread_risk": "spread",
    "age_years": "age",
    "region": "region",
    "pain": "pain",
    "neuro_deficit": "neuro",
    "warning_signs": "signs",
    "fragile_bone": "bone",
    "possible_infection": "infection",
    "possible_instability": "unstable",
    "solitary_lesion": "single",
    "on_treatment": "treated",
}


def written(value: object) -> str:
    """Write a value of a field as it stands in an address."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def read_situation(catalog: Catalog, address: Address, question: str, factors: tuple[str, ...]) -> Situation:
    """Return the address's situation; what is unknown or contradicts the rest is named in a notice and left out."""
    situation = Situation(question)
    for field in catalog.choosing.fields:
        key = KEYS[field.id]
        options = {written(value.value): value.value for value in field.values}
        if field.id == "age_years":
            options = {str(age): age for age in range(121)}
        asked = address.one(key, options, "")
        if asked:
            situation = _with(address, situation, key, {field.id: options[asked]})
    done = _done(catalog, address)
    situation = _with(address, situation, "done", {"prior_tests": done}) if done else situation
    return replace(situation, factors=factors)


def _with(address: Address, situation: Situation, key: str, fact: Mapping[str, Any]) -> Situation:
    try:
        return replace(situation, **fact)
    except SituationError as error:
        address.notices.append(f"“{key}={address.params.pop(key, '')}” was left out: {error}.")
        return situation


def _done(catalog: Catalog, address: Address) -> dict[str, str]:
    options = [f"{protocol}:{result}" for protocol in catalog.protocols for result in RESULTS]
    chosen = address.several("done", options, ())
    return dict(one.split(":") for one in chosen)


def link_with(address: Address, field: str, value: FieldValue | None) -> str:
    """Return the link to the same view with one field set, or not said any more."""
    return address.link(**{KEYS[field]: written(value.value) if value else None})


def link_done(address: Address, situation: Situation, test: str, result: str | None) -> str:
    """Return the link to the same view with one earlier test added, changed or taken away."""
    done = {**situation.prior_tests, test: result}
    return address.link(done=",".join(f"{t}:{r}" for t, r in done.items() if r) or None)


def link_of(address: Address, ready: Situated, case: str | None = None) -> str:
    """Return the link that opens a ready situation, all its facts in the address."""
    facts = ready.situation.known_fields()
    parts = {KEYS[field]: written(value) for field, value in facts.items() if field in KEYS}
    if done := facts.get("prior_tests"):
        parts["done"] = ",".join(f"{test}:{result}" for test, result in done.items())
    return address.link("choose", q=ready.question, case=case, **parts)
