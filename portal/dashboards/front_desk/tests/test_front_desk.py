import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, RoleAssignment
from booking.appointments.models import Status
from booking.appointments.queries import free_slots
from booking.models import Appointment
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory


def _book_url(**query):
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('workspace:desk_book')}?{pairs}"


def test_the_desk_sees_only_its_own_places(client, desk, make_visit, location):
    mine, other = make_visit(), AppointmentFactory(starts_at=timezone.now())
    RoleAssignment.objects.filter(user=desk).update(place=location.place)
    client.force_login(desk)
    rows = client.get(reverse("workspace:desk")).context["rows"]
    assert [row.appointment for row in rows] == [mine]
    assert other.location != location


def test_filters_are_plain_links(client, desk, make_visit, dr_lee):
    first = make_visit(9)
    make_visit(10, status=Status.CANCELLED)
    make_visit(9, days=1)
    client.force_login(desk)
    here = reverse("workspace:desk")
    for query in (
        {"status": "CONFIRMED"},
        {"status": "CONFIRMED", "doctor": "dr-lee"},
        {"q": first.reference},
    ):
        rows = client.get(here, query).context["rows"]
        assert [row.appointment for row in rows] == [first], query
    assert client.get(here, {"date": "nonsense", "doctor": "x"}).status_code == 200


def test_the_desk_books_a_free_time_once(client, desk, ann, offering):
    client.force_login(desk)
    at = timezone.now()
    slot = free_slots(
        [offering], after=at, until=at + timedelta(days=2), at=at, for_desk=True
    )[offering.pk][3]
    address = _book_url(patient=ann.patient.public_id, offering=offering.public_id)
    assert client.get(_book_url(patient=ann.patient.public_id, doctor="dr-lee")).text
    page = client.get(
        f"{address}&slot={slot.starts_at.isoformat().replace('+', '%2B')}"
    )
    assert f"for {ann.patient.full_name}" in page.text
    data = {
        "offering": offering.public_id,
        "starts_at": slot.starts_at.isoformat(),
        "key": uuid.uuid4(),
        "reason": "Cough",
    }
    post = _book_url(patient=ann.patient.public_id)
    assert "Booked, reference" in client.post(post, data, follow=True).text
    client.post(post, data)
    made = Appointment.objects.get()
    assert (made.status, made.booked_via) == (Status.CONFIRMED, "DESK")


def test_a_taken_time_keeps_the_reason_and_offers_others(client, desk, zoe, offering):
    client.force_login(desk)
    at = timezone.now()
    slot = free_slots(
        [offering], after=at, until=at + timedelta(days=2), at=at, for_desk=True
    )[offering.pk][3]
    AppointmentFactory(
        doctor=offering.doctor, starts_at=slot.starts_at, status=Status.CONFIRMED
    )
    page = client.post(
        _book_url(patient=zoe.patient.public_id),
        {
            "offering": offering.public_id,
            "starts_at": slot.starts_at.isoformat(),
            "key": uuid.uuid4(),
            "reason": "A long story",
        },
    )
    assert page.status_code == 409
    assert "A long story" in page.text
    assert "Free near it" in page.text


PERSON = {
    "first_name": "Nora",
    "last_name": "Newman",
    "birth_date_day": "2",
    "birth_date_month": "5",
    "birth_date_year": "1990",
    "phone": "07700 900321",
}


def test_the_desk_registers_a_patient_and_goes_on_to_book(client, desk):
    client.force_login(desk)
    response = client.post(reverse("workspace:desk_register"), PERSON)
    nora = Patient.objects.get()
    assert nora.phone == "+447700900321"
    assert response["Location"] == _book_url(patient=nora.public_id)


def test_namesakes_are_pointed_out_first(client, desk):
    client.force_login(desk)
    client.post(reverse("workspace:desk_register"), PERSON)
    page = client.post(reverse("workspace:desk_register"), PERSON)
    assert "Is it one of these?" in page.text
    assert Patient.objects.count() == 1
    client.post(reverse("workspace:desk_register"), {**PERSON, "is_another": "on"})
    assert Patient.objects.count() == 2


def test_registering_needs_a_way_to_reach_them(client, desk):
    client.force_login(desk)
    page = client.post(reverse("workspace:desk_register"), {**PERSON, "phone": ""})
    assert "phone number or an e-mail" in page.text
    assert 'value="Newman"' in page.text


@pytest.mark.parametrize("who", ["ann", "dr_lee", "biller", "editor", "admin"])
def test_booking_for_others_is_the_desks(client, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("workspace:desk_book")).status_code == 403
    assert client.get(reverse("workspace:desk_register")).status_code == 403


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_costs_a_fixed_number_of_queries(
    client, desk, make_visit, count, django_assert_max_num_queries
):
    LocationFactory()
    for number in range(count):
        make_visit(8 + number)
    client.force_login(desk)
    with django_assert_max_num_queries(21):
        client.get(reverse("workspace:desk"))


def test_the_desk_charges_a_visit_as_a_follow_up(client, desk, ann, offering):
    kind = offering.visit_type
    kind.price, kind.payment_policy, kind.follow_up_days = 65, "AT_CLINIC", 14
    kind.save()
    client.force_login(desk)
    at = timezone.now()
    slot = free_slots(
        [offering], after=at, until=at + timedelta(days=2), at=at, for_desk=True
    )[offering.pk][3]
    address = _book_url(patient=ann.patient.public_id, offering=offering.public_id)
    start = slot.starts_at.isoformat().replace("+", "%2B")
    assert (
        "Charge it as a follow-up: nothing"
        in client.get(f"{address}&slot={start}").text
    )
    data = {
        "offering": offering.public_id,
        "starts_at": slot.starts_at.isoformat(),
        "key": uuid.uuid4(),
        "as_follow_up": "on",
    }
    page = client.post(_book_url(patient=ann.patient.public_id), data, follow=True)
    assert "Granted by the desk, instead of £65.00" in page.text
    assert Appointment.objects.get().price == 0
