"""The day: a queue of 200 people, and 50 screens that follow it."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from accounts.models import User
from accounts.users.models import Role
from accounts.users.services import assign_role
from bench.data import build, settle
from bench.figures import Figure
from bench.server import ROOT, free_port, running_server, wait_until_open
from booking.models import Appointment
from booking.queue.services import call_in, check_in, make_screen, take_back
from clinic.models import Location, Offering
from portal.dashboards.queue.queries import columns_of, visits_today
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory

PEOPLE, SCREENS, DOCTORS, ROUNDS = 200, 50, 20, 5


def measure() -> Iterator[Figure]:
    """From the press of a button until the last of fifty displays has heard of it, and
    shows it; and how long the desk's queue takes to read."""
    build(doctors=DOCTORS, empty=True)
    location, visit = _queue()
    at = timezone.now()
    keys = [
        make_screen(actor=None, location=location, name="Hall", at=at)[1]
        for _ in range(SCREENS)
    ]
    desk = User.objects.create(email="desk@bench.example")
    assign_role(actor=None, user=desk, role=Role.RECEPTIONIST)
    settle()
    with running_server() as port, _sockets() as live:
        heard, shown = _seconds(visit, keys, port, live)
    read = min(_read(desk, location) for _ in range(ROUNDS))
    yield Figure(f"queue: {SCREENS} screens hear", heard, 1.0, "s", "<= 1")
    yield Figure(f"queue: {SCREENS} displays show", shown, 1.0, "s", "<= 1")
    yield Figure(f"queue: {PEOPLE} people are read", read, 1.0, "s", "<= 1")


def _queue() -> tuple[Location, Appointment]:
    """Two hundred people at one place, with twenty doctors; half of them are here."""
    now = timezone.now()
    visits: list[Any] = [
        AppointmentFactory(
            offering=offering,
            patient=PatientFactory(),
            starts_at=now + timedelta(minutes=2 * number),
            minutes=2,
        )
        for offering in Offering.objects.select_related("doctor", "location")
        for number in range(PEOPLE // DOCTORS)
    ]
    for visit in visits[::2]:
        check_in(actor=None, appointment=visit, at=now)
    return visits[0].location, visits[0]


@contextmanager
def _sockets() -> Iterator[int]:
    """The program of the sockets, as production runs it; its port."""
    port = free_port()
    server = subprocess.Popen(  # noqa: S603 our own server
        [
            str(Path(sys.executable).parent / "uvicorn"),
            *("portal.asgi:application", "--port", str(port)),
            *("--lifespan", "off", "--log-level", "warning"),
        ],
        cwd=ROOT,
        env=dict(os.environ),
    )
    try:
        wait_until_open(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _seconds(
    visit: Appointment, keys: list[str], port: int, live: int
) -> tuple[float, float]:
    """The medians of some rounds: until the last socket heard, and until the last
    display had its new part."""
    live_at = f"ws://127.0.0.1:{live}/live/screen"
    paths = [reverse("booking:screen", args=[key]) for key in keys]
    heard, shown = [], []
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(
                connect(f"{live_at}/{key}/", origin=Origin(settings.SITE_URL))
            )
            for key in keys
        ]
        for _ in range(ROUNDS):
            times = _round(visit, list(zip(sockets, paths, strict=True)), port)
            heard.append(max(one for one, _ in times))
            shown.append(max(one for _, one in times))
    return sorted(heard)[ROUNDS // 2], sorted(shown)[ROUNDS // 2]


def _round(
    visit: Appointment, screens: list[tuple[ClientConnection, str]], port: int
) -> list[tuple[float, float]]:
    """Call somebody in; for each display when it heard, and when it had its part."""
    times: list[tuple[float, float]] = []
    began = 0.0

    def follow(socket: ClientConnection, path: str) -> None:
        socket.recv(timeout=30)
        heard = time.perf_counter() - began
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.request("GET", path, headers={"HX-Request": "true"})
        answer = link.getresponse()
        assert answer.status == 200, answer.status
        assert b"mc-wall__now" in answer.read()
        link.close()
        times.append((heard, time.perf_counter() - began))

    threads = [threading.Thread(target=follow, args=one) for one in screens]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    call_in(actor=None, appointment=visit, at=timezone.now())
    for thread in threads:
        thread.join()
    take_back(actor=None, appointment=visit, at=timezone.now())
    for socket, _ in screens:
        socket.recv(timeout=30)
    return times


def _read(desk: User, location: Location) -> float:
    """The seconds of all that the desk's page asks for, once."""
    began = time.perf_counter()
    at = timezone.now()
    columns = columns_of(desk, visits_today(desk, location, at=at), location, at=at)
    assert sum(len(one.lines) for one in columns) == PEOPLE
    return time.perf_counter() - began
