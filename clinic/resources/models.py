from django.db import models

from foundation.models import Public


class Room(Public):
    """A room that holds one visit at a time."""

    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="rooms"
    )
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"], name="room_name_once_per_location"
            )
        ]

    def __str__(self) -> str:
        return self.name
