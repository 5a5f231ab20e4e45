"""Changing what is known about specialties."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from accounts.users.models import User
from audit.services import record
from clinic.specialties.models import Specialty
from clinic.specialties.queries import holders
from foundation.errors import Refused
from foundation.slugs import free_slug


class StillHeld(Refused):
    sentence = "Doctors who work here hold this specialty. Change theirs first."


class SpecialtyClosed(Refused):
    sentence = "This specialty is closed. Open it again first, or choose another."


@transaction.atomic
def save_specialty(
    *, actor: User | None, specialty: Specialty | None, **fields: Any
) -> Specialty:
    """Add a specialty (`specialty` None) or change the words for one. Its slug is made
    of the first name and stays, because links and pages lead there."""
    added = specialty is None
    if specialty is None:
        slug = free_slug(Specialty.objects.all(), fields["name"], "specialty")
        specialty = Specialty(slug=slug)
    for name, value in fields.items():
        setattr(specialty, name, value)
    specialty.save()
    record(
        actor=actor,
        verb="specialty.added" if added else "specialty.changed",
        subject=specialty,
    )
    return specialty


@transaction.atomic
def close_specialty(*, actor: User, specialty: Specialty, today: date) -> None:
    """Nobody can be given it any more. Doctors who left keep it as history.

    `today` is the clinic's. Locks the specialty. Raises StillHeld, with their names.
    """
    specialty = Specialty.objects.select_for_update().get(pk=specialty.pk)
    names = [doctor.full_name for doctor in holders(specialty, today=today)]
    if names:
        raise StillHeld(_held_by(names))
    specialty.is_active = False
    specialty.save(update_fields=["is_active"])
    record(actor=actor, verb="specialty.closed", subject=specialty)


@transaction.atomic
def reopen_specialty(*, actor: User, specialty: Specialty) -> None:
    """Doctors can be given it again."""
    specialty.is_active = True
    specialty.save(update_fields=["is_active"])
    record(actor=actor, verb="specialty.reopened", subject=specialty)


def _held_by(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    if len(names) > 3:
        shown = f"{shown} and {len(names) - 3} more"
    verb = "holds" if len(names) == 1 else "hold"
    return (
        f"{shown} {verb} it. Change their specialties first; until then patients find "
        "them under it."
    )


def refuse_closed(
    wanted: Iterable[Specialty], *, held: Iterable[Specialty] = ()
) -> None:
    """Lock the wanted specialties until the commit and raise SpecialtyClosed if one of
    them is closed, unless it is among the `held`."""
    rows = Specialty.objects.select_for_update().filter(
        pk__in=[one.pk for one in wanted]
    )
    kept = {one.pk for one in held}
    for one in rows.order_by("pk"):
        if not one.is_active and one.pk not in kept:
            raise SpecialtyClosed(
                f"{one.name} is closed. Open it again first, or choose another."
            )


def set_topics(*, specialty_id: int, topics: list[str]) -> None:
    """Note what the specialty treats, in patients' words. Pushed down by the site when
    the page about it goes live, changes or is taken off."""
    Specialty.objects.filter(pk=specialty_id).exclude(topics=topics).update(
        topics=topics
    )
