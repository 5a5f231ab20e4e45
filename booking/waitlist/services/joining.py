"""Waiting, and waiting no more."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.patients.models import Patient
from accounts.proxies.models import Scope
from accounts.proxies.services import hold_acting
from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import doctors_seen
from booking.appointments.services import takes_time
from booking.waitlist.models import FreedTime, Offer, WaitlistEntry
from booking.waitlist.queries import can_be_sooner, waited_for, whole_entries
from booking.waitlist.services.moving import move
from booking.waitlist.services.refusals import (
    ByPhone,
    NobodyOffers,
    NotForNew,
    NotSooner,
    WaitsForEnough,
)
from booking.waitlist.services.telling import tell_ended, tell_joined
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.specialties.models import Specialty
from clinic.visit_types.models import VisitType
from foundation.formats import local
from foundation.jobs import enqueue
from foundation.sql import insert_row

MOST = 10
SWEEP = 500
# A date is over when it is over on every clock on Earth.
LAST_CLOCK = timedelta(hours=12)


@dataclass(frozen=True)
class Wishes:
    """What else somebody asks for; empty: it does not matter."""

    location: Location | None = None
    weekdays: Iterable[int] = ()
    parts: Iterable[str] = ()
    earliest_date: date | None = None
    latest_date: date | None = None
    notice_hours: int = 2


@transaction.atomic
def join_waitlist(
    *,
    actor: Any,
    patient: Patient,
    visit_type: VisitType,
    wishes: Wishes,
    at: datetime,
    doctor: Doctor | None = None,
    specialty: Specialty | None = None,
    by_desk: bool = False,
) -> WaitlistEntry:
    """Put a patient on the list for a doctor or a specialty, and tell them so.

    Whoever waits for that already changes what they wish, and keeps their place. Not
    `by_desk` the actor is the patient or acts for them. Raises NotActing, ByPhone,
    NobodyOffers, NotForNew, WaitsForEnough.
    """
    if not by_desk:
        hold_acting(actor=actor, patient=patient, scope=Scope.BOOK)
    _check_offered(
        patient, visit_type, wishes, doctor=doctor, specialty=specialty, at=at
    )
    entry = WaitlistEntry(
        patient=patient,
        doctor=doctor,
        specialty=specialty,
        visit_type=visit_type,
        **_fields(wishes),
    )
    return _join(entry, actor=actor, at=at)


@transaction.atomic
def wait_for_sooner(*, actor: Any, visit: Appointment, at: datetime) -> WaitlistEntry:
    """Wait for an earlier time than `visit`, with its doctor, at its place. Raises
    NotActing, NotSooner, WaitsForEnough."""
    visit = (
        Appointment.objects.select_related(
            "patient__user", "doctor", "visit_type", "location"
        )
        .select_for_update(of=("self",))
        .get(pk=visit.pk)
    )
    if visit.patient is None or not can_be_sooner(visit, at=at):
        raise NotSooner
    hold_acting(actor=actor, patient=visit.patient, scope=Scope.BOOK)
    is_there = visit.visit_type.mode == VisitType.Mode.IN_PERSON
    last = local(visit.starts_at, visit.location.time_zone).date()
    entry = WaitlistEntry(
        patient=visit.patient,
        doctor=visit.doctor,
        visit_type=visit.visit_type,
        replaces=visit,
        location=visit.location if is_there else None,
        latest_date=last,
    )
    return _join(entry, actor=actor, at=at)


def _fields(wishes: Wishes) -> dict[str, Any]:
    return {
        "location": wishes.location,
        "weekdays": sorted({int(day) for day in wishes.weekdays}),
        "parts": sorted({str(part) for part in wishes.parts}),
        "earliest_date": wishes.earliest_date,
        "latest_date": wishes.latest_date,
        "notice_hours": wishes.notice_hours,
    }


def _check_offered(
    patient: Patient,
    visit_type: VisitType,
    wishes: Wishes,
    *,
    doctor: Doctor | None,
    specialty: Specialty | None,
    at: datetime,
) -> None:
    if visit_type.booking_policy == VisitType.BookingPolicy.CALL:
        raise ByPhone
    rows = waited_for(at).filter(visit_type=visit_type)
    if doctor is not None:
        rows = rows.filter(doctor=doctor)
    if specialty is not None:
        rows = rows.filter(doctor__specialties=specialty)
    if wishes.location is not None:
        rows = rows.filter(location=wishes.location)
    found = list(rows)
    if not found:
        raise NobodyOffers
    seen = doctors_seen(patient)
    if visit_type.new_patients_only and seen:
        raise NotForNew
    if not any(one.doctor.takes_new_patients or one.doctor_id in seen for one in found):
        raise NotForNew


def _join(entry: WaitlistEntry, *, actor: Any, at: datetime) -> WaitlistEntry:
    entry.joined_at = at
    entry.joined_by = actor if getattr(actor, "pk", None) else None
    # One patient's lists grow one after the other, so that ten are ten.
    Patient.objects.select_for_update(no_key=True).get(pk=entry.patient_id)
    waiting = WaitlistEntry.objects.active().filter(patient=entry.patient_id)
    same = waiting.filter(
        doctor=entry.doctor_id,
        specialty=entry.specialty_id,
        visit_type=entry.visit_type_id,
        replaces=entry.replaces_id,
    ).first()
    if same is not None:
        return _change(same, entry, actor=actor)
    if waiting.count() >= MOST:
        raise WaitsForEnough
    insert_row(entry)
    record(actor=actor, verb="waitlist.joined", subject=entry, patient=entry.patient)
    tell_joined(entry=entry, at=at)
    return entry


def _change(same: WaitlistEntry, wanted: WaitlistEntry, *, actor: Any) -> WaitlistEntry:
    names = [field.name for field in fields(Wishes)]
    if any(getattr(same, name) != getattr(wanted, name) for name in names):
        for name in names:
            setattr(same, name, getattr(wanted, name))
        same.save(update_fields=[*names, "updated_at"])
        record(
            actor=actor, verb="waitlist.changed", subject=same, patient=wanted.patient
        )
    return same


@takes_time
def leave_waitlist(*, actor: Any, entry: WaitlistEntry, at: datetime) -> WaitlistEntry:
    """Wait no more. What they were being offered goes on to the next at once. Leaving
    twice changes nothing."""
    # Freed times before entries and offers, as everybody locks them.
    offered = FreedTime.objects.filter(
        offers__entry=entry, offers__status=Offer.Status.OPEN
    )
    list(FreedTime.objects.filter(pk__in=offered).select_for_update().order_by("pk"))
    entry = _locked(entry)
    if entry.status != WaitlistEntry.Status.ACTIVE:
        return entry
    move(entry, WaitlistEntry.Status.WITHDRAWN, ended_at=at)
    for offer in entry.offers.filter(status=Offer.Status.OPEN).select_for_update():
        move(offer, Offer.Status.WITHDRAWN, answered_at=at)
        enqueue("booking.waitlist.tasks.offer_next", freed_id=offer.freed_id)
    record(actor=actor, verb="waitlist.left", subject=entry, patient=entry.patient)
    return entry


def _locked(entry: WaitlistEntry) -> WaitlistEntry:
    rows = whole_entries(WaitlistEntry.objects.all())
    return rows.select_for_update(of=("self",)).get(pk=entry.pk)


def end_lapsed_entries(*, at: datetime) -> int:
    """End those whose last day is over, and those whose visit cannot be swapped any
    more; returns how many. One who is being offered a time keeps it until they have
    answered. Whoever waited in vain is told."""
    over = Q(latest_date__lt=(at - LAST_CLOCK).date())
    gone = Q(replaces__isnull=False) & (
        ~Q(replaces__status__in=[Status.CONFIRMED, Status.REQUESTED])
        | Q(replaces__starts_at__lte=at)
    )
    rows = WaitlistEntry.objects.active().filter(over | gone)
    rows = rows.exclude(offers__status=Offer.Status.OPEN)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:SWEEP])
    return sum(_end(pk, at) for pk in keys)


@transaction.atomic
def _end(pk: int, at: datetime) -> bool:
    rows = whole_entries(WaitlistEntry.objects.active()).select_related("patient__user")
    entry = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if entry is None or entry.offers.filter(status=Offer.Status.OPEN).exists():
        return False
    move(entry, WaitlistEntry.Status.EXPIRED, ended_at=at)
    record(actor=None, verb="waitlist.ended", subject=entry, patient=entry.patient)
    # Of a visit that was cancelled or has begun they know.
    if entry.replaces_id is None:
        tell_ended(entry=entry, at=at)
    return True
