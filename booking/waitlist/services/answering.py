"""Answering an offer: whoever accepts first has it."""

from datetime import datetime
from typing import Any

from accounts.proxies.models import Scope
from accounts.proxies.services import hold_acting
from audit.services import record
from booking.appointments.models import LIVE, Appointment
from booking.appointments.queries import lockable
from booking.appointments.services import (
    HoldExpired,
    await_payment,
    submit_within,
    takes_time,
)
from booking.availability.services import lock_calendars
from booking.waitlist.models import FreedTime, Offer, WaitlistEntry
from booking.waitlist.queries import whole_offers
from booking.waitlist.services.moving import move
from booking.waitlist.services.refusals import OfferGone, OfferTaken
from booking.waitlist.services.swapping import swap
from booking.waitlist.services.telling import tell_over
from foundation.jobs import enqueue


@takes_time
def accept_offer(
    *, actor: Any, offer: Offer, at: datetime, by_link: bool = False
) -> Appointment:
    """Take the offered time: the visit, booked as the visit type's policies say.

    Everything or nothing: the kept time becomes the visit, the entry is fulfilled, and
    what others were offered is gone and they are told. With `replaces` the later visit
    moves there (`swap`) and is what is returned. Accepting twice gives the same visit.
    Not `by_link` the actor must be the patient or act for them.

    Locks the calendars of the doctor, the rooms and the patient, then the freed time.
    Raises NotActing, OfferTaken, OfferGone, NotSooner, and what `submit_within` raises:
    PatientBusy, NewPatientsOnly, Busy.
    """
    found = whole_offers().get(pk=offer.pk)
    patient, hold = found.entry.patient, found.freed.hold
    if not by_link:
        hold_acting(actor=actor, patient=patient, scope=Scope.BOOK)
    lock_calendars(
        doctor_ids=[found.freed.doctor_id],
        **lockable(found.offering, room_ids=[hold.room_id if hold else None]),
        patient_ids=[patient.pk],
    )
    offer = _locked(found)
    if offer.status == Offer.Status.ACCEPTED and offer.freed.hold is not None:
        return offer.freed.hold
    _check_open(offer, at)
    taken = _book(offer, actor=actor, at=at)
    move(
        offer,
        Offer.Status.ACCEPTED,
        answered_at=at,
        answered_by=actor if getattr(actor, "pk", None) else None,
    )
    entry = WaitlistEntry.objects.select_for_update().get(pk=offer.entry_id)
    if entry.status == WaitlistEntry.Status.ACTIVE:
        move(entry, WaitlistEntry.Status.FULFILLED, ended_at=at)
    record(actor=actor, verb="waitlist.accepted", subject=offer, patient=patient)
    _disappoint(offer, at)
    move(offer.freed, FreedTime.Status.TAKEN, hold=taken, ended_at=at)
    return taken


def _locked(offer: Offer) -> Offer:
    """The offer with its freed time, both locked and read anew, in this order."""
    FreedTime.objects.select_for_update().get(pk=offer.freed_id)
    return whole_offers().select_for_update(of=("self",)).get(pk=offer.pk)


def _check_open(offer: Offer, at: datetime) -> None:
    if offer.status == Offer.Status.LOST:
        raise OfferTaken
    if not offer.is_open(at) or offer.freed.status != FreedTime.Status.OFFERING:
        raise OfferGone


def _book(offer: Offer, *, actor: Any, at: datetime) -> Appointment:
    hold, entry = offer.freed.hold, offer.entry
    if hold is None:
        raise OfferGone
    try:
        if entry.replaces is not None and entry.replaces.status in LIVE:
            return swap(offer, actor=actor, visit=entry.replaces, hold=hold, at=at)
        taken = submit_within(
            actor=actor,
            appointment=hold,
            patient=entry.patient,
            reason="",
            at=at,
            idempotency_key=offer.public_id,
        )
    except HoldExpired as error:
        raise OfferGone from error
    return await_payment(actor=actor, appointment=taken, at=at)


def _disappoint(offer: Offer, at: datetime) -> None:
    """Tell those who were asked as well that the time is gone."""
    others = whole_offers().filter(freed=offer.freed_id, status=Offer.Status.OPEN)
    rows = others.exclude(pk=offer.pk).select_for_update(of=("self",)).order_by("pk")
    losers = list(rows)
    for other in losers:
        move(other, Offer.Status.LOST)
    tell_over(offers=losers, event="waitlist_taken", at=at)


@takes_time
def decline_offer(
    *, actor: Any, offer: Offer, at: datetime, by_link: bool = False
) -> Offer:
    """Say no to one time and stay on the list. It goes on to the next at once.

    Declining twice changes nothing. Raises NotActing, and OfferGone for what was
    accepted, or is over.
    """
    offer = _locked(offer)
    if not by_link:
        hold_acting(actor=actor, patient=offer.entry.patient, scope=Scope.BOOK)
    if offer.status == Offer.Status.DECLINED:
        return offer
    _check_open(offer, at)
    move(
        offer,
        Offer.Status.DECLINED,
        answered_at=at,
        answered_by=actor if getattr(actor, "pk", None) else None,
    )
    record(
        actor=actor,
        verb="waitlist.declined",
        subject=offer,
        patient=offer.entry.patient,
    )
    enqueue("booking.waitlist.tasks.offer_next", freed_id=offer.freed_id)
    return offer
