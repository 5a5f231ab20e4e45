"""What is on offer, and by whom."""

from datetime import date

from django.db.models import F, Q, QuerySet

from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering


def on_offer(on: date) -> QuerySet[Offering]:
    """What the public may ask for on that day, with doctor, visit type and location.

    Active offerings of active visit types by listed, working doctors at active
    locations; those that are booked by phone only too.
    """
    return (
        Offering.objects.select_related("doctor", "visit_type", "location")
        .filter(
            Q(doctor__joined_date=None) | Q(doctor__joined_date__lte=on),
            Q(doctor__left_date=None) | Q(doctor__left_date__gt=on),
            doctor__is_listed=True,
            is_active=True,
            visit_type__is_active=True,
            location__is_active=True,
        )
        .order_by("visit_type_id", F("location__name"), "pk")
    )


def offerings_of(doctor: Doctor) -> QuerySet[Offering]:
    """What one doctor offers, also what cannot be booked for now because the visit type
    or the location is closed."""
    rows = Offering.objects.select_related("visit_type", "location", "room")
    return rows.filter(doctor=doctor, is_active=True).order_by(
        "visit_type__name", "location__name", "pk"
    )
