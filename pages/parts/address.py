"""What the address says: read, checked, and written back as links.

The whole view of a page lives in its address. An unknown value is named in a notice and
left out; the rest still works. Facts about a person never come here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st

PATHS = {
    "home": "/",
    "compare": "/compare",
    "test": "/test",
    "see": "/see",
    "choose": "/choose",
    "frameworks": "/frameworks",
    "chances": "/chances",
    "path": "/path",
    "about": "/about",
    "words": "/words",
    "sources": "/sources",
}
REMEMBERED = "_words"  # the reading level travels with the reader, also through links that do not name it


@dataclass
class Address:
    """One page's address: valid parameters, and notices about the others."""

    page: str
    params: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return the reading level, ``plain`` or ``technical``."""
        return self.params.get("words", "plain")

    def one(self, key: str, options: Iterable[str], default: str) -> str:
        """Return a parameter that must be one of ``options``; else note it and return ``default``."""
        value = _asked(key)
        if value is None:
            return default
        if value in options:
            self.params[key] = value
            return value
        self.note(key, value, "the usual view is shown")
        return default

    def several(self, key: str, options: Iterable[str], default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a comma-separated parameter's known values in the order of ``options``; ``all`` means all."""
        value = _asked(key)
        if value is None:
            return default
        options = tuple(options)
        asked = options if value == "all" else value.split(",")
        unknown = [part for part in asked if part not in options]
        if unknown:
            self.note(key, unknown[0], "it was left out")
        known = tuple(option for option in options if option in asked)
        if not known:
            return default
        if known != default:
            self.params[key] = "all" if known == options else ",".join(known)
        return known

    def pair(self, key: str, options: Iterable[str]) -> tuple[str, str] | None:
        """Return a parameter made of two different known parts with a comma between, or None; note anything else."""
        value = _asked(key)
        if value is None:
            return None
        parts = value.split(",")
        options = tuple(options)
        if len(parts) == 2 and parts[0] != parts[1] and all(part in options for part in parts):
            self.params[key] = value
            return parts[0], parts[1]
        self.note(key, value, "the usual view is shown")
        return None

    def number(self, key: str, low: int, high: int, default: int) -> int:
        """Return a whole number within bounds; else note it and return ``default``."""
        value = _asked(key)
        if value is None:
            return default
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            if int(value) != default:
                self.params[key] = str(int(value))
            return int(value)
        why = f"but a whole number from {low:,} to {high:,} is expected"
        self.note(key, value, "the usual value is shown", why)
        return default

    def once(self, key: str, options: Iterable[str]) -> tuple[str, ...]:
        """Return a comma-separated parameter's known values, which the page's own links do not carry on."""
        asked = (_asked(key) or "").split(",")
        options = tuple(options)
        unknown = [part for part in asked if part and part not in options]
        if unknown:
            self.note(key, unknown[0], "it was left out")
        return tuple(option for option in options if option in asked)

    def text(self, key: str, limit: int = 80) -> str:
        """Return free text, cut to a sensible length."""
        value = (_asked(key) or "").strip()[:limit]
        if value:
            self.params[key] = value
        return value

    def link(self, page: str | None = None, **changes: str | None) -> str:
        """Return a link: this page with changes (None takes away), or another page in the same reading level."""
        params = {key: value for key, value in self.params.items() if key != "words"} if page is None else {}
        params |= {key: value for key, value in changes.items() if value is not None}
        for key, value in changes.items():
            if value is None:
                params.pop(key, None)
        if self.words != "plain":
            params.setdefault("words", self.words)
        query = urlencode(params, safe=",.:~*")
        return (PATHS.get(page or self.page) or f"/{page}") + (f"?{query}" if query else "")

    def note(self, key: str, value: str, then: str, why: str = "which Sightline does not know") -> None:
        """Add a notice about a value that the address asks for and that can't be used."""
        shown = value if len(value) <= 40 else f"{value[:40]}…"
        self.notices.append(f"The address asks for {key} “{shown}”, {why}; {then}.")


def read_address(page: str) -> Address:
    """Return the page's address with its reading level; the other parameters are read as the page asks for them."""
    address = Address(page)
    remembered = st.session_state.get(REMEMBERED, "plain")
    words = address.one("words", ("plain", "technical"), remembered)
    st.session_state[REMEMBERED] = words
    if words == "plain":
        address.params.pop("words", None)
    else:
        address.params["words"] = words
    return address


def _asked(key: str) -> str | None:
    values = st.query_params.get_all(key)
    return values[-1] if values else None
