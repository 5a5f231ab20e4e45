"""Who asks, who decides, who releases, and what stands in the way."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from booking.appointments.models import Status
from notifications.models import Delivery
from portal.erasures.models import Erasure
from portal.erasures.services import (
    AskedAlready,
    NoReason,
    NotAllowed,
    NotForThem,
    NotNow,
    NotSettled,
    ask_erasure,
    decide_erasure,
    open_kept,
    release_erasure,
    withdraw_erasure,
)
from tests.factories.accounts import UserFactory
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory
from tests.jobs import run_jobs
from tests.saying import said

AT = timezone.now()
OWN = reverse("erasures:own")
LIST = reverse("erasures:erasures")
WHY = "Nothing of this is needed any more."


def asked(user) -> Erasure:
    return ask_erasure(actor=user, words="I move away", at=AT)


def approved(user, medical_admin) -> Erasure:
    return decide_erasure(
        actor=medical_admin,
        erasure=asked(user),
        ground="NOT_NEEDED",
        reason=WHY,
        at=AT,
    )


def page_of(erasure, name="erasure") -> str:
    return reverse(f"erasures:{name}", args=[erasure.public_id])


def test_patients_ask_and_both_sides_are_told(ann, medical_admin, admin):
    erasure = asked(ann)
    run_jobs()
    told = {(d.event, d.to_address) for d in Delivery.objects.filter(channel="EMAIL")}
    assert told == {
        ("erasure_asked", "ann@example.org"),
        ("erasure_waits", medical_admin.email),
    }
    waits = Delivery.objects.get(event="erasure_waits", channel="EMAIL")
    assert "Ann" not in said(waits.body_text)
    with pytest.raises(AskedAlready):
        asked(ann)
    assert erasure.status == Erasure.Status.ASKED


def test_who_works_here_does_not(ann, dr_lee, admin):
    assign_role(actor=None, user=ann, role=Role.AUTHOR)
    for user in (ann, dr_lee, admin):
        user.__dict__.pop("_roles", None)
        with pytest.raises(NotForThem):
            asked(user)


def test_what_is_ahead_is_settled_first(ann):
    visit = AppointmentFactory(
        patient=ann.patient, starts_at=AT + timedelta(days=1), status=Status.CONFIRMED
    )
    with pytest.raises(NotSettled, match="visit ahead"):
        asked(ann)
    visit.status = Status.CANCELLED
    visit.save()
    payment = PaymentFactory(appointment=visit)
    with pytest.raises(NotSettled, match="payment"):
        asked(ann)
    payment.status = "EXPIRED"
    payment.save()
    assert asked(ann)


def test_medical_administration_decides_with_a_reason(ann, medical_admin, admin, desk):
    erasure = asked(ann)
    answer = {"erasure": erasure, "ground": "NOT_NEEDED", "reason": WHY, "at": AT}
    for user in (admin, desk, ann):
        with pytest.raises(NotAllowed):
            decide_erasure(actor=user, **answer)
    with pytest.raises(NoReason):
        decide_erasure(actor=medical_admin, **{**answer, "reason": "  ok  "})
    decide_erasure(actor=medical_admin, **answer)
    with pytest.raises(NotNow):
        decide_erasure(actor=medical_admin, **answer)


def test_it_takes_two(ann, medical_admin, admin):
    """Also where one person has both roles; the database refuses it as well."""
    erasure = approved(ann, medical_admin)
    assign_role(
        actor=None, user=medical_admin, role=Role.ADMIN, seconded_by=UserFactory()
    )
    medical_admin.__dict__.pop("_roles", None)
    with pytest.raises(NotAllowed):
        release_erasure(actor=medical_admin, erasure=erasure, at=AT)
    with pytest.raises(IntegrityError, match="erasure_takes_two"):
        Erasure.objects.filter(pk=erasure.pk).update(
            status="RUNNING", released_by=medical_admin
        )


def test_nothing_begins_before_its_release(ann, medical_admin, admin):
    erasure = asked(ann)
    with pytest.raises(NotNow):
        release_erasure(actor=admin, erasure=erasure, at=AT)
    run_jobs()
    ann.refresh_from_db()
    assert ann.is_active


def test_a_visit_that_was_booked_meanwhile_stops_it(ann, medical_admin, admin):
    erasure = approved(ann, medical_admin)
    AppointmentFactory(
        patient=ann.patient, starts_at=AT + timedelta(days=1), status=Status.CONFIRMED
    )
    with pytest.raises(NotSettled):
        release_erasure(actor=admin, erasure=erasure, at=AT)


def test_until_it_begins_it_can_be_taken_back(ann, medical_admin, admin):
    erasure = approved(ann, medical_admin)
    withdraw_erasure(actor=ann, erasure=erasure)
    with pytest.raises(NotNow):
        release_erasure(actor=admin, erasure=erasure, at=AT)
    released = approved(ann, medical_admin)
    release_erasure(actor=admin, erasure=released, at=AT)
    with pytest.raises(NotNow):
        withdraw_erasure(actor=ann, erasure=released)


def test_a_closed_record_opens_for_a_reason_only(ann, medical_admin, admin):
    erasure = approved(ann, medical_admin)
    with pytest.raises(NotAllowed):
        open_kept(actor=admin, erasure=erasure, reason=WHY)
    with pytest.raises(NoReason):
        open_kept(actor=medical_admin, erasure=erasure, reason="look")
    open_kept(actor=medical_admin, erasure=erasure, reason=WHY)
    entry = Entry.objects.get(verb="erasure.kept_opened")
    assert (entry.actor, entry.action) == (medical_admin, "EXPORT")
    assert entry.purpose == "CLOSED"
    erasure.refresh_from_db()
    assert WHY in erasure.words


# --- Pages ---


def test_from_the_wish_to_the_closed_record(
    client, clinical_files, ann, medical_admin, admin
):
    AppointmentFactory(
        patient=ann.patient,
        starts_at=AT - timedelta(days=30),
        status=Status.COMPLETED,
        reason="Quillwort tremor",
    )
    client.force_login(ann)
    assert OWN in client.get(reverse("exports:own")).text
    assert "The law has us keep" in client.get(OWN).text
    refused = client.post(OWN, {"words": "I move away"})
    assert refused.status_code == 422
    assert "Tick this" in refused.text
    assert "I move away" in refused.text
    client.post(OWN, {"words": "I move away", "understood": "on"})
    assert "Waits to be checked" in client.get(OWN).text
    erasure = Erasure.objects.get()

    client.force_login(medical_admin)
    found = reverse("workspace:patients") + "?q=Ann"
    assert "PATIENT, Ann" in client.get(found).text
    assert page_of(erasure) in client.get(LIST).text
    page = client.get(page_of(erasure)).text
    assert "PATIENT, Ann" in page
    assert "I move away" in page
    wrong = client.post(page_of(erasure), {"ground": "", "reason": "no"})
    assert wrong.status_code == 422
    assert "Choose by which words of the law" in wrong.text
    client.post(page_of(erasure), {"ground": "NOT_NEEDED", "reason": WHY})

    client.force_login(admin)
    page = client.get(page_of(erasure)).text
    assert "Erase now" in page
    for word in ("PATIENT, Ann", "ann@example.org", "I move away"):
        assert word not in page
    client.post(page_of(erasure, "release"))
    run_jobs()
    page = client.get(page_of(erasure)).text
    assert "Report" in page
    assert "moved into the closed record" in page
    assert "closed record</button>" not in page

    client.force_login(medical_admin)
    assert "Open the closed record" in client.get(page_of(erasure)).text
    assert client.post(page_of(erasure, "kept"), {"reason": "x"}).status_code == 422
    answer = client.post(page_of(erasure, "kept"), {"reason": WHY})
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"PK")
    # Nothing of her stands in the workspace any more.
    assert "PATIENT, Ann" not in client.get(found).text


def test_a_refusal_says_why_and_by_which_law(client, ann, medical_admin):
    erasure = asked(ann)
    client.force_login(medical_admin)
    reason = "A court has asked us for your record."
    client.post(page_of(erasure), {"ground": "CLAIMS", "reason": reason})
    client.force_login(ann)
    page = client.get(OWN).text
    assert reason in page
    assert "17(3)(e)" in page
    # And may ask again.
    assert "Ask for erasure" in page


def test_asking_and_releasing_need_a_fresh_proof(unverified_client, ann):
    unverified_client.force_login(ann)
    answer = unverified_client.post(OWN, {"understood": "on"})
    assert answer.status_code == 403
    assert not Erasure.objects.exists()


def test_the_page_says_what_is_in_the_way(client, ann):
    AppointmentFactory(
        patient=ann.patient, starts_at=AT + timedelta(days=1), status=Status.CONFIRMED
    )
    client.force_login(ann)
    page = client.get(OWN).text
    assert "You have a visit ahead" in page
    assert "Ask for erasure" not in page


def test_others_have_no_way_in(client, ann, zoe, dr_lee, desk, biller, nurse):
    erasure = asked(ann)
    for user in (zoe, dr_lee, desk, biller, nurse):
        client.force_login(user)
        assert client.get(LIST).status_code == 403
        assert client.get(page_of(erasure)).status_code == 403
        for name in ("release", "kept"):
            assert client.post(page_of(erasure, name)).status_code == 403
    client.force_login(zoe)
    assert client.post(reverse("erasures:withdraw")).status_code == 404
    erasure.refresh_from_db()
    assert erasure.status == Erasure.Status.ASKED


def test_an_administrator_sees_no_names(client, ann, medical_admin, admin):
    erasure = approved(ann, medical_admin)
    client.force_login(admin)
    for page in (client.get(LIST).text, client.get(page_of(erasure)).text):
        assert ann.patient.number in page
        assert "Ann" not in said(page)
    readings = Entry.objects.filter(actor=admin, patient_id=ann.patient.pk)
    assert not readings.exists()


def test_the_list_is_kind_when_it_is_empty(client, medical_admin):
    client.force_login(medical_admin)
    assert "Nothing waits" in client.get(LIST).text
    assert "Nobody has asked" in client.get(LIST + "?show=all").text
