"""The page of family and carers, and the page behind an invitation, over HTTP."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.models import Proxy
from accounts.proxies.queries import invitation_path
from audit.models import Entry
from tests.factories.proxies import ProxyFactory
from tests.saying import said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", ["accept", "decline", "withdraw", "end"])
@pytest.mark.parametrize("state", ["invited", "asked", "in force"])
def test_what_one_is_no_side_of_does_not_exist(client, ann, gus, zoe, verb, state):
    traits = {} if state == "in force" else {state: True}
    user = {} if state == "invited" else {"user": gus}
    proxy = ProxyFactory(patient=ann.patient, **traits, **user)
    before = proxy.status
    client.force_login(zoe)
    address = reverse("accounts:proxy_act", args=[proxy.public_id, verb])
    assert client.post(address).status_code == 404
    proxy.refresh_from_db()
    assert proxy.status == before


def test_an_invitation_names_nobody_before_the_address_is_proved(client, ann, zoe):
    proxy = ProxyFactory(invited=True, patient=ann.patient, email="otto@example.org")
    path = invitation_path(proxy)
    assert "Ann" not in said(client.get(path).text)
    client.force_login(zoe)
    page = client.get(path)
    assert "another address" in page.text
    assert "Ann" not in said(page.text.partition("<main")[2])
    assert client.post(path, {"answer": "yes"}).status_code == 200
    proxy.refresh_from_db()
    assert (proxy.status, proxy.user) == ("INVITED", None)
    # Having the address is not having proved it.
    zoe.email = proxy.email
    zoe.save()
    client.post(path, {"answer": "yes"})
    assert Proxy.objects.get().status == "INVITED"
    EmailAddress.objects.create(user=zoe, email=zoe.email, verified=True)
    client.post(path, {"answer": "yes"})
    assert Proxy.objects.get().status == "ACTIVE"


def test_forged_and_answered_invitations_are_gone(client, ann, gus):
    proxy = ProxyFactory(invited=True, patient=ann.patient, status="WITHDRAWN")
    path = invitation_path(proxy)
    for address in (path, path.replace(":", "x:"), f"{path[:-2]}x/"):
        assert client.get(address).status_code == 404


def test_who_asks_sees_the_same_whether_there_is_such_a_patient(client, ann, gus):
    """The pages too, word for word, but for the number that was typed."""
    client.force_login(gus)
    led = []
    for number in (ann.patient.number, "P-2222-2222"):
        answer = client.post(
            reverse("accounts:proxy_ask"),
            {
                "number": number,
                "birth_date_day": "14",
                "birth_date_month": "3",
                "birth_date_year": "1986",
                "relation": "CARER",
                "scopes": ["book"],
                "reason": "I look after them",
            },
            follow=True,
        )
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        assert number in main
        assert "Ann" not in said(main)
        led.append(answer.redirect_chain)
    assert led[0] == led[1]
    assert Proxy.objects.filter(status="ASKED", patient=ann.patient).count() == 1
    assert Proxy.objects.filter(status="ASKED", patient=None).count() == 1


def test_asking_is_counted(client, gus, settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "ask_to_act": "1/h/user",
    }
    client.force_login(gus)
    given = {
        "birth_date_day": "14",
        "birth_date_month": "3",
        "birth_date_year": "1986",
        "relation": "CARER",
        "scopes": ["book"],
        "reason": "I look after them",
    }
    address = reverse("accounts:proxy_ask")
    first = client.post(address, {**given, "number": "P-2222-2222"})
    second = client.post(address, {**given, "number": "P-3333-3333"})
    assert (first.status_code, second.status_code) == (302, 429)
    assert "Too many tries" in second.text
    # What was typed is still there.
    assert "P-3333-3333" in second.text


def test_only_who_runs_the_clinic_sets_the_age(client, ann, desk, admin):
    address = reverse("accounts:proxy_age")
    for person in (ann, desk):
        client.force_login(person)
        assert client.post(address, {"age": "12"}).status_code == 403
    client.force_login(admin)
    assert client.post(address, {"age": "99"}).status_code == 422
    assert client.post(address, {"age": "14"}).status_code == 302
    entry = Entry.objects.get(verb="age_rule.changed")
    assert (entry.actor, entry.detail["age"]) == (admin, 14)
