"""How far a draft has come."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.models import Patient
from accounts.patients.queries import patient_of
from accounts.users.models import User
from booking.appointments.models import Appointment, Status
from booking.drafts.models import Draft
from booking.openings.queries import Opening
from clinic.visit_types.models import Offering


def own_patient(user: Any) -> Patient | None:
    """The patient that this visitor is, if they are signed in as one."""
    return patient_of(user) if isinstance(user, User) else None


def draft_patient(draft: Draft, user: Any) -> Patient | None:
    """Whom the draft is for, as far as we know them: the patient for whom somebody
    books, else the visitor as a patient."""
    return draft.for_patient or own_patient(user)


def is_over(appointment: Appointment) -> bool:
    """Whether the draft has done its work: more than a hold, however it ended."""
    return appointment.status not in (Status.HELD, Status.EXPIRED)


def has_time(draft: Draft, *, at: datetime) -> bool:
    """Whether the draft holds a time for the kind of visit that is wanted now."""
    held = draft.appointment
    return held is not None and _is_wanted(draft, held) and not _is_lapsed(held, at)


def has_lapsed(draft: Draft, *, at: datetime) -> bool:
    """Whether the time that the draft held ran out (and was not given back)."""
    held = draft.appointment
    return (
        held is not None
        and _is_wanted(draft, held)
        and held.hold_expires_at is not None
        and held.hold_expires_at <= at
    )


def _is_wanted(draft: Draft, held: Appointment) -> bool:
    return held.visit_type.slug == draft.answers.get("service")


def _is_lapsed(held: Appointment, at: datetime) -> bool:
    expires = held.hold_expires_at
    return held.status != Status.HELD or expires is None or expires <= at


def unfinished(drafts: QuerySet[Draft]) -> Draft | None:
    """The last of the drafts that has not led to a booking."""
    over = Q(appointment__isnull=False) & ~Q(
        appointment__status__in=[Status.HELD, Status.EXPIRED]
    )
    return drafts.exclude(over).order_by("-updated_at").first()


def held_opening(draft: Draft, offerings: Iterable[Offering]) -> Opening | None:
    """The draft's time with its offering; also one that has been let go."""
    kept = draft.appointment
    if kept is None:
        return None
    for one in offerings:
        same = (one.doctor_id, one.visit_type_id, one.location_id)
        if same == (kept.doctor_id, kept.visit_type_id, kept.location_id):
            return Opening(kept.starts_at, kept.ends_at, one)
    return None
