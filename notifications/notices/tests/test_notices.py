import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.notices.queries import notices_for, unread_count
from tests.factories.notifications import DeliveryFactory

pytestmark = pytest.mark.django_db
LIST = "/portal/notices/"


def test_the_bell_holds_ones_own_notes_alone(ann, zoe, dr_lee, desk):
    mine = DeliveryFactory(note=True, patient=ann.patient)
    DeliveryFactory(note=True, patient=zoe.patient)
    DeliveryFactory(patient=ann.patient)
    DeliveryFactory(note=True, patient=ann.patient, status="SUPPRESSED")
    work = DeliveryFactory(note=True, patient=None, user=dr_lee)
    assert set(notices_for(ann)) == {mine}
    assert set(notices_for(dr_lee)) == {work}
    # The desk may see every message, but its bell is its own.
    assert set(notices_for(desk)) == set()
    assert unread_count(AnonymousUser()) == 0


def test_opening_a_note_marks_it_read_and_leads_on(client, ann):
    note = DeliveryFactory(note=True, patient=ann.patient, link="/portal/")
    client.force_login(ann)
    assert unread_count(ann) == 1
    path = reverse("notifications:notice_open", args=[note.public_id])
    assert client.get(path).status_code == 405
    answer = client.post(path)
    assert (answer.status_code, answer.url) == (302, "/portal/")
    assert unread_count(ann) == 0


def test_nobody_opens_anothers_note(client, ann, zoe, desk):
    note = DeliveryFactory(note=True, patient=ann.patient)
    path = reverse("notifications:notice_open", args=[note.public_id])
    for other in (zoe, desk):
        client.force_login(other)
        assert client.post(path).status_code == 404
    assert unread_count(ann) == 1


def test_marking_all_as_read_leaves_other_peoples(client, ann, zoe):
    DeliveryFactory(note=True, patient=ann.patient)
    DeliveryFactory(note=True, patient=zoe.patient)
    client.force_login(ann)
    client.post(reverse("notifications:notices_read"))
    assert (unread_count(ann), unread_count(zoe)) == (0, 1)


def test_looking_at_the_list_marks_nothing_as_read(client, ann):
    DeliveryFactory(note=True, patient=ann.patient, subject="Visit booked")
    client.force_login(ann)
    page = client.get(LIST).content.decode()
    assert "Visit booked" in page
    assert "1 new" in page
    assert unread_count(ann) == 1


def test_the_list_asks_as_often_for_three_notes_as_for_one(
    client, ann, django_assert_num_queries
):
    client.force_login(ann)
    DeliveryFactory(note=True, patient=ann.patient)
    client.get(LIST)
    with CaptureQueriesContext(connection) as for_one:
        client.get(LIST)
    for _ in range(2):
        DeliveryFactory(note=True, patient=ann.patient)
    with django_assert_num_queries(len(for_one)):
        client.get(LIST)


def test_an_empty_list_says_so(client, ann):
    client.force_login(ann)
    assert "No notices yet" in client.get(LIST).content.decode()


def test_the_list_needs_signing_in(client):
    assert client.get(LIST).status_code == 302
