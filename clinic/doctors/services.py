"""Changing the facts about doctors."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.users.models import User
from audit.services import record
from clinic.doctors.models import Doctor
from clinic.specialties.services import refuse_closed
from foundation.events import publish
from foundation.slugs import free_slug


@transaction.atomic
def save_doctor(
    *, actor: User, doctor: Doctor | None, specialties: Any, **fields: Any
) -> Doctor:
    """Add a doctor (`doctor` None) or change the facts about one.

    A leaving date takes their free times away from that day on; visits booked for
    later stay until somebody moves or cancels them. Locks the specialties, so that none
    is closed meanwhile. Raises SpecialtyClosed for one that they did not hold before.
    """
    added = doctor is None
    refuse_closed(specialties, held=doctor.specialties.all() if doctor else [])
    if doctor is None:
        name = f"dr-{fields['first_name']}-{fields['last_name']}"
        doctor = Doctor(slug=free_slug(Doctor.objects.all(), name, "doctor"))
    for name, value in fields.items():
        setattr(doctor, name, value)
    doctor.save()
    doctor.specialties.set(specialties)
    record(
        actor=actor,
        verb="doctor.added" if added else "doctor.changed",
        subject=doctor,
    )
    return doctor


def set_left_date(*, actor: User, doctor: Doctor, left_date: date | None) -> None:
    """The first day no longer here, as `save_doctor` would; None: they stay."""
    doctor.left_date = left_date
    doctor.save(update_fields=["left_date", "updated_at"])
    record(actor=actor, verb="doctor.changed", subject=doctor)


@transaction.atomic
def pause_doctor(
    *, actor: User | None, doctor: Doctor, paused_date: date | None
) -> None:
    """Offer no new times from `paused_date` on; None offers them again. What is booked
    stays booked. Locks the doctor; saying the same again changes nothing. Publishes
    clinic.doctor_paused."""
    doctor = Doctor.objects.select_for_update().get(pk=doctor.pk)
    if doctor.paused_date == paused_date:
        return
    doctor.paused_date = paused_date
    doctor.save(update_fields=["paused_date", "updated_at"])
    verb = "doctor.paused" if paused_date else "doctor.resumed"
    record(actor=actor, verb=verb, subject=doctor)
    if paused_date:
        publish("clinic.doctor_paused", doctor_id=doctor.pk)


def set_public_face(
    *, doctor_id: int, page_path: str, photo_url: str, topics: list[str]
) -> None:
    """Note where the public finds the doctor's page, their photo (paths on this site;
    empty: none) and what the page says they can help with. Pushed down by the site when
    the page goes live, changes or is taken off, so that lists and messages can use it.
    Not a change of facts: no audit."""
    face = {"page_path": page_path, "photo_url": photo_url, "topics": topics}
    Doctor.objects.filter(pk=doctor_id).exclude(**face).update(**face)


def set_reviews(*, doctor_id: int, count: int, average: Decimal | None) -> None:
    """Note what everybody may know of a doctor's reviews; (0, None) where there are too
    few. Pushed down by the care wing. Not a change of facts: no audit."""
    known = {"review_count": count, "review_average": average}
    Doctor.objects.filter(pk=doctor_id).exclude(**known).update(**known)
