from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Refund
from booking.appointments.models import Status
from booking.models import Move, StatusChange
from portal.templatetags.medconsult import staff_when
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory, VisitTypeFactory


def _page(visit):
    return reverse("workspace:appointment", args=[visit.public_id])


def _move(visit, verb):
    return reverse("workspace:move", args=[visit.public_id, verb])


def test_the_doctor_reads_the_reason_and_the_desk_does_not(
    client, make_visit, dr_lee, desk, biller
):
    visit = make_visit()
    client.force_login(dr_lee)
    assert "Secret reason" in client.get(_page(visit)).text
    for user in (desk, biller):
        client.force_login(user)
        page = client.get(_page(visit))
        assert page.status_code == 200
        assert "Secret reason" not in page.text
        assert "llergies" not in page.text


def test_why_it_was_cancelled_moved_or_squeezed_in_is_not_for_billing(
    client, make_visit, dr_lee, desk, biller
):
    """Patients give their reasons in their own words, which are about health."""
    visit = make_visit(is_overbooked=True, overbooked_why="Secret swelling")
    StatusChange.objects.create(
        appointment=visit,
        from_status="CONFIRMED",
        to_status="CANCELLED",
        at=timezone.now(),
        reason="Secret biopsy",
    )
    Move.objects.create(
        appointment=visit,
        status=Move.Status.DONE,
        by="PATIENT",
        reason="Secret operation",
        asked_at=timezone.now(),
        answered_at=timezone.now(),
        from_starts_at=visit.starts_at,
        from_location=visit.location,
        to_starts_at=visit.starts_at,
        to_location=visit.location,
        idempotency_key=uuid4(),
    )
    secrets = ("Secret swelling", "Secret biopsy", "Secret operation")
    for user, sees in ((dr_lee, True), (desk, True), (biller, False)):
        client.force_login(user)
        text = client.get(_page(visit)).text
        assert [secret in text for secret in secrets] == [sees] * 3, user
        assert "Cancelled" in text


@pytest.mark.parametrize(
    ("who", "code"),
    [("ann", 403), ("zoe", 403), ("editor", 403), ("dr_roy", 404), ("admin", 404)],
)
def test_a_visit_does_not_exist_for_others(client, make_visit, who, code, request):
    visit = make_visit()
    client.force_login(request.getfixturevalue(who))
    assert client.get(_page(visit)).status_code == code
    assert client.post(_move(visit, "arrive")).status_code == code
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_the_desk_checks_in_and_takes_it_back(client, make_visit, desk):
    visit = make_visit()
    client.force_login(desk)
    there = reverse("workspace:desk")
    response = client.post(_move(visit, "arrive"), {"next": there})
    assert response["Location"] == there
    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    client.post(_move(visit, "undo"))
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED
    assert StatusChange.objects.filter(appointment=visit, actor=desk).count() == 2


def test_next_never_leads_off_the_site(client, make_visit, desk):
    visit = make_visit()
    client.force_login(desk)
    response = client.post(_move(visit, "arrive"), {"next": "https://evil.example/"})
    assert response["Location"] == _page(visit)


def test_billing_looks_but_moves_nothing(client, make_visit, biller):
    visit = make_visit()
    client.force_login(biller)
    assert client.post(_move(visit, "arrive")).status_code == 403
    assert 'value="Check in"' not in client.get(_page(visit)).text


def test_a_move_that_is_refused_says_why(client, make_visit, desk):
    visit = make_visit(days=3)
    client.force_login(desk)
    page = client.post(_move(visit, "arrive"), follow=True)
    assert "another day" in page.text


def test_the_clinic_cancels_with_a_reason_only(client, make_visit, dr_lee):
    visit = make_visit(days=3)
    client.force_login(dr_lee)
    address = reverse("workspace:cancel", args=[visit.public_id])
    page = client.post(address, {"reason": ""})
    assert page.status_code == 422
    assert "Give a reason" in page.text
    client.post(address, {"reason": "The doctor is ill."})
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by) == (Status.CANCELLED, "CLINIC")


def test_the_doctor_approves_or_declines_a_request(client, make_visit, dr_lee, desk):
    first = make_visit(days=3, status=Status.REQUESTED, payment_policy="AT_CLINIC")
    second = make_visit(days=4, status=Status.REQUESTED)
    client.force_login(desk)
    for name in ("workspace:approve", "workspace:decline"):
        address = reverse(name, args=[first.public_id])
        assert client.post(address, {"reason": "x"}).status_code == 403
    client.force_login(dr_lee)
    client.post(reverse("workspace:approve", args=[first.public_id]))
    decline = reverse("workspace:decline", args=[second.public_id])
    assert client.post(decline, {"reason": " "}).status_code == 422
    client.post(decline, {"reason": "See a colleague."})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.CONFIRMED, Status.DECLINED)


