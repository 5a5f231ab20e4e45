"""A record that is kept and not used (GDPR 18)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.consents.models import Purpose
from accounts.consents.queries import in_research
from accounts.emergency_access.services import end_access, open_access
from accounts.patients.permissions import treats
from accounts.restrictions.models import Restriction
from accounts.restrictions.queries import is_restricted
from accounts.restrictions.services import (
    NOTICE,
    AnsweredAlready,
    NoReason,
    NotAllowed,
    NotStanding,
    NotYourRecord,
    ThereAlready,
    ask_restriction,
    decide_restriction,
    lift_restriction,
    place_restriction,
    withdraw_restriction,
)
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from notifications.models import Delivery
from portal.restrictions.reactions import (
    tell_of_answer,
    tell_of_end,
    tell_of_request,
)
from portal.retention.services import apply_retention
from records.documents.permissions import visible_to as visible_documents
from records.models import Document
from records.prescriptions.permissions import visible_to as visible_prescriptions
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    RestrictionFactory,
)
from tests.factories.records import DocumentFactory, PrescriptionFactory

pytestmark = pytest.mark.django_db
AT = timezone.now()
WHY = "We look into what you say about the letter."
OWN = reverse("accounts:restriction")
LIST = reverse("accounts:restrictions")


@pytest.fixture(autouse=True)
def _files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def record_of_ann(ann, dr_lee):
    """A letter of somebody else's, one that Dr Lee added, and a prescription."""
    return [
        DocumentFactory(patient=ann.patient, title="Heart letter"),
        DocumentFactory(patient=ann.patient, uploaded_by=dr_lee),
        PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor, signed=True),
    ]


def reached(user, things):
    """Which of them `user` reaches, asked singly and by the lists, which agree."""
    names = ["records.view_document"] * 2 + ["records.view_prescription"]
    singly = [
        user.has_perm(name, thing) for name, thing in zip(names, things, strict=1)
    ]
    papers = set(visible_documents(user)) | set(visible_prescriptions(user))
    assert singly == [thing in papers for thing in things]
    return singly


def close(ann):
    return RestrictionFactory(patient=ann.patient, standing=True)


def test_while_it_stands_nobody_who_treats_reads_the_record(ann, dr_lee, record_of_ann):
    assert reached(dr_lee, record_of_ann) == [True, True, True]
    row = close(ann)
    assert reached(dr_lee, record_of_ann) == [False, False, False]
    assert not dr_lee.has_perm("records.view_record", ann.patient)
    assert not dr_lee.has_perm("records.prescribe", ann.patient)
    # Whom they meet they know by name all the same.
    assert dr_lee.has_perm("accounts.view_patient", ann.patient)
    assert reached(ann, record_of_ann)[2]
    row.lifts_at = AT
    row.save()
    assert reached(dr_lee, record_of_ann) == [True, True, True]


def test_a_request_alone_closes_nothing(ann, dr_lee, record_of_ann):
    RestrictionFactory(patient=ann.patient)
    assert reached(dr_lee, record_of_ann) == [True, True, True]


def test_nobody_elses_record_is_closed(ann, zoe, dr_roy):
    close(ann)
    assert not is_restricted(zoe.patient, at=AT)
    assert treats(dr_roy, zoe.patient) == dr_roy.has_perm(
        "records.view_record", zoe.patient
    )


def test_in_an_emergency_it_opens_with_a_reason(ann, dr_lee, record_of_ann):
    close(ann)
    access = open_access(
        actor=dr_lee,
        patient=ann.patient,
        reason="Collapsed at the desk just now",
        at=AT,
    )
    assert reached(dr_lee, record_of_ann) == [True, True, True]
    end_access(actor=dr_lee, access=access, at=timezone.now())
    assert reached(dr_lee, record_of_ann) == [False, False, False]


