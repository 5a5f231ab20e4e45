"""One action for a day, and a report that waits until nothing is left."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from billing.models import Refund
from booking.disruptions.permissions import ended_by
from booking.models import Alternative, Appointment, Disruption
from foundation.formats import local
from notifications.models import Delivery
from portal.dashboards.disruptions.queries import left_at
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.factories.booking import AppointmentFactory, DisruptionFactory
from tests.factories.clinic import LocationFactory, OfferingFactory
from tests.jobs import run_jobs

PAGE = "workspace:disruptions"


@pytest.fixture
def visit(make_visit, offering):
    made = make_visit(10, days=1, visit_type=offering.visit_type)
    made.doctor.offerings.update(is_active=True)
    return made


def _away(client, visit, **more):
    page = client.get(reverse(PAGE))
    day = local(visit.starts_at, visit.location.time_zone).date().isoformat()
    data = {
        "away-doctor": "dr-lee",
        "away-first_day": day,
        "away-reason": "Dr Lee cannot be here",
        "away-key": page.context["away_form"].initial["key"],
    }
    return client.post(reverse("workspace:disrupt_away"), {**data, **more})


def test_who_is_booked_is_shown_before_anything_is_cancelled(client, desk, visit):
    client.force_login(desk)
    page = _away(client, visit)
    assert "Cancel 1 visit?" in page.text
    assert visit.patient.full_name in page.text
    assert Disruption.objects.count() == 0
    page = _away(client, visit, **{"away-reason": ""})
    assert page.status_code == 422
    assert "Give a reason, in words for the patients" in page.text
    _away(client, visit, confirmed="1")
    assert Disruption.objects.get().doctor == visit.doctor


def test_only_a_desk_is_told_what_desks_may(client, desk, dr_lee):
    told = "A desk of one location calls a doctor away"
    client.force_login(desk)
    assert told in client.get(reverse("workspace:disruptions")).text
    client.force_login(dr_lee)
    page = client.get(reverse("workspace:disruptions"))
    assert "Where" in page.text
    assert told not in page.text


@pytest.fixture
def other_visit(visit, offering):
    """The same doctor's, at another location on the same day."""
    uptown = LocationFactory(name="Uptown", slug="uptown")
    there = OfferingFactory(
        doctor=visit.doctor, visit_type=offering.visit_type, location=uptown
    )
    return AppointmentFactory(
        offering=there, starts_at=visit.starts_at + timedelta(hours=3)
    )


def _only_at(user, location):
    user.role_assignments.update(place=location.place)


def test_the_desk_of_one_location_calls_away_from_there_alone(
    client, desk, visit, other_visit
):
    _only_at(desk, visit.location)
    client.force_login(desk)
    for where in ("", "uptown"):
        page = _away(client, visit, confirmed="1", **{"away-location": where})
        assert page.status_code == 422
        assert "Choose Canal Street, whose desk you work at" in page.text
    assert Disruption.objects.count() == 0
    mine = {"away-location": visit.location.slug}
    page = _away(client, visit, **mine)
    assert "Cancel 1 visit?" in page.text
    assert "at Canal Street" in page.text
    _away(client, visit, confirmed="1", **mine)
    assert Disruption.objects.get().location == visit.location
    run_jobs()
    for one, status in ((visit, "CANCELLED"), (other_visit, "CONFIRMED")):
        one.refresh_from_db()
        assert one.status == status


def test_the_desk_of_one_location_ends_only_what_it_could_have_said(
    client, desk, dr_lee, visit, other_visit
):
    _only_at(desk, visit.location)
    client.force_login(dr_lee)
    _away(client, visit, confirmed="1")
    away = Disruption.objects.get()
    end = reverse("workspace:disruption_end", args=[away.public_id])
    report = reverse("workspace:disruption", args=[away.public_id])
    client.force_login(desk)
    assert "Cancel nothing more" not in client.get(report).text
    assert client.post(end).status_code == 403
    Disruption.objects.update(location=other_visit.location)
    assert client.post(end).status_code == 403
    Disruption.objects.update(location=visit.location)
    assert "Cancel nothing more" in client.get(report).text
    client.post(end)
    assert Disruption.objects.get().ended_at is not None


