"""Anyone will do: of many who press on one time as many have it as doctors are free."""

import pytest
from django.test import Client

from booking.conftest import NOW
from booking.drafts.tests.walking import MONDAY, choose_reason, slot, url
from booking.models import Appointment
from tests.factories.practice import Practice
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PEOPLE, DOCTORS = 8, 3


def test_each_doctor_who_is_free_is_held_once_and_the_others_are_told(
    transactional_db, no_deadlocks, monkeypatch
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    practice = Practice()
    kind = practice.kind("free")
    offerings = [
        practice.offer(practice.doctor(f"Adams{n}"), kind=kind) for n in range(DOCTORS)
    ]
    crowd = [Client() for _ in range(PEOPLE)]
    drafts = [choose_reason(client, offerings[0]) for client in crowd]

    def press(client, draft):
        # The one whom the page names for everybody.
        return client.post(url("time", draft), {"slot": slot(offerings[0])})

    outcomes = at_once(
        lambda client=client, draft=draft: press(client, draft)
        for client, draft in zip(crowd, drafts, strict=True)
    )
    assert [one.error for one in outcomes] == [None] * PEOPLE
    codes = sorted(one.value.status_code for one in outcomes)
    assert codes == [302] * DOCTORS + [409] * (PEOPLE - DOCTORS)
    held = Appointment.objects.filter(status="HELD", starts_at=MONDAY)
    assert held.values("doctor").distinct().count() == held.count() == DOCTORS
    lost = [one.value.text for one in outcomes if one.value.status_code == 409]
    assert all("Nearest free times" in page for page in lost)
