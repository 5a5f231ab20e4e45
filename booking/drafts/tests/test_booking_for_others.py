"""Booking for somebody whom one acts for."""

import pytest
from django.urls import reverse

from accounts.proxies.queries import KEY
from accounts.proxies.services import NotActing, end
from audit.models import Entry
from booking.appointments.models import Status
from booking.drafts.services import submit_draft
from booking.drafts.tests.walking import (
    agree,
    choose_reason,
    choose_time,
    slot,
    url,
)
from booking.models import Appointment
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def proxy(ann, gus):
    return ProxyFactory(user=gus, patient=ann.patient, scopes=["book"])


@pytest.fixture
def acting(client, gus, proxy):
    """Gus' browser, which acts for Ann."""
    client.force_login(gus)
    session = client.session
    session[KEY] = str(proxy.public_id)
    session.save()
    return client


def test_the_visit_is_theirs_and_booked_for_them(acting, free_visit, ann, gus):
    draft = choose_reason(acting, free_visit)
    choose_time(acting, draft, free_visit)
    page = acting.get(url("details", draft))
    assert "This visit is for Ann Patient" in page.text
    assert "You are acting for <strong>Ann Patient" in page.text
    assert agree(acting, draft).status_code == 302
    visit = Appointment.objects.get()
    assert (visit.patient, visit.booked_by, visit.status) == (
        ann.patient,
        gus,
        Status.CONFIRMED,
    )
    entry = Entry.objects.get(verb="appointment.confirmed")
    assert (entry.actor, entry.on_behalf_of_id) == (gus, ann.patient.pk)
    assert "Ann" in acting.get(url("confirmed", draft)).text


def test_a_booking_stays_with_whom_it_was_begun_for(acting, free_visit, ann, gus):
    """Choosing another person in another tab changes no booking under way."""
    draft = choose_reason(acting, free_visit)
    choose_time(acting, draft, free_visit)
    acting.post(reverse("accounts:viewing"), {"proxy": ""})
    agree(acting, draft)
    assert Appointment.objects.get().patient == ann.patient
    own = choose_reason(acting, free_visit)
    assert own.for_patient is None


def test_ending_it_closes_the_booking_under_way(acting, free_visit, ann, gus, proxy):
    draft = choose_reason(acting, free_visit)
    choose_time(acting, draft, free_visit)
    assert acting.get(url("check", draft)).status_code == 200
    end(actor=ann, proxy=proxy, at=proxy.lapses_at)
    for name in ("time", "details", "check", "confirmed"):
        assert acting.get(url(name, draft)).status_code == 404
    answer = acting.post(url("time", draft), {"slot": slot(free_visit)})
    assert answer.status_code == 404
    answer = acting.post(url("check", draft), {"key": str(draft.token), "agree": "on"})
    assert answer.status_code == 404
    assert not Appointment.objects.exclude(patient=None).exists()


def test_the_service_asks_again_as_it_books(acting, free_visit, clock, gus, proxy):
    draft = choose_reason(acting, free_visit)
    choose_time(acting, draft, free_visit)
    end(actor=gus, proxy=proxy, at=proxy.lapses_at)
    draft.refresh_from_db()
    with pytest.raises(NotActing):
        submit_draft(
            actor=gus,
            draft=draft,
            details=None,
            at=clock.at,
            idempotency_key=draft.token,
        )
    assert Appointment.objects.get().patient is None
