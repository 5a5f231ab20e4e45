"""Codes by e-mail and text: for patients, each once, never one channel twice."""

from datetime import timedelta

import pytest
from allauth.account.signals import password_reset
from django.test import Client
from django.utils import timezone

from accounts.factors.models import MOST_TRIES, SentCode
from accounts.factors.services import make_code, prove_code
from accounts.factors.tests.codes import (
    CHECK,
    EMAIL,
    NUMBER,
    SET_UP,
    SIGN_IN,
    TEXT,
    by_password,
    give,
    how_many,
    new_code,
)
from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.second_factors import VerifiedClient, keep, with_app

pytestmark = pytest.mark.django_db


def who(client):
    return client.session.get("_auth_user_id")


def by_code(client, user, code_to):
    client.post(SIGN_IN, {"login": user.email, "password": ""})
    return client.post("/account/code/", {"code": code_to(user.email)})


# --- Signing in ---


@pytest.mark.parametrize("kind", [EMAIL, TEXT])
def test_the_only_way_is_sent_at_once_and_its_code_signs_in(client, patient, kind):
    give(patient, kind)
    assert by_password(client, patient).url == CHECK
    assert who(client) is None
    page = client.get(CHECK).content.decode()
    assert "It works for 10 minutes." in page
    # Enough to know one's phone by, too little for whoever looks over the shoulder.
    assert NUMBER not in page
    message = Delivery.objects.get(event="account_factor_code")
    assert message.to_address == (patient.email if kind == EMAIL else NUMBER)
    assert message.kind == "CODE"
    code = new_code(kind)
    assert client.post(CHECK, {"code": f"{code[:3]} {code[3:]}"}).url == "/portal/"
    assert who(client) == str(patient.pk)


def test_who_has_several_chooses(client, patient):
    give(patient, EMAIL, TEXT)
    by_password(client, patient)
    assert how_many() == 0
    page = client.get(CHECK).content.decode()
    assert "E-mail me a code" in page
    assert "Text a code to …123" in page
    assert client.post(CHECK, {"send": "text"}).url == CHECK
    assert Delivery.objects.get(event="account_factor_code").channel == "SMS"
    client.post(CHECK, {"code": new_code()})
    assert who(client) == str(patient.pk)


def test_texts_say_nothing_but_the_code(client, patient):
    give(patient, TEXT)
    by_password(client, patient)
    words = Delivery.objects.get(event="account_factor_code").body_text
    assert new_code() in words
    assert patient.first_name not in words
    assert patient.last_name not in words


def test_a_code_works_once_and_is_stored_as_a_hash(client, by_mail):
    by_password(client, by_mail)
    code = new_code()
    assert code not in str(SentCode.objects.values().get())
    client.post(CHECK, {"code": code})
    client.post("/account/sign-out/")
    by_password(client, by_mail)
    sent_before = SentCode.objects.order_by("pk").first()
    at = timezone.now()
    assert prove_code(user=by_mail, code=code, at=at, sent_id=sent_before.pk) == ""


@pytest.mark.parametrize(("minutes", "method"), [(9, "email"), (10, "")])
def test_it_works_for_ten_minutes(by_mail, minutes, method):
    at = timezone.now()
    sent, code = make_code(user=by_mail, kind=EMAIL, to=by_mail.email, at=at)
    later = at + timedelta(minutes=minutes)
    assert prove_code(user=by_mail, code=code, at=later, sent_id=sent.pk) == method


def test_it_works_in_the_browser_that_asked_and_for_its_person(client, by_mail, zoe):
    by_password(client, by_mail)
    code = new_code()
    thief = Client()
    by_password(thief, by_mail)
    thief.post(CHECK, {"code": code})
    assert who(thief) is None
    sent = SentCode.objects.order_by("pk").first()
    give(zoe, EMAIL)
    assert prove_code(user=zoe, code=code, at=timezone.now(), sent_id=sent.pk) == ""
    client.post(CHECK, {"code": code})
    assert who(client) == str(by_mail.pk)


def test_a_new_code_takes_the_place_of_the_one_before(client, by_mail):
    by_password(client, by_mail)
    old = new_code()
    client.post(CHECK, {"send": "email"})
    assert new_code() != old or how_many() == 2
    if new_code() != old:
        client.post(CHECK, {"code": old})
        assert who(client) is None
    client.post(CHECK, {"code": new_code()})
    assert who(client) == str(by_mail.pk)


def test_codes_are_sent_a_few_times_only_and_the_newest_goes_on_working(
    client, by_mail
):
    by_password(client, by_mail)
    for _ in range(2):
        assert client.post(CHECK, {"send": "email"}).status_code == 302
    page = client.post(CHECK, {"send": "email"})
    assert "We can't send another code now." in page.content.decode()
    assert how_many() == 3
    # Another browser gives no new ones: the limit is of the person.
    other = Client()
    by_password(other, by_mail)
    assert how_many() == 3
    client.post(CHECK, {"code": new_code()})
    assert who(client) == str(by_mail.pk)


