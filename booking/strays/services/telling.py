"""Asking patients to choose another time. Jobs call this, perhaps twice."""

from datetime import datetime

from django.urls import reverse

from booking.appointments.models import Status
from booking.appointments.queries import manage_token
from booking.appointments.services.telling import URGENT, patient_message
from booking.strays.models import StrayDecision
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify_many


def load(decision_id: int) -> StrayDecision | None:
    """The decision with all that its message speaks of; None if it is gone."""
    rows = StrayDecision.objects.select_related(
        "appointment__patient__user",
        "appointment__doctor__user",
        "appointment__visit_type",
        "appointment__location",
    )
    return rows.filter(pk=decision_id).first()


def tell_offered(*, decision: StrayDecision, at: datetime) -> None:
    """The patient: we cannot see you then as planned; choose another time. The reason
    stays on the page of the visit."""
    visit = decision.appointment
    is_true = visit.starts_at == decision.starts_at and visit.starts_at > at
    is_asked = decision.kind == StrayDecision.Kind.OFFERED
    is_booked = visit.status == Status.CONFIRMED and visit.patient is not None
    if not (is_true and is_asked and is_booked):
        return
    is_near = visit.starts_at - at < URGENT
    link = reverse("booking:manage_move", args=[manage_token(visit)])
    message = patient_message(
        visit,
        "appointment_stray",
        at=at,
        key=f"stray:{decision.pk}",
        kind=Kind.URGENT if is_near else Kind.NEWS,
        expires_at=visit.starts_at,
        link=link,
    )
    notify_many([message], at=at)
