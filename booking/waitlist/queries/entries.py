"""Who waits, what they were offered, and how far up the line they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from accounts.patients.models import Patient
from booking.appointments.models import Appointment, Status
from booking.moves.models import Move
from booking.waitlist.models import (
    EntryQuerySet,
    FreedTime,
    Offer,
    WaitlistEntry,
    WaitlistRules,
)
from booking.waitlist.permissions import visible_at_work

_SALT = "booking.offer"
# One sweep is one job, which must end within a minute.
AT_ONCE = 300
# A visit that can be swapped for an earlier one.
_SWAPPED = (Status.CONFIRMED, Status.REQUESTED)


def rules() -> WaitlistRules:
    """The clinic's rules; the defaults, unsaved, where none were set."""
    return WaitlistRules.objects.filter(pk=1).first() or WaitlistRules(pk=1)


def whole_entries(rows: EntryQuerySet) -> EntryQuerySet:
    """With all that their words speak of."""
    return rows.select_related(
        "patient", "doctor", "specialty", "visit_type", "location", "replaces"
    )


def whole_offers() -> QuerySet[Offer]:
    """Offers with their time, its visit and their entry."""
    return Offer.objects.select_related(
        *("entry__patient__user", "entry__doctor", "entry__specialty"),
        *("entry__visit_type", "entry__location", "entry__replaces__location"),
        *("freed__hold", "freed__doctor", "freed__location"),
        *("offering__visit_type", "offering__doctor", "offering__location"),
    )


@dataclass(frozen=True)
class Place:
    """How many wait before somebody. `is_exact` is false where some of them may want
    other times, so that it can be quicker than the number says."""

    before: int
    is_exact: bool


def place_in_line(entry: WaitlistEntry) -> Place | None:
    """Where an active entry stands; None where a number would say nothing true: with
    wishes of its own, or for any doctor of a specialty. Two queries at most."""
    if entry.status != WaitlistEntry.Status.ACTIVE or not entry.is_unrestricted:
        return None
    doctor = entry.doctor
    if doctor is None:
        return None
    earlier = Q(joined_at__lt=entry.joined_at) | Q(
        joined_at=entry.joined_at, pk__lt=entry.pk
    )
    line = WaitlistEntry.objects.active().filter(
        earlier,
        Q(doctor=doctor) | Q(specialty__in=doctor.specialties.all()),
        visit_type=entry.visit_type_id,
    )
    before = line.exclude(patient=entry.patient_id).count()
    plain = Q(doctor=doctor, location=None, replaces=None, weekdays=[], parts=[])
    plain &= Q(earliest_date=None, latest_date=None)
    is_exact = not line.exclude(plain).exclude(patient=entry.patient_id).exists()
    return Place(before, is_exact)


def entries_of(patient: Patient) -> list[WaitlistEntry]:
    """What one patient waits for, the longest first."""
    rows = WaitlistEntry.objects.active().filter(patient=patient)
    return list(whole_entries(rows).order_by("joined_at", "pk"))


def open_offers_of(patients: Iterable[Patient], *, at: datetime) -> list[Offer]:
    """The times that these patients can take now, the first to lapse first."""
    rows = whole_offers().filter(
        entry__patient__in=list(patients), status=Offer.Status.OPEN, expires_at__gt=at
    )
    return list(rows.order_by("expires_at", "pk"))


def past_offers(entry: WaitlistEntry) -> list[Offer]:
    """What an entry was offered, the latest first."""
    rows = entry.offers.exclude(status=Offer.Status.SKIPPED).select_related(
        "freed__doctor", "freed__location", "offering__visit_type"
    )
    return list(rows.order_by("-offered_at", "-pk")[:20])


def waits_for_sooner(visit: Appointment) -> WaitlistEntry | None:
    """The entry by which somebody waits for an earlier time than this visit's."""
    return WaitlistEntry.objects.active().filter(replaces=visit).first()


def can_be_sooner(visit: Appointment, *, at: datetime) -> bool:
    """Whether an earlier time could take the place of this visit: it is booked, or
    asked for, and lies ahead, and its location keeps a list; kinds that are booked by
    phone are not on it. With visit type and location."""
    return (
        visit.status in _SWAPPED
        and visit.starts_at > at
        and visit.patient_id is not None
        and visit.visit_type.booking_policy != "CALL"
        and visit.location.has_waitlist
    )


def visit_of(offer: Offer) -> Appointment | None:
    """The visit that an accepted offer became."""
    return offer.freed.hold if offer.status == Offer.Status.ACCEPTED else None


def outcome_of(offer: Offer) -> str:
    """What an accepted offer came to: TAKEN, or ASKED while the doctor looks at it, or
    UNMOVED where they said no, or nothing, and the visit that there was stays. "" where
    it was not accepted."""
    visit = visit_of(offer)
    if visit is None:
        return ""
    move = Move.objects.filter(idempotency_key=offer.public_id).first()
    if move is not None and move.status not in (Move.Status.ASKED, Move.Status.DONE):
        return "UNMOVED"
    is_asked = move is not None and move.status == Move.Status.ASKED
    return "ASKED" if is_asked or visit.status == Status.REQUESTED else "TAKEN"


def list_at_work(
    user: Any,
    *,
    doctor_id: int | None = None,
    specialty_id: int | None = None,
    visit_type_id: int | None = None,
) -> EntryQuerySet:
    """Who waits, as far as `user` sees it at work, in the order of the line."""
    rows = visible_at_work(user).active()
    if doctor_id is not None:
        rows = rows.filter(doctor=doctor_id)
    if specialty_id is not None:
        rows = rows.filter(specialty=specialty_id)
    if visit_type_id is not None:
        rows = rows.filter(visit_type=visit_type_id)
    return whole_entries(rows).order_by("joined_at", "pk")


def offers_at_work(user: Any) -> QuerySet[Offer]:
    """What was offered to those whom `user` sees at work, the latest first."""
    return (
        whole_offers()
        .filter(entry__in=visible_at_work(user))
        .order_by("-offered_at", "-pk")
    )


def open_times(*, at: datetime) -> list[int]:
    """The keys of freed times that are not settled, and wait for nobody to wake up; the
    earliest visit first. Some hundreds at most: the next minute brings the rest."""
    rows = FreedTime.objects.filter(status__in=FreedTime.OPEN)
    due = rows.exclude(resume_at__gt=at).order_by("starts_at", "pk")
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def offer_token(offer: Offer) -> str:
    """The signed part of the address at which an offer can be answered without signing
    in. It names a random id and nothing else."""
    content = signing.b64_encode(offer.public_id.bytes).decode()
    return signing.Signer(salt=_SALT).sign(content)


def read_offer_token(token: str) -> UUID | None:
    """The public id of the offer behind `token`; None if it is forged."""
    try:
        content = signing.Signer(salt=_SALT).unsign(token)
        return UUID(bytes=signing.b64_decode(content.encode()))
    except (signing.BadSignature, ValueError):
        return None
