"""The public pages: processor time beside an empty view on the same server, queries,
weight, and how long a time that has gone is still offered."""

import gzip
import http.client
import os
import re
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.management import call_command
from django.db import connection
from django.test import Client as TestClient
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient
from bench.data import build
from bench.figures import Figure
from bench.server import running_server
from booking.appointments.models import Status
from clinic.models import Doctor, OpeningHours, Specialty
from tests.factories import pages
from tests.factories.booking import AppointmentFactory

ROUNDS, REQUESTS = 5, 60
TICKS = os.sysconf("SC_CLK_TCK")
EMPTY = "/bare/empty/"
LIMITS = {"home": 15, "doctor": 20, "directory of 20 doctors": 30, "article": 5}
QUERIES, WEIGHT, GONE = 12, 200.0, 1.0
LINK = {"label": "", "page": None, "address": ""}


def measure() -> Iterator[Figure]:
    """Everything about pages, with 50 doctors and 20,000 appointments."""
    build(doctors=50)
    paths = _make_site()
    call_command("collectstatic", interactive=False, verbosity=0)
    with running_server() as port:
        spent = _processor_time(port, [EMPTY, *paths.values()])
        for name, path in paths.items():
            goal = f"<= {LIMITS[name]}"
            yield Figure(f"CPU, {name}", spent[path], spent[EMPTY], "ms", goal)
        yield Figure(
            "weight, doctor", _weight(port, paths["doctor"]), WEIGHT, "kB", "<= 1"
        )
        gone = _seconds_offered(port, paths["doctor"])
        yield Figure("a time that has gone is offered", gone, GONE, "s", "<= 1")
    for name, path in paths.items():
        yield Figure(f"queries, {name}", _queries(path), QUERIES, "queries", "<= 1")


def _make_site() -> dict[str, str]:
    """Pages with every block of the design's home page; their paths by name."""
    doctors = list(Doctor.objects.order_by("pk"))
    for number, doctor in enumerate(doctors):
        Doctor.objects.filter(pk=doctor.pk).update(joined_date=None, left_date=None)
        pages.doctor_page(doctor=doctor, title=f"Doctor {number}")
    skin = Specialty.objects.order_by("pk")[0]
    pages.specialty_page(specialty=skin)
    location = doctors[0].offerings.all()[0].location
    for day in range(7):
        OpeningHours.objects.create(
            location=location, weekday=day, opens_at="08:00", closes_at="18:00"
        )
    article = pages.article(specialties=[skin])
    home = pages.home()
    home.body = _home_body()  # type: ignore[assignment]
    home.save()
    return {
        "home": "/",
        "doctor": f"/doctors/{doctors[0].slug}/",
        "directory of 20 doctors": "/doctors/",
        "article": article.path_on_site,
    }


def _home_body() -> list[tuple[str, Any]]:
    hero: dict[str, Any] = {
        "heading": "See the right doctor",
        "text": "Soon.",
        "image": None,
        "finder": True,
        "next_times": True,
        "note": "",
    }
    doctors: dict[str, Any] = {
        "heading": "Doctors",
        "choice": "times",
        "doctors": [],
        "specialty": None,
        "count": 3,
        "link": LINK,
    }
    prices: dict[str, Any] = {
        "heading": "Prices",
        "text": "",
        "visit_types": [],
        "specialty": None,
        "links": [],
    }
    return [
        ("hero", hero),
        ("specialty_grid", {"heading": "Care", "specialties": [], "link": LINK}),
        ("doctor_list", doctors),
        ("location_cards", {"heading": "Where", "locations": [], "link": LINK}),
        ("price_table", prices),
    ]


def _get(port: int, path: str, *, encoding: str = "") -> tuple[bytes, str]:
    """The body as it was sent, and how it was packed."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path, headers={"Accept-Encoding": encoding} if encoding else {})
    response = line.getresponse()
    body = response.read()
    line.close()
    assert response.status == 200, (path, response.status)
    return body, response.headers.get("Content-Encoding", "")


def _processor_time(port: int, paths: list[str]) -> dict[str, float]:
    """Milliseconds of the server's processor time for one request to each, by turns."""
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for path in paths * 3:
        for _ in range(10):
            _get(port, path)
    for _ in range(ROUNDS):
        for path in paths:
            before = _ticks()
            for _ in range(REQUESTS):
                _get(port, path)
            taken[path].append((_ticks() - before) * 1000 / TICKS / REQUESTS)
    return {path: statistics.mean(times) for path, times in taken.items()}


def _ticks() -> int:
    """Processor time of everything that this process started, in clock ticks."""
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = int(fields[11]) + int(fields[12])
    return sum(spent[one] for one in parents if _descends(one, parents))


def _descends(process: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


def _queries(path: str) -> int:
    """Queries of a page that was asked for before; live parts are asked anew."""
    client = TestClient(HTTP_HOST="localhost")
    client.get(path)
    time.sleep(GONE)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def _weight(port: int, path: str) -> float:
    """Kilobytes of a first visit: the page, and what its head loads, compressed."""
    html, packed = _get(port, path, encoding="gzip")
    size = len(html) if packed else len(gzip.compress(html))
    text = (gzip.decompress(html) if packed else html).decode()
    loaded = re.findall(r'(?:src|href)="(/(?:static|media)/[^"]+)"', text)
    for address in dict.fromkeys(loaded):
        size += len(_get(port, address, encoding="br, gzip")[0])
    return size / 1000


def _seconds_offered(port: int, path: str) -> float:
    """How long the page still offers a time after somebody took it."""
    html = _get(port, path)[0].decode().replace("&amp;", "&")
    first = re.search(r'href="(/book/\?[^"]*slot=[^"]+)"', html)
    assert first is not None, "The page offers no time."
    slot = parse_qs(urlsplit(first[1]).query)["slot"][0]
    starts_at = datetime.fromisoformat(slot.replace("Z", "+00:00"))
    doctor = Doctor.objects.get(slug=path.split("/")[2])
    offering = doctor.offerings.select_related("visit_type", "location")[0]
    AppointmentFactory(
        patient=Patient.objects.order_by("pk")[0],
        doctor=doctor,
        visit_type=offering.visit_type,
        location=offering.location,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        status=Status.CONFIRMED,
    )
    began = time.perf_counter()
    while first[1] in _get(port, path)[0].decode().replace("&amp;", "&"):
        time.sleep(0.02)
    return time.perf_counter() - began
