"""The steps of a booking, as a browser without scripts takes them."""

import re
from datetime import UTC, datetime

from django.urls import reverse

from booking.models import Draft

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


def url(name, draft):
    return reverse(f"booking:draft_{name}", args=[draft.token])


def hidden(response, name):
    """The value of a hidden box in the page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', response.content.decode())
    return found.group(1)


def slot(offering, at=MONDAY):
    return f"{offering.public_id} {at:%Y-%m-%dT%H:%MZ}"


def choose_reason(client, offering, **answers):
    """Step 1; returns the draft it began."""
    start, page = reverse("booking:draft_start"), {"specialty": "gp"}
    opened = client.get(start, page)
    given = {"service": offering.visit_type.slug, "key": hidden(opened, "key")}
    response = client.post(start, {**page, **given, **answers})
    assert response.status_code == 302, response.content.decode()
    return Draft.objects.latest("pk")


def choose_time(client, draft, offering, at=MONDAY):
    return client.post(url("time", draft), {"slot": slot(offering, at)})


def give_details(client, draft, **changes):
    return client.post(url("details", draft), {**DETAILS, **changes})


def agree(client, draft, **ticks):
    """Step 4, as it was shown: the versions of its texts go with the ticks."""
    page = client.get(url("check", draft))
    names = ("key", "price", "terms_text", "news_text")
    shown = {
        name: hidden(page, name) for name in names if f'name="{name}"' in page.text
    }
    return client.post(url("check", draft), {**shown, "agree": "on", **ticks})


def walk(client, offering, **answers):
    """All the way with a guest; returns the draft and the last response."""
    draft = choose_reason(client, offering, **answers)
    choose_time(client, draft, offering)
    give_details(client, draft)
    return draft, agree(client, draft)
