"""What people say about a doctor, and whom to ask about their visit."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Avg, Count, Q

from booking.appointments.models import Appointment, Status
from booking.reviews.models import Answer, Review, ReviewAsk, Waited
from clinic.doctors.models import Doctor
from foundation.formats import local, month_year

_SALT = "booking.reviews"
# A link in a message works for so long after the visit; the portal's page does not end.
LINK_DAYS = 60
# Whom nobody asked in this time, because the worker was down, is not asked any more.
ASK_WITHIN = timedelta(days=7)
MOST_SHOWN = 10


def review_token(visit: Appointment) -> str:
    """The signed part of the address at which this visit can be reviewed without
    signing in."""
    until = int((visit.ends_at + timedelta(days=LINK_DAYS)).timestamp())
    encoded = signing.b64_encode(visit.public_id.bytes).decode()
    return signing.Signer(salt=_SALT).sign(f"{encoded}.{until:x}")


def read_review_token(token: str, *, at: datetime) -> Appointment | None:
    """The visit, done, that a link is about; None if it is forged, over, or the visit
    was not had after all."""
    try:
        content = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    encoded, until = content.split(".")
    if at.timestamp() >= int(until, 16):
        return None
    public_id = uuid.UUID(bytes=signing.b64_decode(encoded.encode()))
    rows = Appointment.objects.filter(status=Status.COMPLETED, patient__isnull=False)
    rows = rows.select_related("doctor", "location", "patient")
    return rows.filter(public_id=public_id).first()


def review_of(visit: Appointment) -> Review | None:
    """What was said about a visit, if anything."""
    return Review.objects.filter(appointment=visit).first()


def unasked_visits(*, at: datetime, limit: int) -> list[int]:
    """Keys of the visits that were had REVIEW_ASK_DAYS ago, about which nobody was
    asked and nobody has written; the oldest first."""
    due = at - timedelta(days=settings.REVIEW_ASK_DAYS)
    rows = Appointment.objects.filter(
        status=Status.COMPLETED,
        patient__isnull=False,
        patient__merged_into=None,
        ends_at__lte=due,
        ends_at__gt=due - ASK_WITHIN,
        # There is an index of starts, and no visit is longer than a day.
        starts_at__range=(due - ASK_WITHIN - timedelta(days=1), due),
        review=None,
    ).exclude(pk__in=ReviewAsk.objects.values("appointment_id"))
    return list(rows.order_by("ends_at", "pk").values_list("pk", flat=True)[:limit])


@dataclass(frozen=True)
class Fact:
    """How many in a hundred said so."""

    words: str
    percent: int


@dataclass(frozen=True)
class Shown:
    """One review as the public reads it: when, and never who."""

    stars: int
    month: str
    comment: str
    reply: str


@dataclass(frozen=True)
class Opinion:
    """What people say about one doctor: facts first, then stars."""

    count: int
    average: Decimal
    facts: list[Fact]
    reviews: list[Shown]


Standing = tuple[int, Decimal | None]


def standing(doctor_id: int) -> Standing:
    """How many reviews of a doctor are shown, and their average to one place; (0, None)
    below REVIEWS_SHOWN_FROM, where a few would say who said it."""
    rows = Review.objects.filter(doctor=doctor_id)
    return standings(rows).get(doctor_id, (0, None))


def standings(rows: Any) -> dict[int, Standing]:
    """The same of all doctors of whom there are enough, by key. One query."""
    least = max(settings.REVIEWS_SHOWN_FROM, 1)
    found = rows.filter(status=Review.Status.SHOWN).order_by().values("doctor_id")
    found = found.annotate(count=Count("pk"), average=Avg("stars"))
    return {
        row["doctor_id"]: (
            row["count"],
            Decimal(row["average"]).quantize(Decimal("0.1")),
        )
        for row in found.filter(count__gte=least)
    }


def opinion(doctor: Doctor) -> Opinion | None:
    """What the public reads about a doctor; None below the floor. Two queries."""
    if not doctor.review_count or doctor.review_average is None:
        return None
    rows = Review.objects.filter(doctor=doctor, status=Review.Status.SHOWN)
    yes = rows.aggregate(
        count=Count("pk"),
        listened=Count("pk", filter=Q(listened=Answer.YES)),
        again=Count("pk", filter=Q(again=Answer.YES)),
        waited=Count("pk", filter=Q(waited__in=[Waited.ON_TIME, Waited.QUARTER])),
    )
    return Opinion(
        count=doctor.review_count,
        average=doctor.review_average,
        facts=[
            Fact("felt listened to", _percent(yes["listened"], yes["count"])),
            Fact("would come again", _percent(yes["again"], yes["count"])),
            Fact("waited 15 minutes at most", _percent(yes["waited"], yes["count"])),
        ],
        reviews=[_shown(row) for row in _newest(rows)],
    )


def _newest(rows: Any) -> Any:
    """The newest with words, without the visit's people: nobody of them is shown."""
    newest = rows.exclude(words="").order_by("-written_at", "-pk")
    return newest.values_list(
        "stars",
        "words",
        "reply",
        "appointment__starts_at",
        "appointment__location__time_zone",
    )[:MOST_SHOWN]


def _shown(row: Any) -> Shown:
    stars, comment, reply, starts_at, zone = row
    return Shown(stars, month_year(local(starts_at, zone)), comment, reply)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
