"""Path: a sequence of tests, what it costs and gains, what comes in the way; two of them side by side."""

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.factors import what_applies
from modalities.fitting import best, fitting
from modalities.pathway import better, needles_of
from modalities.records import FINDINGS, GROUPS, SHOWN_ORDER
from modalities.sequences import NEEDLE_NAMES, RULE_WORDS
from modalities.timeline import answers
from parts import view
from parts.address import Address, read_address
from parts.facts import facts, toggles
from parts.path_chart import draw_timeline
from parts.route import Route, path_of, read_route, steps_of
from parts.situation import link_of


def show_list(catalog: Catalog, address: Address) -> None:
    """Draw the ready paths, and the way to build one."""
    view.show(
        "paths.html",
        catalog=catalog,
        address=address,
        title="A path of tests",
        checked=[catalog.path_file],
        ready=[(p, path_of(catalog, steps_of(p), p, urgent=False)) for p in catalog.paths.values()],
        tests=_offered(catalog),
    )


def show_route(catalog: Catalog, address: Address, route: Route) -> None:
    """Draw one path, or two of them."""
    others = [ready for ready in catalog.paths.values() if ready is not route.ready or route.changed]
    other = catalog.paths.get(address.one("other", [ready.id for ready in others], ""))
    known = facts(address, catalog.factors)
    versions = [step for step, _ in route.steps if step in catalog.variants]
    applying = what_applies(catalog, versions, known)
    path = route.path
    common = {
        "catalog": catalog,
        "address": address,
        "title": route.ready.name.plain if route.ready else "A path of tests",
        "checked": [catalog.path_file, *catalog.modalities.values()],
        "subject": route.ready.id if route.ready else "own",
        "route": route,
        "path": path,
        "other": other,
        "better": better,
        "beside": path_of(catalog, steps_of(other), other, urgent=route.urgent) if other else None,
        "choose": link_of(address, route.ready) if route.ready else "",
        **_chances(catalog, address, route),
    }
    charted = address.one("show", ("timeline",), "") == "timeline" and bool(path.ahead)
    view.show(
        "path.html",
        **common,
        facts=",".join(known),
        touches=toggles(view.component_key(address.page), catalog.factors),
        charted=charted,
        others=others,
        tests=_offered(catalog),
        taken=[step for step, _ in route.steps],
        needle_names=NEEDLE_NAMES,
        needles_of=needles_of,
        rule_words=RULE_WORDS,
        findings=[(g, [catalog.findings[f] for f in FINDINGS if catalog.findings[f].group == g]) for g in GROUPS],
        known=known,
        applying=[applied for applied in applying if applied.factor.about == "person"],
        fits=[applied for applied in applying if applied.factor.id in known],
    )
    if charted:
        draw_timeline(catalog, path, address.words)
        view.show("path_table.html", part="table", answers=answers(path), **common)


def _chances(catalog: Catalog, address: Address, route: Route) -> dict[str, object]:
    """Return the group of Chances that comes nearest, and the link to it with the path's first test that it offers."""
    if not route.ready or not route.ready.prior:
        return {}
    prior = catalog.priors_by_id[route.ready.prior]
    offered = best(fitting(catalog, prior))
    first = next((step for step, _ in route.steps if step in offered), None)
    return {"catalog_prior": prior, "chances": address.link("chances", situation=prior.id, steps=first)}


def _offered(catalog: Catalog) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every version of every test, and every event, by heading."""
    words = address.words
    tests = [
        (
            catalog.modalities[m].short,
            [(v.id, catalog.protocol_name(v.id, words)) for v in catalog.modalities[m].variants],
        )
        for m in SHOWN_ORDER
    ]
    return [*tests, ("Something between tests", [(e.id, e.name.at(words)) for e in catalog.path_file.events])]


catalog = load_catalog()
address = read_address("path")
route = read_route(catalog, address)
if route is None or not route.steps:
    show_list(catalog, address)
else:
    show_route(catalog, address, route)
