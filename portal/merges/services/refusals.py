"""Why two records can't be made one, or parted, each with a sentence for people."""

from accounts.models import Patient, User
from booking.availability.services import lock_calendars
from foundation.errors import Refused
from portal.merges.permissions import can_merge

SHORTEST_REASON = 20


class NotAllowed(Refused):
    sentence = "Only the desk of a place where both are known can do this."


class NoReason(Refused):
    sentence = "Say why, in a sentence of your own"


class MergedAlready(Refused):
    sentence = "One of these records was merged meanwhile. Look at the list again."


class InTheWay(Refused):
    """Something has to be settled first; the sentence says what."""


class TooLate(Refused):
    sentence = "The time in which this could be undone is over."


class UndoneAlready(Refused):
    sentence = "This was undone already."


def lock_both(one: Patient, other: Patient) -> dict[int, Patient]:
    """Both records by key, locked and read anew: first their calendars, as whoever
    books does, then the rows in the order of their keys. So no two who do this wait for
    each other, and whoever writes about one of them waits until it is done."""
    keys = [one.pk, other.pk]
    lock_calendars(patient_ids=keys)
    rows = Patient.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


def check(actor: User, kept: Patient, merged: Patient, reason: str) -> None:
    """Raises NotAllowed and NoReason."""
    if not (can_merge(actor, kept) and can_merge(actor, merged)):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
