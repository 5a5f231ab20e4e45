from datetime import UTC, datetime, timedelta

import pytest

from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.permissions import visible_to
from notifications.deliveries.queries import (
    after_quiet_hours,
    failed_deliveries,
    failure_count,
    linked_delivery,
    outbox_of,
)
from tests.factories.notifications import DeliveryFactory


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (utc(2026, 3, 2, 12), "Europe/London", utc(2026, 3, 2, 12)),
        (utc(2026, 3, 2, 20, 59), "Europe/London", utc(2026, 3, 2, 20, 59)),
        (utc(2026, 3, 2, 21), "Europe/London", utc(2026, 3, 3, 8)),
        (utc(2026, 3, 2, 3), "Europe/London", utc(2026, 3, 2, 8)),
        (utc(2026, 3, 2, 8), "Europe/London", utc(2026, 3, 2, 8)),
        # The same instant is noon here and night there.
        (utc(2026, 3, 2, 12), "Asia/Tokyo", utc(2026, 3, 2, 23)),
        # Clocks go forward in this night: 8:00 comes an hour sooner.
        (utc(2026, 3, 28, 23), "Europe/London", utc(2026, 3, 29, 7)),
        # And back in this one.
        (utc(2026, 10, 24, 23), "Europe/London", utc(2026, 10, 25, 8)),
    ],
)
def test_quiet_hours_end_in_the_morning_of_the_persons_zone(at, zone, expected):
    assert after_quiet_hours(at, zone) == expected


def test_quiet_hours_may_lie_within_a_day(settings):
    settings.QUIET_HOURS = ("12:00", "14:00")
    noon = utc(2026, 3, 2, 12, 30)
    assert after_quiet_hours(noon, "UTC") == utc(2026, 3, 2, 14)
    assert after_quiet_hours(utc(2026, 3, 2, 22), "UTC") == utc(2026, 3, 2, 22)


@pytest.fixture
def cast(ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin):
    DeliveryFactory(patient=ann.patient)
    DeliveryFactory(patient=zoe.patient)
    DeliveryFactory(patient=None, user=dr_lee)
    DeliveryFactory()
    return [ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin]


def test_visible_to_agrees_with_view_delivery(cast):
    for user in cast:
        allowed = {
            delivery
            for delivery in Delivery.objects.all()
            if user.has_perm("notifications.view_delivery", delivery)
        }
        assert set(visible_to(user)) == allowed, user


def test_people_see_their_own_messages_alone(cast, ann, zoe, dr_lee, dr_roy, editor):
    assert {d.patient for d in visible_to(ann)} == {ann.patient}
    assert {d.user for d in visible_to(dr_lee)} == {dr_lee}
    assert set(visible_to(dr_roy)) == set(visible_to(editor)) == set()


def test_the_desks_list_holds_open_failures_and_no_codes(desk):
    wanted = DeliveryFactory(failed=True)
    DeliveryFactory(failed=True, settled_at=utc(2026, 3, 2, 9))
    DeliveryFactory(failed=True, kind=Kind.CODE)
    DeliveryFactory(status="SENT")
    assert set(failed_deliveries(desk)) == {wanted}
    assert failure_count(desk) == 1


def test_nobody_else_has_a_list_of_failures(ann, dr_lee, desk):
    DeliveryFactory(failed=True, patient=ann.patient)
    assert set(failed_deliveries(dr_lee)) == set()


def test_the_outbox_finds_people_by_part_of_name_or_address(db):
    maya = DeliveryFactory(to_name="Maya Thornbury", to_address="m@example.org")
    leo = DeliveryFactory(to_name="Leo", to_address="leo@thorn.example")
    DeliveryFactory(to_name="Zoe", to_address="zoe@example.org")
    assert set(outbox_of("thorn")) == {maya, leo}
    assert outbox_of().count() == 3


def test_a_short_link_ends_after_ninety_days(db):
    delivery = DeliveryFactory(text=True, short_code="abc")
    made = delivery.created_at
    assert linked_delivery("abc", made + timedelta(days=89)) == delivery
    assert linked_delivery("abc", made + timedelta(days=91)) is None
    assert linked_delivery("abd", made) is None
    DeliveryFactory()
    assert linked_delivery("", made) is None
