"""Telling patients of a delay, and of its end. Jobs call these, perhaps twice."""

from datetime import datetime, timedelta

from booking.appointments.models import Appointment
from booking.appointments.services.telling import patient_message
from booking.disruptions.models import Disruption
from booking.disruptions.queries import delay_among, delayed, delays_of
from foundation.formats import clock, duration
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import Message, notify_many, withdraw_messages


def load(disruption_id: int) -> Disruption | None:
    """The disruption; None if it is gone."""
    rows = Disruption.objects.select_related("doctor", "made_by")
    return rows.filter(pk=disruption_id).first()


def tell_late(*, disruption: Disruption, at: datetime) -> None:
    """Those still to come today, where it was said of: about so much later. Nobody,
    once it is over or another one has taken its place."""
    if disruption.ended_at is not None:
        return
    delays = delays_of([disruption.doctor_id], at=at)
    visits = [
        visit
        for visit in _coming(disruption, at=at)
        if delay_among(delays, visit) == disruption
    ]
    notify_many(
        [_late(disruption, visit, _key(disruption, visit.pk), at) for visit in visits],
        at=at,
    )


def _coming(disruption: Disruption, *, at: datetime) -> list[Appointment]:
    rows = delayed(disruption, at=at)
    return list(
        rows.select_related("patient__user", "doctor", "visit_type", "location")
    )


def _late(delay: Disruption, visit: Appointment, key: str, at: datetime) -> Message:
    minutes = delay.minutes or 0
    seen_at = visit.starts_at + timedelta(minutes=minutes)
    return patient_message(
        visit,
        "appointment_late",
        at=at,
        key=key,
        kind=Kind.URGENT,
        expires_at=seen_at,
        words={
            "delay": duration(minutes),
            "seen_about": clock(seen_at, visit.location.time_zone),
        },
    )


def tell_on_time(*, disruption: Disruption, at: datetime) -> None:
    """Those who were told of a delay and are still to come: it is over. What has not
    gone out about it is kept back. Where another delay has been said since, nobody
    hears anything; where one of everywhere holds again, they hear of that."""
    if disruption.ended_at is None:
        return
    visits = _coming(disruption, at=at)
    keys = {_key(disruption, visit.pk): visit for visit in visits}
    withdraw_messages(dedupe_keys=keys, reason="The delay is over.")
    # A waiting message that was kept back has told nobody; a notice in the portal has.
    told = set(
        Delivery.objects.filter(dedupe_key__in=keys)
        .exclude(status=Delivery.Status.SUPPRESSED)
        .values_list("dedupe_key", flat=True)
    )
    delays = delays_of([disruption.doctor_id], at=at)
    messages = []
    for key, visit in keys.items():
        now = delay_among(delays, visit)
        if key not in told or (now and now.made_at > disruption.made_at):
            continue
        if now is not None:
            messages.append(_late(now, visit, f"{key}:then:{now.pk}", at))
        else:
            messages.append(_over(visit, f"{key}:over", at))
    notify_many(messages, at=at)


def _over(visit: Appointment, key: str, at: datetime) -> Message:
    return patient_message(
        visit,
        "appointment_on_time",
        at=at,
        key=key,
        kind=Kind.URGENT,
        expires_at=visit.starts_at,
    )


def _key(disruption: Disruption, visit: int) -> str:
    return f"late:{disruption.pk}:{visit}"
