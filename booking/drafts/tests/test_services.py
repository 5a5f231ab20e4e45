from datetime import timedelta

import pytest
from django.utils import timezone

from booking.drafts.queries import offers
from booking.drafts.services import NotOffered, choose_time, sweep_drafts
from booking.drafts.tests.walking import MONDAY, choose_reason, walk
from booking.drafts.tests.walking import choose_time as choose_time_over_http
from booking.models import Appointment, Draft
from foundation.errors import Refused
from tests.factories.clinic import SpecialtyFactory


def test_drafts_are_forgotten_a_day_after_their_last_change(client, free_visit, clock):
    walk(client, free_visit)
    assert sweep_drafts(at=clock.at + timedelta(hours=23)) == 0
    assert sweep_drafts(at=clock.at + timedelta(hours=24)) == 1
    assert not Draft.objects.exists()
    assert Appointment.objects.count() == 1
    assert timezone.now() == clock.at


# --- Choosing a time: one statement instead of the list of what is offered -----------


def choosing(draft, offering, clock):
    return choose_time(
        actor=None,
        token=draft.token,
        offering_id=offering.public_id,
        starts_at=MONDAY,
        at=clock.at,
    )


CHANGES = {
    "nothing": lambda o: None,
    "not listed": lambda o: update(o.doctor, is_listed=False),
    "has left": lambda o: update(o.doctor, left_date="2026-03-01"),
    "has not joined": lambda o: update(o.doctor, joined_date="2026-06-01"),
    "takes no new ones": lambda o: update(o.doctor, takes_new_patients=False),
    "offering ended": lambda o: update(o, is_active=False),
    "visit type ended": lambda o: update(o.visit_type, is_active=False),
    "place closed": lambda o: update(o.location, is_active=False),
    "another specialty": lambda o: o.doctor.specialties.set([SpecialtyFactory()]),
    "visit of another specialty": lambda o: o.visit_type.specialties.set(
        [SpecialtyFactory()]
    ),
    "visit of this specialty": lambda o: o.visit_type.specialties.set(
        o.doctor.specialties.all()
    ),
}


def update(row, **changes):
    type(row).objects.filter(pk=row.pk).update(**changes)


@pytest.mark.parametrize("change", CHANGES)
def test_what_can_be_held_is_what_is_offered(client, free_visit, clock, change):
    draft = choose_reason(client, free_visit)
    CHANGES[change](free_visit)
    listed = offers(patient=None, at=clock.at, service="gp-visit", specialty="gp")
    try:
        choosing(draft, free_visit, clock)
        is_held = True
    except Refused:
        is_held = False
    assert is_held == (free_visit in listed.offerings)
    assert Appointment.objects.exists() == is_held


def test_a_visit_of_another_kind_than_was_asked_for_is_not_held(
    client, practice, calloway, free_visit, clock
):
    other = practice.offer(calloway, "free", slug="follow-up")
    draft = choose_reason(client, free_visit)
    with pytest.raises(NotOffered):
        choosing(draft, other, clock)
    assert not Appointment.objects.exists()


def test_pressing_on_a_time_costs_few_queries(
    client, free_visit, django_assert_num_queries
):
    draft, other = (choose_reason(client, free_visit) for _ in range(2))
    # Session, tally, two marks of the transaction, draft and lock, look, write.
    with django_assert_num_queries(7):
        choose_time_over_http(client, draft, free_visit)
    # Session, two marks, draft and the look that says no, who else could have it,
    # the nearest times with who has least booked (further away too: there are few), the
    # clinic.
    with django_assert_num_queries(11):
        choose_time_over_http(client, other, free_visit)
