"""Getting back in when every second factor is lost."""

from django.db import models

from accounts.users.models import User
from foundation.models import Public, Timestamped


class Reset(Public, Timestamped):
    """A way to begin anew without the lost factors, by a one-time link.

    The link is the row's id, signed; it takes the factors away and signs nobody in.
    """

    class Ground(models.TextChoices):
        WAITED = "WAITED", "Asked by the person, after waiting"
        SEEN = "SEEN", "The desk checked who they are"
        STAFF = "STAFF", "Started by an administrator"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="resets")
    ground = models.CharField(max_length=10, choices=Ground)
    started_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    approved_by = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="+"
    )
    needs_approval = models.BooleanField(default=False)
    works_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(used_at=None, cancelled_at=None),
                name="reset_one_open_per_user",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("started_by")),
                name="reset_needs_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_ground_display()} ({self.created_at:%d %b %Y})"
