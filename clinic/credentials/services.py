"""Writing down what people hold, and warning before it ends."""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from audit.services import record
from clinic.credentials.models import Credential, CredentialWarning, LicenceRule
from clinic.credentials.permissions import can_manage
from clinic.credentials.queries import clinic_today, licences_end, stops_bookings
from clinic.doctors.models import Doctor
from clinic.doctors.services import pause_doctor
from foundation.errors import Refused
from foundation.events import publish


class NotYourOwn(Refused):
    sentence = "Somebody else who manages staff has to check your own papers."


@transaction.atomic
def save_credential(
    *,
    actor: User,
    user: User,
    at: datetime,
    credential: Credential | None = None,
    **fields: object,
) -> Credential:
    """Add what `user` holds, or change it; a renewed licence gives a doctor's new times
    back at once. Raises NotYourOwn."""
    row = credential or Credential(user=user)
    if not can_manage(actor, row):
        raise NotYourOwn
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    record(
        actor=actor,
        verb="credential.changed" if credential else "credential.added",
        subject=row,
        detail={"user_id": user.pk, "kind": row.kind},
    )
    follow_licences(actor=actor, at=at, only=user)
    return row


@transaction.atomic
def end_credential(*, actor: User, credential: Credential, at: datetime) -> None:
    """Take it off the list; the row stays. Raises NotYourOwn."""
    if not can_manage(actor, credential):
        raise NotYourOwn
    credential.ended_at = at
    credential.save(update_fields=["ended_at", "updated_at"])
    record(
        actor=actor,
        verb="credential.ended",
        subject=credential,
        detail={"user_id": credential.user_id, "kind": credential.kind},
    )
    follow_licences(actor=actor, at=at, only=credential.user)


@transaction.atomic
def set_licence_rule(*, actor: User, stops_bookings: bool, at: datetime) -> None:
    """Say what happens when a doctor's licence is over; it holds at once."""
    rule, _ = LicenceRule.objects.get_or_create(pk=1)
    if rule.stops_bookings != stops_bookings:
        rule.stops_bookings = stops_bookings
        rule.save()
        record(
            actor=actor,
            verb="licence_rule.changed",
            subject=rule,
            detail={"stops_bookings": stops_bookings},
        )
    follow_licences(actor=actor, at=at)


def follow_licences(
    *, actor: User | None, at: datetime, only: User | None = None
) -> None:
    """Take the new times of doctors away whose licence is over, and give them back to
    those whose is not; of all doctors, or of `only` one. What is booked stays booked.
    Publishes clinic.doctor_paused for each who is stopped."""
    today = clinic_today(at)
    doctors = Doctor.objects.exclude(user=None)
    if only is not None:
        doctors = doctors.filter(user=only)
    ends = licences_end(doctor.user_id for doctor in doctors if doctor.user_id)
    stops = stops_bookings()
    for doctor in doctors:
        last = ends.get(doctor.user_id or 0)
        is_over = stops and last is not None and last < today
        paused = last + timedelta(days=1) if is_over and last else None
        if paused != doctor.paused_date:
            pause_doctor(actor=actor, doctor=doctor, paused_date=paused)


@transaction.atomic
def warn_of_end(*, credential: Credential, days: int, valid_until: date) -> bool:
    """Claim that everybody is told once; whether it was us. Publishes
    clinic.credential_ends."""
    warning, created = CredentialWarning.objects.get_or_create(
        credential=credential, days=days, valid_until=valid_until
    )
    if created:
        publish("clinic.credential_ends", warning_id=warning.pk)
    return created
