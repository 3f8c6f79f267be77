"""Facts about a person and ticked questions: kept in this session alone, never stored, never in an address by itself.

They come into an address only where a person asks for it: "copy link with these facts", and the print-out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from modalities.patient import Factor
from parts.address import Address

FACTS, ASKED, TAKEN = "_facts", "_asked", "_taken_from_link"


def facts(address: Address, known: Iterable[str]) -> tuple[str, ...]:
    """Return the session's facts in the order of ``known``; those of a link join them once, unknown ones are named."""
    known = tuple(known)
    linked = address.once("facts", known)
    if linked and st.session_state.get(TAKEN) != linked:
        st.session_state[TAKEN] = linked
        st.session_state[FACTS] = {*st.session_state.get(FACTS, ()), *linked}
    kept = st.session_state.get(FACTS, ())
    return tuple(fact for fact in known if fact in kept)


def asked(known: Iterable[str]) -> tuple[str, ...]:
    """Return the questions that were ticked."""
    kept = st.session_state.get(ASKED, ())
    return tuple(question for question in known if question in kept)


def toggles(component: str, known: Mapping[str, Factor]) -> dict[str, Callable[[], None]]:
    """Return what the component calls when a fact or a question is touched, or all facts are taken away."""

    def fact() -> None:
        touched = st.session_state[component].fact
        before = set(st.session_state.get(FACTS, ()))
        if touched in known:
            st.session_state[FACTS] = (before ^ {touched}) - set(known[touched].excludes)
        else:
            st.session_state[FACTS] = set()

    def ask() -> None:
        st.session_state[ASKED] = set(st.session_state.get(ASKED, ())) ^ {st.session_state[component].ask}

    return {"on_fact_change": fact, "on_ask_change": ask}
