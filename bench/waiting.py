"""The right people for one freed time, among ten thousand who wait."""

import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import Patient
from bench import limits
from bench.data import NOW, build, settle
from bench.figures import Call, Figure
from booking.appointments.models import Status
from booking.models import Appointment, FreedTime, Offer, WaitlistEntry
from booking.waitlist.queries import candidates
from clinic.models import Doctor, VisitType

DOCTORS, WAITING = 50, 10_000
ROUNDS, CALLS = 5, 20


def measure() -> Iterator[Figure]:
    """Candidates for one time of one doctor: two hundred stand in line for them, two
    thousand for a specialty of theirs."""
    build(doctors=DOCTORS, empty=True)
    freed = _wait()
    settle()
    ours: Call = lambda: candidates(freed, at=NOW)  # noqa: E731
    bare: Call = lambda: limits.ask(  # noqa: E731
        limits.WAITING,
        doctor=freed.doctor_id,
        starts=freed.starts_at,
        weekday=freed.starts_at.weekday(),
        part="MORNING",
        at=NOW,
    )
    keys = [one.entry_id for one in ours()]
    assert keys
    assert keys == [row[0] for row in bare()]
    yield Figure(
        f"waiting list: one time among {WAITING:,}",
        min(_timed(ours) for _ in range(ROUNDS)),
        min(_timed(bare) for _ in range(ROUNDS)),
        "ms",
        "<= 3",
    )


def _timed(call: Call) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) * 1000 / CALLS


def _wait() -> FreedTime:
    """Ten thousand entries, every other one with wishes; a freed Monday morning."""
    patients = Patient.objects.bulk_create(
        Patient(
            number=f"P-{n}",
            first_name="Robin",
            last_name=f"Patient {n}",
            birth_date="1986-03-14",
        )
        for n in range(WAITING + 1)
    )
    doctors = list(Doctor.objects.prefetch_related("specialties").order_by("pk"))
    kind = VisitType.objects.get()
    WaitlistEntry.objects.bulk_create(
        WaitlistEntry(
            patient=patient,
            doctor=None if n % 2 else doctors[n // 2 % DOCTORS],
            specialty=doctors[n // 2 % DOCTORS].specialties.all()[0] if n % 2 else None,
            visit_type=kind,
            weekdays=[n % 7] if n % 4 > 1 else [],
            parts=["AFTERNOON"] if n % 3 == 0 else [],
            joined_at=NOW - timedelta(minutes=n),
        )
        for n, patient in enumerate(patients[:-1])
    )
    starts_at = NOW + timedelta(days=7, hours=2)
    visit = _visit(doctors[0], kind, patients[-1], starts_at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE booking_waitlistentry")
    assert not Offer.objects.exists()
    made = FreedTime.objects.create(
        appointment=visit,
        doctor=doctors[0],
        location=visit.location,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        found_at=NOW,
    )
    return FreedTime.objects.select_related("appointment", "location").get(pk=made.pk)


def _visit(
    doctor: Doctor, kind: VisitType, patient: Patient, starts_at: datetime
) -> Appointment:
    ends_at = starts_at + timedelta(minutes=30)
    return Appointment.objects.create(
        reference="B-1",
        patient=patient,
        doctor=doctor,
        visit_type=kind,
        location=doctor.offerings.get().location,
        starts_at=starts_at,
        ends_at=ends_at,
        busy_starts_at=starts_at,
        busy_ends_at=ends_at,
        status=Status.CANCELLED,
        payment_policy="FREE",
        idempotency_key=uuid.uuid4(),
    )
