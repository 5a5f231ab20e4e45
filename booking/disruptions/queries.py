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
from booking.disruptions.models import Disruption

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
    """The visits that are later by a delay: still to come in its span."""
    return Appointment.objects.filter(
        doctor=disruption.doctor_id,
        starts_at__gt=at,
        starts_at__lt=disruption.ends_at,
        status=Status.CONFIRMED,
        patient__isnull=False,
    )


def delays_of(doctor_ids: Iterable[int], *, at: datetime) -> dict[int, Disruption]:
    """By how much each of these doctors runs late at `at`, by the doctor's key; those
    who do not are left out. One query."""
    rows = Disruption.objects.delays(at).filter(doctor__in=list(doctor_ids))
    return {row.doctor_id: row for row in rows}


def delay_of(visit: Any, *, at: datetime) -> Disruption | None:
    """The delay of a visit that is still to come today, for its own page."""
    if visit.status not in _STILL_TO_COME:
        return None
    rows = Disruption.objects.delays(at).filter(doctor=visit.doctor_id)
    return rows.filter(
        starts_at__lte=visit.starts_at, ends_at__gt=visit.starts_at
    ).first()


def going_on(*, at: datetime) -> list[Disruption]:
    """Absences that are not over, the oldest first: what a sweep goes through."""
    rows = Disruption.objects.filter(
        kind=Disruption.Kind.AWAY, ended_at=None, ends_at__gt=at
    )
    return list(rows.select_related("doctor").order_by("made_at"))
