"""Jobs about reviews."""

import logging

from django.urls import reverse
from django.utils import timezone

from booking.appointments.services.telling import patient_message
from booking.reviews import services
from booking.reviews.models import Review
from booking.reviews.queries import review_token
from notifications.deliveries.services import notify_many

log = logging.getLogger(__name__)


def send_due_asks() -> None:
    """Ask what visits were like, and see that doctors' pages say what is true."""
    services.send_due_asks(at=timezone.now())
    services.refresh_standings()


def tell_answered(review_id: int) -> None:
    """Tell its author whether it is shown, and why not. May run twice."""
    rows = Review.objects.select_related(
        "appointment__patient__user",
        "appointment__doctor",
        "appointment__visit_type",
        "appointment__location",
    )
    review = rows.filter(pk=review_id).first()
    if review is None or review.decided_at is None:
        log.warning("Review %s is gone; nobody to tell.", review_id)
        return
    at = timezone.now()
    is_shown = review.status == Review.Status.SHOWN
    words = {
        "outcome": "is on our website now" if is_shown else "is not shown",
        "why": review.reason,
    }
    key = f"review:{review.pk}:{review.decided_at.timestamp():.0f}"
    visit = review.appointment
    message = patient_message(
        visit,
        "review_answered",
        at=at,
        key=key,
        words=words,
        link=reverse("booking:review_link", args=[review_token(visit)]),
    )
    notify_many([message], at=at)
