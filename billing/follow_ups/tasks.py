"""Jobs: tell the patient what a visit costs now."""

import logging

from django.utils import timezone

from booking.appointments.services.telling import load, patient_message
from foundation.formats import money
from notifications.deliveries.services import notify_many

log = logging.getLogger(__name__)


def send_granted(*, appointment_id: int) -> None:
    """billing.follow_up_granted: the patient is told once that the visit costs less.
    Nobody, where it is no follow-up any more or nobody's."""
    visit = load(appointment_id)
    before = visit.full_price if visit is not None and visit.is_follow_up else None
    if visit is None or visit.patient is None or before is None:
        log.info("appointment %s has no price to tell", appointment_id)
        return
    at = timezone.now()
    words = {"before": money(before, visit.currency, exact=True)}
    message = patient_message(visit, "visit_costs_less", at=at, words=words)
    notify_many([message], at=at)
