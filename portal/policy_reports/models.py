from django.db import models


class PolicyReport(models.Model):
    """What browsers were kept from doing on one kind of page, counted by day.

    Only the kind of page (its URL name), the rule and the blocked origin are kept: no
    addresses with names in them, no samples, nothing of the visitor.
    """

    day = models.DateField()
    page = models.CharField(max_length=100)
    directive = models.CharField(max_length=60)
    blocked = models.CharField(max_length=120)
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "page", "directive", "blocked"],
                name="policy_report_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.directive} on {self.page}"