def test_the_report_is_open_until_told_answered_and_paid_back(
    client, dr_lee, visit, settings
):
    # At night a text message would wait for the morning.
    settings.QUIET_HOURS = ("03:00", "03:00")
    client.force_login(dr_lee)
    _away(client, visit, confirmed="1")
    away = Disruption.objects.get()
    report = reverse("workspace:disruption", args=[away.public_id])
    found = client.get(report).context["report"]
    assert ([row.pk for row in found.still], found.left) == ([visit.pk], 1)
    assert _left(visit) == 1
    run_jobs()
    seen = Entry.objects.filter(verb__startswith="data.", patient_id=visit.patient_id)
    before = seen.count()
    found = client.get(report).context["report"]
    assert seen.count() > before
    line = found.open[0]
    assert (line.visit, line.answer, found.still) == (visit, None, [])
    sent = Delivery.objects.filter(event="appointment_cancelled", channel="EMAIL")
    sent.update(status="FAILED")
    line = client.get(report).context["report"].open[0]
    assert (line.told, line.telling) == (False, "Not reached")
    Alternative.objects.create(
        appointment=visit, by="PATIENT", answered_at=timezone.now()
    )
    assert _left(visit) == 1
    Alternative.objects.all().delete()
    sent.update(settled_at=timezone.now())
    assert _left(visit) == 1
    data = {"visit": str(visit.public_id)}
    client.post(reverse("workspace:disruption_settle", args=[away.public_id]), data)
    assert Alternative.objects.get().by == "CLINIC"
    found = client.get(report).context["report"]
    assert ([line.visit for line in found.settled], found.left) == ([visit], 0)
    assert "Nothing is left to do" in client.get(report).text
    assert _left(visit) == 0


def _left(visit):
    found = left_at([visit.location_id], at=timezone.now())
    return found.get(visit.location_id, 0)


def test_money_that_has_not_gone_back_is_left_to_do_where_the_visit_was(
    client, dr_lee, visit, other_visit
):
    client.force_login(dr_lee)
    _away(client, visit, confirmed="1")
    run_jobs()
    assert (_left(visit), _left(other_visit)) == (1, 1)
    visits = (visit, other_visit)
    for one in visits:
        key = f"appointment:{one.pk}:appointment_cancelled"
        Delivery.objects.filter(dedupe_key=key).update(status="SENT")
        Alternative.objects.create(
            appointment=one, by="PATIENT", answered_at=timezone.now()
        )
    assert (_left(visit), _left(other_visit)) == (0, 0)
    payment = PaymentFactory(appointment=visit, paid=True)
    Appointment.objects.filter(pk=visit.pk).update(refund_due=payment.amount)
    assert (_left(visit), _left(other_visit)) == (1, 0)
    report = reverse("workspace:disruption", args=[Disruption.objects.get().public_id])
    assert client.get(report).context["report"].left == 1
    refund = RefundFactory(payment=payment, amount=payment.amount, status="FAILED")
    assert _left(visit) == 1
    Refund.objects.filter(pk=refund.pk).update(status="SUCCEEDED")
    assert _left(visit) == 0
    assert client.get(report).context["report"].left == 0


def test_a_delay_is_said_shown_and_withdrawn_with_one_press(
    client, dr_lee, make_visit, offering
):
    now = timezone.now()
    visit = make_visit(10, visit_type=offering.visit_type)
    soon = now + timedelta(minutes=1)
    visit.starts_at, visit.busy_starts_at = soon, soon
    visit.ends_at = visit.busy_ends_at = soon + timedelta(minutes=30)
    visit.save()
    client.force_login(dr_lee)
    key = client.get(reverse(PAGE)).context["late_form"].initial["key"]
    data = {"late-doctor": "dr-lee", "late-minutes": "25", "late-key": key}
    wrong = {**data, "late-minutes": "2"}
    page = client.post(reverse("workspace:disrupt_late"), wrong)
    assert page.status_code == 422
    assert "Enter at least 5 minutes" in page.text
    client.post(reverse("workspace:disrupt_late"), data)
    assert "about 25 minutes later" in client.get(reverse("workspace:day")).text
    late = Disruption.objects.get()
    client.post(reverse("workspace:disruption_end", args=[late.public_id]))
    assert "minutes later" not in client.get(reverse("workspace:day")).text


def _late(client, **more):
    key = client.get(reverse(PAGE)).context["late_form"].initial["key"]
    data = {"late-doctor": "dr-lee", "late-minutes": "25", "late-key": key}
    return client.post(reverse("workspace:disrupt_late"), {**data, **more})


