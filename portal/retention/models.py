from django.db import models


class RetentionRun(models.Model):
    """One rule was carried out once: when, and of how many rows it disposed."""

    rule = models.CharField(max_length=20)
    at = models.DateTimeField()
    rows = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.rule}: {self.rows}"
