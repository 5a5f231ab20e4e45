"""What the patients hear of the waiting list.

Written in the transaction of what it tells of, so that no offer is made in silence. Not
a word on health: neither specialty nor kind of visit, nor what they asked for.
"""

from copy import copy
from datetime import datetime
from typing import Any

from django.urls import reverse

from booking.appointments.models import Appointment
from booking.appointments.queries import show_price
from booking.appointments.queries.words import message_words
from booking.waitlist.models import Offer, WaitlistEntry
from booking.waitlist.queries import offer_token
from foundation.formats import clock, day_date, local, short_date_time, zone_name
from notifications.deliveries.models import Kind
from notifications.deliveries.services import Message, notify, notify_many
from notifications.preferences.queries import recipient_for_patient


def offer_path(offer: Offer) -> str:
    """The signed address at which it can be answered, as a path of this site."""
    return reverse("booking:offer_managed", args=[offer_token(offer)])


def offer_words(offer: Offer, hold: Appointment, *, at: datetime) -> dict[str, str]:
    """The offered time in the words of its messages: as the visit that it would be.
    One that moves there keeps its price, and what is paid."""
    shown, old = copy(hold), offer.entry.replaces
    shown.patient = offer.entry.patient
    if old is not None:
        shown.price, shown.currency = old.price, old.currency
        shown.payment_policy, shown.status = old.payment_policy, old.status
    else:
        show_price(shown, shown.patient, at=at)
    zone, until = hold.location.time_zone, offer.expires_at
    day = day_date(local(until, zone).date())
    return {
        **message_words(shown, at=at),
        "answer_by": f"{clock(until, zone)} on {day}, {zone_name(zone, until)}",
        "answer_by_short": short_date_time(until, zone),
        "swaps": "yes" if offer.entry.replaces_id else "",
    }


def tell_joined(*, entry: WaitlistEntry, at: datetime) -> None:
    """You are on the list."""
    notify(at=at, **_about(entry, "waitlist_joined", f"waitlist:{entry.pk}:joined"))


def tell_ended(*, entry: WaitlistEntry, at: datetime) -> None:
    """Nothing came free in the time you gave us."""
    notify(at=at, **_about(entry, "waitlist_ended", f"waitlist:{entry.pk}:ended"))


def _about(entry: WaitlistEntry, event: str, key: str) -> dict[str, Any]:
    has_account = entry.patient.user_id is not None
    return {
        "event": event,
        "recipient": recipient_for_patient(entry.patient),
        "context": {
            "doctor_short": entry.doctor.short_name if entry.doctor else "",
            "swaps": "yes" if entry.replaces_id else "",
            "has_account": "yes" if has_account else "",
        },
        "dedupe_key": key,
        "link": reverse("booking:waitlist") if has_account else "",
    }


def tell_offered(*, offer: Offer, hold: Appointment, at: datetime) -> None:
    """A time is yours if you take it until then. Urgent: it runs out; whose night it
    is, was asked before it was made."""
    notify(
        at=at,
        event="waitlist_offer",
        recipient=recipient_for_patient(offer.entry.patient),
        context=offer_words(offer, hold, at=at),
        dedupe_key=f"offer:{offer.pk}:made",
        kind=Kind.URGENT,
        expires_at=offer.expires_at,
        link=offer_path(offer),
    )


def tell_over(*, offers: list[Offer], event: str, at: datetime) -> None:
    """The offered time is somebody else's (`waitlist_taken`), or nobody answered
    (`waitlist_offer_expired`); what happens next."""
    notify_many(
        [
            Message(
                event=event,
                recipient=recipient_for_patient(offer.entry.patient),
                context=_time_words(offer),
                dedupe_key=f"offer:{offer.pk}:over",
                link=offer_path(offer),
            )
            for offer in offers
        ],
        at=at,
    )


def _time_words(offer: Offer) -> dict[str, str]:
    freed, zone = offer.freed, offer.freed.location.time_zone
    return {
        "when_subject": short_date_time(freed.starts_at, zone),
        "when_short": short_date_time(freed.starts_at, zone),
        "zone_words": zone_name(zone, freed.starts_at),
        "doctor_short": freed.doctor.short_name,
    }
