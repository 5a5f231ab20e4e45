"""Holding a patient's data back from destruction."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from portal.erasures.services import (
    NotSettled,
    ask_erasure,
    decide_erasure,
    release_erasure,
)
from portal.legal_holds.models import LegalHold
from portal.legal_holds.queries import is_held
from portal.legal_holds.services import (
    HeldAlready,
    NoReason,
    NotAllowed,
    lift_hold,
    place_hold,
)

AT = timezone.now()
WHY = "A court has asked for the record."
PAGE = reverse("legal_holds:holds")


def placed(actor, patient, **changed):
    given = {"reason": WHY, "until": None, "at": AT} | changed
    return place_hold(actor=actor, patient=patient, **given)


def test_medical_administration_places_and_lifts(ann, medical_admin, admin, desk):
    for user in (admin, desk, ann):
        with pytest.raises(NotAllowed):
            placed(user, ann.patient)
    with pytest.raises(NoReason):
        placed(medical_admin, ann.patient, reason="court")
    hold = placed(medical_admin, ann.patient)
    with pytest.raises(HeldAlready):
        placed(medical_admin, ann.patient)
    assert is_held(ann.patient, AT.date())
    for user in (admin, desk, ann):
        with pytest.raises(NotAllowed):
            lift_hold(actor=user, hold=hold, at=AT)
    assert is_held(ann.patient, AT.date())
    for _ in range(2):
        lift_hold(actor=medical_admin, hold=hold, at=AT)
    assert not is_held(ann.patient, AT.date())
    verbs = Entry.objects.filter(verb__startswith="hold.").order_by("pk")
    assert [entry.verb for entry in verbs] == ["hold.placed", "hold.lifted"]


def test_it_ends_by_itself_after_its_last_day(ann, medical_admin):
    placed(medical_admin, ann.patient, until=AT.date())
    assert is_held(ann.patient, AT.date())
    assert not is_held(ann.patient, AT.date() + timedelta(days=1))


def test_no_erasure_is_released_while_it_stands(ann, medical_admin, admin):
    erasure = ask_erasure(actor=ann, words="", at=AT)
    decide_erasure(
        actor=medical_admin, erasure=erasure, ground="CONSENT", reason=WHY, at=AT
    )
    hold = placed(medical_admin, ann.patient)
    with pytest.raises(NotSettled, match="legal hold"):
        release_erasure(actor=admin, erasure=erasure, at=AT)
    lift_hold(actor=medical_admin, hold=hold, at=AT)
    assert release_erasure(actor=admin, erasure=erasure, at=AT)


def test_the_page_places_and_lifts(client, ann, medical_admin):
    client.force_login(medical_admin)
    assert "No holds" in client.get(PAGE).text
    wrong = client.post(
        PAGE, {"number": "P-NONE", "reason": WHY, "until": "2020-01-01"}
    )
    assert wrong.status_code == 422
    assert "We found nobody with this number" in wrong.text
    assert "Choose today or a later day" in wrong.text
    assert WHY in wrong.text
    client.post(PAGE, {"number": ann.patient.number.lower(), "reason": WHY})
    page = client.get(PAGE).text
    assert "PATIENT, Ann" in page
    assert WHY in page
    hold = LegalHold.objects.get()
    client.post(reverse("legal_holds:lift", args=[hold.public_id]))
    assert "No holds" in client.get(PAGE).text


def test_others_have_no_way_in(client, ann, admin, dr_lee, desk):
    for user in (ann, admin, dr_lee, desk):
        client.force_login(user)
        assert client.get(PAGE).status_code == 403
