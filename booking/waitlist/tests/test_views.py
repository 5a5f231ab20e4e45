"""The waiting list's pages, for patients and for the clinic."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Patient, User
from accounts.proxies.queries import KEY
from booking.appointments.models import Status
from booking.models import Appointment, Offer, WaitlistEntry, WaitlistRules
from booking.waitlist.queries import offer_token
from booking.waitlist.tests.conftest import MONDAY
from notifications.models import Delivery
from tests.factories.clinic import LocationFactory
from tests.factories.proxies import ProxyFactory
from tests.saying import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST = "/portal/appointments/waiting-list/"
JOIN = f"{LIST}join/"


@pytest.fixture
def asked(line):
    """The question with which the page of times leads to the list."""
    kind, doctor = line.offering.visit_type, line.offering.doctor
    return f"{JOIN}?service={kind.slug}&doctor={doctor.slug}"


def answers(line, **fields):
    return {
        "whom": f"doctor:{line.offering.doctor.slug}",
        "notice_hours": "24",
        "viewing": "me",
        **fields,
    }


def test_a_visitor_signs_in_and_comes_back(client, asked):
    response = client.get(asked)
    assert response.status_code == 302
    assert response["Location"].startswith(
        "/account/sign-in/?next=/portal/appointments"
    )
    assert "service%3D" in response["Location"]


def test_who_has_no_record_says_first_who_they_are(client, asked, ann):
    Patient.objects.filter(user=ann).update(user=None)
    client.force_login(User.objects.get(pk=ann.pk))
    assert client.get(asked)["Location"] == reverse("accounts:profile")


def test_joining_from_the_page(client, line, asked, ann):
    client.force_login(ann)
    page = client.get(asked)
    assert f'value="doctor:{line.offering.doctor.slug}" selected' in page.text
    response = client.post(asked, answers(line, weekdays=["0", "2"], parts=["MORNING"]))
    entry = WaitlistEntry.objects.get()
    assert response["Location"] == f"{LIST}{entry.public_id}/"
    assert (entry.patient, entry.weekdays, entry.parts, entry.notice_hours) == (
        ann.patient,
        [0, 2],
        ["MORNING"],
        24,
    )
    assert "mornings on Mondays or Wednesdays" in client.get(LIST).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"whom": ""}, "Choose a doctor, or any doctor"),
        ({"whom": "doctor:nobody"}, "Choose a doctor from the list"),
        ({"latest_date": "2026-03-01"}, "Choose a last day that is still to come"),
        (
            {"earliest_date": "2026-04-02", "latest_date": "2026-04-01"},
            "The last day must not be before the first",
        ),
        ({"earliest_date": "soon"}, "Enter a date, for example 16/3/2026"),
        ({"notice_hours": "3"}, "Choose how soon before"),
        ({"viewing": "nobody"}, "You act for somebody else now"),
    ],
)
def test_wrong_answers_are_named_and_nothing_is_lost(
    client, line, asked, ann, fields, words
):
    client.force_login(ann)
    response = client.post(asked, answers(line, parts=["EVENING"], **fields))
    assert response.status_code == 422
    assert words in response.text
    assert re.search(r'value="EVENING"[^>]*checked', response.text)
    assert not WaitlistEntry.objects.exists()


def test_a_kind_that_nobody_offers_leads_to_the_others(client, line, ann):
    client.force_login(ann)
    page = client.get(f"{JOIN}?service=nothing")
    assert "You cannot wait for this kind of visit" in page.text
    assert f"?service={line.offering.visit_type.slug}" in page.text


def test_changing_and_leaving(client, line, ann):
    entry = line.waits(ann.patient)
    client.force_login(ann)
    page = client.get(f"{LIST}{entry.public_id}/")
    assert "You are next." in page.text
    client.post(f"{LIST}{entry.public_id}/", answers(line, weekdays=["4"]))
    entry.refresh_from_db()
    assert entry.weekdays == [4]
    leave = f"{LIST}{entry.public_id}/leave/"
    assert client.get(leave).status_code == 200
    entry.refresh_from_db()
    assert entry.status == "ACTIVE"
    assert client.post(leave)["Location"] == LIST
    entry.refresh_from_db()
    assert entry.status == "WITHDRAWN"
    assert "Left the list" in client.get(f"{LIST}{entry.public_id}/").text


def test_earlier_than_the_visit_one_has(client, line, ann):
    visit = line.book(MONDAY, ann.patient)
    client.force_login(ann)
    here = reverse("booking:waitlist_sooner", args=[visit.public_id])
    page = client.get(reverse("booking:appointment", args=[visit.public_id]))
    assert here in page.text
    assert "You keep this visit" in client.get(here).text
    assert not WaitlistEntry.objects.exists()
    response = client.post(here)
    entry = WaitlistEntry.objects.get()
    assert entry.replaces == visit
    assert response["Location"] == f"{LIST}{entry.public_id}/"
    assert client.get(here)["Location"] == response["Location"]


@pytest.mark.parametrize("name", ["waitlist_entry", "waitlist_leave", "offer"])
def test_anothers_place_and_offer_do_not_exist(client, line, ann, zoe, gus, name):
    entry = line.waits(ann.patient)
    line.free()
    thing = Offer.objects.get() if name == "offer" else entry
    address = reverse(f"booking:{name}", args=[thing.public_id])
    for person, status in ((zoe, 404), (ann, 200), (gus, 404)):
        client.force_login(person)
        assert client.get(address).status_code == status
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=["messages"])
    assert client.get(address).status_code == 404
    proxy.scopes = ["book"]
    proxy.save()
    assert client.get(address).status_code == 200


def test_who_acts_for_somebody_puts_them_on_the_list(client, line, asked, ann, gus):
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=["book"])
    client.force_login(gus)
    session = client.session
    session[KEY] = str(proxy.public_id)
    session.save()
    assert "You are acting for <strong>Ann Patient" in client.get(asked).text
    client.post(asked, answers(line, viewing=str(proxy.public_id)))
    assert WaitlistEntry.objects.get().patient == ann.patient
    assert WaitlistEntry.objects.get().joined_by == gus


# --- Offers ---------------------------------------------------------------------


@pytest.fixture
def link(line, ann):
    """The address in the message of an offer to Ann."""
    line.waits(ann.patient)
    line.free()
    path = Delivery.objects.filter(event="waitlist_offer").first().link
    assert path == reverse("booking:offer_managed", args=[offer_token(offer())])
    return path


def offer():
    return Offer.objects.get()


def test_the_link_shows_the_time_and_changes_nothing(client, line, link):
    page = client.get(link)
    assert "10:00am" in page.text
    assert line.offering.doctor.full_name in page.text
    assert line.offering.visit_type.name not in page.text
    assert "Ann" not in said(page.text)
    assert client.head(link).status_code == 200
    assert offer().status == "OPEN"


def test_accepting_by_the_link_needs_no_account(client, link, ann):
    response = client.post(link, {"answer": "accept"})
    visit = Appointment.objects.get(status=Status.CONFIRMED)
    assert visit.patient == ann.patient
    assert response["Location"].startswith("/book/manage/")
    assert client.get(response["Location"]).status_code == 200
    # A second press leads to the same visit.
    again = client.post(link, {"answer": "accept"})
    assert again["Location"] == response["Location"]
    assert "This time is yours" in client.get(link).text


def test_declining_by_the_link(client, link):
    assert client.post(link, {"answer": "decline"})["Location"] == link
    page = client.get(link)
    assert "You stay on the waiting list" in page.text
    assert offer().status == "DECLINED"
    client.post(link, {"answer": "accept"})
    assert not Appointment.objects.filter(status=Status.CONFIRMED).exists()


def test_a_post_that_says_nothing_does_nothing(client, link):
    assert client.post(link, {})["Location"] == link
    assert offer().status == "OPEN"


def test_too_late_says_what_happens_next(client, link, clock):
    clock.at = offer().expires_at
    client.post(link, {"answer": "accept"})
    page = client.get(link)
    assert "This offer is over" in page.text
    assert "Nothing was booked" in page.text
    assert not Appointment.objects.filter(status=Status.CONFIRMED).exists()


@pytest.mark.parametrize("cut", ["", "x", "AAAA:BBBB", "x" * 200])
def test_forged_links_do_not_exist(client, link, cut):
    for token in (cut or "0", offer_token(offer())[:-2] + cut):
        address = reverse("booking:offer_managed", args=[token])
        assert client.get(address).status_code == 404
        assert client.post(address, {"answer": "accept"}).status_code == 404
    assert offer().status == "OPEN"


def test_a_link_ends_a_month_after_the_time(client, link, clock):
    clock.at = MONDAY + timedelta(days=30)
    assert client.get(link).status_code == 404
    clock.at -= timedelta(seconds=1)
    assert client.get(link).status_code == 200


def test_in_the_portal(client, link, ann, zoe):
    here = reverse("booking:offer", args=[offer().public_id])
    client.force_login(zoe)
    assert client.post(here, {"answer": "accept"}).status_code == 404
    client.force_login(ann)
    assert here in client.get(LIST).text
    assert here in client.get("/portal/").text
    response = client.post(here, {"answer": "accept"})
    visit = Appointment.objects.get(status=Status.CONFIRMED)
    assert response["Location"] == reverse(
        "booking:appointment", args=[visit.public_id]
    )
    assert visit.booked_by == ann


def test_messages_say_nothing_of_health(line, link):
    kind = line.offering.visit_type.name
    rows = Delivery.objects.filter(event="waitlist_offer")
    assert {row.channel for row in rows} == {"EMAIL", "SMS", "IN_APP"}
    for row in rows:
        assert kind not in row.subject + row.body_text + row.body_html
    text = rows.get(channel="SMS").body_text
    assert line.offering.doctor.last_name not in text
    assert len(text) <= 160


# --- At work --------------------------------------------------------------------


def test_the_desk_sees_who_waits_and_why_what_was_offered(client, line, ann, desk):
    entry = line.waits(ann.patient, parts=["MORNING"])
    line.waits(location=LocationFactory())
    line.free()
    client.force_login(desk)
    page = client.get("/clinic/waitlist/")
    assert "PATIENT, Ann" in page.text
    assert "2 people wait" in page.text
    slug = line.offering.doctor.slug
    assert "2 people wait" in client.get(f"/clinic/waitlist/?doctor={slug}").text
    assert "2 people wait" in client.get("/clinic/waitlist/?doctor=nobody").text
    offers = client.get("/clinic/waitlist/offers/").text
    assert offer().why in offers
    assert "asked for mornings with" in offers
    assert "Waiting for an answer" in offers
    client.post(f"/clinic/waitlist/{entry.public_id}/withdraw/")
    entry.refresh_from_db()
    assert entry.status == "WITHDRAWN"


def test_a_doctor_sees_their_own_line_only(client, line, ann, dr_lee):
    line.waits(ann.patient)
    mine = line.waits(doctor=dr_lee.doctor)
    client.force_login(dr_lee)
    page = client.get("/clinic/waitlist/")
    assert "1 person waits" in page.text
    assert mine.patient.last_name.upper() in page.text
    # They take nobody off: that is the desk's.
    address = f"/clinic/waitlist/{mine.public_id}/withdraw/"
    assert client.post(address).status_code == 403
    assert address not in page.text


def test_the_desk_puts_a_patient_on_the_list(client, line, ann, desk):
    client.force_login(desk)
    add = "/clinic/waitlist/add/"
    assert f"?patient={ann.patient.public_id}" in client.get(f"{add}?q=Ann").text
    add += f"?patient={ann.patient.public_id}"
    kind = line.offering.visit_type.slug
    assert f"service={kind}" in client.get(add).text
    response = client.post(f"{add}&service={kind}", answers(line))
    assert response["Location"] == "/clinic/waitlist/"
    entry = WaitlistEntry.objects.get()
    assert (entry.patient, entry.joined_by) == (ann.patient, desk)
    wrong = client.post(f"{add}&service={kind}", answers(line, whom=""))
    assert wrong.status_code == 422


def test_the_rules_are_medical_administrations(client, line, desk, medical_admin):
    address, given = "/clinic/waitlist/rules/", {"offers_at_once": "3"}
    client.force_login(desk)
    given["offer_minutes"] = "45"
    assert client.post(address, given).status_code == 403
    client.force_login(medical_admin)
    assert client.get(address).status_code == 200
    wrong = client.post(address, {**given, "offers_at_once": "0"})
    assert wrong.status_code == 422
    assert "Enter 1 or more" in wrong.text
    assert not WaitlistRules.objects.exists()
    assert client.post(address, given).status_code == 302
    rules = WaitlistRules.objects.get()
    assert (rules.offer_minutes, rules.offers_at_once) == (45, 3)


@pytest.mark.parametrize("path", ["", "offers/", "add/", "rules/"])
def test_patients_have_no_way_into_the_clinics_list(client, line, ann, path):
    client.force_login(ann)
    assert client.get(f"/clinic/waitlist/{path}").status_code == 403


def test_lists_cost_the_same_for_one_and_for_many(
    client, line, desk, django_assert_max_num_queries
):
    client.force_login(desk)
    counts = []
    for _ in range(2):
        for _ in range(3):
            line.waits()
        with django_assert_max_num_queries(60) as queries:
            assert client.get("/clinic/waitlist/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
