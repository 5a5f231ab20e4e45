"""The access log with ten million entries in it: what writing costs a request, and how
quickly a patient reads theirs.

BENCH_AUDIT_ROWS sets another number of entries, for small machines.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import CareRelation, Patient, User
from accounts.users.models import Role
from accounts.users.services import assign_role
from bench import limits
from bench.data import build
from bench.figures import Figure, side_by_side
from booking.models import Appointment
from clinic.models import Doctor
from portal import access_log
from portal.dashboards.access.queries import accesses, days
from tests.second_factors import VerifiedClient

ROWS = int(os.environ.get("BENCH_AUDIT_ROWS", "10000000"))
MONTHS, PATIENTS, ACTORS = 12, 20_000, 200
A_PAGE = 60
ROUNDS = 60

# As entries of an ordinary year are: most are looks at one patient.
_FILL = """
INSERT INTO audit_entry (at, actor_id, role, patient_id, verb, action, category,
                         subject_type, subject_id, address, agent, request_id,
                         session_ref, view)
SELECT %(until)s::timestamptz - (n * %(step)s) * interval '1 microsecond',
       1 + n %% %(actors)s, 'DOCTOR', 1 + (n * 7919) %% %(patients)s, 'data.opened',
       'VIEW', 'APPOINTMENTS,IDENTITY', 'booking.appointment', n, '203.0.113.9',
       'Firefox on Windows', md5(n::text), md5((n / 50)::text), 'workspace:appointment'
  FROM generate_series(1::bigint, %(rows)s) AS n
"""
_INDEXES = (
    "audit_by_patient", "audit_by_actor", "audit_by_time", "audit_not_done",
    "audit_left_house", "audit_with_purpose",
)  # fmt: skip
# The same page, straight from the index.
_BARE = """
SELECT e.id, e.at, e.actor_id, e.role, e.on_behalf_of_id, e.verb, e.action, e.category,
       e.purpose, e.outcome, u.first_name, u.last_name
  FROM audit_entry e LEFT JOIN accounts_user u ON u.id = e.actor_id
 WHERE e.patient_id = %(patient)s AND e.at < %(before)s
 ORDER BY e.at DESC, e.id DESC LIMIT 60
"""


def measure() -> Iterator[Figure]:
    """Fill the log, then ask for a chart and a list, and for a patient's entries."""
    build(doctors=50)
    call_command("collectstatic", interactive=False, verbosity=0)
    doctor, patient = _people()
    _fill()
    name = f"with {ROWS:,} entries"
    client = VerifiedClient(HTTP_HOST="localhost")
    client.force_login(doctor)
    chart = reverse("workspace:patient", args=[patient.public_id])
    yield _share(f"log, share of a chart {name}", client, chart)
    found = reverse("workspace:patients")
    yield _share(f"log, share of a list of 25 {name}", client, found)
    before = timezone.now() - timedelta(days=40)
    ours, bare = side_by_side(
        lambda: days(
            accesses(patient, before=before, most=A_PAGE)[0], zone="Europe/London"
        ),
        lambda: limits.ask(_BARE, patient=patient.pk, before=before),
        rounds=ROUNDS,
    )
    yield Figure(f"log, a patient's page {name}", ours, bare, "ms", "<= 3")


def _people() -> tuple[User, Patient]:
    """A doctor who treats thirty patients; the first of them."""
    doctor = User.objects.create_user("doctor@bench.example", first_name="Min")
    assign_role(actor=None, user=doctor, role=Role.DOCTOR)
    Doctor.objects.filter(pk=Doctor.objects.order_by("pk")[0].pk).update(user=doctor)
    patients = list(Patient.objects.order_by("pk")[:30])
    for patient in patients:
        CareRelation.objects.create(
            patient=patient, user=doctor, source="VISIT", starts_at="2020-01-01T00:00Z"
        )
    past = Appointment.objects.filter(doctor__user=doctor).order_by("pk")[:10]
    Appointment.objects.filter(pk__in=past).update(patient=patients[0])
    return doctor, patients[0]


def _fill() -> None:
    """The entries, over the last twelve months, without seals: they were sealed when
    they were written. Indexes are made afterwards, which is much quicker."""
    until = timezone.now() - timedelta(minutes=5)
    step = int(MONTHS * 30 * 86_400 * 1_000_000 / ROWS)
    with connection.cursor() as cursor:
        for month in range(MONTHS + 2):
            first = (until - timedelta(days=30 * month)).date().replace(day=1)
            cursor.execute("SELECT audit_make_month(%s)", [first])
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'audit_entry' AND indexname = ANY(%s)",
            [list(_INDEXES)],
        )
        indexes: dict[str, Any] = dict(cursor.fetchall())
        assert set(indexes) == set(_INDEXES)
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            _FILL,
            {
                "until": until,
                "step": step,
                "actors": ACTORS,
                "patients": PATIENTS,
                "rows": ROWS,
            },
        )
        cursor.execute("SET session_replication_role = origin")
        for definition in indexes.values():
            cursor.execute(definition.replace(" ON ONLY ", " ON "))
        cursor.execute("ANALYZE audit_entry")


def _share(name: str, client: Client, path: str) -> Figure:
    """The time that a request takes longer because of its entries, of all its time."""

    def with_log() -> None:
        assert client.get(path).status_code == 200

    def without() -> None:
        with _no_writing():
            assert client.get(path).status_code == 200

    whole, rest = side_by_side(with_log, without, rounds=ROUNDS)
    return Figure(name, max(whole - rest, 0.0), whole, "ms", "<= 0.2")


@contextmanager
def _no_writing() -> Iterator[None]:
    """Requests note and prepare what they show, and write nothing."""
    own, access_log.record_readings = access_log.record_readings, _nothing
    try:
        yield
    finally:
        access_log.record_readings = own


def _nothing(**given: Any) -> int:
    given["scene"].loaded = []
    return 0
