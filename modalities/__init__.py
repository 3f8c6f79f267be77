"""What each test can see when cancer may have spread to the spine, with a source behind every word."""

from modalities.catalog import Catalog, load_catalog
from modalities.errors import ContentError, UnknownId

__all__ = ["Catalog", "ContentError", "UnknownId", "load_catalog"]
