"""What the administrator is told is still missing, from an empty clinic to the first
free time."""

from datetime import UTC, datetime, time

import pytest
from django.core.management import call_command
from django.urls import reverse

from clinic.models import OpeningHours, Specialty
from clinic_pages.models import DoctorIndexPage, StandardPage
from portal.dashboards.clinic_settings.queries import first_steps, without_page
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)
from tests.factories.pages import (
    doctor_page,
    index,
    location_page,
    specialty_page,
)
from tests.factories.practice import Practice

# A Monday.
NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)


def missing(at=NOW):
    return [step.title for step in first_steps(at=at) if not step.is_done]


def step(title, at=NOW):
    return next(one for one in first_steps(at=at) if one.title == title)


@pytest.fixture
def practice(db):
    """Everything but the pages."""
    practice = Practice()
    for day in range(5):
        OpeningHours.objects.create(
            location=practice.location,
            weekday=day,
            opens_at=time(8),
            closes_at=time(18),
        )
    practice.lee = practice.doctor("Lee")
    practice.offering = practice.offer(practice.lee, "at_clinic")
    return practice


@pytest.fixture
def site(db):
    index(DoctorIndexPage)


def test_an_empty_clinic_is_told_everything_in_order(db):
    assert missing() == [
        "A location with opening hours",
        "A specialty",
        "A doctor with a specialty",
        "A doctor's working hours",
        "A visit type with its price",
        "Somebody who offers it",
        "The website's pages",
    ]


def test_each_step_leads_to_what_is_missing_next(db):
    title = "A location with opening hours"
    assert step(title).url == reverse("clinic:location_new")
    location = LocationFactory()
    page = reverse("clinic:location", args=[location.public_id])
    assert (step(title).is_done, step(title).url) == (False, page)
    OpeningHours.objects.create(
        location=location, weekday=0, opens_at=time(8), closes_at=time(9)
    )
    assert step(title).is_done
    assert step("A doctor's working hours").url == ""
    doctor = DoctorFactory(slug="dr-byron", specialties=[SpecialtyFactory()])
    url = step("A doctor's working hours").url
    assert url == f"{reverse('workspace:hours')}?doctor=dr-byron"
    visit_type = VisitTypeFactory()
    page = reverse("clinic:visit_type", args=[visit_type.public_id])
    assert step("Somebody who offers it").url == page
    OfferingFactory(doctor=doctor, visit_type=visit_type, location=location)
    assert step("Somebody who offers it").is_done


def test_all_is_there_and_the_list_is_gone(client, admin, practice, site):
    assert missing() == []
    client.force_login(admin)
    page = client.get(reverse("workspace:settings"))
    assert "Before patients can book" not in page.text
    practice.location.opening_hours.all().delete()
    page = client.get(reverse("workspace:settings"))
    assert "Before patients can book" in page.text
    assert "Canal Street has no opening hours yet." in page.text


@pytest.mark.parametrize(
    ("field", "value", "gone"),
    [
        ("is_listed", False, "A doctor with a specialty"),
        ("left_date", NOW.date(), "A doctor with a specialty"),
        ("takes_new_patients", False, "A free time"),
    ],
)
def test_a_doctor_whom_patients_cannot_book_does_not_count(
    practice, site, field, value, gone
):
    setattr(practice.lee, field, value)
    practice.lee.save()
    assert gone in missing()


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        ("location", "A location with opening hours"),
        ("visit_type", "A visit type with its price"),
        ("offering", "Somebody who offers it"),
    ],
)
def test_what_is_closed_does_not_count(practice, site, part, gone):
    row = getattr(practice.offering, part, practice.offering)
    row.is_active = False
    row.save()
    assert gone in missing()


def test_hours_elsewhere_leave_no_free_time(practice, site):
    elsewhere = LocationFactory()
    practice.lee.working_hours.update(location=elsewhere)
    assert missing() == ["A free time"]


def test_hours_that_are_over_are_none(practice, site):
    practice.lee.working_hours.update(valid_until=NOW.date())
    assert "A doctor's working hours" in missing()


def test_visits_by_phone_only_cannot_be_booked_here(practice, site):
    practice.offering.visit_type.booking_policy = "CALL"
    practice.offering.visit_type.save()
    assert "Somebody who offers it" in missing()


def test_only_visits_that_are_paid_before_need_a_provider(practice, site, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert missing() == []
    practice.offering.visit_type.payment_policy = "BEFORE"
    practice.offering.visit_type.save()
    assert missing() == ["Card payments"]
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    assert missing() == []


def test_messages_need_a_mail_server_where_there_is_no_outbox(practice, site, settings):
    settings.DEV_OUTBOX = False
    assert missing() == ["E-mail"]
    settings.EMAIL_URL = "smtp://127.0.0.1"
    assert missing() == []


def test_pages_that_nobody_has_written_are_named(db):
    call_command(
        "start_clinic",
        name="Harbour Surgery",
        time_zone="Europe/Dublin",
        currency="EUR",
        admin_email="asha@example.org",
        location="Quayside",
        address="1 Quay Street",
        city="Cork",
    )
    assert "Privacy, Terms" in step("The website's pages").words
    for page in StandardPage.objects.all():
        page.body = [("text", "<p>Ours.</p>")]
        page.save_revision().publish()
    assert step("The website's pages").is_done
    DoctorIndexPage.objects.get().unpublish()
    assert "list of doctors" in step("The website's pages").words


def test_what_has_no_live_page_is_listed_until_it_has(practice, site):
    def found():
        return {(one.kind, one.name) for one in without_page(at=NOW)}

    assert found() == {
        ("Location", "Canal Street"),
        ("Specialty", "General practice"),
        ("Doctor", "Dr Ines Lee"),
    }
    location_page(location=practice.location)
    specialty_page(specialty=practice.specialty)
    page = doctor_page(doctor=practice.lee)
    page.save_revision().publish()
    # A specialty of nobody needs no page.
    SpecialtyFactory()
    assert found() == set()
    page.unpublish()
    assert found() == {("Doctor", "Dr Ines Lee")}


def test_a_page_begins_in_the_cms_below_its_list(practice, site):
    [doctor] = [one for one in without_page(at=NOW) if one.kind == "Doctor"]
    parent = DoctorIndexPage.objects.get()
    assert doctor.url == f"/cms/pages/add/clinic_pages/doctorpage/{parent.pk}/"


def test_medical_administration_is_led_to_no_cms(client, medical_admin, admin, db):
    Specialty.objects.all().delete()
    for user, sees in ((medical_admin, False), (admin, True)):
        client.force_login(user)
        page = client.get(reverse("workspace:settings")).text
        assert "Add a specialty" in page
        assert ("Open the CMS" in page) is sees


@pytest.mark.parametrize("count", [1, 4])
def test_the_overview_costs_a_fixed_number_of_queries(
    client, admin, practice, site, count, django_assert_max_num_queries
):
    for number in range(count):
        practice.offer(
            practice.doctor(f"More{number}"), kind=practice.offering.visit_type
        )
    client.force_login(admin)
    with django_assert_max_num_queries(38):
        assert client.get(reverse("workspace:settings")).status_code == 200
