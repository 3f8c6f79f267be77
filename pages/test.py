"""A page on every test; without ``test`` in the address, the list of tests."""

from modalities import load_catalog
from modalities.catalog import CORE, FINDINGS, MODALITIES, SHOWN_ORDER
from parts import view
from parts.address import read_address

HEADLINES = ("tumor_presence", "spinal_cord_compression", "skeleton_wide_spread", "fracture_collapse", "tumor_type")

catalog = load_catalog()
address = read_address("test")
picked = address.one("test", MODALITIES, "")

if not picked:
    view.show(
        "tests.html",
        catalog=catalog,
        address=address,
        title="Tests",
        checked=catalog.modalities.values(),
        tests=[catalog.modalities[m] for m in SHOWN_ORDER],
        core=len(CORE),
    )
else:
    test = catalog.modalities[picked]
    column = [catalog.rating(picked, finding) for finding in FINDINGS]
    sought = (*HEADLINES, *(finding for finding in FINDINGS if finding not in HEADLINES))
    view.show(
        "test.html",
        catalog=catalog,
        address=address,
        title=test.name.plain,
        checked=[test, catalog.columns[picked]],
        test=test,
        column=catalog.columns[picked],
        by_level=[(level, [cell for cell in column if cell.level == level]) for level in range(4, -1, -1)],
        figures=[row for finding in sought for row in catalog.figures_for(picked, finding) if row.default],
        total=sum(len(catalog.figures_for(picked, finding)) for finding in FINDINGS),
        per_year=catalog.site.background_msv_per_year,
    )
