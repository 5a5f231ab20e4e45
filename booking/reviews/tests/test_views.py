"""The pages on which visits are reviewed, and on which it is decided."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Patient
from audit.models import Entry
from booking.models import Review
from booking.reviews.permissions import can_moderate, moderated_by, visible_to
from booking.reviews.queries import review_token
from tests.factories.booking import AppointmentFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.reviews import ReviewFactory

SAID = {
    "stars": "4",
    "waited": "QUARTER",
    "listened": "YES",
    "again": "PARTLY",
    "comment": "Took time for my questions.",
}


@pytest.fixture
def had(free_visit, ann, clock):
    return AppointmentFactory(
        offering=free_visit,
        patient=ann.patient,
        starts_at=clock.at - timedelta(days=3),
        status="COMPLETED",
    )


@pytest.fixture
def by_link(had):
    return reverse("booking:review_link", args=[review_token(had)])


@pytest.fixture
def own(had):
    return reverse("booking:review_own", args=[had.public_id])


def test_by_the_link_it_is_written_and_taken_back(client, had, by_link):
    assert "Dr" in client.get(by_link).text
    assert client.post(by_link, SAID).url == by_link
    review = Review.objects.get()
    assert (review.appointment, review.stars) == (had, 4)
    page = client.get(by_link).text
    assert "You have reviewed this visit" in page
    assert client.post(by_link, {"withdraw": "1"}).url == by_link
    review.refresh_from_db()
    assert review.status == "WITHDRAWN"


def test_the_link_shows_nothing_of_the_person_or_what_was_written(
    client, ann, had, by_link
):
    client.post(by_link, SAID | {"comment": "Cured my gout"})
    page = client.get(by_link).text
    for word in ("gout", "Ann", ann.email, had.reference, had.visit_type.name):
        assert word not in page
    assert not Entry.objects.filter(verb__startswith="data.", patient_id=None).exists()


def test_what_is_missing_is_said_and_nothing_is_lost(client, by_link):
    page = client.post(by_link, {"comment": "So far", "listened": "MAYBE"})
    assert page.status_code == 422
    for words in (
        "Choose 1 to 5 stars",
        "Say how long you waited",
        "Say whether they listened",
        "So far</textarea>",
    ):
        assert words in page.text
    assert client.post(by_link, SAID | {"stars": "6"}).status_code == 422
    assert client.post(by_link, SAID | {"comment": "x" * 1001}).status_code == 422
    assert not Review.objects.exists()


def test_forged_links_and_visits_that_were_not_had_are_no_page(client, had, by_link):
    assert client.get(by_link[:-2] + "x/").status_code == 404
    had.status = "MISSED"
    had.save()
    assert client.get(by_link).status_code == 404
    assert client.post(by_link, SAID).status_code == 404


def test_from_the_portal_with_what_was_written_before(client, ann, had, own):
    client.force_login(ann)
    visit = reverse("booking:appointment", args=[had.public_id])
    assert own in client.get(visit).text
    client.post(own, SAID)
    assert "Took time for my questions.</textarea>" in client.get(own).text


def test_nobody_reviews_anothers_visit(client, zoe, gus, dr_lee, desk, had, own):
    for stranger in (zoe, gus, dr_lee, desk):
        client.force_login(stranger)
        assert client.get(own).status_code == 404
        assert client.post(own, SAID).status_code == 404
    assert not Review.objects.exists()
    ProxyFactory(patient=had.patient, user=gus, scopes=["book"])
    client.force_login(gus)
    assert client.post(own, SAID).status_code == 302
    assert Review.objects.get().appointment == had


def test_medical_administration_reads_and_decides(client, medical_admin, ann, had):
    review = ReviewFactory(appointment=had)
    client.force_login(medical_admin)
    page = reverse("booking:review", args=[review.public_id])
    assert page in client.get(reverse("booking:reviews")).text
    text = client.get(page).text
    assert review.comment in text
    for word in (ann.patient.full_name, ann.patient.number, had.reference):
        assert word not in text
    form = {"act": "hide", "reason": "", "reply": "", "seen_at": review.written_at}
    assert client.post(page, form).status_code == 422
    assert client.post(page, form | {"act": "show"}).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.words) == ("SHOWN", review.comment)
    assert "Nothing waits" in client.get(reverse("booking:reviews")).text
    assert page in client.get(reverse("booking:reviews"), {"show": "all"}).text


def test_what_was_changed_meanwhile_is_read_and_then_decided(
    client, medical_admin, ann, had, own
):
    review = ReviewFactory(appointment=had)
    client.force_login(medical_admin)
    page = reverse("booking:review", args=[review.public_id])
    before = {"act": "show", "reason": "", "reply": "", "seen_at": review.written_at}
    client.force_login(ann)
    client.post(own, SAID)
    client.force_login(medical_admin)
    answer = client.post(page, before)
    assert answer.status_code == 422
    assert "Read it again" in answer.text
    assert SAID["comment"] in answer.text
    [seen_at] = re.findall(r'name="seen_at" value="([^"]+)"', answer.text)
    assert client.post(page, before | {"seen_at": seen_at}).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.words) == ("SHOWN", SAID["comment"])


@pytest.mark.parametrize("whose", ["own", "child"])
def test_nobody_decides_about_what_they_wrote(client, medical_admin, had, whose):
    review = ReviewFactory(appointment=had)
    page = reverse("booking:review", args=[review.public_id])
    client.force_login(medical_admin)
    assert client.get(page).status_code == 200
    if whose == "own":
        Patient.objects.filter(pk=had.patient.pk).update(user=medical_admin)
    else:
        ProxyFactory(patient=had.patient, user=medical_admin)
    review = Review.objects.get()
    assert not can_moderate(medical_admin, review)
    assert review not in moderated_by(medical_admin)
    assert review in visible_to(medical_admin)
    assert client.get(page).status_code == 404
    assert page not in client.get(reverse("booking:reviews")).text


@pytest.mark.parametrize("who", ["ann", "dr_lee", "nurse", "desk", "admin", "editor"])
def test_nobody_else_comes_in(request, client, had, who):
    review = ReviewFactory(appointment=had)
    client.force_login(request.getfixturevalue(who))
    for name, args in (("booking:reviews", []), ("booking:review", [review.public_id])):
        assert client.get(reverse(name, args=args)).status_code == 403
