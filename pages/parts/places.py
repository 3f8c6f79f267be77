"""Where a thing that was found or used is shown."""

from modalities.search import Entry
from modalities.usage import Place
from parts.address import Address

KIND_NAMES = {
    "test": "Test",
    "finding": "What can be seen",
    "word": "Word",
    "fact": "What applies",
    "part": "My test",
    "passage": "Introduction",
    "site": "Sightline",
    "question": "Which test?",
    "framework": "Score",
    "chances": "What a result tells",
    "lesson": "Short example",
    "path": "Path",
    "story": "Simulated scene",
    "see": "Simulated pictures",
}


def place_of(address: Address, entry: Entry) -> str:
    """Return the link to a search result."""
    kinds = {"fact": "topic", "part": "waiting", "passage": "about", "site": "policy"}
    return _link(address, kinds.get(entry.kind, entry.kind), entry.place)


def used_at(address: Address, place: Place) -> str:
    """Return the link to a place that uses a source."""
    return _link(address, place.kind, *place.ids)


def _link(address: Address, kind: str, *ids: str) -> str:
    links = {
        "test": lambda test: address.link("test", test=test),
        "cell": lambda test, finding: address.link("compare", cell=f"{test}.{finding}"),
        "figure": lambda test, finding: address.link("compare", view="figures", test=test, finding=finding),
        "finding": lambda finding: address.link("compare", cell=f"mri.{finding}"),
        "fact": lambda test, factor: f"{address.link('test', test=test)}#may-{factor}",
        "waiting": lambda part: f"{address.link('test', test='mri')}#{part}",
        "topic": lambda factor: f"{address.link('test', topic=factor)}#topic",
        "part": lambda test, part: f"{address.link('test', test=test)}#{part}",
        "pair": lambda one, other: address.link("compare", versus=f"{one},{other}"),
        "tests": lambda: address.link("test"),
        "word": lambda word: f"{address.link('words')}#word-{word}",
        "about": lambda section: f"{address.link('about')}#{section}",
        "question": lambda question: address.link("choose", q=question or None),
        "guidelines": lambda question: f"{address.link('choose', q=question)}#guidelines",
        "choosing": lambda: f"{address.link('choose', q='find_cause_of_pain', show='decided')}#decided",
        "cases": lambda: f"{address.link('choose')}#cases",
        "chances": lambda situation: address.link("chances", situation=situation or None),
        "chance": lambda part: f"{address.link('chances')}#{part}",
        "lesson": lambda lesson: address.link("chances", lesson=lesson, look="yes"),
        "path": lambda ready: address.link("path", ready=ready or None),
        "story": lambda story: address.link("see", story=story),
        "see": lambda part, kind="": address.link("see", kind=kind or None) + (f"#{part}" if part else ""),
        "picture": lambda view: address.link("see", panel=view) + "#large",
        "simulator": lambda: f"{address.link('sources')}#simulator",
        "framework": lambda framework: address.link("frameworks", frame=framework),
        "decision": lambda decision: f"{address.link('sources')}#decision-{decision}",
        "policy": lambda part: f"{address.link('sources')}#{part}",
        "site": lambda part: address.link("home"),
    }
    return links[kind](*ids)
