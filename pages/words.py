"""The words of reports, explained."""

from modalities import load_catalog
from parts import view
from parts.address import read_address

catalog = load_catalog()
view.show(
    "words.html",
    catalog=catalog,
    address=read_address("words"),
    title="Words, explained",
    checked=[catalog.site],
    glossary=sorted(catalog.words.values(), key=lambda word: word.word.lower()),
)