def test_a_state_is_changed_with_a_note_for_the_history(client, make_visit, desk):
    visit = make_visit(status=Status.ARRIVED)
    address = reverse("workspace:change", args=[visit.public_id])
    client.force_login(desk)
    page = client.post(address, {"verb": "complete", "why": ""})
    assert page.status_code == 422
    assert "Say why, for the history" in page.text
    page = client.post(address, {"verb": "arrive", "why": "Typed wrong"})
    assert "not possible any more" in page.text
    client.post(address, {"verb": "complete", "why": "Seen in passing"})
    visit.refresh_from_db()
    assert visit.status == Status.COMPLETED
    change = StatusChange.objects.get(appointment=visit, to_status=Status.COMPLETED)
    assert (change.actor, change.reason) == (desk, "Seen in passing")


def test_the_note_of_a_change_is_the_desks_and_the_doctors(client, make_visit, biller):
    visit = make_visit(status=Status.ARRIVED)
    client.force_login(biller)
    address = reverse("workspace:change", args=[visit.public_id])
    assert client.post(address, {"verb": "complete", "why": "x"}).status_code == 403


def test_a_visit_done_by_mistake_is_taken_back_with_a_reason(client, make_visit, desk):
    visit = make_visit(status=Status.ARRIVED)
    address = reverse("workspace:change", args=[visit.public_id])
    client.force_login(desk)
    client.post(address, {"verb": "complete", "why": "Seen"})
    assert "Arrived, not done after all" in client.get(_page(visit)).text
    page = client.post(address, {"verb": "reopen", "why": ""})
    assert page.status_code == 422
    client.post(address, {"verb": "reopen", "why": "Clicked on the wrong row"})
    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    assert "Clicked on the wrong row" in client.get(_page(visit)).text


def test_billing_takes_nothing_back(client, make_visit, desk, biller):
    visit = make_visit(status=Status.ARRIVED)
    address = reverse("workspace:change", args=[visit.public_id])
    client.force_login(desk)
    client.post(address, {"verb": "complete", "why": "Seen"})
    client.force_login(biller)
    assert "not done after all" not in client.get(_page(visit)).text
    assert client.post(address, {"verb": "reopen", "why": "x"}).status_code == 403
    visit.refresh_from_db()
    assert visit.status == Status.COMPLETED


# --- Another time ---------------------------------------------------------------


@pytest.fixture
def asked(make_visit, dr_lee):
    """Ann's visit, for which she has asked for the same time a day later."""
    visit = make_visit(starts_at=timezone.now() + timedelta(days=3))
    hold = AppointmentFactory(
        patient=None,
        doctor=visit.doctor,
        visit_type=visit.visit_type,
        location=visit.location,
        starts_at=visit.starts_at + timedelta(days=1),
        status=Status.HELD,
        hold_expires_at=timezone.now() + timedelta(days=2),
        confirmed_at=None,
    )
    OfferingFactory(
        doctor=visit.doctor, visit_type=visit.visit_type, location=visit.location
    )
    return Move.objects.create(
        appointment=visit,
        status=Move.Status.ASKED,
        by="PATIENT",
        reason="The school play",
        asked_at=timezone.now(),
        from_starts_at=visit.starts_at,
        from_location=visit.location,
        to_starts_at=hold.starts_at,
        to_location=visit.location,
        hold=hold,
        expires_at=hold.hold_expires_at,
        idempotency_key=uuid4(),
    )


def test_the_doctor_answers_a_move_from_the_list_of_requests(client, asked, dr_lee):
    client.force_login(dr_lee)
    there = reverse("workspace:requests")
    page = client.get(there).text
    assert "asks for another time" in page
    assert "The school play" in page
    approve = reverse("workspace:approve_move", args=[asked.appointment.public_id])
    assert approve in page
    assert client.post(approve, {"next": there})["Location"] == there
    asked.refresh_from_db()
    asked.appointment.refresh_from_db()
    assert asked.status == Move.Status.DONE
    assert asked.appointment.starts_at == asked.to_starts_at
    assert "asks for another time" not in client.get(there).text


