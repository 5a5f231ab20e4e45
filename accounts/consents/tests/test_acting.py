"""Answers that somebody gives for another, with the proof of who it was."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.consents.models import Consent, Purpose
from accounts.consents.permissions import SCOPES, can_view, visible_to
from accounts.consents.queries import holds
from accounts.consents.services import answer
from accounts.proxies.services import NotActing, end
from audit.models import Entry
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
)
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db
OWN = reverse("accounts:consents")
ANSWER = reverse("accounts:consent_answer")
VIEWING = reverse("accounts:viewing")


@pytest.fixture
def text(db):
    return ConsentTextFactory(purpose="RESEARCH", body="We count visits.")


@pytest.fixture
def acting(client, ann, gus):
    """Gus acts for Ann in one scope."""

    def begin(scope):
        proxy = ProxyFactory(
            user=gus, patient=ann.patient, scopes=[scope], relation="SPOUSE"
        )
        client.force_login(gus)
        client.post(VIEWING, {"proxy": proxy.public_id})
        return proxy

    return begin


def say(client, text, proxy, words="yes"):
    viewing = str(proxy.public_id) if proxy else "me"
    form = {"text": text.public_id, "answer": words, "viewing": viewing}
    return client.post(ANSWER, form, follow=True)


def test_the_answer_is_the_patients_and_the_proof_says_who_gave_it(
    client, ann, gus, acting, text
):
    proxy = acting("records")
    page = client.get(OWN).text
    assert "You are acting for <strong>Ann Patient" in page
    assert "This page is about yourself" not in page
    said = say(client, text, proxy)
    assert "You said yes" in said.text
    consent = Consent.objects.get()
    assert (consent.patient, consent.actor) == (ann.patient, gus)
    assert consent.relation == "SPOUSE"
    assert holds(ann.patient, "RESEARCH")
    assert not holds(gus.patient, "RESEARCH")
    entry = Entry.objects.get(verb="consent.given")
    assert (entry.actor, entry.on_behalf_of_id) == (gus, ann.patient.pk)
    client.force_login(ann)
    own = client.get(OWN).text
    assert "by Gus Patient (husband, wife or partner, acting for them)" in own
    # It is hers to take back.
    say(client, text, None, "no")
    assert not holds(ann.patient, "RESEARCH")
    assert Consent.objects.order_by("-pk").first().relation == ""


@pytest.mark.parametrize("scope", ["book", "messages", "money", "records", "copies"])
def test_each_scope_answers_its_purposes_and_no_other(client, ann, acting, scope):
    proxy = acting(scope)
    for purpose in Purpose:
        text = ConsentTextFactory(purpose=purpose, body=f"Words of {purpose}.")
        fits = SCOPES[purpose] == scope
        page = client.get(OWN)
        assert (f"Words of {purpose}." in page.text) == fits
        say(client, text, proxy)
        assert holds(ann.patient, purpose) == fits


def test_nobody_answers_for_a_stranger_or_after_the_end(client, ann, zoe, acting, text):
    proxy = acting("records")
    end(actor=ann, proxy=proxy, at=timezone.now())
    say(client, text, proxy)
    client.force_login(zoe)
    say(client, text, proxy)
    assert not Consent.objects.exists()
    for user in (zoe, proxy.user):
        with pytest.raises(NotActing):
            answer(
                actor=user,
                patient=ann.patient,
                text=text,
                is_given=True,
                via=Consent.Via.PORTAL,
                at=timezone.now(),
            )
    assert not Consent.objects.exists()


def test_a_page_that_was_opened_for_another_answers_for_nobody(
    client, ann, gus, acting, text
):
    acting("records")
    # The page was opened before Ann was chosen.
    page = say(client, text, None)
    assert page.status_code == 422
    assert "opened for another person" in page.text
    assert not Consent.objects.exists()


def test_who_is_no_patient_answers_for_a_child(client, text, desk):
    child = PatientFactory(first_name="Maya", birth_date=timezone.now().date())
    parent = ProxyFactory(patient=child, of_minor=True)
    client.force_login(parent.user)
    client.post(VIEWING, {"proxy": parent.public_id})
    home = client.get(reverse("portal:home")).text
    assert text.title in home
    say(client, text, parent)
    assert Consent.objects.get().relation == "PARENT"


def test_who_acts_sees_what_was_said_within_their_scope(ann, gus, text):
    news = ConsentTextFactory(purpose="MARKETING")
    ProxyFactory(user=gus, patient=ann.patient, scopes=["records"])
    seen, unseen = (
        ConsentFactory(patient=ann.patient, text=one) for one in (text, news)
    )
    assert [can_view(gus, one) for one in (seen, unseen)] == [True, False]
    assert list(visible_to(gus)) == [seen]
