"""The words of reports, explained."""

from modalities import load_catalog
from parts import view
from parts.address import read_address

catalog = load_catalog()
listed = sorted(catalog.words.values(), key=lambda word: word.word.lower())
reports = [word for word in listed if word.in_reports]
first_of: dict[str, str] = {}
for entry in reports:
    first_of.setdefault(entry.word[0].upper(), entry.id)
view.show(
    "words.html",
    catalog=catalog,
    address=read_address("words"),
    title="Words, explained",
    checked=[catalog.site],
    reports=reports,
    others=[word for word in listed if not word.in_reports],
    letters=list(first_of.items()),
)
