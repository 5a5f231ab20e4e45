"""The state machine: a visit goes from one status to another, and each step is written
down and told."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.patients.models import Patient
from audit.services import record, record_along
from booking.appointments.models import LIVE, Appointment, Status, StatusChange
from booking.appointments.queries import fit_of, fits_at
from booking.appointments.services.refusals import (
    MoveRefused,
    PatientBusy,
    SlotTaken,
)
from booking.appointments.services.taking import sqlstate
from foundation.events import publish
from foundation.live import announce
from foundation.sql import Along, along, insert_row

# Without letters and digits that are mistaken for each other when read aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# PostgreSQL's names for what a race may end in.
_EXCLUSION = "23P01"
UNIQUE = "23505"
_FOLLOWED = "Another visit is the follow-up by now, so this one is none any more."
# Screens show the day of a place; what changes further off is nothing to them.
_ON_SCREENS = timedelta(hours=24)


def new_reference() -> str:
    """Six letters and digits that survive being read out, such as K7Q-2MX."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"{code[:3]}-{code[3:]}"


def note(
    appointment: Appointment,
    *,
    before: str,
    actor: Any,
    at: datetime,
    why: str = "",
    event: str | None = None,
) -> None:
    """Write down one change of status, here and in the audit; tell who listens."""
    change = _change_of(appointment, before=before, actor=actor, at=at, why=why)
    insert_row(change, along=[_entry_of(appointment, before=before, actor=actor)])
    tell_screens(appointment, at=at)
    if event is not None:
        publish(f"booking.{event}", appointment_id=appointment.pk)


def day_topic(location_id: int) -> str:
    """What screens of a place's day watch (`foundation.live`)."""
    return f"queue.{location_id}"


def tell_screens(appointment: Appointment, *, at: datetime) -> None:
    """Let open screens of the place ask anew, where the visit is about today. Times
    that are only held are nobody's visit yet."""
    if appointment.patient_id and abs(appointment.starts_at - at) < _ON_SCREENS:
        announce(day_topic(appointment.location_id))


def history_of(appointment: Appointment, *, actor: Any, at: datetime) -> list[Along]:
    """What is written down along with a new appointment: `note` without a row of its
    own. The appointment has its key already."""
    change = _change_of(appointment, before="", actor=actor, at=at)
    return [along(change), _entry_of(appointment, before="", actor=actor)]


def _change_of(
    appointment: Appointment, *, before: str, actor: Any, at: datetime, why: str = ""
) -> StatusChange:
    return StatusChange(
        appointment_id=appointment.pk,
        from_status=before,
        to_status=appointment.status,
        at=at,
        actor_id=getattr(actor, "pk", None),
        reason=why[:300],
    )


def _entry_of(appointment: Appointment, *, before: str, actor: Any) -> Along:
    return record_along(
        actor=actor,
        verb=f"appointment.{appointment.status.lower()}",
        subject=appointment,
        patient=_patient(appointment),
        detail={"from": before},
    )


def locked(appointment: Appointment) -> Appointment:
    """The appointment's row, locked and read anew. The object given stays as it is."""
    rows = Appointment.objects.select_for_update(of=("self",))
    return rows.select_related("doctor", "visit_type", "location").get(
        pk=appointment.pk
    )


def move(
    appointment: Appointment,
    to: str,
    *,
    actor: Any,
    at: datetime,
    why: str = "",
    event: str | None = None,
    **changes: Any,
) -> Appointment:
    """The one place where a status changes. The row is locked and fresh (`locked`).

    Sets `changes` with it; `why` is for the history. Raises MoveRefused for what MOVES
    lacks, SlotTaken where the move takes time that somebody else has.
    """
    before = appointment.status
    if to not in Appointment.MOVES.get(before, ()):
        raise MoveRefused
    if before not in LIVE and to in LIVE and _is_given_away(appointment, at=at):
        raise SlotTaken
    if before not in LIVE and to in LIVE:
        changes |= _fit_again(appointment, at=at)
    appointment.status = to
    for name, value in changes.items():
        setattr(appointment, name, value)
    appointment.sequence += 1
    _save(appointment, "status", "sequence", *changes, at=at)
    note(appointment, before=before, actor=actor, at=at, why=why, event=event)
    return appointment


def _is_given_away(appointment: Appointment, *, at: datetime) -> bool:
    """Whether time that comes back to a visit was overbooked meanwhile: the one case
    that no constraint sees, as what is overbooked may lie over another."""
    if appointment.is_overbooked:
        return False
    others = Appointment.objects.live(at).filter(
        doctor=appointment.doctor_id,
        is_overbooked=True,
        busy_starts_at__lt=appointment.busy_ends_at,
        busy_ends_at__gt=appointment.busy_starts_at,
    )
    return others.exists()


