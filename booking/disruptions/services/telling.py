"""Telling patients of a delay, and of its end. Jobs call these, perhaps twice."""

from datetime import datetime, timedelta

from booking.appointments.services.telling import patient_message
from booking.disruptions.models import Disruption
from booking.disruptions.queries import delayed
from foundation.formats import clock, duration
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import notify_many, withdraw_messages


def load(disruption_id: int) -> Disruption | None:
    """The disruption; None if it is gone."""
    rows = Disruption.objects.select_related("doctor", "made_by")
    return rows.filter(pk=disruption_id).first()


def tell_late(*, disruption: Disruption, at: datetime) -> None:
    """Those still to come today: about so much later. Nobody, once it is over or
    another one has taken its place."""
    if disruption.ended_at is not None or disruption.minutes is None:
        return
    later = timedelta(minutes=disruption.minutes)
    visits = delayed(disruption, at=at).select_related(
        "patient__user", "doctor", "visit_type", "location"
    )
    notify_many(
        [
            patient_message(
                visit,
                "appointment_late",
                at=at,
                key=_key(disruption, visit.pk),
                kind=Kind.URGENT,
                expires_at=visit.starts_at + later,
                words={
                    "delay": duration(disruption.minutes),
                    "seen_about": clock(
                        visit.starts_at + later, visit.location.time_zone
                    ),
                },
            )
            for visit in visits
        ],
        at=at,
    )


def tell_on_time(*, disruption: Disruption, at: datetime) -> None:
    """Those who were told of a delay and are still to come: it is over. What has not
    gone out about it is kept back; nobody, where another delay has been said since."""
    if disruption.ended_at is None:
        return
    if Disruption.objects.delays(at).filter(doctor=disruption.doctor_id).exists():
        return
    visits = list(
        delayed(disruption, at=at).select_related(
            "patient__user", "doctor", "visit_type", "location"
        )
    )
    keys = {_key(disruption, visit.pk): visit for visit in visits}
    withdraw_messages(dedupe_keys=keys, reason="The delay is over.")
    # A waiting message that was kept back has told nobody; a notice in the portal has.
    told = set(
        Delivery.objects.filter(dedupe_key__in=keys)
        .exclude(status=Delivery.Status.SUPPRESSED)
        .values_list("dedupe_key", flat=True)
    )
    notify_many(
        [
            patient_message(
                visit,
                "appointment_on_time",
                at=at,
                key=f"{key}:over",
                kind=Kind.URGENT,
                expires_at=visit.starts_at,
            )
            for key, visit in keys.items()
            if key in told
        ],
        at=at,
    )


def _key(disruption: Disruption, visit: int) -> str:
    return f"late:{disruption.pk}:{visit}"
