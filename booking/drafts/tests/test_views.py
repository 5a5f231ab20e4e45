"""The way to a booking, page by page, as a browser without scripts walks it."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from booking.appointments.models import Status
from booking.models import Appointment, Draft

MONDAY = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
DETAILS = {
    "first_name": "Maya",
    "last_name": "Thornbury",
    "birth_date_day": "14",
    "birth_date_month": "3",
    "birth_date_year": "1986",
    "phone": "07700 900123",
    "email": "maya@example.org",
}


def hidden(response, name):
    """The value of a hidden box in the page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', response.content.decode())
    return found.group(1)


def slot(offering, at=MONDAY):
    return f"{offering.public_id} {at:%Y-%m-%dT%H:%MZ}"


def begin(client, offering, **answers):
    """Choose the reason; returns the draft."""
    page = {"specialty": "gp"}
    opened = client.get(reverse("booking:draft_start"), page)
    given = {"service": offering.visit_type.slug, "key": hidden(opened, "key")}
    response = client.post(reverse("booking:draft_start"), {**page, **given, **answers})
    assert response.status_code == 302, response.content.decode()
    return Draft.objects.latest("pk")


def to_time(client, draft, offering, at=MONDAY):
    address = reverse("booking:draft_time", args=[draft.token])
    return client.post(address, {"slot": slot(offering, at)})


def to_check(client, draft, **changes):
    address = reverse("booking:draft_details", args=[draft.token])
    return client.post(address, {**DETAILS, **changes})


def book(client, draft):
    address = reverse("booking:draft_check", args=[draft.token])
    key = hidden(client.get(address), "key")
    return client.post(address, {"key": key, "agree": "on"})


@pytest.fixture
def draft(client, free_visit):
    return begin(client, free_visit)


@pytest.fixture
def held(client, draft, free_visit):
    """A draft that holds Monday, 10am."""
    to_time(client, draft, free_visit)
    draft.refresh_from_db()
    return draft


def test_a_stranger_books_a_free_visit(client, free_visit):
    draft = begin(client, free_visit, reason="Headaches most weeks")
    steps = [
        to_time(client, draft, free_visit).url,
        to_check(client, draft).url,
        book(client, draft).url,
    ]
    assert [url.rstrip("/").rsplit("/", 1)[-1] for url in steps] == [
        "details",
        "check",
        "confirmed",
    ]
    visit = Appointment.objects.get()
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, MONDAY)
    assert visit.patient.full_name == "Maya Thornbury"
    assert visit.patient.phone == "+447700900123"
    assert visit.reason == "Headaches most weeks"
    page = client.get(steps[-1])
    assert visit.reference in page.content.decode()
    assert "Monday 16 March 2026, 10:00am" in page.content.decode()