def test_declining_a_move_needs_a_reason_and_the_visit_stays(client, asked, dr_lee):
    client.force_login(dr_lee)
    visit = asked.appointment
    decline = reverse("workspace:decline_move", args=[visit.public_id])
    assert client.post(decline, {"reason": " "}).status_code == 422
    asked.refresh_from_db()
    assert asked.status == Move.Status.ASKED
    client.post(decline, {"reason": "I am away."})
    asked.refresh_from_db()
    assert (asked.status, asked.answer) == (Move.Status.DECLINED, "I am away.")
    visit.refresh_from_db()
    assert visit.starts_at == asked.from_starts_at


def test_a_move_is_answered_by_its_doctor_and_medical_administration_only(
    client, asked, ann, dr_roy, desk, nurse, biller
):
    visit = asked.appointment
    for user in (ann, dr_roy, desk, nurse, biller):
        client.force_login(user)
        for name in ("workspace:approve_move", "workspace:decline_move"):
            address = reverse(name, args=[visit.public_id])
            code = client.post(address, {"reason": "No."}).status_code
            assert code in (403, 404), (user, name)
    asked.refresh_from_db()
    assert asked.status == Move.Status.ASKED


def test_a_visit_without_a_request_has_no_answer(client, make_visit, dr_lee):
    client.force_login(dr_lee)
    address = reverse("workspace:approve_move", args=[make_visit().public_id])
    assert client.post(address).status_code == 404


def test_the_history_says_who_moved_it_from_when_to_when_and_why(
    client, asked, dr_lee, desk
):
    client.force_login(dr_lee)
    visit = asked.appointment
    client.post(reverse("workspace:approve_move", args=[visit.public_id]))
    client.force_login(desk)
    page = " ".join(client.get(_page(visit)).text.split())
    history = page.split('id="history"')[1]
    assert "Another time asked for" in history
    assert "Moved" in history
    assert "The school play" in history
    zone = visit.location.time_zone
    old, new = (
        staff_when(at, zone) for at in (asked.from_starts_at, asked.to_starts_at)
    )
    assert f"From {old} to {new}" in history


def _payable(make_visit, **fields):
    kind = VisitTypeFactory(follow_up_days=14, follow_up_percent=20)
    visit = make_visit(days=3, visit_type=kind, price=65, **fields)
    PaymentFactory(paid=True, appointment=visit)
    return visit, reverse("workspace:follow_up_grant", args=[visit.public_id])


def test_the_desk_grants_a_follow_ups_price_as_the_page_says(client, make_visit, desk):
    visit, address = _payable(make_visit)
    client.force_login(desk)
    page = client.get(_page(visit)).text
    assert "£13.00 instead of £65.00" in page
    assert "£52.00, to the card that paid" in page
    assert 'name="price" value="13.00"' in page
    done = client.post(address, {"price": "13.00", "back": "52.00"}, follow=True)
    assert "£52.00 goes back" in done.text
    assert "Granted by the desk" in done.text
    assert address not in done.text
    visit.refresh_from_db()
    assert visit.price == 13
    assert Refund.objects.get().amount == 52


@pytest.mark.parametrize(
    "said", [{"price": "0", "back": "65"}, {"price": "13", "back": "13"}, {}]
)
def test_what_the_page_did_not_say_is_not_granted(client, make_visit, desk, said):
    visit, address = _payable(make_visit)
    client.force_login(desk)
    page = client.post(address, said, follow=True)
    assert "has changed" in page.text
    visit.refresh_from_db()
    assert (visit.price, Refund.objects.count()) == (65, 0)


def test_a_visit_that_waits_for_its_payment_says_when_it_can_be_granted(
    client, make_visit, desk
):
    visit = make_visit(
        days=3,
        visit_type=VisitTypeFactory(follow_up_days=14, follow_up_percent=20),
        price=65,
        status=Status.HELD,
        hold_expires_at=timezone.now() + timedelta(hours=1),
    )
    address = reverse("workspace:follow_up_grant", args=[visit.public_id])
    client.force_login(desk)
    page = client.get(_page(visit)).text
    assert "It waits for its payment of £65.00" in page
    assert address not in page
    said = {"price": "13.00", "back": "52.00"}
    page = client.post(address, said, follow=True).text
    assert "This visit waits for its payment" in page
    visit.refresh_from_db()
    assert visit.price == 65


def test_doctors_and_billing_set_no_prices(client, make_visit, dr_lee, biller):
    visit, address = _payable(make_visit)
    for user in (dr_lee, biller):
        client.force_login(user)
        assert address not in client.get(_page(visit)).text
        said = {"price": "13.00", "back": "52.00"}
        assert client.post(address, said).status_code == 403
    visit.refresh_from_db()
    assert visit.price == 65
