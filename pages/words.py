"""The words of reports, explained."""

from modalities import load_catalog
from modalities.editorial import Word
from parts import view
from parts.address import read_address


def _fits(word: Word, sought: str) -> bool:
    """Say whether a word, or one of its forms, has something in common with what is sought ("avid lesion": both)."""
    forms = " ".join((word.word, *word.also)).lower()
    return any(part in forms for part in sought.lower().split() if len(part) > 1)


catalog = load_catalog()
address = read_address("words")
sought = address.text("find")
listed = sorted(catalog.words.values(), key=lambda word: word.word.lower())
shown = [word for word in listed if _fits(word, sought)] if sought else listed
reports = [word for word in shown if word.in_reports]
first_of: dict[str, str] = {}
for entry in reports:
    first_of.setdefault(entry.word[0].upper(), entry.id)
view.show(
    "words.html",
    catalog=catalog,
    address=address,
    title="Words, explained",
    checked=[catalog.site],
    sought=sought,
    reports=reports,
    others=[word for word in shown if not word.in_reports],
    letters=list(first_of.items()),
)
