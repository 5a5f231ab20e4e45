"""Acting for somebody, from outside over HTTP: each scope at each page."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Proxy
from accounts.proxies.models import Scope
from accounts.proxies.services import end
from audit.models import Entry
from booking.appointments.models import Status
from booking.models import Appointment
from notifications.preferences.models import Channel
from records.models import Document
from tests.factories.accounts import PatientFactory
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory, OfferingFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.records import (
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
    png,
)
from tests.saying import said

pytestmark = pytest.mark.django_db
SECRETS = ("Chest pain", "Letter of the heart clinic", "Bisoprolol", "Your news")


@pytest.fixture(autouse=True)
def _files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def things(ann):
    """One of each of Ann's, all of them secret."""
    offering = OfferingFactory(doctor=DoctorFactory(last_name="Calloway"))
    visit = AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        starts_at=timezone.now() + timedelta(days=3),
        status=Status.CONFIRMED,
        reason="Chest pain",
    )
    payment = PaymentFactory(appointment=visit, paid=True)
    paper = PrescriptionFactory(patient=ann.patient, signed=True)
    PrescriptionItemFactory(prescription=paper, medicine="Bisoprolol")
    return {
        "visit": visit,
        "payment": payment,
        "document": DocumentFactory(
            patient=ann.patient,
            title="Letter of the heart clinic",
            is_shared_with_patient=True,
        ),
        "prescription": paper,
        "notice": DeliveryFactory(
            patient=ann.patient,
            user=ann,
            channel=Channel.IN_APP,
            status="DELIVERED",
            subject="Your news",
        ),
    }


def _pages(things):
    """Address → the scopes that open it while one acts for Ann."""
    visit, paper = things["visit"].public_id, things["prescription"].public_id
    everything = {scope.value for scope in Scope}
    return {
        reverse("portal:home"): everything,
        reverse("booking:appointments"): {"book"},
        reverse("booking:appointment", args=[visit]): {"book"},
        reverse("booking:appointment_cancel", args=[visit]): {"book"},
        reverse("booking:appointment_calendar", args=[visit]): {"book"},
        reverse("notifications:notices"): {"messages"},
        reverse("portal:health"): {"records", "money"},
        reverse("records:documents"): {"records"},
        reverse("records:medicines"): {"records"},
        reverse("records:prescription", args=[paper]): {"records"},
        reverse("records:download", args=[things["document"].public_id]): {"records"},
        reverse("billing:receipt", args=[things["payment"].public_id]): {"money"},
    }


def _png():
    return SimpleUploadedFile("test.png", png())


def _choose(client, proxy):
    return client.post(reverse("accounts:viewing"), {"proxy": proxy.public_id})


@pytest.mark.parametrize("scope", [scope.value for scope in Scope])
def test_each_scope_opens_its_pages_and_no_other(scope, client, ann, gus, things):
    proxy = ProxyFactory(user=gus, patient=ann.patient, scopes=[scope])
    client.force_login(gus)
    assert _choose(client, proxy).status_code == 302
    for page, scopes in _pages(things).items():
        found = client.get(page).status_code
        assert found in ((200, 302) if scope in scopes else (404,)), (scope, page)


def test_strangers_and_the_end_close_every_page(client, ann, gus, zoe, things):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    client.force_login(gus)
    _choose(client, proxy)
    pages = _pages(things)
    opened = [page for page in pages if client.get(page).status_code != 404]
    assert opened == list(pages)
    end(actor=ann, proxy=proxy, at=timezone.now())
    # His own pages are there again, with nothing of Ann's.
    for page in pages:
        answer = client.get(page)
        if str(answer.status_code) == "200":
            assert not any(secret in answer.text for secret in SECRETS), page
            assert "acting for" not in answer.text
    client.force_login(zoe)
    assert _choose(client, proxy).status_code == 404
    for page in pages:
        answer = client.get(page)
        if answer.status_code == 200:
            assert not any(secret in answer.text for secret in SECRETS), page


@pytest.mark.parametrize("why", ["ended", "expired", "of age", "waiting", "suspended"])
def test_what_is_not_in_force_opens_nothing(why, client, ann, gus, things):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    client.force_login(gus)
    _choose(client, proxy)
    visit = reverse("booking:appointment", args=[things["visit"].public_id])
    assert client.get(visit).status_code == 200
    past = timezone.now() - timedelta(seconds=1)
    changes = {
        "ended": {"status": "ENDED", "ends_at": past},
        "expired": {"ends_at": past},
        "of age": {"until_age": True},
        "waiting": {"status": "ASKED"},
        "suspended": {},
    }[why]
    if changes:
        Proxy.objects.filter(pk=proxy.pk).update(**changes)
    else:
        type(gus).objects.filter(pk=gus.pk).update(is_active=False)
    assert client.get(visit).status_code in (404, 302)
    home = client.get("/portal/")
    assert "Ann" not in said(home.text) if home.status_code == 200 else True


def test_every_page_says_for_whom_it_is_and_the_way_back(client, ann, gus, things):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    client.force_login(gus)
    assert "You are acting for" not in client.get("/portal/").text
    _choose(client, proxy)
    for page in _pages(things):
        answer = client.get(page)
        is_page = answer.get("Content-Type", "").startswith("text/html")
        if is_page and answer.status_code == 200:
            assert "You are acting for <strong>Ann Patient" in answer.text, page
    about_gus = client.get(reverse("accounts:profile")).text
    assert "This page is about yourself" in about_gus
    client.post(reverse("accounts:viewing"), {"proxy": ""})
    assert "You are acting for" not in client.get("/portal/").text


