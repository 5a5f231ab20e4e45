from django.db import models


class Tally(models.Model):
    """How often somebody, or an address, did one kind of thing in one span of time.

    In the database, so that all processes count together. The key is a hash: the table
    says of nobody what they did.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at:%H:%M:%S}"
