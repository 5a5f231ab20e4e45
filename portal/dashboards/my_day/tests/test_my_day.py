import pytest
from django.urls import reverse

from accounts.users.queries import landing_path
from booking.appointments.models import Status
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory


def test_the_day_sorts_the_queue_by_what_is_next(client, dr_lee, make_visit):
    make_visit(8, status=Status.COMPLETED)
    make_visit(9, status=Status.ARRIVED)
    make_visit(10)
    make_visit(11, days=1)
    client.force_login(dr_lee)
    page = client.get(reverse("workspace:day"))
    day = page.context["page"]
    assert [group.title for group in day.groups] == ["Ready now", "Coming up", "Done"]
    assert (day.seen, day.waiting, day.coming) == (1, 1, 1)


def test_another_doctors_visits_are_not_in_it(client, dr_roy, make_visit):
    make_visit()
    client.force_login(dr_roy)
    page = client.get(reverse("workspace:day"))
    assert page.context["page"].groups == []
    assert "Nobody is booked" in page.text


def test_htmx_gets_the_queue_alone(client, dr_lee, make_visit):
    make_visit()
    client.force_login(dr_lee)
    part = client.get(reverse("workspace:day"), headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "Queue" in part.text


def test_a_day_that_is_none_does_not_exist(client, dr_lee):
    client.force_login(dr_lee)
    assert client.get("/clinic/day/tomorrow/").status_code == 404


@pytest.mark.parametrize("who", ["ann", "editor"])
def test_the_workspace_is_for_staff(client, who, request):
    client.force_login(request.getfixturevalue(who))
    for name in ("day", "requests", "schedule", "hours", "desk"):
        assert client.get(reverse(f"workspace:{name}")).status_code == 403, name


def test_staff_without_a_day_go_where_they_work(client, desk):
    client.force_login(desk)
    response = client.get(reverse("workspace:day"))
    assert response["Location"] == reverse("workspace:desk")


def test_a_nurse_starts_with_her_own_day_or_with_everybodys(client, nurse, location):
    client.force_login(nurse)
    assert landing_path(nurse) == reverse("workspace:day")
    response = client.get(reverse("workspace:day"))
    assert response["Location"] == reverse("workspace:desk")
    assert "patients in your care" in client.get(response["Location"]).text
    # Nurses can be booked by name as well.
    DoctorFactory(user=nurse)
    assert "Nobody is booked" in client.get(reverse("workspace:day")).text


def test_requests_show_the_oldest_first_with_the_reason(client, dr_lee, make_visit):
    second = make_visit(9, days=5, status=Status.REQUESTED)
    make_visit(9, days=2)
    client.force_login(dr_lee)
    page = client.get(reverse("workspace:requests"))
    assert list(page.context["requests"]) == [second]
    assert "Secret reason" in page.text


@pytest.mark.parametrize("count", [1, 8])
def test_the_day_costs_a_fixed_number_of_queries(
    client, dr_lee, make_visit, count, django_assert_max_num_queries
):
    for number in range(count):
        make_visit(8 + number)
    AppointmentFactory()
    client.force_login(dr_lee)
    # One of them only while visits are still to come.
    with django_assert_max_num_queries(26):
        client.get(reverse("workspace:day"))
