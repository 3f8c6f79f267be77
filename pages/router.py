"""The Streamlit script: page names and addresses. It lies inside pages/ so that cold deep links work."""

from pathlib import Path

import streamlit as st

from parts.view import follow_link

PAGES = {
    "home": st.Page("home.py", title="Home", default=True),
    "compare": st.Page("compare.py", title="Compare", url_path="compare"),
    "test": st.Page("test.py", title="Tests", url_path="test"),
    "about": st.Page("about.py", title="What is this about?", url_path="about"),
    "words": st.Page("words.py", title="Words", url_path="words"),
    "sources": st.Page("sources.py", title="Sources", url_path="sources"),
}

st.logo(str(Path(__file__).parent / "parts" / "logo.svg"), size="medium", link=None)
page = st.navigation(list(PAGES.values()), position="top")
follow_link(next(name for name, known in PAGES.items() if known == page), PAGES)
page.run()
