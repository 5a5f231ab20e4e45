"""An appointment in the words of its messages: all strings, ready for people's eyes.

Never in here: why somebody comes, what the clinic wrote to them, the specialty or the
name of the visit. Messages are read on lock screens and by mail servers.
"""

from datetime import datetime
from decimal import Decimal

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries.terms import cancellation_terms
from clinic.visit_types.models import VisitType
from foundation.formats import (
    clock,
    date_time,
    day_date,
    duration,
    local,
    money,
    short_date_time,
    zone_name,
)

MODES = {
    VisitType.Mode.IN_PERSON: "in person",
    VisitType.Mode.VIDEO: "by video",
    VisitType.Mode.PHONE: "by phone",
}


def message_words(appointment: Appointment, *, at: datetime) -> dict[str, str]:
    """What templates say about the visit to its patient, as of `at`.

    Times are the location's, with its zone written out; for a video or phone visit
    the patient's own clock stands beside it where it differs.
    """
    zone = appointment.location.time_zone
    starts_at, kind = appointment.starts_at, appointment.visit_type
    day = local(starts_at, zone).date()
    is_there = kind.mode == VisitType.Mode.IN_PERSON
    return {
        "when": date_time(starts_at, zone),
        "when_subject": f"{day_date(day)}, {clock(starts_at, zone)}",
        "when_short": short_date_time(starts_at, zone),
        "clock": clock(starts_at, zone),
        "zone_words": zone_name(zone, starts_at),
        "their_clock": _their_clock(appointment),
        "length": duration(kind.duration_minutes),
        "mode": MODES[VisitType.Mode(kind.mode)],
        "doctor": appointment.doctor.full_name,
        "doctor_short": appointment.doctor.short_name,
        "place": _place(appointment),
        # Whom to call about it: the desk there, where it has a number of its own.
        "place_phone": appointment.location.phone,
        "reference": appointment.reference,
        "price": money(appointment.price, appointment.currency, exact=True),
        "payment_line": _payment_line(appointment),
        "cancel_line": _cancel_line(appointment, at),
        "pay_until": _pay_until(appointment),
        "pay_until_short": _pay_until_short(appointment),
        "refund_line": _refund_line(appointment),
        "is_in_person": "yes" if is_there else "",
        "arrival": appointment.location.arrival_notes.strip() if is_there else "",
        "by_clinic": "yes" if appointment.cancelled_by == Party.CLINIC else "",
    }


def staff_words(appointment: Appointment) -> dict[str, str]:
    """What templates say about the visit to its doctor: on a 24-hour clock, and the
    patient by initials only."""
    zone = appointment.location.time_zone
    patient = appointment.patient
    letters = (patient.first_name, patient.last_name) if patient else ()
    return {
        "when": date_time(appointment.starts_at, zone, staff=True),
        "when_subject": short_date_time(appointment.starts_at, zone, staff=True),
        "zone_words": zone_name(zone, appointment.starts_at),
        "mode": MODES[VisitType.Mode(appointment.visit_type.mode)],
        "location": appointment.location.name,
        "patient": " ".join(f"{name[:1].upper()}." for name in letters if name),
        "reference": appointment.reference,
    }


def _their_clock(appointment: Appointment) -> str:
    """ "11:20am where you are"; nothing in person, or where the clocks agree."""
    theirs = appointment.patient.time_zone if appointment.patient else ""
    in_person = appointment.visit_type.mode == VisitType.Mode.IN_PERSON
    if in_person or not theirs:
        return ""
    here = local(appointment.starts_at, appointment.location.time_zone)
    there = local(appointment.starts_at, theirs)
    if here.utcoffset() == there.utcoffset():
        return ""
    day = "" if here.date() == there.date() else f" on {day_date(there.date())}"
    return f"{clock(appointment.starts_at, theirs)}{day} where you are"


def _place(appointment: Appointment) -> str:
    """The address on one line; for a visit from afar, how it takes place."""
    if appointment.visit_type.mode == VisitType.Mode.VIDEO:
        return "By video. You join from the page of your visit."
    if appointment.visit_type.mode == VisitType.Mode.PHONE:
        return "By phone. We call the number you gave us."
    place = appointment.location
    street = " ".join(place.address.split())
    town = f"{place.city} {place.postcode}".strip()
    return ", ".join(part for part in (place.name, street, town) if part)


def _payment_line(appointment: Appointment) -> str:
    price = money(appointment.price, appointment.currency, exact=True)
    if not appointment.price:
        is_follow_up = appointment.is_follow_up
        return "As a follow-up it is free." if is_follow_up else "This visit is free."
    if appointment.payment_policy == VisitType.PaymentPolicy.AT_CLINIC:
        return f"You pay {price} at the clinic."
    is_paid = appointment.status not in (Status.HELD, Status.REQUESTED)
    return f"Paid {price}." if is_paid else f"It costs {price}."


def _cancel_line(appointment: Appointment, at: datetime) -> str:
    """Until when cancelling is free; nothing once that has passed."""
    if appointment.status not in (Status.CONFIRMED, Status.REQUESTED):
        return ""
    terms = cancellation_terms(appointment, at=at)
    prepaid = appointment.payment_policy == VisitType.PaymentPolicy.BEFORE
    if appointment.price and prepaid and terms.free_until <= at:
        return ""
    until = terms.free_until if appointment.price and prepaid else appointment.starts_at
    if until <= at:
        return ""
    zone = appointment.location.time_zone
    day = day_date(local(until, zone).date())
    return f"You can cancel free until {day}, {clock(until, zone)}."


def _pay_until(appointment: Appointment) -> str:
    """Until when the time is held for the payment, with its zone."""
    until, zone = appointment.hold_expires_at, appointment.location.time_zone
    if until is None:
        return ""
    day = day_date(local(until, zone).date())
    return f"{day}, {clock(until, zone)}, {zone_name(zone, until)}"


def _pay_until_short(appointment: Appointment) -> str:
    """The same for a text message, without the zone."""
    until = appointment.hold_expires_at
    return short_date_time(until, appointment.location.time_zone) if until else ""


def _refund_line(appointment: Appointment) -> str:
    """What happens to the money of a cancelled visit that was paid."""
    prepaid = appointment.payment_policy == VisitType.PaymentPolicy.BEFORE
    paid = appointment.confirmed_at is not None and prepaid and appointment.price
    if appointment.status != Status.CANCELLED or not paid:
        return ""
    back = appointment.refund_due or Decimal(0)
    if not back:
        return "By the terms of your booking nothing goes back for a late cancellation."
    returned = money(back, appointment.currency, exact=True)
    kept = appointment.price - back
    line = f"{returned} goes back to your card. Banks take 5 to 10 working days."
    if kept:
        fee = money(kept, appointment.currency, exact=True)
        line += f" {fee} is kept for the late cancellation."
    return line
