"""Asking about visits, writing, taking back, and deciding what is shown."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services.telling import patient_message
from booking.reviews.models import Review, ReviewAsk
from booking.reviews.permissions import can_moderate
from booking.reviews.queries import (
    review_token,
    standing,
    standings,
    unasked_visits,
)
from clinic.doctors.models import Doctor
from clinic.doctors.services import set_reviews
from foundation.errors import Refused
from foundation.events import publish
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify_many

BATCH = 200
SHORTEST_REASON = 10


class NotHad(Refused):
    sentence = "Only a visit that took place can be reviewed."


class NothingThere(Refused):
    sentence = "There is no review of this visit, or it was taken back already."


class NotAllowed(Refused):
    sentence = "Medical administration decides what is shown, and nobody about oneself."


class NoReason(Refused):
    sentence = "Say why it is not shown, in a sentence that its author reads"


class NotNow(Refused):
    sentence = "Its author has changed or taken it back meanwhile. Read it again."


@transaction.atomic
def send_due_asks(*, at: datetime) -> int:
    """Ask everybody whose visit is long enough ago, once; how many. Whoever turned
    reminders off is left alone. REVIEW_ASK_DAYS of 0 asks nobody."""
    if not settings.REVIEW_ASK_DAYS:
        return 0
    keys = unasked_visits(at=at, limit=BATCH)
    # Of two workers at once the second makes no row, and its messages have keys that
    # are taken.
    made = ReviewAsk.objects.bulk_create(
        [ReviewAsk(appointment_id=key, asked_at=at) for key in keys],
        ignore_conflicts=True,
    )
    rows = Appointment.objects.filter(pk__in=[one.appointment_id for one in made])
    visits = rows.select_related("patient__user", "doctor", "visit_type", "location")
    notify_many(
        [
            patient_message(
                visit,
                "review_asked",
                at=at,
                key=f"review-asked:{visit.pk}",
                kind=Kind.REMINDER,
                link=reverse("booking:review_link", args=[review_token(visit)]),
            )
            for visit in visits
        ],
        at=at,
    )
    return len(made)


@transaction.atomic
def write_review(
    *, actor: Any, visit: Appointment, at: datetime, **said: Any
) -> Review:
    """Say what a visit was like, or say it anew; either waits to be read. `said`:
    stars, waited, listened, again, comment. Raises NotHad."""
    visit = Appointment.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if visit.status != Status.COMPLETED or visit.patient_id is None:
        raise NotHad
    review = Review.objects.select_for_update().filter(appointment=visit).first()
    fields = {**said, "comment": said["comment"].strip(), "written_at": at}
    if review is None:
        review = Review.objects.create(
            appointment=visit, doctor_id=visit.doctor_id, **fields
        )
    else:
        for name, value in fields.items():
            setattr(review, name, value)
        # What was answered was another text.
        review.reply, review.replied_at, review.reason = "", None, ""
        review.words = ""
        if review.status != Review.Status.WAITING:
            _set(review, Review.Status.WAITING)
        review.save()
    _note(review, actor, "review.written")
    _push(review)
    return review


@transaction.atomic
def withdraw_review(*, actor: Any, visit: Appointment) -> None:
    """Take it back: its words go, that there was one stays. Raises NothingThere."""
    review = Review.objects.select_for_update().filter(appointment=visit).first()
    if review is None or review.status == Review.Status.WITHDRAWN:
        raise NothingThere
    _set(review, Review.Status.WITHDRAWN)
    review.comment = review.words = review.reply = review.reason = ""
    review.replied_at = None
    review.save()
    _note(review, actor, "review.withdrawn")
    _push(review)


@transaction.atomic
def decide_review(
    *,
    actor: Any,
    review: Review,
    is_shown: bool,
    reason: str,
    reply: str,
    seen_at: datetime,
    at: datetime,
) -> Review:
    """Show it as it is, with the clinic's reply if there is one, or do not, and tell
    its author why. `seen_at` is when the text was written that was read. Publishes
    booking.review_answered. Raises NotAllowed, NoReason, NotNow."""
    review = _locked(review)
    if not can_moderate(actor, review):
        raise NotAllowed
    if review.status == Review.Status.WITHDRAWN or review.written_at != seen_at:
        raise NotNow
    if not is_shown and len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
    to = Review.Status.SHOWN if is_shown else Review.Status.HIDDEN
    if review.status != to:
        _set(review, to)
    review.decided_by, review.decided_at = actor, at
    review.words = review.comment if is_shown else ""
    review.reason = "" if is_shown else reason.strip()
    if review.reply != reply.strip():
        review.reply, review.replied_at = reply.strip(), at
    review.save()
    _note(review, actor, f"review.{to.lower()}")
    _push(review)
    publish("booking.review_answered", review_id=review.pk)
    return review


def refresh_standings() -> None:
    """Push what may be known of each doctor's reviews, where it is another by now: an
    erasure takes reviews away, and the clinic may set another floor."""
    found = standings(Review.objects.all())
    rows = Doctor.objects.exclude(review_count=0)
    known = {
        pk: (count, average)
        for pk, count, average in rows.values_list(
            "pk", "review_count", "review_average"
        )
    }
    for doctor_id in {*known, *found}:
        count, average = found.get(doctor_id, (0, None))
        if known.get(doctor_id) != (count, average):
            set_reviews(doctor_id=doctor_id, count=count, average=average)


def _locked(review: Review) -> Review:
    rows = Review.objects.select_for_update(of=("self",))
    return rows.select_related("appointment__location", "doctor").get(pk=review.pk)


def _set(review: Review, to: str) -> None:
    if to not in Review.MOVES[review.status]:
        raise NotNow
    review.status = to


def _push(review: Review) -> None:
    """What everybody may know of the doctor's reviews, for their page."""
    count, average = standing(review.doctor_id)
    set_reviews(doctor_id=review.doctor_id, count=count, average=average)


def _note(review: Review, actor: Any, verb: str) -> None:
    patient = review.appointment.patient
    record(actor=actor, verb=verb, subject=review, patient=patient)
