"""Two hundred visitors press on the same time, over real HTTP."""

import http.client
import threading
import time
from collections import Counter
from datetime import UTC, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from booking.appointments.models import LIVE
from booking.appointments.queries import free_slots
from booking.models import Appointment
from tests.factories.booking import open_offering
from tests.factories.clinic import SpecialtyFactory
from tests.races.conftest import deadlocks
from tests.servers import running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CROWD, FEW = 200, 8
# How long a loser may wait for the answer, in seconds; and on a machine that is busy
# with other things, in times of what as many wait for an answer that costs nothing.
PATIENCE, TIMES_NOTHING = 2.0, 30
# Any 32 letters and digits: the cookie and the form only have to agree.
CSRF = "c" * 32


def post(port, path, fields, session=""):
    """(status, headers, seconds) of one form, sent by a visitor of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    cookies = f"csrftoken={CSRF}" + (f"; sessionid={session}" if session else "")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": cookies,
    }
    began = time.monotonic()
    body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers, time.monotonic() - began


def ask_nothing(port):
    """The seconds of the cheapest answer that there is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.monotonic()
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - began


def visitor(port, offering):
    """A session with a draft: (session id, path of its page of times)."""
    slug = offering.doctor.specialties.get().slug
    fields = {"service": offering.visit_type.slug, "reason": "", "specialty": slug}
    status, headers, _ = post(port, "/book/", fields)
    assert status == 302
    given = [line.partition(";")[0] for line in headers.get_all("Set-Cookie")]
    cookies = dict(line.split("=", 1) for line in given)
    return cookies["sessionid"], headers["Location"]


def crowd(calls):
    """Every call in a thread of its own, all together; what each returned."""
    answers = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(place):
        gate.wait(60)
        answers[place] = calls[place]()

    threads = [
        threading.Thread(target=run, args=(n,), daemon=True) for n in range(len(calls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def bookable():
    """An offering and a start that is free."""
    offering = open_offering(
        weekdays=range(7), doctor__specialties=[SpecialtyFactory()]
    )
    now = timezone.now()
    found = free_slots(
        [offering], after=now + timedelta(days=1), until=now + timedelta(days=5), at=now
    )
    return offering, found[offering.pk][3].starts_at


def race(size):
    """So many visitors press on one time over HTTP: its start, their answers, and how
    long the slowest of as many waits who ask for nothing."""
    offering, start = bookable()
    with running_web() as port:
        visitors = [visitor(port, offering) for _ in range(size)]
        nothing = max(crowd([lambda: ask_nothing(port)] * size))
        fields = {"slot": f"{offering.public_id} {start.astimezone(UTC).isoformat()}"}
        answers = crowd(
            [
                lambda s=session, p=path: post(port, p, fields, s)
                for session, path in visitors
            ]
        )
    return start, answers, nothing


def test_two_hundred_press_on_one_time_and_one_has_it():
    before = deadlocks()
    start, answers, nothing = race(CROWD)
    assert Counter(status for status, _, _ in answers) == Counter(
        {302: 1, 409: CROWD - 1}
    )
    rows = Appointment.objects.filter(status__in=LIVE)
    assert [row.starts_at for row in rows] == [start]
    assert deadlocks() == before
    slowest = max(seconds for _, _, seconds in answers)
    assert slowest < max(PATIENCE, TIMES_NOTHING * nothing)


# --- The control: is it the lock and the constraint that keep the time? -----------


def test_control_without_lock_and_constraint_http_books_twice(
    without_constraints, without_locks_anywhere, slow_inserts
):
    _, answers, _ = race(FEW)
    won = [status for status, _, _ in answers if status == 302]
    assert len(won) > 1
    assert Appointment.objects.filter(status__in=LIVE).count() == len(won)


def test_control_the_lock_alone_is_enough_over_http(without_constraints, slow_inserts):
    _, answers, _ = race(FEW)
    assert Counter(status for status, _, _ in answers) == {302: 1, 409: FEW - 1}
    assert Appointment.objects.filter(status__in=LIVE).count() == 1


def test_control_the_constraint_alone_is_enough_over_http(
    without_locks_anywhere, slow_inserts
):
    _, answers, _ = race(FEW)
    assert Counter(status for status, _, _ in answers) == {302: 1, 409: FEW - 1}
    assert Appointment.objects.filter(status__in=LIVE).count() == 1


# --- One visitor, twice -----------------------------------------------------------


def test_a_double_click_holds_one_time():
    offering, start = bookable()
    with running_web() as port:
        session, path = visitor(port, offering)
        fields = {"slot": f"{offering.public_id} {start.isoformat()}"}
        answers = crowd([lambda: post(port, path, fields, session)] * 6)
    assert {status for status, _, _ in answers} == {302}
    assert Appointment.objects.count() == 1
