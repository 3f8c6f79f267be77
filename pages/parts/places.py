"""Where a thing that was found or used is shown."""

from modalities.search import Entry
from modalities.usage import Place
from parts.address import Address

KIND_NAMES = {"test": "Test", "finding": "What can be seen", "word": "Word", "passage": "Introduction"}


def place_of(address: Address, entry: Entry) -> str:
    """Return the link to a search result."""
    if entry.kind == "test":
        return address.link("test", test=entry.place)
    if entry.kind == "finding":
        return address.link("compare", cell=f"mri.{entry.place}")
    if entry.kind == "word":
        return f"{address.link('words')}#word-{entry.place}"
    return f"{address.link('about')}#{entry.place}"


def used_at(address: Address, place: Place) -> str:
    """Return the link to a place that uses a source."""
    match place.kind:
        case "test":
            return address.link("test", test=place.ids[0])
        case "cell":
            return address.link("compare", cell=".".join(place.ids))
        case "figure":
            return address.link("compare", view="figures", test=place.ids[0], finding=place.ids[1])
        case "finding":
            return address.link("compare", cell=f"mri.{place.ids[0]}")
        case "word":
            return f"{address.link('words')}#word-{place.ids[0]}"
        case "decision":
            return f"{address.link('sources')}#decisions"
        case "about":
            return f"{address.link('about')}#{place.ids[0]}"
        case _:
            return address.link("home")
