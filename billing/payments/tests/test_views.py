"""The payer's pages: before, during and after the provider's."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from booking.appointments.models import Status
from booking.appointments.queries import manage_token
from booking.models import Draft
from tests.factories.billing import PaymentFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_messages(settings):
    settings.EVENT_SUBSCRIPTIONS = {event: [] for event in settings.EVENT_SUBSCRIPTIONS}


@pytest.fixture
def draft(client, held):
    """A booking of this browser that has come as far as the payment."""
    draft = Draft.objects.create(
        token=uuid.uuid4(), appointment=held, answers={"service": "gp-visit"}
    )
    session = client.session
    session["drafts"] = [str(draft.token)]
    session.save()
    return draft


def pay_url(draft):
    return reverse("billing:payment_pay", args=[draft.token])


def return_url(draft, query=""):
    return reverse("billing:payment_return", args=[draft.token]) + query


def key_in(response):
    return re.search(r'name="key" value="([0-9a-f-]{36})"', response.text).group(1)


def press(client, url, key=None):
    key = key or key_in(client.get(url))
    return client.post(url, {"key": key})


def test_the_pay_page_says_what_it_costs_and_what_is_free(client, provider, draft):
    html = client.get(pay_url(draft)).text
    assert "Pay £65.00 and book" in html
    assert "Free to cancel until" in html
    assert "£32.50" in html
    assert "The clinic never sees your card number" in html
    assert re.findall(r'autocomplete="cc-|name="(card|number|cvc)', html) == []
    assert Payment.objects.count() == 0


def test_pressing_pay_leads_to_the_providers_page(client, provider, draft, held):
    answer = press(client, pay_url(draft))
    payment = Payment.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == payment.session_url
    assert payment.session_url.startswith(provider.url)
    assert (payment.amount, payment.currency, payment.status) == (
        Decimal("65.00"),
        "GBP",
        "OPEN",
    )
    state = provider.ask("state")["checkout.session"][0]
    assert state["metadata"] == {
        "payment": str(payment.public_id),
        "visit": str(held.public_id),
    }
    assert state["success_url"] == f"http://testserver{return_url(draft)}"
    assert held.doctor.last_name not in str(state)


def test_a_double_click_opens_one_payment(client, provider, draft):
    key = key_in(client.get(pay_url(draft)))
    first = press(client, pay_url(draft), key)
    second = press(client, pay_url(draft), key)
    assert first["Location"] == second["Location"]
    assert Payment.objects.count() == 1
    assert len(provider.ask("state")["checkout.session"]) == 1


def test_coming_again_goes_on_with_the_same_page(client, provider, draft):
    first = press(client, pay_url(draft))
    second = press(client, pay_url(draft))
    assert first["Location"] == second["Location"]


def test_the_browser_may_follow_the_form_to_the_provider(client, provider, draft):
    policy = client.get(pay_url(draft))["Content-Security-Policy"]
    allowed = policy.split("form-action")[1].split(";")[0].split()
    assert "https://checkout.stripe.com" in allowed


def test_a_form_without_a_key_is_shown_again(client, provider, draft):
    answer = client.post(pay_url(draft), {"key": "nonsense"})
    assert answer.status_code == 200
    assert Payment.objects.count() == 0


def test_when_the_provider_is_away_nobody_is_charged_and_the_time_is_kept(
    client, provider, draft, held
):
    provider.ask("faults", mode="unavailable")
    key = key_in(client.get(pay_url(draft)))
    answer = press(client, pay_url(draft), key)
    assert answer.status_code == 503
    assert "We could not reach the payment service." in answer.text
    assert "You have not been charged" in answer.text
    assert key_in(answer) == key
    assert press(client, pay_url(draft), key)["Location"].startswith(provider.url)
    assert Payment.objects.count() == 1


def test_a_lost_answer_leads_to_the_same_page_on_the_next_try(client, provider, draft):
    provider.ask("faults", mode="lost")
    key = key_in(client.get(pay_url(draft)))
    assert press(client, pay_url(draft), key).status_code == 503
    press(client, pay_url(draft), key)
    assert len(provider.ask("state")["checkout.session"]) == 1


def test_a_refusal_of_the_provider_ends_the_try_but_not_the_visit(
    client, provider, draft, settings
):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    key = key_in(client.get(pay_url(draft)))
    answer = press(client, pay_url(draft), key)
    assert answer.status_code == 503
    assert key_in(answer) != key
    assert Payment.objects.get().status == "FAILED"
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox"
    assert press(client, pay_url(draft), key_in(answer)).status_code == 302


def test_coming_back_without_paying_says_that_the_time_is_held(client, provider, draft):
    press(client, pay_url(draft))
    html = client.get(f"{pay_url(draft)}?back=1").text
    assert "You have not paid yet." in html
    assert "We still hold your time until" in html


def test_coming_back_after_a_decline_says_why(client, provider, draft, deliver_all):
    press(client, pay_url(draft))
    provider.pay(Payment.objects.get().session_id, "4000000000009995")
    deliver_all()
    run_jobs()
    html = client.get(f"{pay_url(draft)}?back=1").text
    assert "there is not enough money" in html
    assert "You have not been charged" in html


def test_the_return_page_waits_for_our_own_books(
    client, provider, draft, held, deliver_all
):
    press(client, pay_url(draft))
    provider.pay(Payment.objects.get().session_id)
    waiting = client.get(return_url(draft))
    assert "Checking your payment" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    poll = client.get(return_url(draft, "?n=1"), headers={"HX-Request": "true"})
    assert "hx-trigger" in poll.text
    assert "<h1" not in poll.text
    held.refresh_from_db()
    assert held.status == Status.HELD
    deliver_all()
    run_jobs()
    done = reverse("booking:draft_confirmed", args=[draft.token])
    assert client.get(return_url(draft))["Location"] == done
    poll = client.get(return_url(draft, "?n=2"), headers={"HX-Request": "true"})
    assert poll["HX-Redirect"] == done


def test_a_long_wait_is_explained_and_ends(client, provider, draft):
    press(client, pay_url(draft))
    html = client.get(return_url(draft, "?n=20")).text
    assert "This takes longer than usual." in html
    assert "hx-trigger" in html
    html = client.get(return_url(draft, "?n=9999")).text
    assert "hx-trigger" not in html
    assert client.get(return_url(draft, "?n=x")).status_code == 200


def test_a_payment_that_failed_in_the_end_leads_back_to_paying(
    client, provider, draft, deliver_all
):
    press(client, pay_url(draft))
    provider.pay(Payment.objects.get().session_id, "4000000000004210")
    provider.ask("clock", advance=10)
    deliver_all()
    run_jobs()
    assert client.get(return_url(draft))["Location"] == f"{pay_url(draft)}?back=1"


def test_money_that_went_back_is_explained(client, draft, held):
    PaymentFactory(
        appointment=held,
        status="RETURNED",
        returned="TAKEN",
        received=held.price,
        paid_at=timezone.now(),
    )
    assert client.get(pay_url(draft))["Location"] == return_url(draft)
    html = client.get(return_url(draft)).text
    assert "given to somebody else" in html
    assert "£65.00 goes back to your card" in html
    assert "Choose another time" in html


def test_money_that_does_not_match_asks_for_patience(client, draft, held):
    PaymentFactory(appointment=held, status="FLAGGED")
    html = client.get(return_url(draft)).text
    assert "Do not pay again." in html


def test_after_the_hold_nothing_can_be_paid(client, provider, draft, held):
    key = key_in(client.get(pay_url(draft)))
    held.hold_expires_at = timezone.now() - timedelta(seconds=1)
    held.save()
    answer = press(client, pay_url(draft), key)
    assert answer["Location"] == reverse("booking:draft_time", args=[draft.token])
    assert Payment.objects.count() == 0
    html = client.get(return_url(draft)).text
    assert "The time to pay has run out" in html


def test_a_visit_without_a_patient_goes_back_to_the_details(client, draft, held):
    held.patient = None
    held.save()
    check = reverse("booking:draft_check", args=[draft.token])
    assert client.get(pay_url(draft))["Location"] == check
    assert client.get(return_url(draft))["Location"] == check


def test_a_booked_visit_is_not_paid_again(client, draft, held):
    held.status = Status.CONFIRMED
    held.save()
    assert client.get(pay_url(draft))["Location"] == return_url(draft)
    done = reverse("booking:draft_confirmed", args=[draft.token])
    assert client.get(return_url(draft))["Location"] == done


def test_a_draft_of_another_browser_does_not_exist(client, held):
    other = Draft.objects.create(token=uuid.uuid4(), appointment=held, answers={})
    for url in (pay_url(other), return_url(other)):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code in {404, 405}


def test_a_patient_pays_from_the_portal(client, ann, provider, held, deliver_all):
    client.force_login(ann)
    url = reverse("billing:pay_appointment", args=[held.public_id])
    answer = press(client, url)
    assert answer["Location"].startswith(provider.url)
    provider.pay(Payment.objects.get().session_id)
    deliver_all()
    run_jobs()
    answer = client.get(f"{url}return/")
    assert answer["Location"] == reverse("booking:appointment", args=[held.public_id])


@pytest.mark.parametrize("who", ["zoe", "gus", "dr_roy", "dr_lee", "biller", "editor"])
def test_others_cannot_pay_from_the_portal(client, who, held, request):
    client.force_login(request.getfixturevalue(who))
    url = reverse("billing:pay_appointment", args=[held.public_id])
    assert client.get(url).status_code in {403, 404}
    assert client.post(url, {"key": str(uuid.uuid4())}).status_code in {403, 404}
    assert Payment.objects.count() == 0


def test_visitors_are_asked_to_sign_in_to_the_portal(client, held):
    url = reverse("billing:pay_appointment", args=[held.public_id])
    assert client.get(url).status_code == 302
    assert "/account/" in client.get(url)["Location"]


def test_a_signed_link_pays_without_signing_in(client, provider, held):
    url = reverse("billing:pay_managed", args=[manage_token(held)])
    assert press(client, url)["Location"].startswith(provider.url)
    forged = reverse("billing:pay_managed", args=[manage_token(held)[:-2] + "xx"])
    assert client.get(forged).status_code == 404


def test_two_ways_to_pay_never_leave_two_open_payments(
    client, ann, provider, draft, held
):
    press(client, pay_url(draft))
    client.force_login(ann)
    press(client, reverse("billing:pay_appointment", args=[held.public_id]))
    assert sorted(Payment.objects.values_list("status", flat=True)) == [
        "EXPIRED",
        "OPEN",
    ]
    run_jobs()
    states = {row["status"] for row in provider.ask("state")["checkout.session"]}
    assert states == {"expired", "open"}


def test_a_receipt_is_for_the_patient_and_for_those_who_keep_the_books(
    client, ann, zoe, biller, held
):
    payment = PaymentFactory(paid=True, appointment=held)
    url = reverse("billing:receipt", args=[payment.public_id])
    client.force_login(zoe)
    assert client.get(url).status_code == 404
    client.force_login(ann)
    html = client.get(url).text
    assert "£65.00" in html
    assert held.reference in html


def test_an_unpaid_payment_has_no_receipt(client, ann, held):
    payment = PaymentFactory(appointment=held)
    client.force_login(ann)
    url = reverse("billing:receipt", args=[payment.public_id])
    assert client.get(url).status_code == 404


def test_one_press_on_the_check_page_books_and_leads_to_the_provider(
    client, ann, provider, draft, held
):
    held.patient = None
    held.save()
    draft.answers = {"service": held.visit_type.slug}
    draft.save()
    client.force_login(ann)
    check = reverse("booking:draft_check", args=[draft.token])
    page = client.get(check)
    assert "Pay £65.00 and book" in page.text
    form = {"key": key_in(page), "agree": "on"}
    answer = client.post(check, form)
    # 307: the browser sends the same form on.
    assert (answer.status_code, answer["Location"]) == (307, pay_url(draft))
    assert client.post(pay_url(draft), form)["Location"].startswith(provider.url)
    held.refresh_from_db()
    assert held.patient == ann.patient
