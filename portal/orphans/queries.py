"""Which clinical files does nobody name?

A file is saved before the row that names it, so that no row ever names nothing. What is
killed in between leaves a sealed file that nobody can find, open or erase.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.files.storage import storages
from django.db import models

from foundation.encryption.storage import EncryptedStorage

# A file that is being added gets its row within minutes.
YOUNG = timedelta(days=1)
AT_ONCE = 500


def file_fields() -> list[tuple[type[models.Model], models.FileField]]:
    """Every column of the house that names files. Also those of other storages: a name
    too many only keeps a file."""
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField)
    ]


def named(names: Iterable[str]) -> set[str]:
    """Those of `names` that a row names. One query for each column."""
    wanted = list(names)
    found: set[str] = set()
    for model, field in file_fields():
        rows = model._base_manager.filter(**{f"{field.name}__in": wanted})
        found |= set(rows.values_list(field.name, flat=True))
    return found


def orphans(*, at: datetime) -> Iterator[str]:
    """Names of clinical files, or of keys without a file, that are older than a day and
    that no row names.

    The storage is listed first and the rows are asked after, so that what gets its row
    meanwhile is seen. Raises Away where the storage does not answer.
    """
    storage: Any = storages["clinical"]
    if not isinstance(storage, EncryptedStorage):
        return
    held = storage.held()
    while names := list(islice(held, AT_ONCE)):
        for name in sorted(set(names) - named(names)):
            written = storage.written_at(name)
            if written is not None and written <= at - YOUNG:
                yield name