def test_a_delay_is_said_of_where_the_doctor_works_unless_somebody_says_otherwise(
    client, dr_lee, visit, other_visit
):
    client.force_login(dr_lee)
    form = client.get(reverse(PAGE)).context["late_form"]
    assert form.initial["location"] == visit.location.slug
    for asked, name in (("", "Canal Street"), ("uptown", "Uptown"), ("everywhere", "")):
        page = _late(client, **{"late-location": asked})
        assert page.status_code == 302, asked
        where = Disruption.objects.latest("pk").location
        assert (where.name if where else "") == name
        said = f"minutes late at {name}" if name else "minutes late</p>"
        assert said in client.get(reverse(PAGE)).text
    page = _late(client, **{"late-location": "nowhere"})
    assert "Choose a location from the list" in page.text
    dr_lee.doctor.working_hours.all().delete()
    page = _late(client)
    assert page.status_code == 422
    assert "works nowhere any more today" in page.text


def test_the_desk_of_one_location_says_and_ends_a_delay_there_alone(
    client, desk, dr_lee, visit, other_visit
):
    _only_at(desk, other_visit.location)
    client.force_login(desk)
    # Empty is where the doctor works, which is not where this desk is.
    for where in ("", "everywhere", visit.location.slug):
        page = _late(client, **{"late-location": where})
        assert page.status_code == 422, where
        assert "Choose Uptown, whose desk you work at" in page.text
    assert Disruption.objects.count() == 0
    _late(client, **{"late-location": "uptown"})
    mine = Disruption.objects.get()
    assert mine.location == other_visit.location
    assert "On time again" in client.get(reverse(PAGE)).text
    client.force_login(dr_lee)
    _late(client, **{"late-location": "everywhere"})
    everywhere = Disruption.objects.get(ended_at=None)
    client.force_login(desk)
    assert "On time again" not in client.get(reverse(PAGE)).text
    end = reverse("workspace:disruption_end", args=[everywhere.public_id])
    assert client.post(end).status_code == 403
    everywhere.refresh_from_db()
    assert everywhere.ended_at is None


def test_nobody_disrupts_the_day_of_somebody_elses_patients(
    client, dr_lee, dr_roy, desk, biller, visit
):
    role = desk.role_assignments.get()
    role.place = LocationFactory().place
    role.save()
    for who in (dr_roy, desk):
        client.force_login(who)
        page = _away(client, visit, confirmed="1")
        assert page.status_code == 422
        assert "Choose a doctor from the list" in page.text
    client.force_login(dr_lee)
    _away(client, visit, confirmed="1")
    away = Disruption.objects.get()
    for who in (dr_roy, desk):
        client.force_login(who)
        for name in ("disruption", "disruption_end", "disruption_settle"):
            address = reverse(f"workspace:{name}", args=[away.public_id])
            method = client.get if name == "disruption" else client.post
            assert method(address).status_code == 404, (who, name)
    client.force_login(biller)
    assert client.get(reverse(PAGE)).status_code == 403


def test_many_who_are_late_take_no_more_queries_than_one(client, desk, visit):
    client.force_login(desk)

    def asked():
        with CaptureQueriesContext(connection) as seen:
            page = client.get(reverse(PAGE))
        assert page.status_code == 200
        return page.context["found"], len(seen)

    def is_late(doctor, location):
        DisruptionFactory(
            doctor=doctor,
            location=location,
            kind="LATE",
            minutes=20,
            starts_at=timezone.now() - timedelta(hours=1),
            ends_at=timezone.now() + timedelta(hours=4),
        )

    # Of one doctor alone the page would ask where they work.
    OfferingFactory(location=visit.location)
    is_late(visit.doctor, None)
    asked()
    one, before = asked()
    for place in (None, visit.location, None):
        is_late(OfferingFactory(location=visit.location).doctor, place)
    many, after = asked()
    assert (len(one), len(many)) == (1, 4)
    assert after == before


@pytest.mark.parametrize("who", ["desk", "dr_lee", "dr_roy", "nurse", "biller"])
def test_the_list_of_what_may_be_ended_agrees_with_the_rule(
    who, visit, other_visit, request
):
    user = request.getfixturevalue(who)
    if who == "desk":
        _only_at(user, visit.location)
    made = [
        DisruptionFactory(doctor=doctor, location=place)
        for doctor in (visit.doctor, OfferingFactory().doctor)
        for place in (None, visit.location, other_visit.location)
    ]
    allowed = {one for one in made if user.has_perm("booking.end_disruption", one)}
    assert set(ended_by(user)) == allowed
    expected = {"desk": {made[1]}, "dr_lee": set(made[:3])}
    assert allowed == expected.get(who, set())
