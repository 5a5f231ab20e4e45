"""The copy itself: of whom, with what in it, and what the log knows of it."""

import csv
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from booking.appointments.models import Status
from portal.anonymised.queries import COLUMNS, visits_for_analysis
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
)
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import (
    DoctorFactory,
    OfferingFactory,
    SpecialtyFactory,
)

pytestmark = pytest.mark.django_db
WHEN = ["--since=2026-03", "--until=2026-04"]


@pytest.fixture
def text(db):
    return ConsentTextFactory(purpose="RESEARCH")


@pytest.fixture
def crowd(text):
    """crowd(12): so many who agree, each with a visit that is over."""
    offering = OfferingFactory(doctor=DoctorFactory())
    starts = iter(
        datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=n) for n in range(500)
    )

    def crowd(many, *, agree=True, **fields):
        people = []
        for _ in range(many):
            patient = PatientFactory(first_name="Zebedee", sex="FEMALE")
            if agree:
                ConsentFactory(patient=patient, text=text)
            given = {"status": Status.COMPLETED, "starts_at": next(starts), **fields}
            AppointmentFactory(
                **{"offering": offering, **given},
                patient=patient,
                reason="Canary cough",
            )
            people.append(patient)
        return people

    return crowd


def copy(folder, *options):
    call_command("anonymised_copy", str(folder), *(options or WHEN), verbosity=0)
    with (folder / "visits.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_only_visits_of_those_who_agree_are_copied(crowd, tmp_path):
    crowd(12)
    crowd(30, agree=False, status=Status.MISSED)
    rows = copy(tmp_path)
    assert len(rows) == 12
    assert {row["status"] for row in rows} == {"COMPLETED"}


def test_who_takes_it_back_is_in_no_later_copy(crowd, tmp_path, text):
    first, *_ = crowd(12)
    assert len(copy(tmp_path)) == 12
    ConsentFactory(patient=first, text=text, decision="WITHDRAWN")
    assert len(copy(tmp_path)) == 11


def test_no_name_number_id_or_day_is_in_it(crowd, tmp_path):
    people = crowd(15)
    copy(tmp_path)
    for name in ("visits.csv", "report.txt"):
        given = (tmp_path / name).read_text()
        assert "Zebedee" not in given
        assert "cough" not in given
        assert not any(
            one.number in given or str(one.public_id) in given for one in people
        )
        assert not re.search(r"\d{4}-\d{2}-\d{2}", given)
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_only_the_months_asked_for_and_what_is_over(crowd, tmp_path):
    crowd(12)
    crowd(12, status=Status.CONFIRMED)
    crowd(1, starts_at=datetime(2026, 4, 2, 9, tzinfo=UTC))
    assert len(copy(tmp_path)) == 12


@pytest.mark.parametrize("many", [0, 10])
def test_with_too_few_people_nothing_is_written(crowd, tmp_path, many):
    crowd(many)
    with pytest.raises(CommandError, match=r"too few|Nobody"):
        copy(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not Entry.objects.filter(verb="research.copied").exists()


def test_groups_are_never_smaller_than_the_consent_says(crowd, tmp_path):
    crowd(12)
    with pytest.raises(CommandError, match="11 people at least"):
        copy(tmp_path, *WHEN, "--k=10")
    assert len(copy(tmp_path, *WHEN, "--k=12")) == 12


def test_the_report_says_how_coarse_it_is_and_the_log_that_it_was_taken(
    crowd, tmp_path
):
    crowd(12)
    crowd(6, status=Status.MISSED)
    copy(tmp_path)
    report = (tmp_path / "report.txt").read_text()
    assert "The smallest group has 18 people (checked)" in report
    assert "status: left open" in report
    entry = Entry.objects.get(verb="research.copied")
    assert (entry.action, entry.patient_id) == ("EXPORT", None)
    assert entry.detail["rows"] == 18


def test_months_are_in_order(tmp_path):
    with pytest.raises(CommandError, match="--until"):
        copy(tmp_path, "--since=2026-04", "--until=2026-04")


def test_days_are_those_of_the_place_and_the_last_is_not_in_it(crowd, text):
    """In the zone of the place it is still the day before, or already the next."""
    zone = "America/New_York"
    offering = OfferingFactory(location__time_zone=zone, doctor=DoctorFactory())
    moments = {
        "before": datetime(2026, 3, 1, 4, 59, tzinfo=UTC),
        "first": datetime(2026, 3, 1, 5, 0, tzinfo=UTC),
        "last": datetime(2026, 4, 1, 3, 59, tzinfo=UTC),
        "after": datetime(2026, 4, 1, 4, 0, tzinfo=UTC),
    }
    people = {}
    for name, at in moments.items():
        people[name] = PatientFactory()
        ConsentFactory(patient=people[name], text=text)
        AppointmentFactory(
            offering=offering,
            patient=people[name],
            starts_at=at,
            status=Status.COMPLETED,
        )
    found = visits_for_analysis(since=date(2026, 3, 1), until=date(2026, 4, 1))
    keys = [visit.patient_id for visit in found]
    assert keys == [people["first"].pk, people["last"].pk]


def test_of_several_specialties_the_first_by_name_counts(crowd):
    doctor = DoctorFactory()
    for name in ("Skin", "Eyes", "Heart"):
        doctor.specialties.add(SpecialtyFactory(name=name))
    crowd(1, offering=OfferingFactory(doctor=doctor))
    (visit,) = visits_for_analysis(since=date(2026, 3, 1), until=date(2026, 4, 1))
    named = dict(zip([column.name for column in COLUMNS], visit.values, strict=True))
    others = [one.name for one in doctor.specialties.all()]
    assert named["specialty"] == min(others)
    assert len(others) >= 3
