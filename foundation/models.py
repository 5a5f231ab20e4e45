"""Abstract bases. They own no tables."""

import uuid

from django.db import models


class Public(models.Model):
    """A row whose address may be seen by people.

    `public_id` is a random UUID (version 4), so that an address gives away neither
    the number of rows nor its neighbours. Integer keys never leave the database.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Timestamped(models.Model):
    """A row that knows when it was made and last saved (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
