"""Home: one sentence, a search box, three doors, a small piece of the matrix."""

from modalities import load_catalog
from modalities.orders import recognize
from modalities.records import CORE
from modalities.search import names_red_flag, search, tests_named
from parts import view
from parts.address import read_address
from parts.places import place_of

catalog = load_catalog()
address = read_address("home")
query = address.text("q")
order = recognize(catalog, query) if query else None
readings = [r for r in order.readings if len(r.said) > 1 and not r.elsewhere] if order else []
named = {reading.test.id for reading in readings}
# Where the paper names a test, the other tests whose name occurs in it ("CT guided bx") are no help.
found = [hit for hit in search(catalog, query) if hit.entry.kind != "test" or not named] if query else []
view.show(
    "home.html",
    catalog=catalog,
    address=address,
    title="What each test can see in the spine",
    checked=[catalog.site, catalog.columns["mri"]],
    query=query,
    readings=readings,
    around=order.around if order else (),
    told=order.facts if order else (),
    others=order.others if order else (),
    pair=tests_named(catalog, query),
    hits=[(hit, place_of(address, hit.entry)) for hit in found],
    red_flag=bool(query) and names_red_flag(catalog.site.red_flags, query),
    strip=[catalog.rating(m, "spinal_cord_compression") for m in CORE],
)
