"""What is this about: tumors that spread to the spine, in short."""

from modalities import load_catalog
from parts import view
from parts.address import read_address

catalog = load_catalog()
view.show(
    "about.html",
    catalog=catalog,
    address=read_address("about"),
    title=catalog.about.title.plain,
    checked=[catalog.about, catalog.site],
)
