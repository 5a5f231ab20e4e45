"""What a disruption hits, and who runs late."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from booking.appointments.models import (
    Appointment,
    AppointmentQuerySet,
    Party,
    Status,
)
from booking.availability.queries import open_periods
from booking.disruptions.models import Disruption
from clinic.doctors.models import Doctor
from clinic.locations.models import Location

# By the keys of the doctor and of the location, None for everywhere.
Delays = dict[tuple[int, int | None], Disruption]

# What is cancelled when the doctor is away. Who has arrived stands in front of
# somebody, who talks to them.
_TO_CANCEL = (Status.REQUESTED, Status.CONFIRMED, Status.HELD)
_STILL_TO_COME = (Status.CONFIRMED, Status.ARRIVED)


def _hit_by(disruption: Disruption) -> Q:
    """The doctor's visits that touch its span, where it holds."""
    hit = Q(
        doctor=disruption.doctor_id,
        starts_at__lt=disruption.ends_at,
        ends_at__gt=disruption.starts_at,
    )
    if disruption.location_id is not None:
        hit &= Q(location=disruption.location_id)
    return hit


def still_booked(disruption: Disruption, *, at: datetime) -> AppointmentQuerySet:
    """The visits that the doctor's absence still has to cancel: booked before it was
    known. What somebody booked since is a decision of somebody's."""
    rows = Appointment.objects.upcoming(at).filter(
        _hit_by(disruption),
        created_at__lte=disruption.made_at,
        status__in=_TO_CANCEL,
        patient__isnull=False,
    )
    return rows.order_by("starts_at", "pk")


def cancelled_by(disruption: Disruption) -> AppointmentQuerySet:
    """The visits that it has cancelled, in order of time."""
    rows = Appointment.objects.filter(
        _hit_by(disruption),
        status=Status.CANCELLED,
        cancelled_by=Party.CLINIC,
        cancelled_at__gte=disruption.made_at,
        patient__isnull=False,
    )
    return rows.order_by("starts_at", "pk")


def here_now(disruption: Disruption, *, at: datetime) -> AppointmentQuerySet:
    """Who has come already, and is not cancelled: somebody talks to them."""
    return Appointment.objects.upcoming(at).filter(
        _hit_by(disruption),
        status__in=(Status.ARRIVED, Status.IN_CONSULTATION),
    )


def delayed(disruption: Disruption, *, at: datetime) -> AppointmentQuerySet:
    """The visits that a delay is about: still to come in its span, where it was said
    of. Another one may hold for them instead: ask `delay_among`."""
    rows = Appointment.objects.filter(
        doctor=disruption.doctor_id,
        starts_at__gt=at,
        starts_at__lt=disruption.ends_at,
        status=Status.CONFIRMED,
        patient__isnull=False,
    )
    if disruption.location_id is not None:
        rows = rows.filter(location=disruption.location_id)
    return rows


def delays_of(doctor_ids: Iterable[int], *, at: datetime) -> Delays:
    """By how much each of these doctors runs late at `at`, and where; those who do not
    are left out. One query."""
    rows = Disruption.objects.delays(at).filter(doctor__in=list(doctor_ids))
    found = rows.select_related("location").order_by("location__name")
    return {(row.doctor_id, row.location_id): row for row in found}


def delay_among(delays: Delays, visit: Any) -> Disruption | None:
    """Which of these delays holds for a visit that is still to come: the one of its
    location before the one of everywhere."""
    if visit.status not in _STILL_TO_COME:
        return None
    here = delays.get((visit.doctor_id, visit.location_id))
    delay = here or delays.get((visit.doctor_id, None))
    if delay is None or not delay.starts_at <= visit.starts_at < delay.ends_at:
        return None
    return delay


def delay_of(visit: Any, *, at: datetime) -> Disruption | None:
    """The delay of a visit that is still to come today, for its own page."""
    if visit.status not in _STILL_TO_COME:
        return None
    return delay_among(delays_of([visit.doctor_id], at=at), visit)


def place_of_now(doctor: Doctor, *, until: datetime, at: datetime) -> Location | None:
    """Where the doctor works at `at`, else where next before `until`, as their hours
    say; without hours, where their next visit is. None: nowhere any more."""
    places = Location.objects.filter(offerings__doctor=doctor, is_active=True)
    pairs = [(doctor.pk, pk) for pk in set(places.values_list("pk", flat=True))]
    opened = open_periods(pairs, starts_at=at, ends_at=until) if pairs else {}
    firsts = [(spans[0], place) for (_, place), spans in opened.items() if spans]
    if firsts:
        return Location.objects.get(pk=min(firsts)[1])
    visits = Appointment.objects.filter(
        doctor=doctor, starts_at__gt=at, starts_at__lt=until, status=Status.CONFIRMED
    )
    following = visits.select_related("location").order_by("starts_at").first()
    return following.location if following is not None else None


def going_on(*, at: datetime) -> list[Disruption]:
    """Absences that are not over, the oldest first: what a sweep goes through."""
    rows = Disruption.objects.filter(
        kind=Disruption.Kind.AWAY, ended_at=None, ends_at__gt=at
    )
    return list(rows.select_related("doctor").order_by("made_at"))