def _fit_again(appointment: Appointment, *, at: datetime) -> dict[str, Any]:
    """Another room or other equipment for a visit that takes its time again, where
    somebody has its own by now and any that suits will do."""
    kind = appointment.visit_type
    if not kind.needs_room and not kind.needs_equipment:
        return {}
    beside = Appointment.objects.live(at).filter(
        Q(room=appointment.room_id, room__isnull=False)
        | Q(equipment_ids__overlap=appointment.equipment_ids),
        busy_starts_at__lt=appointment.busy_ends_at,
        busy_ends_at__gt=appointment.busy_starts_at,
    )
    if not beside.exclude(pk=appointment.pk).exists():
        return {}
    fits = fits_at(
        [appointment.location_id],
        starts_at=appointment.busy_starts_at,
        ends_at=appointment.busy_ends_at,
        at=at,
    )
    fit = fit_of(appointment, fits, is_live=False)
    if fit is None:
        # The constraints say the rest.
        return {}
    return {"room_id": fit.room_id, "equipment_ids": list(fit.equipment_ids)}


def change(
    appointment: Appointment, *, actor: Any, at: datetime, verb: str, **changes: Any
) -> None:
    """Change a locked appointment within its status; `verb` goes into the audit.

    Raises SlotTaken as `move` does.
    """
    for name, value in changes.items():
        setattr(appointment, name, value)
    appointment.sequence += 1
    _save(appointment, "sequence", *changes, at=at)
    record(
        actor=actor,
        verb=f"appointment.{verb}",
        subject=appointment,
        patient=_patient(appointment),
    )
    tell_screens(appointment, at=at)


def _patient(appointment: Appointment) -> Patient | None:
    """For the audit, which wants only the key; the row itself would cost a query."""
    return Patient(pk=appointment.patient_id) if appointment.patient_id else None


def _save(appointment: Appointment, *fields: str, at: datetime) -> None:
    """Save, expiring lapsed holds that are in the way.

    Raises SlotTaken (or PatientBusy) where a constraint says that time is taken.
    """
    for last in (False, True):
        try:
            with transaction.atomic():
                appointment.save(update_fields=[*fields, "updated_at"])
            return
        except IntegrityError as error:
            if _constraint(error) == "one_follow_up_of_a_visit":
                raise SlotTaken(_FOLLOWED) from error
            if sqlstate(error) != _EXCLUSION:
                raise
            if last or not expire_beside(appointment, at=at):
                raise _taken(error) from error


def _constraint(error: IntegrityError) -> str:
    """The name of the constraint that says no."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _taken(error: IntegrityError) -> SlotTaken:
    if _constraint(error) == "patient_in_one_place":
        return PatientBusy()
    return SlotTaken()


def expire_beside(appointment: Appointment, *, at: datetime) -> int:
    """Expire the lapsed holds that share time with this visit's doctor, room,
    equipment or patient; returns how many. The caller has locked their calendars."""
    overlap = Q(
        busy_starts_at__lt=appointment.busy_ends_at,
        busy_ends_at__gt=appointment.busy_starts_at,
    )
    same = Q(doctor=appointment.doctor_id) & overlap
    if appointment.room_id is not None:
        same |= Q(room=appointment.room_id) & overlap
    if appointment.equipment_ids:
        same |= Q(equipment_ids__overlap=appointment.equipment_ids) & overlap
    if appointment.patient_id is not None:
        same |= Q(
            patient=appointment.patient_id,
            starts_at__lt=appointment.ends_at,
            ends_at__gt=appointment.starts_at,
        )
    lapsed = Appointment.objects.filter(
        same, status=Status.HELD, hold_expires_at__lte=at
    ).exclude(pk=appointment.pk)
    rows = list(lapsed.select_for_update().order_by("pk"))
    for row in rows:
        move(row, Status.EXPIRED, actor=None, at=at, event="hold_expired")
    return len(rows)


def expire_using(appointment: Appointment, *, at: datetime) -> int:
    """Expire the lapsed holds that follow the same visit as this one; returns how
    many."""
    lapsed = Appointment.objects.filter(
        follows=appointment.follows_id, status=Status.HELD, hold_expires_at__lte=at
    ).exclude(pk=appointment.pk)
    rows = list(lapsed.select_for_update().order_by("pk"))
    for row in rows:
        move(row, Status.EXPIRED, actor=None, at=at, event="hold_expired")
    return len(rows)


def is_live(appointment: Appointment, at: datetime) -> bool:
    """Whether it holds time: the row's form of `AppointmentQuerySet.live`."""
    return appointment.status in LIVE and not (
        appointment.status == Status.HELD
        and appointment.hold_expires_at is not None
        and appointment.hold_expires_at <= at
    )
