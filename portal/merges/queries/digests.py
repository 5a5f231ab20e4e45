"""What a row looks like, in one number: whether it was changed is seen by comparing."""

from collections.abc import Collection
from typing import Any

from django.db import connection, models
from psycopg import sql

from foundation.encryption.fields import EncryptedTextField


def digests(model: type[models.Model], keys: Collection[int]) -> dict[int, str]:
    """SHA-256 (hex) of these rows of a table, by key. One query, none without keys."""
    if not keys:
        return {}
    # Sealed columns stay out: new keys write them anew. What changes their words also
    # changes the time of the last change.
    sealed = [
        field.column
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]
    statement: Any = sql.SQL(
        "SELECT held.id, encode(sha256(convert_to((to_jsonb(held) - %s::text[])::text,"
        " 'UTF8')), 'hex') FROM {} AS held WHERE held.id = ANY(%s)"
    ).format(sql.Identifier(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [sealed, list(keys)])
        return dict(cursor.fetchall())
