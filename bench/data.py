"""The data sets: clinics of a known size, the same in every run.

`build` empties the care tables and fills them anew: `doctors` doctors in five
specialties, one location in London, weekdays 9 to 12 and 13 to 17, visits of 30
minutes, with 200 coming visits each (half of 30 working days) and 200 past ones for
each unit of `history`.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from booking.models import WorkingHours
from clinic.models import Doctor, Location, Offering, Specialty, VisitType
from clinic_pages.models import DoctorPage
from foundation import periods

# A Monday, at half past seven in London.
NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
TODAY = NOW.date()
ZONE = "Europe/London"
SPECIALTIES = 5
COMING, PAST = 200, 200
COMING_DAYS = range(30)


@dataclass(frozen=True)
class Clinic:
    """One data set. Ids are of offerings, in the order of their doctors."""

    doctors: int
    history: int
    offerings: list[int]
    specialty: list[int]
    page: list[int]
    appointments: int

    @property
    def one(self) -> list[int]:
        return self.offerings[:1]


TABLES = (
    "booking_appointment, booking_statuschange, booking_reminder, booking_draft,"
    " booking_waitlistentry, booking_freedtime, booking_offer,"
    " booking_workinghours, booking_break, booking_availabilityexception,"
    " clinic_offering, clinic_visittype, clinic_doctor, clinic_specialty,"
    " clinic_location, clinic_room, accounts_patient, accounts_place,"
    " notifications_delivery"
)


def build(
    *,
    doctors: int = 50,
    history: int = 1,
    empty: bool = False,
    today: date = TODAY,
) -> Clinic:
    """Empty the tables and fill them around `today`, `empty` without appointments;
    returns what to ask for."""
    # The next doctors have the same addresses. With their doctors only halves would go.
    for page in DoctorPage.objects.all():
        page.delete()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    offerings = _facts(doctors)
    count = 0 if empty else _appointments(doctors, history, today)
    settle()
    # Every fifth doctor shares a specialty.
    specialty = offerings[::SPECIALTIES]
    return Clinic(doctors, history, offerings, specialty, offerings[:20], count)


def settle() -> None:
    """Give the planner its statistics and clear what was deleted."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _facts(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_place (public_id, name)"
            " VALUES (gen_random_uuid(), 'Canal Street') RETURNING id"
        )
        place = cursor.fetchone()[0]
    location = Location.objects.create(
        place_id=place,
        name="Canal Street",
        slug="canal-street",
        address="14 Canal Street",
        city="Westhaven",
        time_zone=ZONE,
    )
    specialties = Specialty.objects.bulk_create(
        Specialty(
            name=f"Specialty {n}",
            plain_name=f"Part {n}",
            slug=f"specialty-{n}",
            practitioner="specialist",
        )
        for n in range(SPECIALTIES)
    )
    doctors = Doctor.objects.bulk_create(
        Doctor(
            first_name="Ines",
            last_name=f"Calloway {n}",
            slug=f"calloway-{n}",
            joined_date=date(2020, 1, 1),
        )
        for n in range(count)
    )
    through = Doctor.specialties.through
    through.objects.bulk_create(
        through(doctor_id=doctor.pk, specialty_id=specialties[n % SPECIALTIES].pk)
        for n, doctor in enumerate(doctors)
    )
    kind = VisitType.objects.create(
        name="Visit",
        slug="visit",
        price=0,
        payment_policy=VisitType.PaymentPolicy.FREE,
        minimum_notice_minutes=0,
    )
    _hours(doctors, location)
    offerings = Offering.objects.bulk_create(
        Offering(doctor=doctor, visit_type=kind, location=location)
        for doctor in doctors
    )
    return [offering.pk for offering in offerings]


def _hours(doctors: list[Doctor], location: Location) -> None:
    rows = WorkingHours.objects.bulk_create(
        WorkingHours(
            doctor=doctor,
            location=location,
            weekday=weekday,
            starts_time="09:00",
            ends_time="17:00",
            valid_from=date(2020, 1, 1),
        )
        for doctor in doctors
        for weekday in range(5)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO booking_break (working_hours_id, starts_time, ends_time)"
            " SELECT unnest(%s::bigint[]), '12:00', '13:00'",
            [[row.pk for row in rows]],
        )


def _starts(today: int, days: range) -> list[int]:
    """Every half hour in which a doctor works, over days counted from `today`."""
    hours = [(9 * 3600, 12 * 3600), (13 * 3600, 17 * 3600)]
    open_ = [
        period
        for day in range(today + days.start, today + days.stop)
        if (day + 3) % 7 < 5
        for start, end in hours
        for period in periods.wall_periods(ZONE, day, start, end)
    ]
    return periods.starts(open_, [], length=1800, step=1800)


_INSERT = """
INSERT INTO booking_appointment (
  public_id, created_at, updated_at, reference, patient_id, doctor_id, visit_type_id,
  location_id, starts_at, ends_at, busy_starts_at, busy_ends_at, status, hold_extended,
  price, currency, payment_policy, free_cancellation_hours, late_cancellation_percent,
  missed_percent, most_moves, reason, booked_via, confirmed_at, idempotency_key,
  cancelled_by, sequence)
SELECT gen_random_uuid(), s - interval '20 days', s - interval '20 days',
       lpad(to_hex(n), 8, '0'), n, d, (SELECT min(id) FROM clinic_visittype),
       (SELECT min(id) FROM clinic_location), s, s + interval '30 minutes', s,
       s + interval '30 minutes', status, false, 0, 'GBP', 'FREE', 24, 50,
       100, 3, '', 'SITE', s - interval '20 days', gen_random_uuid(), '', 1
  FROM (SELECT n + %(first)s - 1 AS n, d, to_timestamp(at) AS s, status
          FROM unnest(%(doctors)s::bigint[], %(starts)s::bigint[], %(statuses)s::text[])
               WITH ORDINALITY AS rows(d, at, status, n)) given
"""
_PATIENTS = """
INSERT INTO accounts_patient (
  id, public_id, created_at, updated_at, number, first_name, last_name, birth_date, sex,
  email, phone, address, time_zone, language, picture)
SELECT n, gen_random_uuid(), now(), now(), 'P-' || n, 'Robin', 'Patient ' || n,
       '1986-03-14', 'UNKNOWN', 'patient' || n || '@example.org', '', '', '', 'en', ''
  FROM generate_series(%(first)s, %(last)s) AS n
"""


def _appointments(doctors: int, history: int, today: date) -> int:
    """Fill the calendars at random, but the same way every time."""
    pick = random.Random(20260302)  # noqa: S311
    day = periods.day_number(today)
    coming = _starts(day, COMING_DAYS)
    past = _starts(day, range(-60 * history, 0))
    rows: list[tuple[int, int, str]] = []
    for doctor in range(1, doctors + 1):
        for start in sorted(pick.sample(coming, COMING)):
            rows.append((doctor, start, "CONFIRMED"))
        for start in sorted(pick.sample(past, PAST * history)):
            rows.append((doctor, start, "COMPLETED"))
    insert_appointments(rows)
    return len(rows)


def insert_appointments(rows: list[tuple[int, int, str]], first: int = 1) -> None:
    """Rows of doctor id, start in seconds and status, each with a patient of its own,
    numbered from `first` on."""
    columns: list[list[object]] = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_PATIENTS, {"first": first, "last": first + len(rows) - 1})
        cursor.execute(
            _INSERT,
            {
                "first": first,
                "doctors": columns[0],
                "starts": columns[1],
                "statuses": columns[2],
            },
        )


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)
