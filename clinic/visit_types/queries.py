"""What is on offer, and by whom."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from clinic.doctors.models import Doctor
from clinic.resources.models import Room
from clinic.visit_types.models import Offering, VisitType
from foundation.formats import money, plural
from foundation.money import round_money


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


def notice_of(offering: Any) -> timedelta:
    """How long before its start a visit must be booked: what its type needs, and more
    where the location says so. Of an offering, or of a visit of one, with visit type
    and location; no query."""
    own = offering.location.notice_minutes or 0
    return timedelta(minutes=max(offering.visit_type.minimum_notice_minutes, own))


def horizon_of(offering: Offering) -> timedelta:
    """How far ahead it can be booked: as its type says, or less where the location says
    so. With visit type and location; no query."""
    days = offering.visit_type.horizon_days
    return timedelta(days=min(days, offering.location.horizon_days or days))


def lacking(visit_type: VisitType, room: Room | None) -> list[str]:
    """What the visit type needs of a room and this one does not offer, by name. No
    query where needs and capabilities were loaded before."""
    if room is None:
        return []
    has = room.capabilities.all()
    return sorted(need.name for need in visit_type.room_needs.all() if need not in has)


def offerings_of(doctor: Doctor) -> QuerySet[Offering]:
    """What one doctor offers, also what cannot be booked for now because the visit type
    or the location is closed."""
    rows = Offering.objects.select_related("visit_type", "location", "room")
    return rows.filter(doctor=doctor, is_active=True).order_by(
        "visit_type__name", "location__name", "pk"
    )


def follow_up_price(visit_type: VisitType, price: Decimal) -> Decimal:
    """What a follow-up costs where the visit costs `price`, in the smallest unit of the
    currency, and never more than that."""
    share = price * visit_type.follow_up_percent / 100
    return min(round_money(share, visit_type.currency), price)


def follow_up_line(visit_type: VisitType) -> str:
    """What the rule on follow-ups means, in a sentence; "" where there is none."""
    days = visit_type.follow_up_days
    if days is None or not visit_type.price:
        return ""
    price = follow_up_price(visit_type, visit_type.price)
    words = money(price, visit_type.currency, exact=True) if price else "nothing"
    full = money(visit_type.price, visit_type.currency, exact=True)
    whom = "the same doctor"
    if visit_type.follow_up_of == VisitType.FollowUpOf.SPECIALTY:
        whom = "a doctor of the same specialty"
    within = plural(days, "day")
    return f"Costs {words} instead of {full} within {within} of a visit with {whom}."