def test_pages_at_work_say_so_and_show_nothing_of_it(
    client, ann, dr_lee, medical_admin, record_of_ann
):
    page = reverse("workspace:patient", args=[ann.patient.public_id])
    client.force_login(dr_lee)
    assert "Heart letter" in client.get(page).text
    close(ann)
    text = client.get(page).text
    assert "This record may not be used" in text
    assert "Heart letter" not in text
    documents = reverse("records:patient_documents", args=[ann.patient.public_id])
    answer = client.get(documents)
    assert "Heart letter" not in answer.text
    client.force_login(medical_admin)
    assert "See the restrictions" in client.get(page).text


def test_its_data_are_in_no_research(ann, zoe):
    text = ConsentTextFactory(purpose=Purpose.RESEARCH)
    for person in (ann, zoe):
        ConsentFactory(patient=person.patient, text=text)
    assert in_research().count() == 2
    close(ann)
    assert [one.patient for one in in_research()] == [zoe.patient]


def test_nothing_of_it_is_destroyed_by_age(ann, zoe):
    long_ago = AT - timedelta(days=20 * 365)
    for person in (ann, zoe):
        paper = DocumentFactory(patient=person.patient)
        Document.objects.filter(pk=paper.pk).update(created_at=long_ago)
    close(ann)
    apply_retention(at=AT)
    assert [paper.patient for paper in Document.objects.all()] == [ann.patient]


def ask(actor, patient, **changed):
    given = {"ground": "ACCURACY", "words": "The letter is not mine", "at": AT}
    return ask_restriction(actor=actor, patient=patient, **given | changed)


def decide(actor, row, **changed):
    given = {"is_granted": True, "reason": WHY, "at": AT} | changed
    return decide_restriction(actor=actor, restriction=row, **given)


def test_patients_ask_medical_administration_answers(ann, medical_admin):
    row = decide(medical_admin, ask(ann, ann.patient))
    assert is_restricted(ann.patient, at=AT)
    assert row.reason == WHY
    verbs = Entry.objects.filter(verb__startswith="restriction.").order_by("pk")
    assert [(one.verb, one.patient_id) for one in verbs] == [
        ("restriction.asked", ann.patient.pk),
        ("restriction.standing", ann.patient.pk),
    ]


def test_only_ones_own_record_and_one_request_at_a_time(ann, zoe, dr_lee):
    for stranger in (zoe, dr_lee):
        with pytest.raises(NotYourRecord):
            ask(stranger, ann.patient)
    ask(ann, ann.patient)
    with pytest.raises(ThereAlready):
        ask(ann, ann.patient)
    assert Restriction.objects.count() == 1


def test_others_decide_nothing(ann, admin, dr_lee, desk, medical_admin):
    row = ask(ann, ann.patient)
    for user in (admin, dr_lee, desk, ann):
        with pytest.raises(NotAllowed):
            decide(user, row)
        with pytest.raises(NotAllowed):
            place_restriction(
                actor=user, patient=ann.patient, ground="CLAIMS", reason=WHY, at=AT
            )
    with pytest.raises(NoReason):
        decide(medical_admin, row, reason="No")
    assert not is_restricted(ann.patient, at=AT)


def test_nobody_decides_about_their_own(ann):
    assign_role(actor=None, user=ann, role=Role.MEDICAL_ADMIN)
    with pytest.raises(NotAllowed):
        decide(ann, ask(ann, ann.patient))


def test_an_answer_is_given_once(ann, medical_admin):
    row = ask(ann, ann.patient)
    decide(medical_admin, row, is_granted=False)
    with pytest.raises(AnsweredAlready):
        decide(medical_admin, row)
    assert not is_restricted(ann.patient, at=AT)


