"""Draw a page: a template filled by Python, shown by one component that keeps focus and scroll.

The component morphs the page to the new HTML and follows links inside the app. Templates
escape everything; only ``Reader`` makes markup, from escaped text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import streamlit as st
from jinja2 import Environment

from modalities import Catalog, wording
from modalities.compare import rivals
from modalities.evidence import KIND_WORDS, READ_WORDS, Dated
from modalities.factors import SAFETY_WORDS, TOPIC_WORDS
from modalities.freshness import freshness
from modalities.patient import FACTOR_GROUPS
from modalities.reasoning import EXTENT_WORDS, TIER_WORDS
from modalities.records import COMPONENT_NAMES, GROUP_NAMES, LEVEL_WORDS, STEP_NAMES
from modalities.simulate.addresses import query_of
from parts.address import Address
from parts.places import KIND_NAMES
from parts.reader import Reader
from parts.templates import templates

# The script itself comes from /sightline.js once; what goes with every rerun is only this.
LOADER = """
const script = import(`${location.origin}/sightline.js`);
export default (component) => { script.then((loaded) => loaded.default(component)); };
"""


@lru_cache(maxsize=1)
def _templates() -> Environment:
    env = templates()
    env.globals.update(
        wording=wording,
        level_words=LEVEL_WORDS,
        kind_words=KIND_WORDS,
        read_words=READ_WORDS,
        group_names=GROUP_NAMES,
        rivals=rivals,
        component_names=COMPONENT_NAMES,
        step_names=STEP_NAMES,
        factor_groups=FACTOR_GROUPS,
        safety_words=SAFETY_WORDS,
        topic_words=TOPIC_WORDS,
        kind_names=KIND_NAMES,
        tier_words=TIER_WORDS,
        extent_words=EXTENT_WORDS,
        query_of=query_of,
    )
    env.filters["inside"] = wording.inside
    return env


def show(
    template: str,
    *,
    catalog: Catalog,
    address: Address,
    title: str,
    checked: Iterable[Dated],
    part: str = "",
    subject: str = "",
    facts: str = "",
    touches: dict[str, Callable[[], None]] | None = None,
    **values: object,
) -> None:
    """Fill a template and draw it.

    ``checked`` are the content files that the page shows; they decide its freshness line.
    ``subject`` is what the page is about where one page shows several: with a new one the heading has the focus.
    ``facts`` are those of the session: an address that came with others does not keep them.
    ``part`` names a second drawing on the same page (below a chart); ``touches`` are called for what is
    touched but must not stand in the address.
    """
    reader = Reader(catalog, address.words, prefix=part)
    html = (
        _templates()
        .get_template(template)
        .render(
            catalog=catalog,
            address=address,
            words=address.words,
            reader=reader,
            say=reader.say,
            mark=reader.mark,
            linked=reader.linked,
            fresh=freshness(catalog, checked),
            **values,
        )
    )
    if not part:
        st.set_page_config(page_title=f"{title} – Sightline")
    _component()(
        key=component_key(address.page, part),
        data={
            "html": " ".join(html.split()),
            "page": address.page + subject,
            "link": address.link(),
            "part": part,
            "facts": facts,
        },
        **(touches or {}),
    )


def component_key(page: str, part: str = "") -> str:
    """Return the key under which a page's component keeps what was touched."""
    return f"page-{page}{part}"


@st.cache_resource(show_spinner=False)
def _component():  # noqa: ANN202 (Streamlit does not name the type publicly)
    return st.components.v2.component("sightline", js=LOADER, isolate_styles=False)
