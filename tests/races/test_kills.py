"""kill -9 of the page servers and of PostgreSQL while visitors book over HTTP.

On a PostgreSQL of its own with the settings of the demo's, so that nobody else's tests
lose theirs. Visitors send each form again until it is answered, with the same keys.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from django.utils import timezone

from booking.appointments.queries import free_slots
from booking.drafts.forms import new_key
from booking.drafts.tests.walking import DETAILS
from portal.postgres.server import Server
from tests.factories.booking import open_offering
from tests.factories.clinic import SpecialtyFactory
from tests.servers import ROOT, database_url, environment, free_port, wait_until_open

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SEED = 82
CLIENTS, EACH, KILLS = 4, 4, 4
# Fewer than are wanted at once, so that some visitors lose their first choice.
TIMES = CLIENTS * EACH + 2
LONGEST = 240
CSRF = "d" * 32


class House:
    """Page servers and a database that can be killed and come back."""

    def __init__(self, database):
        self.database = database
        self.port = free_port()
        self.web = None

    def open(self):
        self.web = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "gunicorn"),
                *("--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"),
            ],
            cwd=ROOT,
            env=environment(DATABASE_URL=self.database.places.url, PORT=str(self.port)),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until_open(self.port, self.web)

    def kill_web(self):
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def kill_database(self):
        pid_file = self.database.places.data / "postmaster.pid"
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
        while self.database.is_running():
            time.sleep(0.05)
        self.database.revive()

    def ask(self, question):
        with psycopg.connect(self.database.places.url) as link:
            return link.execute(question).fetchall()


@pytest.fixture
def database():
    """A private server with a copy of the test database."""
    server = Server(f"postgres-kills-{os.getpid()}")
    yield server
    server.destroy()


@pytest.fixture
def house(database):
    house = House(database)
    yield house
    if house.web is not None and house.web.poll() is None:
        house.kill_web()


def copy_to(server):
    """The test database, as it is now, into the private server."""
    url = server.hold()
    dump = subprocess.run(
        [
            str(server.program("pg_dump")),
            *("--no-owner", "--no-privileges", database_url()),
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [str(server.program("psql")), "-q", "-v", "ON_ERROR_STOP=1", url],
        check=True,
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
    )
    # Roles belong to a server, not to a database: this one has none yet.
    subprocess.run(
        [sys.executable, "manage.py", "grant_roles"],
        check=True,
        env=environment(DATABASE_URL=url),
    )


class Visitor:
    """Books one visit; tells what the clinic acknowledged and what it refused."""

    def __init__(self, port, kind, specialty, wishes):
        self.port, self.kind, self.specialty = port, kind, specialty
        self.wishes = wishes
        self.token, self.key = uuid.uuid4(), uuid.uuid4()
        self.session = ""
        self.tries = 0
        self.booked = False

    def send(self, path, fields):
        """Send a form until it is answered by less than a 5xx."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            self.tries += 1
            try:
                answer, cookies = self.once(path, fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
                continue
            if answer.status < 500:
                self.session = cookies.get("sessionid", self.session)
                return answer
            time.sleep(0.2)
        raise TimeoutError(path)

    def once(self, path, fields):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = f"csrftoken={CSRF}; sessionid={self.session}"
        form = "application/x-www-form-urlencoded"
        link.request(
            "POST",
            path,
            urlencode({**fields, "csrfmiddlewaretoken": CSRF}),
            {"Content-Type": form, "Cookie": cookies},
        )
        answer = link.getresponse()
        answer.read()
        link.close()
        given = [
            line.partition(";")[0]
            for line in answer.headers.get_all("Set-Cookie") or []
        ]
        return answer, dict(line.split("=", 1) for line in given)

    def book(self):
        first = {"service": self.kind, "reason": "", "specialty": self.specialty}
        begun = self.send("/book/", {**first, "key": new_key(self.token)})
        assert begun.status == 302
        way = f"/book/{self.token}"
        assert begun.headers["Location"] == f"{way}/time/"
        for wish in self.wishes:
            pressed = self.send(f"{way}/time/", {"slot": wish})
            if pressed.status == 302:
                break
            assert pressed.status == 409
        given = self.send(f"{way}/details/", DETAILS)
        assert given.headers["Location"] == f"{way}/check/"
        done = self.send(f"{way}/check/", {"key": str(self.key), "agree": "on"})
        assert done.status == 302
        assert done.headers["Location"] == f"{way}/confirmed/"
        self.booked = True


def test_whatever_is_killed_each_acknowledged_booking_is_there_once(house):
    pick = random.Random(SEED)  # noqa: S311
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

    def queue(mine):
        for one in mine:
            one.book()

    threads = [
        threading.Thread(target=queue, args=(visitors[n::CLIENTS],), daemon=True)
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    killed = 0
    while killed < KILLS:
        time.sleep(pick.uniform(0.1, 0.8))
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
