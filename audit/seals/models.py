from django.contrib.postgres.fields import ArrayField
from django.db import models


class Seal(models.Model):
    """One link of the chain: the entries of one statement, in the order of commits.

    `digests` holds the SHA-256 of each entry, 32 bytes apiece; `hash` covers the link
    before, the position, the time, the ids and the digests. The database writes these
    rows by itself; nothing else may.
    """

    position = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    entries = ArrayField(models.BigIntegerField())
    digests = models.BinaryField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"Link {self.position}"
