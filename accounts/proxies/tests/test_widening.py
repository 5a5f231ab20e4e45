"""What somebody may do for a patient changes without ending it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Proxy
from accounts.patients import permissions
from accounts.patients.permissions import acts_on
from accounts.proxies.models import Scope
from accounts.proxies.services import (
    NotAnswerable,
    NothingLeft,
    TooYoung,
    answer_scopes,
    change_scopes,
    end,
)
from accounts.proxies.services.beginning import WAITS
from audit.models import Entry
from foundation.scene import Scene, acting
from notifications.models import Delivery
from portal.proxies.reactions import tell_of_change, tell_of_wish
from tests.factories.accounts import PatientFactory
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db
AT = timezone.now()


@pytest.fixture
def proxy(ann, gus):
    return ProxyFactory(user=gus, patient=ann.patient, scopes=["book", "records"])


@pytest.fixture
def maya(ann):
    """Ann as a child with an account of her own."""
    ann.patient.birth_date = AT.date() - timedelta(days=12 * 365)
    ann.patient.save()
    return ann


def change(actor, proxy, *scopes, at=AT):
    return change_scopes(actor=actor, proxy=proxy, scopes=scopes, at=at)


def answer(actor, proxy, *, is_agreed=True, at=AT):
    return answer_scopes(actor=actor, proxy=proxy, is_agreed=is_agreed, at=at)


def may(gus, ann):
    return [scope.value for scope in Scope if acts_on(gus, ann.patient, scope)]


@pytest.mark.parametrize("side", ["ann", "gus"])
def test_less_is_at_once_whoever_says_so(request, side, ann, gus, proxy):
    change(request.getfixturevalue(side), proxy, "book")
    assert may(gus, ann) == ["book"]
    entry = Entry.objects.get(verb="proxy.narrowed")
    assert entry.patient_id == ann.patient.pk
    assert entry.detail == {"from": "book,records", "to": "book", "wanted": ""}


@pytest.mark.parametrize(("one", "other"), [("ann", "gus"), ("gus", "ann")])
def test_more_waits_for_the_other_side(request, one, other, ann, gus, proxy):
    asks, answers = request.getfixturevalue(one), request.getfixturevalue(other)
    change(asks, proxy, "book", "records", "money")
    assert may(gus, ann) == ["book", "records"]
    with pytest.raises(NotAnswerable):
        answer(asks, proxy)
    answer(answers, proxy)
    assert may(gus, ann) == ["book", "records", "money"]
    with pytest.raises(NotAnswerable):
        answer(answers, proxy)


@pytest.mark.parametrize("who", ["ann", "gus"])
def test_a_no_or_a_wish_taken_back_adds_nothing(request, who, ann, gus, proxy):
    change(gus, proxy, "book", "records", "money")
    answer(request.getfixturevalue(who), proxy, is_agreed=False)
    assert may(gus, ann) == ["book", "records"]
    with pytest.raises(NotAnswerable):
        answer(ann, proxy)


def test_a_wish_lapses(ann, gus, proxy):
    change(gus, proxy, "book", "records", "money")
    with pytest.raises(NotAnswerable):
        answer(ann, proxy, at=AT + WAITS)
    assert may(gus, ann) == ["book", "records"]


def test_less_and_more_at_once(ann, gus, proxy):
    change(gus, proxy, "book", "money")
    assert may(gus, ann) == ["book"]
    answer(ann, proxy)
    assert may(gus, ann) == ["book", "money"]


def test_strangers_change_and_answer_nothing(ann, gus, zoe, desk, proxy):
    change(gus, proxy, "book", "records", "money")
    for stranger in (zoe, desk):
        with pytest.raises(NotAnswerable):
            change(stranger, proxy, "book")
        with pytest.raises(NotAnswerable):
            answer(stranger, proxy)
    with pytest.raises(NotAnswerable):
        answer(zoe, proxy, is_agreed=False)
    assert may(gus, ann) == ["book", "records"]


def test_nothing_is_changed_of_what_is_over(ann, gus, proxy):
    change(gus, proxy, "book", "records", "money")
    end(actor=ann, proxy=proxy, at=AT)
    with pytest.raises(NotAnswerable):
        change(gus, proxy, "book")
    with pytest.raises(NotAnswerable):
        answer(ann, proxy)


@pytest.mark.parametrize("left", [["money"], ["copies"], []])
def test_something_of_what_was_agreed_stays(ann, gus, proxy, left):
    with pytest.raises(NothingLeft):
        change(ann, proxy, *left)
    assert may(gus, ann) == ["book", "records"]


def test_for_the_young_the_clinic_says_yes(maya, gus, desk, proxy):
    with pytest.raises(TooYoung):
        change(maya, proxy, "book", "records", "money")
    change(gus, proxy, "book", "records", "money")
    with pytest.raises(NotAnswerable):
        answer(maya, proxy)
    answer(desk, proxy)
    assert may(gus, maya) == ["book", "records", "money"]
    # Less is theirs to say at any age.
    change(maya, proxy, "book")
    assert may(gus, maya) == ["book"]


def test_where_the_clinic_agreed_it_agrees_to_more_and_never_for_oneself(
    ann, gus, desk, medical_admin, proxy
):
    proxy.ground, proxy.confirmed_by, proxy.document_seen = "UNABLE", desk, "Order"
    proxy.save()
    change(gus, proxy, "book", "records", "money")
    for side in (ann, gus):
        with pytest.raises(NotAnswerable):
            answer(side, proxy)
    answer(medical_admin, proxy)
    own = ProxyFactory(user=desk, patient=PatientFactory(), scopes=["book"])
    change(desk, own, "book", "money")
    with pytest.raises(NotAnswerable):
        answer(desk, own)


def test_the_other_side_is_told_and_then_both(ann, gus, proxy):
    change(gus, proxy, "book", "records", "money")
    for _ in range(2):
        tell_of_wish(proxy.pk)
    wish = Delivery.objects.get(event="proxy_scopes_asked", channel="EMAIL")
    assert wish.patient == ann.patient
    assert "see and make payments" in wish.body_text
    answer(ann, proxy)
    for _ in range(2):
        tell_of_change(proxy.pk)
    told = Delivery.objects.filter(event="proxy_scopes_changed", channel="EMAIL")
    assert {one.to_address for one in told} == {ann.email, gus.email}
    assert told.count() == 2


def test_the_page_narrows_and_the_other_answers_there(client, ann, gus, proxy):
    page = reverse("accounts:proxy_scopes", args=[proxy.public_id])
    client.force_login(gus)
    none = client.post(page, {"csrfmiddlewaretoken": "x"})
    assert none.status_code == 422
    assert "Tick at least one" in none.text
    client.post(page, {"scopes": ["book", "messages"]})
    assert may(gus, ann) == ["book"]
    client.force_login(ann)
    family = client.get(reverse("accounts:family")).text
    assert "Gus Patient wants to add:" in family
    yes = reverse("accounts:proxy_more", args=[proxy.public_id])
    client.post(yes, {"answer": "yes"})
    assert may(gus, ann) == ["book", "messages"]


def test_the_desk_answers_for_a_child(client, maya, gus, desk, proxy):
    change(gus, proxy, "book", "records", "money")
    client.force_login(desk)
    page = reverse("accounts:proxy", args=[proxy.public_id])
    assert "See and make payments. Asked by Gus Patient." in client.get(page).text
    more = reverse("accounts:proxy_more_desk", args=[proxy.public_id])
    client.post(more, {"answer": "yes"})
    assert may(gus, maya) == ["book", "records", "money"]


def test_other_peoples_agreements_are_not_there(client, ann, gus, zoe, proxy):
    client.force_login(zoe)
    for name in ("proxy_scopes", "proxy_more"):
        page = reverse(f"accounts:{name}", args=[proxy.public_id])
        answer = client.post(page, {"scopes": ["book"], "answer": "yes"})
        assert answer.status_code == 404
    assert may(gus, ann) == ["book", "records"]


def test_e_mails_alone_are_about_nothing(client, ann):
    client.force_login(ann)
    answer = client.post(
        reverse("accounts:proxy_invite"),
        {"email": "x@example.org", "relation": "CARER", "scopes": ["copies"]},
    )
    assert answer.status_code == 422
    assert "Tick what the e-mails are about, too" in answer.text


# --- Asked once a request -------------------------------------------------------------


def test_a_request_asks_once(ann, gus, zoe, proxy, django_assert_num_queries):
    with acting(Scene()), django_assert_num_queries(1):
        assert may(gus, ann) == ["book", "records"]
        assert may(gus, zoe) == []
    # Another request asks anew.
    Proxy.objects.filter(pk=proxy.pk).update(scopes=["book"])
    with acting(Scene()):
        assert may(gus, ann) == ["book"]


def test_one_persons_answers_are_not_anothers(ann, gus, zoe, proxy):
    with acting(Scene()):
        assert may(gus, ann) == ["book", "records"]
        assert may(zoe, ann) == []


def test_what_a_request_ends_is_over_in_it(ann, gus, proxy):
    with acting(Scene()):
        assert may(gus, ann) == ["book", "records"]
        change(ann, proxy, "book")
        assert may(gus, ann) == ["book"]
        end(actor=ann, proxy=proxy, at=timezone.now())
        assert may(gus, ann) == []


def test_what_another_request_ends_is_noticed_within_a_second(
    ann, gus, proxy, monkeypatch
):
    assert permissions.FRESH_SECONDS <= 1
    monkeypatch.setattr(permissions, "FRESH_SECONDS", 0.0)
    with acting(Scene()):
        assert may(gus, ann) == ["book", "records"]
        Proxy.objects.filter(pk=proxy.pk).update(status="ENDED", ends_at=AT)
        assert may(gus, ann) == []