def test_the_patient_lifts_it_at_once(ann, zoe, medical_admin):
    row = decide(medical_admin, ask(ann, ann.patient))
    with pytest.raises(NotYourRecord):
        withdraw_restriction(actor=zoe, restriction=row, at=AT)
    assert is_restricted(ann.patient, at=AT)
    for _ in range(2):
        withdraw_restriction(actor=ann, restriction=row, at=AT)
    assert not is_restricted(ann.patient, at=AT)
    again = ask(ann, ann.patient)
    assert (
        withdraw_restriction(actor=ann, restriction=again, at=AT).status == "WITHDRAWN"
    )


def test_the_clinic_tells_before_it_lifts(ann, medical_admin):
    row = decide(medical_admin, ask(ann, ann.patient))
    lift_restriction(actor=medical_admin, restriction=row, reason=WHY, at=AT)
    last = AT + NOTICE - timedelta(seconds=1)
    assert is_restricted(ann.patient, at=last)
    assert not is_restricted(ann.patient, at=AT + NOTICE)
    with pytest.raises(NotStanding):
        lift_restriction(actor=medical_admin, restriction=row, reason=WHY, at=AT)
    for _ in range(2):
        tell_of_end(row.pk)
    mail = Delivery.objects.get(event="restriction_ends", channel="EMAIL")
    assert mail.patient == ann.patient
    assert WHY not in mail.body_text


def test_everybody_concerned_is_told_without_why(ann, medical_admin):
    row = ask(ann, ann.patient)
    for _ in range(2):
        tell_of_request(row.pk)
    asked = Delivery.objects.get(event="restriction_asked", channel="EMAIL")
    assert asked.user == medical_admin
    decide(medical_admin, row)
    for _ in range(2):
        tell_of_answer(row.pk)
    told = Delivery.objects.get(event="restriction_decided", channel="EMAIL")
    assert told.patient == ann.patient
    for mail in (asked, told):
        words = mail.subject + mail.body_text
        assert "letter" not in words
        assert "Ann" not in mail.subject


def test_from_asking_to_opening_again(client, ann, medical_admin):
    client.force_login(ann)
    assert "Choose why" in client.post(OWN, {"words": "Keep this"}).text
    assert client.post(OWN, {"words": "Keep this"}).status_code == 422
    client.post(OWN, {"ground": "CLAIMS", "words": "I am in court"})
    assert "Waits for an answer" in client.get(OWN).text
    client.force_login(medical_admin)
    assert "PATIENT, Ann" in client.get(LIST).text
    row = Restriction.objects.get()
    page = reverse("accounts:restriction_one", args=[row.public_id])
    short = client.post(page, {"outcome": "yes", "reason": "Yes"})
    assert short.status_code == 422
    assert "Say why, in a sentence" in short.text
    client.post(page, {"outcome": "yes", "reason": WHY})
    assert "In force" in client.get(page).text
    client.post(page, {"reason": "The case is over, says the court."})
    client.force_login(ann)
    text = client.get(OWN).text
    assert WHY in text
    assert "The case is over, says the court." in text
    assert is_restricted(ann.patient, at=timezone.now())


def test_a_letter_is_entered_by_number(client, ann, medical_admin):
    client.force_login(medical_admin)
    form = {"number": "P-NONE", "ground": "CLAIMS", "reason": WHY}
    wrong = client.post(LIST, form)
    assert wrong.status_code == 422
    assert "We found nobody with this number" in wrong.text
    assert WHY in wrong.text
    client.post(LIST, form | {"number": ann.patient.number.lower()})
    assert is_restricted(ann.patient, at=timezone.now())


def test_what_is_another_ones_is_not_there(client, ann, zoe, dr_lee, admin):
    row = close(ann)
    client.force_login(zoe)
    gone = client.post(reverse("accounts:restriction_withdraw", args=[row.public_id]))
    assert gone.status_code == 404
    assert is_restricted(ann.patient, at=timezone.now())
    for user in (zoe, dr_lee, admin):
        client.force_login(user)
        page = reverse("accounts:restriction_one", args=[row.public_id])
        assert client.get(page).status_code in (403, 404)
        assert client.get(LIST).status_code in (403, 404)
