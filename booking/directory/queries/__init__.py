"""Who can be seen, and how soon."""

from booking.directory.queries.filters import FACETS, SORTS, WITHIN, Filters
from booking.directory.queries.lists import PAGE_SIZE, Directory, directory

__all__ = [
    "FACETS",
    "PAGE_SIZE",
    "SORTS",
    "WITHIN",
    "Directory",
    "Filters",
    "directory",
]
