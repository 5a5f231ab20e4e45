"""The way to a booking, page by page, as a browser without scripts walks it."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from booking.appointments.models import Status
from booking.appointments.services import book_for_patient
from booking.drafts.tests.walking import (
    DETAILS,
    MONDAY,
    agree,
    choose_reason,
    choose_time,
    give_details,
    hidden,
    slot,
    url,
    walk,
)
from booking.models import Appointment, Draft
from tests.factories.accounts import PatientFactory
from tests.factories.clinic import LocationFactory
from tests.factories.forms import make_form
from tests.saying import said

START = "/book/"
LINK = {
    "doctor": "dr-calloway",
    "service": "gp-visit",
    "slot": "2026-03-16T10:00Z",
}
HALF_PAST = MONDAY + timedelta(minutes=30)


@pytest.fixture
def draft(client, free_visit):
    """A draft that knows its reason."""
    return choose_reason(client, free_visit, reason="Headaches most weeks")


@pytest.fixture
def held(client, draft, free_visit):
    """A draft that holds Monday, 10am."""
    choose_time(client, draft, free_visit)
    draft.refresh_from_db()
    return draft


def taken(offering, at=MONDAY):
    """Somebody else books that time."""
    return book_for_patient(
        actor=None,
        patient=PatientFactory(),
        offering=offering,
        starts_at=at,
        reason="",
        at=datetime(2026, 3, 12, 9, 0, tzinfo=UTC),
        idempotency_key=uuid.uuid4(),
    )


def text(response):
    return " ".join(response.content.decode().split())


# --- All the way --------------------------------------------------------------------


def test_a_stranger_books_a_free_visit(client, free_visit):
    draft, last = walk(client, free_visit, reason="Headaches most weeks")
    assert last.url == url("confirmed", draft)
    visit = Appointment.objects.get()
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, MONDAY)
    assert visit.patient.full_name == "Maya Thornbury"
    assert visit.patient.phone == "+447700900123"
    assert visit.reason == "Headaches most weeks"
    page = text(client.get(last.url))
    assert visit.reference in page
    assert "Monday 16 March 2026, 10:00am" in page
    assert "London time (GMT)" in page


def test_a_form_that_waits_is_named_where_the_booking_ends(client, free_visit):
    words = "Something to fill in"
    _, last = walk(client, free_visit)
    assert words not in text(client.get(last.url))
    make_form(free_visit.visit_type, questions=[("YES_NO", "Do you smoke?")])
    page = text(client.get(last.url))
    assert words in page
    assert "Do you smoke" not in page


def test_what_was_agreed_to_is_on_record(client, practice, calloway):
    walk(client, practice.offer(calloway, "at_clinic"))
    agreed = Entry.objects.filter(verb="appointment.terms_agreed")
    assert [entry.detail["price"] for entry in agreed] == ["65.00"]


def test_a_visit_paid_at_the_clinic_is_confirmed_at_once(client, practice, calloway):
    draft, last = walk(client, practice.offer(calloway, "at_clinic"))
    assert last.url == url("confirmed", draft)
    assert "To pay at the clinic" in text(client.get(last.url))


def test_a_visit_on_request_waits_for_the_doctor(client, practice, calloway):
    draft, last = walk(client, practice.offer(calloway, "on_request"))
    assert last.url == url("confirmed", draft)
    assert Appointment.objects.get().status == Status.REQUESTED
    assert "Your request is sent" in text(client.get(last.url))


def test_a_visit_paid_before_goes_on_to_the_payment(client, practice, calloway):
    draft, last = walk(client, practice.offer(calloway))
    assert last.url == reverse("billing:payment_pay", args=[draft.token])
    visit = Appointment.objects.get()
    assert (visit.status, visit.patient.last_name) == (Status.HELD, "Thornbury")
    page = text(client.get(url("confirmed", draft)))
    assert "Your visit is waiting for the payment" in page


def test_details_changed_before_paying_change_the_same_patient(
    client, practice, calloway
):
    draft, _ = walk(client, practice.offer(calloway))
    give_details(client, draft, last_name="Thornbury-Reid")
    agree(client, draft)
    visit = Appointment.objects.get()
    assert visit.patient.last_name == "Thornbury-Reid"


def test_the_calendar_entry_waits_for_the_booking(client, practice, calloway):
    draft, _ = walk(client, practice.offer(calloway))
    assert client.get(url("calendar", draft)).status_code == 404


def test_the_calendar_entry_says_nothing_about_health(client, free_visit):
    draft, _ = walk(client, free_visit, reason="Headaches")
    response = client.get(url("calendar", draft))
    assert response["Content-Type"].startswith("text/calendar")
    entry = response.content.decode()
    assert "DTSTART" in entry
    assert "20260316T100000" in entry
    assert "Headaches" not in entry
    assert "GP" not in said(entry)


# --- Step 1 and links ---------------------------------------------------------------


def test_the_first_page_offers_specialties_and_doctors(client, free_visit):
    page = text(client.get(START))
    assert "/book/?specialty=gp" in page
    assert "Dr Ines Calloway" in page


def test_who_comes_back_carries_on_at_the_first_open_step(client, held):
    def carried_on():
        page = client.get(START).text
        link = re.search(r'href="([^"]+)">Carry on where you left off', page)
        return client.get(link[1], follow=True).redirect_chain

    assert carried_on()[-1][0] == url("details", held)
    give_details(client, held)
    assert carried_on() == []


def test_a_reason_must_be_chosen_and_words_are_kept(client, free_visit):
    response = client.post(START, {"specialty": "gp", "reason": "My words"})
    assert response.status_code == 422
    assert "Choose what the visit is for" in text(response)
    assert "My words" in text(response)
    assert not Draft.objects.exists()


def test_looking_at_a_time_holds_nothing(client, free_visit):
    page = text(client.get(START, LINK))
    assert "Do you want this time?" in page
    assert "Monday 16 March 2026, 10:00am" in page
    assert not Appointment.objects.exists()
    assert not Draft.objects.exists()


def test_a_time_from_a_link_is_held_and_its_steps_are_skipped(client, free_visit):
    key = hidden(client.get(START, LINK), "key")
    response = client.post(START, {**LINK, "key": key, "reason": "Headaches"})
    draft = Draft.objects.get()
    assert response.url == url("details", draft)
    assert draft.answers["reason"] == "Headaches"
    assert Appointment.objects.get().starts_at == MONDAY


def test_holding_a_time_from_a_link_twice_holds_it_once(client, free_visit):
    form = {**LINK, "key": hidden(client.get(START, LINK), "key")}
    # The second press arrives before the first has answered: another session.
    first, second = client.post(START, form), Client().post(START, form)
    assert first.url == second.url
    assert Appointment.objects.count() == 1


def test_a_key_that_is_not_ours_begins_a_draft_of_its_own(client, held, free_visit):
    Client().post(START, {**LINK, "slot": "2026-03-16T11:00Z", "key": str(held.token)})
    assert Draft.objects.count() == 2


def test_a_taken_time_from_a_link_shows_the_nearest_ones(client, free_visit):
    taken(free_visit)
    page = text(client.get(START, LINK))
    assert "has just been taken" in page
    assert "slot=2026-03-16T09:30Z" in page
    assert "slot=2026-03-16T10:30Z" in page


def test_a_time_lost_at_the_button_keeps_the_words(client, free_visit):
    key = hidden(client.get(START, LINK), "key")
    taken(free_visit)
    response = client.post(START, {**LINK, "key": key, "reason": "Headaches"})
    assert response.status_code == 409
    draft = Draft.objects.get()
    assert draft.answers["reason"] == "Headaches"
    assert slot(free_visit, HALF_PAST) in text(response)
    assert choose_time(client, draft, free_visit, HALF_PAST).status_code == 302


@pytest.mark.parametrize("gone", [{"is_listed": False}, {"left_date": "2026-03-01"}])
def test_a_doctor_who_is_gone_leaves_no_booking(client, practice, gone):
    practice.offer(practice.doctor("Gone", **gone), "free")
    response = client.get(START, {"doctor": "dr-gone"})
    assert response.status_code == 404
    assert "can no longer be booked" in text(response)
    assert "Dr Ines Gone" not in text(response)


def test_a_doctor_who_takes_no_new_patients_says_so(client, practice):
    practice.offer(practice.doctor("Wren", takes_new_patients=False), "free")
    page = text(client.get(START, {"doctor": "dr-wren"}))
    assert "Dr Ines Wren is not taking new patients" in page
    assert 'name="service"' not in page


def test_a_known_patient_books_a_doctor_who_takes_no_new_ones(client, practice, ann):
    offering = practice.offer(practice.doctor("Wren", takes_new_patients=False), "free")
    visit = taken(offering)
    Appointment.objects.filter(pk=visit.pk).update(
        patient=ann.patient, status=Status.COMPLETED
    )
    client.force_login(ann)
    assert 'value="gp-visit"' in text(client.get(START, {"doctor": "dr-wren"}))


def test_a_first_visit_is_not_for_known_patients(client, practice, calloway, ann):
    offering = practice.offer(calloway, "free", new_patients_only=True)
    practice.offer(calloway, "free", slug="follow-up", name="Follow-up")
    visit = taken(offering)
    Appointment.objects.filter(pk=visit.pk).update(patient=ann.patient)
    assert 'value="gp-visit"' in text(client.get(START, {"specialty": "gp"}))
    client.force_login(ann)
    page = text(client.get(START, {"specialty": "gp"}))
    assert 'value="gp-visit"' not in page
    assert 'value="follow-up"' in page


def test_a_visit_booked_by_phone_shows_the_number_and_no_times(
    client, practice, calloway
):
    offering = practice.offer(calloway, "free", booking_policy="CALL")
    draft = choose_reason(client, offering)
    page = text(client.get(url("time", draft)))
    assert "Call us to book this visit" in page
    assert "tel:+442079460120" in page
    assert 'name="slot"' not in page
    response = choose_time(client, draft, offering)
    assert response.status_code == 409
    assert not Appointment.objects.exists()


def test_a_changed_reason_asks_for_a_new_time(client, practice, calloway, held):
    practice.offer(calloway, "free", slug="follow-up", name="Follow-up")
    answers = {"service": "follow-up", "reason": "Something else"}
    response = client.post(url("reason", held), answers)
    assert response.url == url("time", held)
    assert client.get(url("details", held)).url == url("time", held)


# --- Step 2 -------------------------------------------------------------------------


def test_times_are_counted_for_those_who_listen(client, draft):
    page = text(client.get(url("time", draft), {"day": "2026-03-16"}))
    assert 'aria-label="Monday 16 March, 16 times"' in page
    assert 'Monday 16 March<span class="visually-hidden">, 16 times</span>' in page
    assert 'Morning<span class="visually-hidden">, 6 times</span>' in page
    assert "London time (GMT)" in page


def test_the_soonest_day_is_open(client, draft):
    assert "Thursday 12 March<span" in text(client.get(url("time", draft)))


def test_a_time_must_be_chosen(client, draft):
    response = client.post(url("time", draft), {})
    assert response.status_code == 422
    assert "Choose a time" in text(response)


@pytest.mark.parametrize(
    "wrong", ["", "x", "x 2026-03-16T10:00Z", "{} soon", "{} 2026-03-16"]
)
def test_what_is_no_time_is_refused(client, draft, free_visit, wrong):
    typed = wrong.format(free_visit.public_id)
    assert client.post(url("time", draft), {"slot": typed}).status_code == 422


def test_a_chosen_time_is_held_for_15_minutes(client, draft, free_visit, clock):
    assert choose_time(client, draft, free_visit).url == url("details", draft)
    visit = Appointment.objects.get()
    assert visit.status == Status.HELD
    assert visit.hold_expires_at == clock.at + timedelta(minutes=15)
    page = text(client.get(url("details", draft)))
    assert "We are holding this time for you until <strong>9:45am London time" in page


def test_choosing_twice_holds_once(client, held, free_visit):
    choose_time(client, held, free_visit)
    assert Appointment.objects.count() == 1


def test_going_back_shows_the_held_time_and_another_one_frees_it(
    client, held, free_visit
):
    page = text(client.get(url("time", held)))
    assert f'value="{slot(free_visit)}" checked' in page
    choose_time(client, held, free_visit, HALF_PAST)
    visits = Appointment.objects.order_by("pk").values_list("starts_at", "status")
    assert list(visits) == [(MONDAY, "EXPIRED"), (HALF_PAST, "HELD")]


def test_a_time_that_cannot_be_had_leaves_the_held_one(client, held, free_visit):
    taken(free_visit, HALF_PAST)
    assert choose_time(client, held, free_visit, HALF_PAST).status_code == 409
    assert client.get(url("details", held)).status_code == 200


def test_a_taken_time_keeps_the_day_and_the_answers(client, draft, free_visit):
    taken(free_visit)
    response = choose_time(client, draft, free_visit)
    assert response.status_code == 409
    page = text(response)
    assert "This time has just been taken" in page
    assert "You asked for Mon 16 March, 10:00am" in page
    assert f'value="{slot(free_visit, HALF_PAST)}"' in page
    assert f'value="{slot(free_visit)}"' not in page
    every = re.search(r'href="([^"]+)"[^>]*> ?See all times', page).group(1)
    assert "Monday 16 March<span" in text(client.get(every))
    draft.refresh_from_db()
    assert draft.answers["reason"] == "Headaches most weeks"


def test_a_hold_that_ran_out_leads_back_to_the_times(client, held, clock):
    client.post(url("details", held), {**DETAILS, "phone": "0770 900"})
    clock.at += timedelta(minutes=15)
    assert client.get(url("details", held)).url == url("time", held)
    assert client.get(url("check", held)).url == url("time", held)
    page = text(client.get(url("time", held)))
    assert "We could not hold Mon 16 March, 10:00am any longer" in page
    assert "Monday 16 March<span" in page


def test_after_a_lapsed_hold_the_answers_are_still_there(
    client, held, free_visit, clock
):
    give_details(client, held)
    clock.at += timedelta(minutes=20)
    response = choose_time(client, held, free_visit)
    assert response.url == url("check", held)
    assert agree(client, held).url == url("confirmed", held)
    assert Appointment.objects.get(status="CONFIRMED").starts_at == MONDAY


def test_more_time_is_given_once(client, held, clock):
    first = client.post(url("extend", held), {**DETAILS, "last_name": ""})
    assert first.url == url("details", held)
    visit = Appointment.objects.get()
    assert visit.hold_expires_at == clock.at + timedelta(minutes=30)
    page = text(client.get(first.url))
    assert 'value="Maya"' in page
    assert "I need more time" not in page
    client.post(url("extend", held), DETAILS)
    visit.refresh_from_db()
    assert visit.hold_expires_at == clock.at + timedelta(minutes=30)


def test_a_visitor_elsewhere_sees_both_clocks(client, draft):
    client.post(url("zone", draft), {"time_zone": "Europe/Paris"})
    page = text(client.get(url("time", draft), {"day": "2026-03-16"}))
    assert "London time (GMT). Below it, your time: Paris time (CET)." in page
    assert '<span class="mc-slot__theirs">11:00am' in page


def test_a_day_ahead_is_named(client, draft):
    client.post(url("zone", draft), {"time_zone": "Pacific/Auckland"})
    page = text(client.get(url("time", draft), {"day": "2026-03-16"}))
    assert "5:30am Tue" in page


def test_a_zone_that_does_not_exist_changes_nothing(client, draft):
    client.post(url("zone", draft), {"time_zone": "Europe/Atlantis"})
    draft.refresh_from_db()
    assert draft.time_zone == ""


def test_places_with_other_clocks_are_not_mixed(client, practice, free_visit):
    paris = LocationFactory(slug="port-clair", time_zone="Europe/Paris")
    benali = practice.doctor("Benali", works=False)
    practice.hours(benali, location=paris, start=18, end=20)
    practice.offer(benali, kind=free_visit.visit_type, location=paris)
    draft = choose_reason(client, free_visit)
    london = text(client.get(url("time", draft), {"day": "2026-03-16"}))
    assert "London time (GMT)" in london
    assert "Paris time" not in london
    # What cannot be had is not offered.
    assert "Where it can be soonest, London time" in london
    assert "Any place" not in london
    there = {"day": "2026-03-16", "location": "port-clair"}
    assert "Paris time (CET)" in text(client.get(url("time", draft), there))


@pytest.mark.parametrize(
    ("theirs", "place"),
    [
        ("", "London"),
        ("Europe/London", "London"),
        ("Asia/Tokyo", "London"),
        ("Europe/Paris", "Paris"),
    ],
)
def test_the_visitors_clock_counts_before_the_soonest_place(
    client, practice, free_visit, theirs, place
):
    abroad = LocationFactory(slug="port-clair", time_zone="Europe/Paris")
    benali = practice.doctor("Benali", works=False)
    # A day that is as free in London begins an hour later there than at nine.
    practice.hours(benali, location=abroad, start=7, end=20)
    practice.offer(benali, kind=free_visit.visit_type, location=abroad)
    draft = choose_reason(client, free_visit)
    if theirs:
        client.post(url("zone", draft), {"time_zone": theirs})
    page = text(client.get(url("time", draft)))
    assert f"{place} time (" in page
    assert f"Where it can be soonest, {place} time" in page


def test_where_nothing_is_free_on_the_visitors_clock_another_counts(client, practice):
    kind = practice.offer(practice.doctor("Idle", works=False), "free").visit_type
    abroad = LocationFactory(slug="port-clair", time_zone="Europe/Paris")
    benali = practice.doctor("Benali", works=False)
    practice.hours(benali, location=abroad, start=9, end=20)
    draft = choose_reason(client, practice.offer(benali, kind=kind, location=abroad))
    assert "Paris time (CET)" in text(client.get(url("time", draft)))


def test_no_doctor_comes_first_by_their_name(client, practice, free_visit):
    page = text(client.get("/book/"))
    assert '<option value="">Choose a name</option>' in page
    assert "Choose whom you want to see" not in page
    unnamed = client.get("/book/", {"doctor": ""})
    assert unnamed.status_code == 200
    assert "Error: </span>Choose whom you want to see" in unnamed.text
    assert 'aria-describedby="doctor-error"' in unnamed.text


def test_nothing_soon_says_when(client, practice):
    doctor = practice.doctor("Later", works=False)
    practice.hours(doctor, days=[0])
    offering = practice.offer(doctor, "free", minimum_notice_minutes=8 * 24 * 60)
    draft = choose_reason(client, offering)
    page = text(client.get(url("time", draft)))
    assert "No times in the next 7 days. Next: <strong>Mon 23 March, 9:00am" in page


def test_no_times_at_all_gives_the_phone(client, practice):
    offering = practice.offer(practice.doctor("Idle", works=False), "free")
    draft = choose_reason(client, offering)
    assert "No free times at the moment" in text(client.get(url("time", draft)))


def test_the_time_page_costs_the_same_for_more_doctors(
    client, practice, free_visit, django_assert_num_queries
):
    draft = choose_reason(client, free_visit)
    page = url("time", draft)
    client.get(page)
    with django_assert_num_queries(8):
        client.get(page)
    for names in (("Baptiste", "Drummond"), ("Evans", "Farrow", "Grant")):
        for name in names:
            practice.offer(practice.doctor(name), kind=free_visit.visit_type)
        # One more: how much each of several has booked.
        with django_assert_num_queries(9):
            client.get(page)


# --- Step 3 and 4 -------------------------------------------------------------------


def test_wrong_answers_are_named_and_nothing_typed_is_lost(client, held):
    wrong = {"birth_date_year": "86", "phone": "0770 900", "last_name": ""}
    response = give_details(client, held, **wrong)
    assert response.status_code == 422
    page = text(response)
    assert "Error: Your details" in page
    assert "Enter a year of birth with 4 numbers, for example 1986" in page
    assert "Enter a phone number we can text" in page
    assert "Enter your last name" in page
    again = text(client.get(url("details", held)))
    for typed in ('value="Maya"', 'value="86"', 'value="0770 900"'):
        assert typed in page
        assert typed in again


def test_saving_keeps_what_was_typed_without_judging(client, held):
    response = client.post(
        url("save", held),
        {"first_name": "Ma", "birth_date_day": "40"},
        headers={"X-Requested-With": "autosave"},
    )
    assert response.status_code == 204
    page = text(client.get(url("details", held)))
    assert 'value="Ma"' in page
    assert 'value="40"' in page


def test_the_back_button_saves_first(client, held):
    response = client.post(url("save", held) + "?then=time", {"first_name": "Ma"})
    assert response.url == url("time", held)
    assert 'value="Ma"' in text(client.get(url("details", held)))


def test_every_answer_is_shown_before_booking(client, held):
    give_details(client, held)
    page = text(client.get(url("check", held)))
    for answer in (
        "Headaches most weeks",
        "Monday 16 March 2026, 10:00am",
        "Dr Ines Calloway",
        "Maya Thornbury, born 14 March 1986",
        "07700 900123",
        "maya@example.org",
    ):
        assert answer in page
    for step in ("reason", "time", "details"):
        assert f'href="{url(step, held)}"' in page


def test_the_box_is_never_ticked_for_anybody_and_must_be(client, held):
    give_details(client, held)
    page = client.get(url("check", held))
    assert "checked" not in page.content.decode().split('name="agree"')[1][:80]
    response = client.post(url("check", held), {"key": hidden(page, "key")})
    assert response.status_code == 422
    assert "Tick the box to show that you agree" in text(response)
    assert Appointment.objects.get().status == Status.HELD


def test_the_money_for_cancelling_is_said_before_booking(client, practice, calloway):
    draft = choose_reason(client, practice.offer(calloway))
    choose_time(client, draft, calloway.offerings.get())
    give_details(client, draft)
    page = text(client.get(url("check", draft)))
    assert (
        "I can cancel free until <strong>Sunday 15 March 2026, 10:00am, London time "
        "(GMT)</strong>. After that the charge is £32.50." in page
    )


def test_checking_comes_after_the_details(client, held):
    assert client.get(url("check", held)).url == url("details", held)


def test_booking_twice_books_once(client, held):
    give_details(client, held)
    form = {"key": hidden(client.get(url("check", held)), "key"), "agree": "on"}
    first, second = (client.post(url("check", held), form) for _ in range(2))
    assert first.url == second.url == url("confirmed", held)
    assert Appointment.objects.count() == 1
    assert Appointment.objects.get().patient.appointments.count() == 1


def test_a_booked_draft_shows_the_booking_at_every_step(client, free_visit):
    draft, _ = walk(client, free_visit)
    for step in ("reason", "time", "details", "check"):
        assert client.get(url(step, draft)).url == url("confirmed", draft)
    assert choose_time(client, draft, free_visit).url == url("confirmed", draft)


def test_what_is_promised_is_what_is_still_to_come(client, free_visit, clock):
    draft, _ = walk(client, free_visit)
    Appointment.objects.update(
        price=65,
        payment_policy="BEFORE",
        late_cancellation_percent=50,
        free_cancellation_hours=24,
    )
    early = client.get(url("confirmed", draft)).content.decode()
    assert "a reminder the day before" in early
    assert "Free to cancel until Sunday 15 March 2026" in early
    soon = clock.at + timedelta(hours=3)
    over = soon + timedelta(minutes=30)
    Appointment.objects.update(
        starts_at=soon, ends_at=over, busy_starts_at=soon, busy_ends_at=over
    )
    late = client.get(url("confirmed", draft)).content.decode()
    assert "day before" not in late
    assert "We send you a reminder 2 hours before." in late
    assert "Free to cancel until" not in late
    assert "This visit is soon: cancelling it costs £32.50." in late


def test_booking_from_an_old_page_begins_anew(client, free_visit):
    key = hidden(client.get(START, LINK), "key")
    client.post(START, {**LINK, "key": key})
    first = Draft.objects.get()
    give_details(client, first)
    agree(client, first)
    client.post(START, {**LINK, "key": key, "slot": "2026-03-16T10:30Z"})
    assert Draft.objects.count() == 2
    visits = Appointment.objects.order_by("pk").values_list("status", flat=True)
    assert list(visits) == ["CONFIRMED", "HELD"]


# --- Whose draft it is --------------------------------------------------------------


STEPS = [
    "reason",
    "time",
    "zone",
    "details",
    "save",
    "extend",
    "check",
    "confirmed",
    "calendar",
]


@pytest.mark.parametrize("step", STEPS)
def test_another_browser_finds_no_draft(held, step):
    assert Client().get(url(step, held)).status_code in (404, 405)
    assert Client().post(url(step, held), DETAILS).status_code in (404, 405)
    held.refresh_from_db()
    assert held.answers.get("first_name") is None


def test_signing_in_keeps_the_held_time(client, held, ann):
    before = client.session.session_key
    client.force_login(ann)
    assert client.session.session_key != before
    assert client.get(url("details", held)).status_code == 200
    assert "Ann Patient" in text(client.get(url("check", held)))


def test_signing_in_leads_back_to_the_booking(client, held):
    response = client.post(url("save", held) + "?then=sign-in", {"first_name": "Ann"})
    back = url("check", held).replace("/", "%2F")
    assert response.url == f"{reverse('account_login')}?next={back}"


def test_a_patient_who_is_signed_in_skips_the_details(client, free_visit, ann):
    client.force_login(ann)
    draft = choose_reason(client, free_visit)
    assert choose_time(client, draft, free_visit).url == url("check", draft)
    assert agree(client, draft).url == url("confirmed", draft)
    visit = Appointment.objects.get()
    assert (visit.patient, visit.booked_via) == (ann.patient, "PORTAL")
    assert reverse("booking:appointment", args=[visit.public_id]) in text(
        client.get(url("confirmed", draft))
    )


def test_somebody_new_who_is_signed_in_gets_a_record_of_their_own(
    client, free_visit, dr_roy
):
    client.force_login(dr_roy)
    draft = choose_reason(client, free_visit)
    choose_time(client, draft, free_visit)
    assert f'value="{dr_roy.email}"' in text(client.get(url("details", draft)))
    give_details(client, draft)
    agree(client, draft)
    assert Appointment.objects.get().patient.user == dr_roy


def test_who_is_busy_then_is_told_so(client, free_visit, practice, ann):
    client.force_login(ann)
    draft = choose_reason(client, free_visit)
    choose_time(client, draft, free_visit)
    other = practice.offer(practice.doctor("Baptiste"), kind=free_visit.visit_type)
    visit = taken(other)
    Appointment.objects.filter(pk=visit.pk).update(patient=ann.patient)
    response = agree(client, draft)
    assert response.status_code == 409
    assert "You already have a visit at this time" in text(response)


def test_a_guest_is_offered_an_account_and_never_mixed_with_a_patient(
    client, free_visit, ann
):
    draft = choose_reason(client, free_visit)
    choose_time(client, draft, free_visit)
    give_details(client, draft, first_name="Ann", last_name="Patient", email=ann.email)
    agree(client, draft)
    visit = Appointment.objects.get()
    assert visit.patient != ann.patient
    assert "/account/claim/" in text(client.get(url("confirmed", draft)))


def test_pages_of_a_booking_are_kept_by_nobody(client, held):
    response = client.get(url("details", held))
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
