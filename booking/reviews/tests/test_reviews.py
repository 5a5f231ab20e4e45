"""Asking once, writing, deciding, and what everybody reads."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from booking.models import Review, ReviewAsk
from booking.reviews.queries import (
    LINK_DAYS,
    opinion,
    read_review_token,
    review_token,
)
from booking.reviews.services import (
    NoReason,
    NotAllowed,
    NotHad,
    NothingThere,
    NotNow,
    decide_review,
    refresh_standings,
    send_due_asks,
    withdraw_review,
    write_review,
)
from clinic.models import Doctor
from notifications.models import Delivery, Preference
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.pages import doctor_page
from tests.factories.reviews import ReviewFactory
from tests.jobs import run_jobs

SAID = {"stars": 4, "waited": "QUARTER", "listened": "YES", "again": "PARTLY"}
LONG_AGO = timedelta(days=3)


@pytest.fixture
def had(free_visit, ann, clock):
    """Ann had a visit three days ago."""
    return AppointmentFactory(
        offering=free_visit,
        patient=ann.patient,
        starts_at=clock.at - LONG_AGO,
        status="COMPLETED",
    )


def written(visit, at, **fields):
    words = SAID | {"comment": "Took time for my questions."} | fields
    return write_review(actor=None, visit=visit, at=at, **words)


def decided(actor, review, at, is_shown=True, reason="", reply="", seen_at=None):
    return decide_review(
        actor=actor,
        review=review,
        is_shown=is_shown,
        reason=reason,
        reply=reply,
        seen_at=seen_at or review.written_at,
        at=at,
    )


@pytest.fixture
def five(free_visit, clock):
    """Five people said something that is shown."""
    return [
        ReviewFactory(
            shown=True,
            appointment=AppointmentFactory(
                offering=free_visit,
                starts_at=clock.at - timedelta(days=20 + day),
                status="COMPLETED",
            ),
            stars=3 + day % 3,
        )
        for day in range(5)
    ]


# --- Asking ---


def test_whoever_had_a_visit_is_asked_once(had, free_visit, clock):
    for day, status in ((3, "MISSED"), (1, "COMPLETED"), (30, "COMPLETED")):
        AppointmentFactory(
            offering=free_visit,
            starts_at=clock.at - timedelta(days=day, hours=2),
            status=status,
        )
    assert [send_due_asks(at=clock.at) for _ in range(2)] == [1, 0]
    assert ReviewAsk.objects.get().appointment == had
    [mail] = Delivery.objects.filter(channel="EMAIL")
    assert (mail.event, mail.patient) == ("review_asked", had.patient)
    assert review_token(had) in mail.body_text


def test_whoever_turned_reminders_off_is_left_alone(had, clock):
    for channel in ("EMAIL", "SMS"):
        Preference.objects.create(
            patient=had.patient, channel=channel, is_enabled=False
        )
    send_due_asks(at=clock.at)
    sent = Delivery.objects.filter(channel__in=["EMAIL", "SMS"])
    assert not sent.exclude(status="SUPPRESSED").exists()


def test_who_has_written_already_or_where_the_clinic_asks_nobody(had, clock, settings):
    settings.REVIEW_ASK_DAYS = 0
    assert send_due_asks(at=clock.at) == 0
    settings.REVIEW_ASK_DAYS = 2
    written(had, clock.at)
    assert send_due_asks(at=clock.at) == 0


# --- Writing ---


def test_only_a_visit_that_took_place_is_reviewed(had, clock):
    had.status = "MISSED"
    had.save()
    with pytest.raises(NotHad):
        written(had, clock.at)
    assert not Review.objects.exists()


def test_a_link_is_of_one_visit_and_ends(had, clock):
    token = review_token(had)
    assert read_review_token(token, at=clock.at) == had
    end = had.ends_at + timedelta(days=LINK_DAYS)
    assert read_review_token(token, at=end) is None
    assert read_review_token(token[:-1], at=clock.at) is None
    had.status = "ARRIVED"
    had.save()
    assert read_review_token(token, at=clock.at) is None


def test_what_is_written_anew_is_read_anew(had, clock, medical_admin, settings):
    settings.REVIEWS_SHOWN_FROM = 1
    review = written(had, clock.at)
    decided(medical_admin, review, clock.at, reply="Thank you.")
    assert Doctor.objects.get(pk=had.doctor_id).review_count == 1
    later = clock.at + timedelta(hours=1)
    review = written(had, later, comment="On second thought", stars=2)
    assert (review.status, review.words, review.reply) == ("WAITING", "", "")
    assert Doctor.objects.get(pk=had.doctor_id).review_count == 0
    assert Review.objects.count() == 1


def test_taking_it_back_erases_its_words(had, clock, medical_admin, settings):
    settings.REVIEWS_SHOWN_FROM = 1
    review = written(had, clock.at)
    decided(medical_admin, review, clock.at)
    withdraw_review(actor=None, visit=had)
    review.refresh_from_db()
    assert (review.comment, review.words, review.status) == ("", "", "WITHDRAWN")
    assert Doctor.objects.get(pk=had.doctor_id).review_count == 0
    with pytest.raises(NothingThere):
        withdraw_review(actor=None, visit=had)
    assert written(had, clock.at).status == "WAITING"


# --- Deciding ---


@pytest.mark.parametrize("who", ["desk", "admin", "editor", "biller", "ann"])
def test_medical_administration_alone_decides(request, had, clock, who):
    review = written(had, clock.at)
    with pytest.raises(NotAllowed):
        decided(request.getfixturevalue(who), review, clock.at)
    review.refresh_from_db()
    assert (review.status, review.words) == ("WAITING", "")


def test_nobody_decides_about_themselves(had, clock, medical_admin):
    review = written(had, clock.at)
    Doctor.objects.filter(pk=had.doctor_id).update(user=medical_admin)
    with pytest.raises(NotAllowed):
        decided(medical_admin, review, clock.at)


def test_it_is_shown_word_for_word_and_its_author_told(had, clock, medical_admin):
    review = written(had, clock.at, comment="Waited, but he <b>listened</b>.\n\nGood")
    review = decided(medical_admin, review, clock.at, reply="We hire a second nurse.")
    assert review.words == review.comment == "Waited, but he <b>listened</b>.\n\nGood"
    run_jobs()
    [mail] = Delivery.objects.filter(event="review_answered", channel="EMAIL")
    assert "is on our website now" in mail.body_text
    assert review.comment not in mail.body_text
    verbs = Entry.objects.filter(verb__startswith="review.").order_by("pk")
    assert [entry.verb for entry in verbs] == ["review.written", "review.shown"]


def test_hiding_takes_a_reason_which_its_author_reads(had, clock, medical_admin):
    review = written(had, clock.at)
    with pytest.raises(NoReason):
        decided(medical_admin, review, clock.at, is_shown=False, reason="no")
    why = "It names another patient."
    decided(medical_admin, review, clock.at, is_shown=False, reason=why)
    run_jobs()
    assert why in Delivery.objects.get(channel="EMAIL").body_text


def test_nobody_shows_what_they_have_not_read(had, clock, medical_admin):
    review = written(had, clock.at)
    seen_at = review.written_at
    review = written(had, clock.at + timedelta(minutes=1), comment="Another text")
    with pytest.raises(NotNow):
        decided(medical_admin, review, clock.at, seen_at=seen_at)


# --- What everybody reads ---


def test_below_the_floor_nothing_is_shown(client, five, had, clock, medical_admin):
    doctor = had.doctor
    address = reverse("booking:doctor_reviews", args=[doctor.public_id])
    five[0].delete()
    review = written(had, clock.at, stars=5)
    assert client.get(address).status_code == 204
    decided(medical_admin, review, clock.at)
    doctor.refresh_from_db()
    assert (doctor.review_count, float(doctor.review_average)) == (5, 4.2)
    clock.at += timedelta(seconds=2)
    assert client.get(address).status_code == 200


def test_the_page_says_when_and_never_who(client, five, had, clock, medical_admin):
    decided(medical_admin, written(had, clock.at), clock.at, reply="Thank you.")
    hidden = written(
        AppointmentFactory(
            doctor=had.doctor,
            patient=PatientFactory(first_name="Xaver"),
            starts_at=clock.at - timedelta(days=9),
            status="COMPLETED",
        ),
        clock.at,
        comment="Cured my gout",
    )
    address = reverse("booking:doctor_reviews", args=[had.doctor.public_id])
    page = client.get(address).text
    for words in (
        "A patient, visited in March 2026",
        "Took time for my questions.",
        "Thank you.",
        "100% felt listened to",
        "from 6 reviews",
    ):
        assert words in page
    patient = had.patient
    for word in (patient.first_name, patient.last_name, had.reference, "gout"):
        assert f">{word}" not in page
        assert word not in page or word == "Patient"
    assert hidden.status == "WAITING"
    seen = Entry.objects.filter(verb__startswith="data.")
    assert not seen.filter(actor=None).exists()


def test_what_an_erasure_took_away_is_counted_no_more(five):
    doctor = five[0].doctor
    refresh_standings()
    doctor.refresh_from_db()
    assert (doctor.review_count, float(doctor.review_average)) == (5, 3.8)
    five[0].delete()
    refresh_standings()
    doctor.refresh_from_db()
    assert (doctor.review_count, doctor.review_average) == (0, None)


def test_it_costs_two_queries_beside_the_doctor(five, had):
    had.doctor.review_count, had.doctor.review_average = 5, 4
    with CaptureQueriesContext(connection) as counted:
        assert len(opinion(had.doctor).reviews) == 5
    assert len(counted) == 2


def test_the_doctors_page_has_it_and_tells_machines(client, five, had, clock, request):
    review = written(had, clock.at, stars=5)
    page = doctor_page(doctor=had.doctor, title=had.doctor.full_name)
    decided(request.getfixturevalue("medical_admin"), review, clock.at)
    text = client.get(page.url).text
    assert "What patients say" in text
    found = [
        json.loads(part.partition(">")[2].partition("</script>")[0])
        for part in text.split("<script")
        if "ld+json" in part.partition(">")[0]
    ]
    flat = json.dumps(found)
    assert '"@type": "AggregateRating", "ratingValue": "4.0", "reviewCount": 6' in flat
    withdraw_review(actor=None, visit=had)
    for one in five:
        withdraw_review(actor=None, visit=one.appointment)
    text = client.get(page.url).text
    assert "What patients say" not in text
    assert "AggregateRating" not in text