def test_a_page_of_anothers_thing_says_so_though_nobody_was_chosen(
    client, ann, gus, things
):
    """A link from a mail, or an old tab."""
    ProxyFactory(user=gus, patient=ann.patient)
    client.force_login(gus)
    page = reverse("booking:appointment", args=[things["visit"].public_id])
    assert "You are acting for <strong>Ann Patient" in client.get(page).text
    assert "You are acting for" not in client.get("/portal/").text


def test_money_and_reason_stay_away_from_who_may_only_book(client, ann, gus, things):
    ProxyFactory(user=gus, patient=ann.patient, scopes=["book"])
    client.force_login(gus)
    page = reverse("booking:appointment", args=[things["visit"].public_id])
    text = client.get(page).text
    assert "Calloway" in text
    assert "Chest pain" not in text
    assert " paid" not in text
    client.force_login(ann)
    own = client.get(page).text
    assert "Chest pain" in own
    assert " paid" in own


def test_cancelling_for_somebody_is_logged_as_for_them(client, ann, gus, things):
    ProxyFactory(user=gus, patient=ann.patient, scopes=["book"])
    client.force_login(gus)
    page = reverse("booking:appointment_cancel", args=[things["visit"].public_id])
    assert client.post(page, {"reason": "She is away"}).status_code == 302
    things["visit"].refresh_from_db()
    assert things["visit"].status == Status.CANCELLED
    entry = Entry.objects.get(verb="appointment.cancelled")
    assert (entry.actor, entry.on_behalf_of_id, entry.role) == (
        gus,
        ann.patient.pk,
        "PROXY",
    )
    client.force_login(ann)
    shown = client.get(reverse("portal:access")).text
    assert "Gus Patient" in shown
    assert "Acting for the patient" in shown
    assert "for you" in shown


def test_a_document_goes_to_the_person_the_page_was_opened_for(client, ann, gus):
    proxy = ProxyFactory(user=gus, patient=ann.patient, scopes=["records"])
    client.force_login(gus)
    page = reverse("records:documents")
    mine = {"title": "Blood test", "category": "LETTER", "viewing": "me"}
    # Another tab chooses Ann meanwhile.
    _choose(client, proxy)
    answer = client.post(page, {**mine, "file": _png()})
    assert answer.status_code == 422
    assert "another person" in answer.text
    assert not Document.objects.exists()
    answer = client.post(
        page, {**mine, "viewing": str(proxy.public_id), "file": _png()}
    )
    assert answer.status_code == 302
    document = Document.objects.get()
    assert (document.patient, document.uploaded_by) == (ann.patient, gus)
    # What he added is hers: it closes with the rest.
    end(actor=gus, proxy=proxy, at=timezone.now())
    download = reverse("records:download", args=[document.public_id])
    assert client.get(download).status_code == 404
    assert not gus.has_perm("records.view_document", document)


def test_who_acts_changes_neither_account_nor_log(client, ann, gus):
    """Identity, factors, sharing and who-has-seen stay with the patient."""
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    client.force_login(gus)
    _choose(client, proxy)
    client.post(
        reverse("accounts:profile"),
        {
            "first_name": "Gustav",
            "last_name": "Patient",
            "birth_date_0": "14",
            "birth_date_1": "3",
            "birth_date_2": "1986",
            "birth_date_day": "14",
            "birth_date_month": "3",
            "birth_date_year": "1986",
            "sex": "UNKNOWN",
            "language": "en",
        },
    )
    ann.patient.refresh_from_db()
    assert ann.patient.first_name == "Ann"
    assert "Ann" not in said(
        client.get(reverse("portal:access")).text.partition("<h1")[2]
    )
    client.post(
        reverse("accounts:proxy_invite"),
        {"email": "x@example.org", "relation": "CARER", "scopes": ["book"]},
    )
    assert not Proxy.objects.filter(patient=ann.patient, status="INVITED").exists()


def test_a_child_reads_its_messages_through_its_parent_only(client, gus):
    child = PatientFactory(first_name="Maya", birth_date=timezone.now().date())
    proxy = ProxyFactory(user=gus, patient=child, of_minor=True)
    DeliveryFactory(
        patient=child, channel=Channel.IN_APP, status="DELIVERED", subject="For Maya"
    )
    client.force_login(gus)
    notices = reverse("notifications:notices")
    assert "For Maya" not in client.get(notices).text
    _choose(client, proxy)
    assert "For Maya" in client.get(notices).text


def test_notes_about_who_else_acts_stay_with_the_patient(client, ann, gus):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    DeliveryFactory(
        patient=ann.patient,
        user=ann,
        event="proxy_asked",
        channel=Channel.IN_APP,
        status="DELIVERED",
        subject="Otto asks",
    )
    client.force_login(gus)
    _choose(client, proxy)
    assert "Otto asks" not in client.get(reverse("notifications:notices")).text


def test_nobody_books_for_somebody_by_having_begun_before_the_end(
    client, ann, gus, things
):
    assert not Appointment.objects.filter(booked_by=gus).exists()
    proxy = ProxyFactory(user=gus, patient=ann.patient, scopes=["messages"])
    client.force_login(gus)
    _choose(client, proxy)
    answer = client.get(reverse("booking:draft_start"))
    assert answer["Location"] == reverse("accounts:family")
