"""kill -9 of the page servers and of PostgreSQL while visitors book over HTTP.

On a PostgreSQL of its own with the settings of the demo's, so that nobody else's tests
lose theirs. Visitors send each form again until it is answered, with the same keys.
"""

import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from booking.appointments.queries import free_slots
from booking.drafts.forms import new_key
from booking.drafts.tests.walking import DETAILS
from tests.factories.booking import open_offering
from tests.factories.clinic import SpecialtyFactory
from tests.races.crashing import (
    LONGEST,
    ROUNDS,
    Person,
    copy_to,
    in_background,
    seeded,
    until_one_waits,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS, EACH, KILLS = 4, 4 * ROUNDS, 4 * ROUNDS
# Fewer than are wanted at once, so that some visitors lose their first choice.
TIMES = CLIENTS * EACH + 2


class Visitor(Person):
    """Books one visit; tells what the clinic acknowledged and what it refused."""

    def __init__(self, port, kind, specialty, wishes):
        super().__init__(port)
        self.kind, self.specialty = kind, specialty
        self.wishes = wishes
        self.token, self.key = uuid.uuid4(), uuid.uuid4()
        self.booked = False

    def book(self):
        first = {"service": self.kind, "reason": "", "specialty": self.specialty}
        begun = self.send("/book/", {**first, "key": new_key(self.token)})
        assert begun.status_code == 302
        way = f"/book/{self.token}"
        assert begun.headers["Location"] == f"{way}/time/"
        for wish in self.wishes:
            pressed = self.send(f"{way}/time/", {"slot": wish})
            if pressed.status_code == 302:
                break
            assert pressed.status_code == 409
        given = self.send(f"{way}/details/", DETAILS)
        assert given.headers["Location"] == f"{way}/check/"
        done = self.send(f"{way}/check/", {"key": str(self.key), "agree": "on"})
        assert done.status_code == 302
        assert done.headers["Location"] == f"{way}/confirmed/"
        self.booked = True


def test_whatever_is_killed_each_acknowledged_booking_is_there_once(house):
    pick = seeded()
    offering = open_offering(
        weekdays=range(7),
        doctor__specialties=[SpecialtyFactory()],
        visit_type__free=True,
    )
    now = timezone.now()
    span = {"after": now + timedelta(days=2), "until": now + timedelta(days=9)}
    found = free_slots([offering], at=now, **span)[offering.pk][:TIMES]
    wishes = [f"{offering.public_id} {one.starts_at.isoformat()}" for one in found]
    slugs = offering.visit_type.slug, offering.doctor.specialties.get().slug
    copy_to(house.database)
    assert house.ask("SHOW synchronous_commit") == [("on",)]
    assert house.ask("SHOW fsync") == [("on",)]
    house.open()
    visitors = [
        Visitor(house.port, *slugs, pick.sample(wishes, TIMES))
        for _ in range(CLIENTS * EACH)
    ]

    acts = [one.book for one in visitors]
    threads = in_background(acts[number::CLIENTS] for number in range(CLIENTS))
    killed = 0
    while killed < KILLS:
        time.sleep(pick.uniform(0.1, 0.8))
        until_one_waits(visitors, threads)
        if killed % 2:
            house.kill_database()
        else:
            house.kill_web()
            house.open()
        killed += 1
    for thread in threads:
        thread.join(LONGEST)

    assert all(one.booked for one in visitors)
    # Somebody had to send a form again, or nothing was killed in the middle.
    assert sum(one.tries for one in visitors) > 4 * len(visitors)
    tokens = {one.token for one in visitors}
    rows = house.ask(
        "SELECT d.token, a.submit_key, a.id FROM booking_appointment a"
        " JOIN booking_draft d ON d.appointment_id = a.id WHERE a.status = 'CONFIRMED'"
    )
    assert {(token, key) for token, key, _ in rows} == {
        (one.token, one.key) for one in visitors
    }
    assert len(rows) == len(tokens)
    # Nothing besides: no second booking, no hold left behind by a try that died.
    live = "status IN ('HELD', 'REQUESTED', 'CONFIRMED')"
    assert house.ask(f"SELECT count(*) FROM booking_appointment WHERE {live}") == [  # noqa: S608
        (len(tokens),)
    ]
    assert house.ask("SELECT count(*) FROM accounts_patient") == [(len(tokens),)]
    assert house.ask(
        "SELECT count(*) FROM booking_appointment a JOIN booking_appointment b"
        " ON a.id < b.id AND a.doctor_id = b.doctor_id"
        " AND a.busy_starts_at < b.busy_ends_at AND b.busy_starts_at < a.busy_ends_at"
        " AND a.status = 'CONFIRMED' AND b.status = 'CONFIRMED'"
    ) == [(0,)]
    confirmed = (
        "SELECT appointment_id FROM booking_statuschange WHERE to_status = 'CONFIRMED'"
    )
    assert sorted(house.ask(confirmed)) == sorted((pk,) for *_, pk in rows)
    # Who is to be told is in the queue, once for each.
    assert house.ask(
        "SELECT count(*) FROM audit_entry WHERE verb = 'appointment.confirmed'"
    ) == [(len(tokens),)]
