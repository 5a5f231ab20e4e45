"""Those who act for a patient are told what they may know, and nothing once it ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.services import end
from booking.appointments.models import Status
from booking.appointments.services.telling import (
    tell_cancelled,
    tell_confirmed,
)
from notifications.copies.queries import COPIED, told_besides
from notifications.deliveries.services import notify
from notifications.dispatch.tasks import deliver
from notifications.models import Delivery
from notifications.preferences.queries import recipient_for_patient
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory, OfferingFactory
from tests.factories.proxies import OPENING, ProxyFactory

pytestmark = pytest.mark.django_db
AT = timezone.now()


@pytest.fixture
def visit(ann):
    return AppointmentFactory(
        offering=OfferingFactory(doctor=DoctorFactory(last_name="Calloway")),
        patient=ann.patient,
        starts_at=AT + timedelta(days=3),
        status=Status.CONFIRMED,
        reason="Chest pain",
    )


def copies():
    return Delivery.objects.filter(event="proxy_copy").order_by("pk")


def acting(gus, patient, *scopes, **changes):
    return ProxyFactory(user=gus, patient=patient, scopes=list(scopes), **changes)


def test_who_agreed_to_be_told_is_told_once(ann, gus, visit):
    acting(gus, ann.patient, "book", "copies")
    for _ in range(2):
        tell_confirmed(appointment=visit, at=AT)
    mail = copies().get()
    assert (mail.channel, mail.to_address) == ("EMAIL", gus.email)
    assert "This is about Ann Patient" in mail.body_text
    assert "Calloway" in mail.body_text
    assert "Ann" not in mail.subject
    assert "Chest pain" not in mail.body_text
    # Nothing in it opens anything.
    told = Delivery.objects.get(event="appointment_confirmed", channel="EMAIL")
    assert told.link
    assert told.link not in mail.body_text
    assert not mail.attachments


def test_nobody_is_told_who_did_not_agree(ann, gus, visit):
    acting(gus, ann.patient, *OPENING)
    tell_confirmed(appointment=visit, at=AT)
    assert not copies().exists()


@pytest.mark.parametrize("scope", ["messages", "records", "money"])
def test_nothing_is_told_beyond_a_scope(ann, gus, visit, scope):
    acting(gus, ann.patient, scope, "copies")
    tell_confirmed(appointment=visit, at=AT)
    assert not copies().exists()


def test_of_money_only_who_sees_it_is_told(ann, gus):
    acting(gus, ann.patient, "book", "copies")
    richer = acting(ProxyFactory().user, ann.patient, "book", "money", "copies")
    notify(
        event="appointment_approved",
        recipient=recipient_for_patient(ann.patient),
        context={"when": "Monday", "price": "90 pounds"},
        at=AT,
        dedupe_key="approved:1",
    )
    assert [mail.to_address for mail in copies()] == [richer.user.email]


def test_a_refund_is_not_in_what_the_others_are_told(ann, gus):
    acting(gus, ann.patient, "book", "copies")
    notify(
        event="appointment_cancelled",
        recipient=recipient_for_patient(ann.patient),
        context={"when": "Monday", "refund_line": "You get 90 pounds back."},
        at=AT,
        dedupe_key="cancelled:1",
    )
    own = Delivery.objects.get(event="appointment_cancelled", channel="IN_APP")
    assert "90 pounds" in own.body_text
    copy = copies().get()
    assert "Monday" in copy.body_text
    assert "90 pounds" not in copy.body_text


def test_parents_of_the_young_are_always_told(gus):
    child = PatientFactory(
        first_name="Maya", birth_date=AT.date(), email="maya@example.org"
    )
    acting(gus, child, "book", of_minor=True)
    visit = AppointmentFactory(
        patient=child, starts_at=AT + timedelta(days=3), status=Status.CONFIRMED
    )
    tell_confirmed(appointment=visit, at=AT)
    assert copies().get().to_address == gus.email


def test_whose_address_the_patient_has_gets_it_once(gus):
    child = PatientFactory(birth_date=AT.date(), email=gus.email.upper())
    acting(gus, child, "book", of_minor=True)
    visit = AppointmentFactory(
        patient=child, starts_at=AT + timedelta(days=3), status=Status.CONFIRMED
    )
    tell_confirmed(appointment=visit, at=AT)
    assert not copies().exists()


def test_what_waits_to_be_sent_stays_here_after_the_end(
    ann, gus, visit, mailoutbox, settings
):
    proxy = acting(gus, ann.patient, "book", "copies")
    tell_confirmed(appointment=visit, at=AT)
    first = copies().get()
    end(actor=ann, proxy=proxy, at=timezone.now())
    deliver(delivery_id=first.pk)
    first.refresh_from_db()
    assert first.status == "SUPPRESSED"
    assert not mailoutbox


def test_an_account_that_is_closed_is_told_nothing(ann, gus, visit, mailoutbox):
    acting(gus, ann.patient, "book", "copies")
    tell_confirmed(appointment=visit, at=AT)
    waiting = copies().get()
    gus.is_active = False
    gus.save()
    tell_cancelled(appointment=visit, at=AT)
    assert copies().count() == 1
    deliver(delivery_id=waiting.pk)
    waiting.refresh_from_db()
    assert waiting.status == "SUPPRESSED"
    assert not mailoutbox


def test_who_has_become_the_patient_is_no_second_reader(ann, gus, visit):
    """As after a merge: whoever acted has the record as their own now."""
    acting(gus, ann.patient, "book", "copies")
    type(ann.patient).objects.filter(user=gus).update(user=None)
    type(ann.patient).objects.filter(pk=ann.patient.pk).update(user=gus)
    visit.refresh_from_db()
    tell_confirmed(appointment=visit, at=AT)
    assert not copies().exists()


def test_what_is_waiting_is_sent_while_they_act(ann, gus, visit):
    acting(gus, ann.patient, "book", "copies")
    tell_confirmed(appointment=visit, at=AT)
    mail = copies().get()
    deliver(delivery_id=mail.pk)
    mail.refresh_from_db()
    # No way to send mail is set up here: it got as far as there is one.
    assert mail.status == "NOT_CONFIGURED"


def test_nobody_elses_news_are_told(ann, zoe, gus, visit):
    acting(gus, ann.patient, "book", "copies")
    other = AppointmentFactory(
        patient=zoe.patient, starts_at=AT + timedelta(days=4), status=Status.CONFIRMED
    )
    tell_confirmed(appointment=other, at=AT)
    tell_cancelled(appointment=other, at=AT)
    assert not copies().exists()


def test_what_is_about_the_account_is_for_its_owner_alone(ann, gus):
    acting(gus, ann.patient, *OPENING, "copies")
    notify(
        event="account_welcome",
        recipient=recipient_for_patient(ann.patient),
        context={},
        at=AT,
        dedupe_key="welcome:1",
    )
    assert not copies().exists()
    words = ("account_", "proxy_", "export_", "erasure_", "restriction_", "emergency_")
    assert not [event for event in COPIED if event.startswith(words)]

    assert set().union(*COPIED.values()) <= set(Scope.values)


def test_telling_costs_one_query_more_whatever_the_number(
    ann, zoe, gus, django_assert_num_queries
):
    for patient in (ann.patient, zoe.patient):
        acting(gus, patient, "book", "copies")
    about = [("appointment_confirmed", one.patient) for one in (ann, zoe)]
    with django_assert_num_queries(1):
        assert len(told_besides(about, at=AT)) == 2
    with django_assert_num_queries(0):
        assert told_besides([("account_welcome", ann.patient)], at=AT) == {}
