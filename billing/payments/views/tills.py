"""The three places from which a visit is paid."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.patients.permissions import acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.proxies.queries import show_as
from booking.appointments.queries import manage_token, read_manage_token
from booking.drafts.models import Draft
from booking.drafts.permissions import opened_by
from booking.models import Appointment
from foundation.permissions import require


@dataclass(frozen=True)
class Till:
    """Where a visit is being paid: the visit and the ways on from here.

    `path` is the pay page; `done` shows the visit once it is paid; `again` is where
    another time is chosen when this one is lost. With a `draft`, the hold can be made
    longer.
    """

    visit: Appointment
    path: str
    done: str
    again: str
    draft: Draft | None = None


def till_of_draft(request: HttpRequest, token: UUID) -> Till | None:
    """The till of a draft of this browser. None while it lacks a time or a patient."""
    rows = opened_by(request.session, request.user).select_related("for_patient")
    draft = get_object_or_404(rows, token=token)
    show_as(request, draft.for_patient)
    if draft.appointment_id is None:
        return None
    visit = _visits().get(pk=draft.appointment_id)
    if visit.patient is None:
        return None
    return Till(
        visit=visit,
        path=reverse("billing:payment_pay", args=[token]),
        done=reverse("booking:draft_confirmed", args=[token]),
        again=reverse("booking:draft_time", args=[token]),
        draft=draft,
    )


def till_of_portal(request: HttpRequest, public_id: UUID) -> Till:
    payable = _visits().filter(patient__in=acted_on_by(request.user, Scope.MONEY))
    visit = get_object_or_404(payable, public_id=public_id)
    require(request.user, "billing.pay_appointment", visit)
    show_as(request, visit.patient)
    sees_visit = acts_on(request.user, visit.patient, Scope.BOOK)
    return Till(
        visit=visit,
        path=reverse("billing:pay_appointment", args=[public_id]),
        done=reverse("booking:appointment", args=[public_id])
        if sees_visit
        else reverse("portal:home"),
        again=reverse("booking:draft_start"),
    )


def till_of_link(signed: str) -> Till:
    link = read_manage_token(signed, at=timezone.now())
    if link is None:
        raise Http404
    rows = _visits().filter(patient__isnull=False)
    visit = get_object_or_404(rows, public_id=link.public_id)
    if not link.is_of(visit):
        raise Http404
    return Till(
        visit=visit,
        path=reverse("billing:pay_managed", args=[signed]),
        done=reverse("booking:manage", args=[manage_token(visit)]),
        again=reverse("booking:draft_start"),
    )


def _visits() -> QuerySet[Appointment]:
    return Appointment.objects.select_related(
        "doctor", "visit_type", "location", "patient"
    ).prefetch_related("doctor__specialties")
