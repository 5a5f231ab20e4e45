"""A visit at another hour than was agreed, since the clock's rules changed: who sees
it where, and settles it."""

import pytest
from django.urls import reverse

from booking.appointments.queries import agreed_start
from booking.models import Move
from foundation.zones import offset_minutes
from tests.factories.zone_rules import rules

NOTICE = "The rules of the clock"


@pytest.fixture
def visit(make_visit, offering, tmp_path):
    """Ann's, in three days, agreed by a clock that ran three hours ahead of ours."""
    visit = make_visit(10, days=3, visit_type=offering.visit_type)
    zone = visit.location.time_zone
    visit.clock_offset = offset_minutes(visit.starts_at, zone)
    visit.save()
    with rules(tmp_path, **{zone.replace("/", "__"): "XXX-3"}):
        yield visit


def page(visit):
    return reverse("workspace:appointment", args=[visit.public_id])


def keep(client, visit):
    address = reverse("workspace:visit_hour", args=[visit.public_id])
    return client.post(address, follow=True)


def test_the_doctor_finds_it_and_both_ways_out(client, visit, dr_lee):
    client.force_login(dr_lee)
    assert reverse("workspace:strays") in client.get(reverse("workspace:requests")).text
    assert page(visit) in client.get(reverse("workspace:strays")).text
    shown = client.get(page(visit)).text
    assert NOTICE in shown
    there = reverse("workspace:visit_time", args=[visit.public_id])
    slot = agreed_start(visit).isoformat().replace("+00:00", "")
    assert f"{there}?from={slot[:10]}&amp;slot={slot[:13]}" in shown.replace("%3A", ":")


@pytest.mark.parametrize("who", ["dr_lee", "desk", "medical_admin"])
def test_whoever_may_move_it_may_keep_it(client, visit, who, request):
    client.force_login(request.getfixturevalue(who))
    assert "Kept. The patient is told" in keep(client, visit).text
    assert Move.objects.get().to_starts_at == visit.starts_at
    assert NOTICE not in client.get(page(visit)).text.partition("History")[0]
    again = keep(client, visit).text
    assert "This visit is at the hour that was agreed." in again
    assert Move.objects.count() == 1


@pytest.mark.parametrize("who", ["dr_roy", "biller", "ann", "zoe", "editor"])
def test_nobody_else_may(client, visit, who, request):
    client.force_login(request.getfixturevalue(who))
    keep(client, visit)
    assert not Move.objects.exists()


def test_while_the_clock_stands_there_is_nothing_to_settle(client, visit, desk):
    visit.clock_offset = offset_minutes(visit.starts_at, visit.location.time_zone)
    visit.save()
    client.force_login(desk)
    assert NOTICE not in client.get(page(visit)).text
    keep(client, visit)
    assert not Move.objects.exists()


def test_kept_from_the_list_it_is_told_and_settled(client, visit, desk):
    client.force_login(desk)
    data = {f"visit_{visit.public_id.hex}": "keep"}
    client.post(reverse("workspace:strays_settle"), data)
    found = client.get(reverse("workspace:strays")).context["found"]
    assert (found.open, found.kept) == ([], [])
    assert Move.objects.get().to_starts_at == visit.starts_at
