"""When somebody leaves, or a location goes by another clock, it is asked first."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment
from booking.strays.queries import strays_of
from clinic.models import Doctor
from foundation.formats import local
from notifications.models import Delivery
from tests.factories.clinic import SpecialtyFactory
from tests.jobs import run_jobs
from tests.saying import said


@pytest.fixture
def visit(make_visit, offering):
    """Ann's with Dr Lee, in ten days at ten, by the clock of London."""
    offset = local(timezone.now() + timedelta(days=10), "Europe/London").utcoffset()
    return make_visit(
        10,
        days=10,
        visit_type=offering.visit_type,
        clock_offset=int(offset.total_seconds() // 60),
    )


def day(days):
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def sent(client, name, of, typed):
    return client.post(reverse(f"workspace:{name}", args=[of.public_id]), typed)


def shown(page):
    """Every field of the question, as a browser would send it again."""
    fields = {}
    for field in page.context["change"].form:
        value = field.value()
        fields[field.name] = value if value is not None else ""
    return fields


def facts_of(doctor):
    specialty = doctor.specialties.first() or SpecialtyFactory()
    return {
        "title": "Dr",
        "first_name": doctor.first_name,
        "last_name": doctor.last_name,
        "specialties": [specialty.pk],
        "languages": "English",
        "is_listed": "on",
    }


@pytest.mark.parametrize("name", ["doctor_change", "person_leaving"])
def test_who_leaves_before_a_visit_is_asked_about_it(
    client, admin, dr_lee, visit, name
):
    """An administrator hears how many, and of nobody."""
    client.force_login(admin)
    typed = (
        {**facts_of(dr_lee.doctor), "left_date": day(5)}
        if name == "doctor_change"
        else {"leaves_date": day(5)}
    )
    of = dr_lee.doctor if name == "doctor_change" else dr_lee
    page = sent(client, name, of, typed)
    assert page.status_code == 200
    assert "1 visit is booked after that" in page.text
    assert "Ann" not in said(page.text)
    assert Doctor.objects.get(pk=dr_lee.doctor.pk).left_date is None
    answer = sent(client, name, of, {**shown(page), "confirmed": "1"})
    assert answer.status_code == 302
    doctor = Doctor.objects.get(pk=dr_lee.doctor.pk)
    assert doctor.left_date.isoformat() == day(5)
    assert strays_of([doctor], at=timezone.now()).open == [visit.pk]
    run_jobs()
    assert not Delivery.objects.filter(patient=visit.patient).exists()


@pytest.mark.parametrize("left", ["", 20])
def test_what_hits_nothing_is_saved_at_once(client, admin, dr_lee, visit, left):
    client.force_login(admin)
    typed = {**facts_of(dr_lee.doctor), "first_name": "Mina"}
    if left:
        typed["left_date"] = day(left)
    assert sent(client, "doctor_change", dr_lee.doctor, typed).status_code == 302
    assert Doctor.objects.get(pk=dr_lee.doctor.pk).first_name == "Mina"


def test_another_clock_shows_who_is_then_at_another_hour(
    client, medical_admin, admin, visit, location
):
    client.force_login(admin)
    form = client.get(reverse("clinic:location", args=[location.public_id]))
    typed = {
        field.name: "" if field.value() is None else field.value()
        for field in form.context["form"]
    }
    typed["time_zone"] = "Europe/Lisbon"
    # Lisbon's clock is London's: nobody is asked.
    assert sent(client, "location_change", location, typed).status_code == 302
    typed["time_zone"] = "Europe/Berlin"
    page = sent(client, "location_change", location, typed)
    assert page.status_code == 200
    assert "1 visit is then at another hour" in page.text
    location.refresh_from_db()
    assert location.time_zone == "Europe/Lisbon"
    answer = sent(
        client, "location_change", location, {**shown(page), "confirmed": "1"}
    )
    assert answer.status_code == 302
    location.refresh_from_db()
    assert location.time_zone == "Europe/Berlin"
    assert Appointment.objects.get(pk=visit.pk).starts_at == visit.starts_at


@pytest.mark.parametrize("who", ["ann", "dr_lee", "desk", "biller", "editor"])
def test_nobody_else_changes_these(client, who, dr_roy, location, request):
    client.force_login(request.getfixturevalue(who))
    for name, of in (
        ("doctor_change", dr_roy.doctor),
        ("person_leaving", dr_roy),
        ("location_change", location),
    ):
        assert sent(client, name, of, {"leaves_date": day(1)}).status_code == 403


def test_what_is_wrong_comes_back_beside_the_field(client, admin, dr_lee, location):
    client.force_login(admin)
    for name, of, typed in (
        ("doctor_change", dr_lee.doctor, {"left_date": "soon"}),
        ("person_leaving", dr_lee, {"leaves_date": "soon"}),
        ("location_change", location, {"name": ""}),
    ):
        page = sent(client, name, of, typed)
        assert page.status_code == 422, name
        assert "Enter" in page.text, name
