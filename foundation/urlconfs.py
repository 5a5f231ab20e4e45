"""Names of addresses, looked up in the sitemap of another of our programs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import get_urlconf, set_urlconf


@contextmanager
def looked_up_in(urlconf: str) -> Iterator[None]:
    """For a while `reverse` and `{% url %}` mean the sitemap `urlconf` (its module)."""
    before = get_urlconf()
    set_urlconf(urlconf)
    try:
        yield
    finally:
        set_urlconf(before)
