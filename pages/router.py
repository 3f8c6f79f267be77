"""The Streamlit script: page names and addresses. It lies inside pages/ so that cold deep links work."""

from pathlib import Path

import streamlit as st

PAGES = [
    st.Page("home.py", title="Home", default=True),
    st.Page("compare.py", title="Compare", url_path="compare"),
    st.Page("test.py", title="Tests", url_path="test"),
    st.Page("see.py", title="See", url_path="see"),
    st.Page("choose.py", title="Choose", url_path="choose"),
    st.Page("chances.py", title="Chances", url_path="chances"),
    st.Page("path.py", title="Path", url_path="path"),
    st.Page("frameworks.py", title="Scores", url_path="frameworks", visibility="hidden"),
    st.Page("about.py", title="What is this about?", url_path="about"),
    st.Page("words.py", title="Words", url_path="words"),
    st.Page("sources.py", title="Sources", url_path="sources"),
]

st.logo(str(Path(__file__).parent / "parts" / "logo.svg"), size="medium", link=None)
st.navigation(PAGES, position="top").run()
