"""Sources: what everything rests on, where sources disagree, how levels are decided, what Sightline is not."""

from modalities import load_catalog
from modalities.evidence import SOURCE_KINDS
from modalities.usage import disagreements, usage
from parts import view
from parts.address import read_address
from parts.places import used_at

catalog = load_catalog()
address = read_address("sources")
used = usage(catalog)
listed = sorted((s for s in catalog.sources.values() if s.id in used), key=lambda s: (s.authors.lower(), s.year or 0))
view.show(
    "sources.html",
    catalog=catalog,
    address=address,
    title="Sources",
    checked=[catalog.site, catalog.rubric, *catalog.columns.values(), *catalog.modalities.values()],
    by_kind=[(kind, [s for s in listed if s.kind == kind]) for kind in SOURCE_KINDS],
    used={source: [(place.label, used_at(address, place)) for place in places] for source, places in used.items()},
    conflicts=disagreements(catalog),
    outdated=[s for s in listed if s.newer],
)
