"""Two records side by side: what differs, what each holds, what stands in the way."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from accounts.models import EmergencyAccess, Patient, Restriction, User
from accounts.patients.services import CHANGEABLE
from accounts.proxies.models import Proxy
from accounts.users.models import Role
from booking.appointments.models import LIVE, Appointment
from booking.models import Offer, WaitlistEntry
from foundation.formats import short_date_time
from portal.erasures.models import OPEN, Erasure
from portal.legal_holds.models import LegalHold
from portal.merges.queries.rules import moving, title_of

# In the order of the page.
LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "birth_date": "Birth date",
    "sex": "Sex",
    "email": "E-mail address",
    "phone": "Phone",
    "address": "Address",
    "language": "Language",
    "time_zone": "Time zone",
    "picture": "Picture",
}
FACTS = tuple(LABELS)
if set(FACTS) != CHANGEABLE:
    raise ValueError("Each fact of an identity is compared.")


@dataclass(frozen=True)
class Fact:
    """One fact that differs, as it is in the record that stays and in the other."""

    name: str
    stays: str
    goes: str


@dataclass(frozen=True)
class Amount:
    """How many rows of one table each record has."""

    title: str
    stays: int
    goes: int


def differing(stays: Patient, goes: Patient) -> list[Fact]:
    """The facts of which at least one record says something else."""
    return [
        Fact(name, _shown(stays, name), _shown(goes, name))
        for name in FACTS
        if _value(stays, name) != _value(goes, name)
    ]


def value_of(patient: Patient, name: str) -> Any:
    """One fact as text, for keeping; a picture by its name in the storage."""
    value = _value(patient, name)
    return value.isoformat() if isinstance(value, date) else value


def _value(patient: Patient, name: str) -> Any:
    value = getattr(patient, name)
    return value.name or "" if name == "picture" else value


def _shown(patient: Patient, name: str) -> str:
    if name == "sex":
        return str(patient.get_sex_display())
    if name == "picture":
        return "A picture" if patient.picture else ""
    if name == "birth_date":
        return f"{patient.birth_date:%d %B %Y}".lstrip("0")
    return str(_value(patient, name))


def amounts(stays: Patient, goes: Patient) -> list[Amount]:
    """How much each record holds, table by table; empty ones stay away. One query a
    table, whatever they hold."""
    found = []
    for label, model in moving():
        rows = model._base_manager.filter(patient__in=[stays.pk, goes.pk])
        counts = dict(
            rows.order_by().values_list("patient_id").annotate(count=Count("pk"))
        )
        if counts:
            mine, theirs = counts.get(stays.pk, 0), counts.get(goes.pk, 0)
            found.append(Amount(title_of(label), mine, theirs))
    return found


def acting_for(patient: Patient, at: datetime) -> list[Proxy]:
    """Who acts for a patient now."""
    rows = Proxy.objects.in_force(at).filter(patient=patient)
    return list(rows.select_related("user").order_by("pk"))


def obstacles(stays: Patient, goes: Patient, *, at: datetime) -> list[str]:
    """Why the two can't be made one now, in sentences; empty: nothing is in the way."""
    both = [stays.pk, goes.pk]
    return [
        *_accounts(stays, goes),
        *_clashes(stays, goes),
        *_offered(both),
        *settled_first(both, at),
    ]


def _accounts(stays: Patient, goes: Patient) -> list[str]:
    if stays.user is None or goes.user is None or unused_of(stays, goes) is not None:
        return []
    return [
        "Both records have an account that is in use. Ask the patient which one they"
        " want to keep, and let them close the other."
    ]


def unused_of(stays: Patient, goes: Patient) -> User | None:
    """Of two accounts the one that nobody ever signed in to; that of the record that
    goes, where neither was used. Never one of somebody who works here."""
    for user in (goes.user, stays.user):
        if user is None or user.last_login is not None or user.sessions.exists():
            continue
        if not user.role_assignments.exclude(role=Role.PATIENT).exists():
            return user
    return None


def owner_after(stays: Patient, goes: Patient) -> User | None:
    """Who reads the record once the two are one: the account that is left."""
    unused = unused_of(stays, goes) if stays.user and goes.user else None
    left = (one for one in (stays.user, goes.user) if one and one != unused)
    return next(left, None)


def _clashes(stays: Patient, goes: Patient) -> list[str]:
    """Visits of both that share time: nobody is in two places. Held times count until
    they are taken back, which is a minute after they lapsed."""
    rows = Appointment.objects.filter(status__in=LIVE).select_related("location")
    mine = list(rows.filter(patient=stays).order_by("starts_at"))
    theirs = list(rows.filter(patient=goes).order_by("starts_at"))
    return [
        f"Both have a visit at the same time: {one.reference} and {other.reference},"
        f" {short_date_time(one.starts_at, one.location.time_zone, staff=True)}."
        " Cancel or move one of them first."
        for one in mine
        for other in theirs
        if one.starts_at < other.ends_at and one.ends_at > other.starts_at
    ]


def same_wishes(stays: Patient, goes: Patient) -> list[tuple[Any, Any]]:
    """Entries of the waiting list by which both wait for the same, as (stays, goes)."""

    def wish(entry: Any) -> tuple[Any, ...]:
        return (
            entry.doctor_id,
            entry.specialty_id,
            entry.visit_type_id,
            entry.replaces_id,
        )

    active = WaitlistEntry.objects.active()
    mine = {wish(entry): entry for entry in active.filter(patient=stays)}
    return [
        (mine[wish(entry)], entry)
        for entry in active.filter(patient=goes)
        if wish(entry) in mine
    ]


def _offered(both: list[int]) -> list[str]:
    """A time is being offered to one of them: who may answer must not change now."""
    open_now = Offer.objects.filter(status=Offer.Status.OPEN, entry__patient__in=both)
    if not open_now.exists():
        return []
    return [
        "A time from the waiting list is being offered to one of them. Wait until it is"
        " answered or over."
    ]


def settled_first(both: list[int], at: datetime) -> list[str]:
    """What medical administration decides about. Which of these it is, is theirs to
    know: the sentence is the same for all of them."""
    waits = Restriction.objects.filter(
        patient__in=both, status=Restriction.Status.ASKED
    )
    closed = Restriction.objects.in_force(at).filter(patient__in=both)
    later = Restriction.objects.filter(
        patient__in=both, status=Restriction.Status.STANDING, lifts_at=None
    )
    held = LegalHold.objects.active(at.date()).filter(patient__in=both)
    wishes = Erasure.objects.filter(patient__in=both)
    wishes = wishes.filter(status__in=[*OPEN, Erasure.Status.DONE])
    open_now = EmergencyAccess.objects.open_at(at).filter(patient__in=both)
    if any(rows.exists() for rows in (waits, closed, later, held, wishes)):
        return [
            "Something about one of these records has to be settled by medical"
            " administration first. Ask them."
        ]
    if open_now.exists():
        return [
            "One of these records is open in an emergency. Wait until that is over,"
            " within the hour."
        ]
    return []
