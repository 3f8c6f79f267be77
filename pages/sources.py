"""Sources: what everything rests on, where sources disagree, how levels are decided, what Sightline is not."""

from modalities import load_catalog
from modalities.evidence import KIND_WORDS, SOURCE_KINDS, Source
from modalities.simulate.constants import ORIGINS, every_constant
from modalities.usage import disagreements, usage
from parts import view
from parts.address import read_address
from parts.places import used_at

catalog = load_catalog()
address = read_address("sources")
used = usage(catalog)
opened = address.one("source", used, "")
kind = catalog.sources[opened].kind if opened else address.one("kind", SOURCE_KINDS, SOURCE_KINDS[0])
sought = address.text("find")
listed = sorted(catalog.sources.values(), key=lambda s: (s.authors.lower(), s.year or 0))


def _fits(source: Source, words: str) -> bool:
    said = f"{source.authors} {source.year} {source.title} {source.published_in}".lower()
    return all(word in said for word in words.lower().split())


origins = {
    origin: sum(record.origin == origin for records in every_constant().values() for record in records.values())
    for origin in ORIGINS
}
view.show(
    "sources.html",
    catalog=catalog,
    address=address,
    title="Sources",
    checked=[catalog.site, catalog.rubric, *catalog.columns.values(), *catalog.modalities.values()],
    kinds=[
        (
            f"{KIND_WORDS[k].capitalize()} ({sum(s.kind == k for s in listed)})",
            address.link(kind=k, source=None),
            k == kind,
        )
        for k in SOURCE_KINDS
    ],
    sought=sought,
    listed=[s for s in listed if (_fits(s, sought) if sought else s.kind == kind)],
    used={source: [(place.label, used_at(address, place)) for place in places] for source, places in used.items()},
    opened=opened,
    conflicts=disagreements(catalog),
    aid_items=catalog.decision_aid.items,
    origins=origins,
    outdated=[s for s in listed if s.newer],
)
