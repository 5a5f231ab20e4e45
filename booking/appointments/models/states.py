from datetime import timedelta

from django.db import models

HOLD_MINUTES = 15
HOLD = timedelta(minutes=HOLD_MINUTES)


class Status(models.TextChoices):
    HELD = "HELD", "Awaiting payment"
    REQUESTED = "REQUESTED", "Requested"
    CONFIRMED = "CONFIRMED", "Booked"
    ARRIVED = "ARRIVED", "Arrived"
    IN_CONSULTATION = "IN_CONSULTATION", "With doctor"
    COMPLETED = "COMPLETED", "Done"
    DECLINED = "DECLINED", "Declined"
    EXPIRED = "EXPIRED", "Expired"
    CANCELLED = "CANCELLED", "Cancelled"
    MISSED = "MISSED", "Missed"


# These hold the doctor's, the patient's and the room's time.
LIVE = (
    Status.HELD,
    Status.REQUESTED,
    Status.CONFIRMED,
    Status.ARRIVED,
    Status.IN_CONSULTATION,
)


class Party(models.TextChoices):
    """Who acted, as far as the rules on money care."""

    PATIENT = "PATIENT", "Patient"
    CLINIC = "CLINIC", "Clinic"
