"""Addresses made of names."""

from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify

_LONGEST = 40


def free_slug(rows: QuerySet[Any], name: str, otherwise: str) -> str:
    """A slug made of `name` that none of `rows` has, `otherwise` where nothing of the
    name can stand in an address. A slug that is taken gets a number: gp-visit-2."""
    base = slugify(name)[:_LONGEST].strip("-") or otherwise
    taken = set(rows.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