def test_wrong_codes_are_counted_with_all_others(client, by_mail):
    by_password(client, by_mail)
    wrong = "000000" if new_code() != "000000" else "000001"
    for _ in range(MOST_TRIES):
        client.post(CHECK, {"code": wrong})
    page = client.post(CHECK, {"code": new_code()})
    assert "Too many wrong codes" in page.content.decode()
    assert who(client) is None


def test_a_remembered_browser_is_not_asked_again(client, by_mail):
    by_password(client, by_mail)
    client.post(CHECK, {"code": new_code(), "remember": "on"})
    client.post("/account/sign-out/")
    assert by_password(client, by_mail).url == "/portal/"
    assert how_many() == 1


# --- One channel is one factor ---


def test_who_came_through_the_mailbox_cannot_use_it_twice(client, by_mail, code_to):
    by_code(client, by_mail, code_to)
    assert who(client) is None
    assert how_many() == 0
    page = client.get(CHECK).content.decode()
    assert "would prove nothing more" in page
    assert "E-mail me a code" not in page
    client.post(CHECK, {"send": "email"})
    assert how_many() == 0


def test_a_text_is_another_channel_and_goes_beside_it(client, patient, code_to):
    give(patient, EMAIL, TEXT)
    by_code(client, patient, code_to)
    client.post(CHECK, {"code": new_code(TEXT)})
    assert who(client) == str(patient.pk)


def test_a_password_set_through_the_mailbox_rests_the_codes_for_a_day(client, by_mail):
    password_reset.send(sender=type(by_mail), request=None, user=by_mail)
    by_password(client, by_mail)
    page = client.get(CHECK).content.decode()
    assert "it works again" in page
    client.post(CHECK, {"send": "email"})
    assert how_many() == 0
    day_ago = timezone.now() - timedelta(seconds=1)
    assert by_mail.code_factors.get().rests_until > timezone.now() + timedelta(hours=23)
    by_mail.code_factors.update(rests_until=day_ago)
    client.post(CHECK, {"send": "email"})
    client.post(CHECK, {"code": new_code()})
    assert who(client) == str(by_mail.pk)


def test_codes_follow_the_address_and_the_old_mailbox_proves_nothing(by_mail):
    at = timezone.now()
    sent, code = make_code(user=by_mail, kind=EMAIL, to=by_mail.email, at=at)
    by_mail.email = "ann.new@example.org"
    by_mail.save()
    assert prove_code(user=by_mail, code=code, at=at, sent_id=sent.pk) == ""
    sent, code = make_code(user=by_mail, kind=EMAIL, to=by_mail.email, at=at)
    assert prove_code(user=by_mail, code=code, at=at, sent_id=sent.pk) == "email"


def test_another_number_in_the_record_redirects_nothing(client, patient):
    give(patient, TEXT)
    patient.patient.phone = "+447700900999"
    patient.patient.save()
    by_password(client, patient)
    assert Delivery.objects.get(event="account_factor_code").to_address == NUMBER


# --- Patients alone ---


@pytest.mark.parametrize("role", [one for one in Role if one != Role.PATIENT])
def test_whoever_comes_to_work_here_is_led_to_set_up(client, patient, role):
    give(patient, EMAIL, TEXT)
    by_password(client, patient)
    client.post(CHECK, {"send": "text"})
    client.post(CHECK, {"code": new_code(), "remember": "on"})
    assert client.get("/portal/account/").status_code == 200
    assign_role(actor=None, user=patient, role=role)
    # On the remembered browser too; and no code is sent or asked for any more.
    before = how_many()
    by_password(client, patient)
    answer = client.get("/portal/account/")
    assert answer.status_code == 302
    assert answer["Location"].startswith(SET_UP)
    assert how_many() == before
    assert client.get(SET_UP).status_code == 200


@pytest.mark.parametrize("method", ["email", "text"])
def test_a_proof_by_such_a_code_counts_for_nobody_who_works_here(desk, method):
    browser = VerifiedClient()
    browser.force_login(desk)
    assert browser.get("/clinic/desk/").status_code == 200
    session = browser.session
    session["factor"] = {**session["factor"], "method": method}
    keep(browser, session)
    assert browser.get("/clinic/desk/").status_code == 302


@pytest.mark.parametrize("way", ["email", "text"])
def test_whoever_works_here_cannot_choose_them(client, desk, way):
    client.force_login(desk)
    assert client.get(f"{SET_UP}{way}/").status_code in {403, 404}
    assert client.post(f"{SET_UP}{way}/", {"send": "1"}).status_code in {403, 404}
    assert how_many() == 0
    page = client.get(SET_UP).content.decode()
    assert "Code by e-mail" not in page


def test_step_up_at_work_takes_no_such_code(desk):
    give(desk, EMAIL)
    with_app(desk)
    at = timezone.now() - timedelta(hours=1)
    browser = VerifiedClient()
    browser.force_login(desk)
    session = browser.session
    session["factor"] = {**session["factor"], "at": at.timestamp()}
    keep(browser, session)
    page = browser.post(SET_UP, {"step_up": "send-email"})
    assert page.status_code == 403
    assert "E-mail me a code" not in page.content.decode()
    assert how_many() == 0
