"""A small clinic with something on every page, and every address of it."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from booking.appointments.models import Status
from tests.factories.billing import FindingFactory, PaymentFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import (
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
)
from tests.second_factors import VerifiedClient

CAST = (
    "ann", "zoe", "dr_lee", "dr_roy", "nurse", "desk", "biller", "author", "editor",
    "reviewer", "medical_admin", "admin",
)  # fmt: skip
UUID = re.compile(r"<uuid:\w+>|\(\?P<public_id>[^)]*\)")


def addresses(filled):
    """Every address of the site that can be opened, by URL name; `filled` gives the
    arguments of those that take any. Those without are opened with a random id."""
    found = {}

    def walk(patterns, prefix, space):
        for one in patterns:
            route = prefix + str(one.pattern)
            if hasattr(one, "url_patterns"):
                if str(one.pattern) in {"cms/", "_util/"}:
                    continue
                inner = f"{space}{one.namespace}:" if one.namespace else space
                walk(one.url_patterns, route, inner)
            elif one.name:
                found[space + one.name] = f"/{route}"

    walk(get_resolver().url_patterns, "", "")
    stranger = "0f3b7c52-4a0e-4f6e-9a4b-0d9b8a1c2e3d"
    pages = {}
    for name, route in sorted(found.items()):
        path = UUID.sub(str(filled.get(name, stranger)), route)
        path = re.sub(r"<str:date>", timezone.now().strftime("%Y-%m-%d"), path)
        path = re.sub(r"\(\?P<verb>([a-z]+)[^)]*\)", r"\1", path)
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<str:\w+>", "nothing", path)
        path = re.sub(r"\^\(.*\)\$|[\^$]|\\Z", "", path)
        pages[name] = path
    return pages


@pytest.fixture
def world(db, ann, dr_lee, settings, tmp_path):
    """What Ann has here, and the address of every page, by URL name."""
    settings.STORAGES = {
        **settings.STORAGES,
        "clinical": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        },
    }
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    offering = open_offering(weekdays=range(7), doctor=dr_lee.doctor)
    visit = AppointmentFactory(
        offering=offering, patient=ann.patient, starts_at=now + timedelta(days=3)
    )
    today = AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        starts_at=now + timedelta(hours=1),
        status=Status.CONFIRMED,
    )
    document = DocumentFactory(patient=ann.patient)
    paper = PrescriptionFactory(
        patient=ann.patient, doctor=dr_lee.doctor, appointment=today, signed=True
    )
    PrescriptionItemFactory(prescription=paper)
    payment = PaymentFactory(paid=True, appointment=visit)
    DeliveryFactory(user=ann, patient=ann.patient)
    finding = FindingFactory()
    return {
        "visit": visit,
        "pages": addresses(
            {
                "accounts:picture": ann.patient.public_id,
                "billing:finding_settle": finding.public_id,
                "billing:payment": payment.public_id,
                "billing:receipt": payment.public_id,
                "booking:appointment": visit.public_id,
                "booking:appointment_calendar": visit.public_id,
                "booking:appointment_cancel": visit.public_id,
                "booking:doctor_times": dr_lee.doctor.public_id,
                "clinic:doctor": dr_lee.doctor.public_id,
                "clinic:person": dr_lee.public_id,
                "clinic:visit_type": visit.visit_type.public_id,
                "records:document_remove": document.public_id,
                "records:download": document.public_id,
                "records:patient_documents": ann.patient.public_id,
                "records:prescription": paper.public_id,
                "records:prescription_act": paper.public_id,
                "records:prescription_rewrite": paper.public_id,
                "records:prescription_write": ann.patient.public_id,
                "workspace:appointment": today.public_id,
                "workspace:approve": visit.public_id,
                "workspace:cancel": visit.public_id,
                "workspace:follow_up_grant": visit.public_id,
                "workspace:change": visit.public_id,
                "workspace:approve_move": visit.public_id,
                "workspace:decline": visit.public_id,
                "workspace:decline_move": visit.public_id,
                "workspace:move": today.public_id,
                "workspace:overbook": ann.patient.public_id,
                "workspace:patient": ann.patient.public_id,
                "workspace:visit_time": visit.public_id,
                "workspace:visit_place": visit.public_id,
                "workspace:visit_hour": visit.public_id,
            }
        ),
    }


@pytest.fixture
def browsers(request):
    """A browser for each member of the cast, and one for a visitor."""
    clients = {"visitor": Client(raise_request_exception=False)}
    for name in CAST:
        clients[name] = VerifiedClient(raise_request_exception=False)
        # Whoever has signed in has proved their address.
        user = request.getfixturevalue(name)
        EmailAddress.objects.create(
            user=user, email=user.email, primary=True, verified=True
        )
        clients[name].force_login(user)
    return clients


@pytest.fixture
def as_in_production(settings):
    """On HTTPS, with the cookies of portal/settings/production.py."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    secure = [one.replace("http://", "https://") for one in rules["form-action"]]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": secure}}
