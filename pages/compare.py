"""Compare: what each test shows, square by square; two tests in sentences; the figures."""

from modalities import load_catalog
from modalities.compare import alike, by_spread, difference
from modalities.records import CORE, FINDINGS, GROUP_NAMES, GROUPS, MODALITIES, SHOWN_ORDER
from parts import view
from parts.address import read_address
from parts.figures import draw_figures

catalog = load_catalog()
address = read_address("compare")
tests = address.several("tests", SHOWN_ORDER, CORE)
groups = address.several("groups", GROUPS, GROUPS)
versus = address.pair("versus", MODALITIES)
cells = [f"{modality}.{finding}" for modality in MODALITIES for finding in FINDINGS]
picked = address.one("cell", cells, "")
shown = "versus" if versus else address.one("view", ("matrix", "figures", "projector"), "matrix")
checked = [*catalog.columns.values()]


def draw_matrix() -> None:
    """Draw the table with the picked square's explanation."""
    sort = address.one("sort", ("body", "spread"), "body")
    cell = catalog.rating(*picked.split(".")) if picked else None
    columns = tuple(m for m in SHOWN_ORDER if m in tests or (cell and cell.modality == m))
    findings = [f for f in FINDINGS if catalog.findings[f].group in groups or (cell and cell.finding == f)]
    if sort == "spread":
        rows = [(None, [catalog.findings[f] for f in by_spread(catalog, columns, findings)])]
    else:
        rows = [(g, [catalog.findings[f] for f in findings if catalog.findings[f].group == g]) for g in GROUPS]
        rows = [(g, found) for g, found in rows if found]
    view.show(
        "compare.html",
        catalog=catalog,
        address=address,
        title="Compare the tests",
        checked=checked,
        view=shown,
        sort=sort,
        cell=cell,
        first=catalog.rating(columns[0], rows[0][1][0].id),
        tests=[catalog.modalities[m] for m in columns],
        groups=rows,
        shown_groups=groups,
        group_links=[(GROUP_NAMES[g], address.link(groups=g, cell=None), groups == (g,)) for g in GROUPS],
        test_toggles=[(catalog.modalities[m], _toggled(m, columns), m in columns) for m in SHOWN_ORDER],
        six=address.link(tests=None, cell=picked if cell and cell.modality in CORE else None),
        ratings_of=lambda finding: [catalog.rating(m, finding) for m in columns],
    )


def _toggled(modality: str, columns: tuple[str, ...]) -> str:
    """Return the link that shows or hides one test; the last one stays."""
    kept = [m for m in MODALITIES if (m in columns) != (m == modality)] or [modality]
    return address.link(tests=",".join(kept), cell=None)


def draw_versus(one: str, other: str) -> None:
    """Draw what each of two tests shows that the other does not."""
    found, same = difference(catalog, one, other), alike(catalog, one, other)
    names = [catalog.modalities[m].short for m in (one, other)]
    wins = [sum(d.better.modality == m for d in found) for m in (one, other)]
    view.show(
        "versus.html",
        catalog=catalog,
        address=address,
        title=f"{names[0]} or {names[1]}?",
        checked=checked,
        view="versus",
        tests=tests,
        one=catalog.modalities[one],
        other=catalog.modalities[other],
        differences=[(g, [d for d in found if d.group == g]) for g in GROUPS],
        same=same,
        pair=catalog.pairs.get(frozenset((one, other))),
        wins=wins,
        first_choices=[(catalog.modalities[m], address.link(versus=f"{m},{other}")) for m in SHOWN_ORDER if m != other],
        second_choices=[(catalog.modalities[m], address.link(versus=f"{one},{m}")) for m in SHOWN_ORDER if m != one],
    )


if versus:
    draw_versus(*versus)
elif shown == "figures":
    draw_figures(catalog, address)
else:
    draw_matrix()
