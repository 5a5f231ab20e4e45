"""Sockets: who gets in, what they hear, when they end."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.sessions.services import end_sessions
from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.appointments.queries import manage_token
from booking.queue.services import call_in, check_in, end_screen, make_screen
from foundation.doors import Door
from foundation.live import announce
from portal.sockets import consumers, passes, routing
from portal.sockets.consumers import OVER, Socket
from tests.factories.accounts import UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(ann):
    """Ann's, in a moment."""
    return AppointmentFactory(
        patient=ann.patient, starts_at=timezone.now() + timedelta(minutes=10)
    )


@pytest.fixture
def at_desk(client, desk):
    client.force_login(desk)
    return client


def arrive(visit):
    check_in(actor=None, appointment=visit, at=timezone.now())


# --- Who gets in ----------------------------------------------------------------


def test_every_socket_has_a_door():
    routes = routing.websocket_urlpatterns
    consumers = [route.callback.consumer_class for route in routes]
    assert {str(route.pattern) for route in routes} == {
        "live/queue/",
        "live/visit/<uuid:public_id>/",
        "live/turn/<str:signed>/",
        "live/screen/<str:key>/",
    }
    assert all(isinstance(one.door, Door) for one in consumers)
    with pytest.raises(ImproperlyConfigured, match="No door: live/more/"):
        routing.route("live/more/", type("More", (Socket,), {}))


def test_only_who_may_hears_of_the_queue(refused, visit, ann, desk, biller, editor):
    def asks(person):
        client = Client()
        if person is not None:
            client.force_login(person)
        return refused("queue/", client)

    assert [asks(one) for one in (None, ann, editor)] == [403, 403, 403]
    # Whoever has not proved the second step is nobody yet.
    assert asks(desk) == 403


def test_the_desk_hears_within_a_second_and_of_its_places_only(listen, at_desk, visit):
    with listen("queue/", at_desk) as socket:
        began = time.monotonic()
        arrive(visit)
        version = socket.hears()
        assert version
        assert version.isdigit()
        assert time.monotonic() - began < 1
        # Said once: nothing else, about nobody.
        assert socket.hears(0.3) is None


def test_a_place_that_is_not_theirs_is_silent(listen, client, db, visit):
    here = LocationFactory()
    client.force_login(_receptionist(here))
    with listen("queue/", client) as socket:
        arrive(visit)
        assert socket.hears(0.5) is None
        with transaction.atomic():
            announce(f"queue.{here.pk}")
        assert socket.hears() is not None


def _receptionist(location):
    user = UserFactory(email="there@example.org")
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST, place=location.place)
    return user


@pytest.mark.parametrize("origin", ["https://evil.test", "null", None])
def test_pages_of_others_open_no_socket(refused, at_desk, visit, origin):
    assert refused("queue/", at_desk) == 0
    assert refused("queue/", at_desk, origin=origin) == 403


def test_patients_hear_of_their_own_visit_only(refused, listen, client, visit, zoe):
    client.force_login(visit.patient.user)
    with listen(f"visit/{visit.public_id}/", client) as socket:
        arrive(visit)
        assert socket.hears() is not None
    client.force_login(zoe)
    assert refused(f"visit/{visit.public_id}/", client) == 403


def test_a_signed_link_hears_and_a_forged_one_does_not(refused, listen, visit):
    token = manage_token(visit)
    with listen(f"turn/{token}/") as socket:
        arrive(visit)
        assert socket.hears() is not None
    assert refused(f"turn/{token[:-1]}x/") == 403
    assert refused("nothing/") == 403


def test_what_is_taken_back_is_never_heard(listen, at_desk, visit):
    with listen("queue/", at_desk) as socket:
        with transaction.atomic():
            arrive(visit)
            transaction.set_rollback(True)
        assert socket.hears(0.5) is None


# --- When they end --------------------------------------------------------------


def ends_within_a_second(socket, act):
    began = time.monotonic()
    act()
    assert socket.end() == OVER
    # Within one, and some for a busy machine.
    assert time.monotonic() - began < 1.5


def test_signing_out_everywhere_ends_the_socket(listen, at_desk, desk, visit):
    with listen("queue/", at_desk) as socket:
        ends_within_a_second(
            socket, lambda: end_sessions(user=desk, because="ELSEWHERE")
        )


def test_another_role_ends_the_socket(listen, at_desk, desk, visit):
    with listen("queue/", at_desk) as socket:
        ends_within_a_second(
            socket,
            lambda: assign_role(actor=None, user=desk, role=Role.BILLING),
        )


def test_signing_out_ends_the_socket(listen, at_desk, visit):
    with listen("queue/", at_desk) as socket:
        ends_within_a_second(socket, lambda: Session.objects.all().delete())


def test_a_socket_keeps_nobody_signed_in(listen, at_desk, desk, visit, settings):
    settings.SESSION_IDLE_SECONDS_STAFF = 2
    Session.objects.update(seen_at=timezone.now())
    seen = Session.objects.get(user=desk).seen_at
    with listen("queue/", at_desk) as socket:
        arrive(visit)
        assert socket.hears() is not None
        assert socket.end(4.0) == OVER
    assert Session.objects.get(user=desk).seen_at == seen
    assert timezone.now() - seen < timedelta(seconds=4)


def test_a_display_hears_until_it_is_ended(listen, refused, visit, desk):
    screen, key = make_screen(
        actor=desk, location=visit.location, name="Hall", at=timezone.now()
    )
    with listen(f"screen/{key}/") as socket:
        arrive(visit)
        assert socket.hears() is not None
        call_in(actor=desk, appointment=visit, at=timezone.now())
        assert socket.hears() is not None
        end_screen(actor=desk, screen=screen, at=timezone.now())
        assert socket.end() == OVER
    assert refused(f"screen/{key}/") == 403


def test_who_comes_while_others_are_looked_after_stays(
    listen, at_desk, visit, monkeypatch
):
    def slowly(held):
        time.sleep(0.4)
        return passes.still_good(held)

    monkeypatch.setattr(consumers, "still_good", slowly)
    _, key = make_screen(
        actor=None, location=visit.location, name="Hall", at=timezone.now()
    )
    with listen("queue/", at_desk):
        time.sleep(0.6)
        with listen(f"screen/{key}/") as late:
            assert late.end(0.7) is None


def test_whoever_talks_is_ended(listen, at_desk, visit):
    with listen("queue/", at_desk) as socket:
        socket.socket.send("hello")
        assert socket.end() == 1003


def test_all_sockets_are_looked_after_in_two_statements(
    django_assert_num_queries, desk, visit, db
):
    held = {
        passes.Pass(("queue.1",), session=f"{number:064}") for number in range(50)
    } | {passes.Pass(("queue.1",), screen_id=number) for number in range(1, 50)}
    with django_assert_num_queries(2):
        assert passes.still_good(held) == set()


def test_the_layer_asks_anew_when_the_database_is_back(listen, at_desk, visit):
    with listen("queue/", at_desk) as socket:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        assert socket.hears(4.0) == "again"
        arrive(visit)
        assert socket.hears() is not None
