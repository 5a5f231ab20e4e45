"""Nothing overdue remains, and nothing else goes."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Device, RememberedDevice, Reset, Session
from audit.models import Entry
from billing.models import Payment
from booking.models import Appointment, Draft, ImportedCalendar, Review, StatusChange
from notifications.models import Delivery
from portal.erasures.models import Erasure
from portal.legal_holds.services import place_hold
from portal.merges.models import UNDO_WITHIN
from portal.models import (
    Export,
    Merge,
    MovedRow,
    PolicyReport,
    RetentionRun,
    Tally,
)
from portal.retention.queries import RULES
from portal.retention.services import apply_retention
from portal.retention.tasks import apply_retention as nightly
from portal.schedules import SCHEDULES
from records.models import Amendment, Document, Prescription, Upload
from tests.factories.accounts import PatientFactory
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
)
from tests.factories.reviews import ReviewFactory
from tests.factories.waitlist import FreedTimeFactory, WaitlistEntryFactory

pytestmark = pytest.mark.django_db
AT = timezone.now()
A_DAY = timedelta(days=1)
YEARS = timedelta(days=366)
# The months of the log and rows that other jobs dispose of.
OURS = [rule for rule in RULES if not rule.by]


def age(model, by, **filters):
    """Make the rows look as old as that."""
    then = AT - by
    names = {field.name for field in model._meta.concrete_fields}
    model._base_manager.filter(**filters).update(
        **{name: then for name in ("created_at", "updated_at") if name in names}
    )


def record_of(patient, by):
    """A visit with a reason, a document and a prescription, so long ago."""
    start = AT - by
    visit = AppointmentFactory(
        patient=patient, starts_at=start, status="COMPLETED", reason="Quillwort"
    )
    document = DocumentFactory(patient=patient)
    prescription = PrescriptionFactory(patient=patient, signed=True, pdf=document)
    PrescriptionItemFactory(prescription=prescription)
    for model in (Appointment, Document, Prescription):
        age(model, by, patient=patient)
    return visit


def money_of(patient, by):
    visit = AppointmentFactory(patient=patient, starts_at=AT - by, status="COMPLETED")
    payment = PaymentFactory(appointment=visit, paid=True)
    RefundFactory(payment=payment)
    age(Payment, by, pk=payment.pk)


def merge_of(kept, actor, by):
    merge = Merge.objects.create(
        kept=kept,
        merged=PatientFactory(merged_into=kept),
        merged_at=AT - by,
        merged_by=actor,
        reason="Twice at the desk",
        facts='{"last_name": ["Quill", "Wort"]}',
        marks={"booking.Appointment": 7},
    )
    MovedRow.objects.create(merge=merge, table="booking.Appointment", key=7, digest="d")
    return merge


def calendar_of_who_left(day):
    return ImportedCalendar.objects.create(
        doctor=DoctorFactory(left_date=day),
        name="Old practice",
        address="https://calendars.example/private-9c1d/basic.ics",
        due_at=AT,
    )


def make(user, patient, by, admins):
    """Something of every class that is disposed of every night, so old."""
    record_of(patient, by)
    money_of(PatientFactory(), by)
    delivery = DeliveryFactory(patient=patient, status="SENT")
    age(Delivery, by, pk=delivery.pk)
    Device.objects.create(
        user=user,
        token_hash=f"t{by.days}",
        first_seen_at=AT - by,
        last_seen_at=AT - by,
    )
    RememberedDevice.objects.create(
        user=user, digest=f"d{by.days}", epoch=1, expires_at=AT - by
    )
    Reset.objects.create(
        user=user,
        ground="WAITED",
        started_by=user,
        works_from=AT - by,
        expires_at=AT - by,
        used_at=AT - by,
    )
    held = AppointmentFactory(patient=None, starts_at=AT - by, status="EXPIRED")
    age(Appointment, by, pk=held.pk)
    WaitlistEntryFactory(status="WITHDRAWN", ended_at=AT - by)
    FreedTimeFactory(status="RELEASED", ended_at=AT - by)
    ReviewFactory(status="HIDDEN", decided_by=user, decided_at=AT - by)
    back = ReviewFactory(status="WITHDRAWN")
    age(Review, by, pk=back.pk)
    merge_of(PatientFactory(), admins[0], by)
    calendar_of_who_left((AT - by).date())
    export = Export.objects.create(user=user, status="FAILED")
    age(Export, by, pk=export.pk)
    PolicyReport.objects.create(
        day=(AT - by).date(), page="p", directive="d", blocked=f"b{by.days}", last_at=AT
    )
    erasure = Erasure.objects.create(
        user=user,
        patient=patient,
        status="DONE",
        decided_by=admins[0],
        decided_at=AT,
        ground="CONSENT",
        released_by=admins[1],
        kept_until=(AT - by).date(),
    )
    erasure.kept.save("kept", DocumentFactory().file)


@pytest.fixture
def old(clinical_files, ann, medical_admin, admin):
    """Something of every class, a dozen years old."""
    make(ann, PatientFactory(), 12 * YEARS, (medical_admin, admin))


def overdue() -> dict[str, int]:
    return {rule.key: rule.count(AT) for rule in OURS}


def test_a_night_leaves_nothing_overdue(old):
    before = overdue()
    assert min(before.values()) >= 1, before
    apply_retention(at=AT)
    assert set(overdue().values()) == {0}
    gone = {run.rule: run.rows for run in RetentionRun.objects.all()}
    assert gone == before
    logged = Entry.objects.filter(verb="retention.applied")
    assert {entry.detail["rule"] for entry in logged} == set(before)


def test_what_is_young_enough_stays(clinical_files, ann, medical_admin, admin):
    """A day younger than each period lets go of."""
    make(ann, PatientFactory(), -A_DAY, (medical_admin, admin))
    assert set(overdue().values()) == {0}
    assert {outcome.rows for outcome in apply_retention(at=AT)} == {0}
    assert not RetentionRun.objects.exists()


def test_of_a_merge_the_notes_go_and_that_it_was_done_stays(old):
    merge = Merge.objects.get()
    apply_retention(at=AT)
    assert not MovedRow.objects.exists()
    merge.refresh_from_db()
    assert (merge.facts, merge.marks) == ("", {})
    assert merge.reason == "Twice at the desk"
    assert merge.merged.merged_into == merge.kept


def test_a_merge_that_can_be_undone_keeps_its_notes(medical_admin):
    merge = merge_of(PatientFactory(), medical_admin, UNDO_WITHIN - A_DAY)
    apply_retention(at=AT)
    assert merge.moved_rows.count() == 1
    apply_retention(at=AT + A_DAY)
    assert merge.moved_rows.count() == 0


def test_a_legal_hold_keeps_notes_and_reviews(medical_admin, clinical_files):
    held = [PatientFactory(), PatientFactory()]
    for patient in held:
        merge_of(patient, medical_admin, 2 * YEARS)
    ReviewFactory(
        appointment__patient=held[1],
        status="HIDDEN",
        decided_by=medical_admin,
        decided_at=AT - 2 * YEARS,
    )
    for patient in held:
        place_hold(
            actor=medical_admin,
            patient=patient,
            reason="A court has asked for it.",
            until=AT.date(),
            at=AT,
        )
    apply_retention(at=AT)
    assert (MovedRow.objects.count(), Review.objects.count()) == (2, 1)
    apply_retention(at=AT + A_DAY)
    assert (MovedRow.objects.count(), Review.objects.count()) == (0, 0)


def test_reviews_that_are_shown_or_wait_stay(medical_admin):
    for fields in (
        {"shown": True, "decided_at": AT - 2 * YEARS},
        {"written_at": AT - 2 * YEARS},
    ):
        age(Review, 2 * YEARS, pk=ReviewFactory(**fields).pk)
    apply_retention(at=AT)
    assert Review.objects.count() == 2


def test_of_a_record_files_and_words_go_and_the_visit_stays(old, clinical_files):
    visit = Appointment.objects.exclude(reason="").get()
    document = Document.objects.get(patient=visit.patient)
    name = document.file.name
    assert (clinical_files / name).exists()
    apply_retention(at=AT)
    assert not list((clinical_files / "documents").rglob(f"{document.public_id.hex}*"))
    assert not Document.objects.filter(pk=document.pk).exists()
    assert not Prescription.objects.filter(patient=visit.patient).exists()
    visit.refresh_from_db()
    assert visit.reason == ""


def test_words_of_a_record_go_wherever_they_stand(clinical_files):
    patient = PatientFactory()
    record_of(patient, 12 * YEARS)
    visit = Appointment.objects.get(patient=patient)
    StatusChange.objects.create(
        appointment=visit, to_status="COMPLETED", at=AT, reason="Quillwort again"
    )
    AmendmentFactory(patient=patient)
    apply_retention(at=AT)
    assert StatusChange.objects.get(appointment=visit).reason == ""
    assert not Amendment.objects.exists()


def test_a_closed_record_waits_for_the_end_of_a_legal_hold(old, medical_admin):
    closed = Erasure.objects.get()
    place_hold(
        actor=medical_admin,
        patient=closed.patient,
        reason="A court has asked for it.",
        until=AT.date(),
        at=AT,
    )
    apply_retention(at=AT)
    closed.refresh_from_db()
    assert closed.kept
    apply_retention(at=AT + A_DAY)
    closed.refresh_from_db()
    assert not closed.kept


def test_one_thing_that_is_young_keeps_the_whole_record(clinical_files):
    patient = PatientFactory()
    record_of(patient, 12 * YEARS)
    DocumentFactory(patient=patient)
    apply_retention(at=AT)
    assert Document.objects.filter(patient=patient).count() == 2
    assert Prescription.objects.filter(patient=patient).count() == 1


def test_a_childs_record_waits_until_they_are_25(clinical_files):
    for age_now, left in ((24, 1), (26, 0)):
        patient = PatientFactory(birth_date=(AT - age_now * YEARS).date())
        record_of(patient, 12 * YEARS)
        apply_retention(at=AT)
        assert Document.objects.filter(patient=patient).count() == left


def test_a_legal_hold_keeps_everything_of_one_patient(
    clinical_files, ann, medical_admin, admin
):
    held, other = PatientFactory(), PatientFactory()
    for patient in (held, other):
        record_of(patient, 12 * YEARS)
        money_of(patient, 13 * YEARS)
        delivery = DeliveryFactory(patient=patient, status="SENT")
        age(Delivery, 12 * YEARS, pk=delivery.pk)
    place_hold(
        actor=medical_admin,
        patient=held,
        reason="A court has asked for it.",
        until=AT.date(),
        at=AT,
    )
    apply_retention(at=AT)
    for model in (Document, Prescription, Payment, Delivery):
        assert set(model.objects.values_list("patient", flat=True)) == {held.pk}
    # Its last day is over: the usual periods count again.
    apply_retention(at=AT + A_DAY)
    for model in (Document, Prescription, Payment, Delivery):
        assert not model.objects.filter(patient=held).exists()


@pytest.mark.parametrize("status", ["QUEUED", "SENDING"])
def test_a_message_that_is_on_its_way_is_not_thrown_away(ann, status):
    waiting = DeliveryFactory(patient=ann.patient, status=status)
    over = DeliveryFactory(patient=ann.patient, status="SENT")
    age(Delivery, 2 * YEARS, pk__in=[waiting.pk, over.pk])
    apply_retention(at=AT)
    assert list(Delivery.objects.all()) == [waiting]


@pytest.mark.parametrize("model", [Appointment, Document, Prescription])
def test_whatever_of_it_is_young_keeps_a_record(clinical_files, model):
    """Each kind by itself, the others being old."""
    patient = PatientFactory()
    record_of(patient, 12 * YEARS)
    if model is Appointment:
        AppointmentFactory(patient=patient, starts_at=AT - A_DAY, status="COMPLETED")
    elif model is Document:
        DocumentFactory(patient=patient)
    else:
        PrescriptionFactory(patient=patient, signed=True)
    apply_retention(at=AT)
    assert Document.objects.filter(patient=patient).exists()
    assert Prescription.objects.filter(patient=patient).exists()


def test_money_is_kept_until_the_years_after_its_own_are_over(ann, settings):
    """From the end of the year, not from the day."""
    first = datetime(AT.year - settings.MONEY_KEEP_YEARS, 1, 1, 12, tzinfo=UTC)
    moments = {
        "kept": first,
        "gone": first - A_DAY,
        "young": AT - A_DAY,
    }
    payments = {}
    for days, (name, moment) in enumerate(moments.items(), start=1):
        visit = AppointmentFactory(patient=ann.patient, starts_at=AT - days * A_DAY)
        payments[name] = PaymentFactory(appointment=visit, paid=True)
        Payment.objects.filter(pk=payments[name].pk).update(created_at=moment)
    apply_retention(at=AT)
    left = set(Payment.objects.values_list("pk", flat=True))
    assert left == {payments["kept"].pk, payments["young"].pk}


def test_a_dry_run_counts_and_changes_nothing(old):
    before = overdue()
    out = StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    assert overdue() == before
    assert not RetentionRun.objects.exists()
    said = dict(line.split(": ", 1) for line in out.getvalue().splitlines())
    assert set(said) == {rule.key for rule in RULES}
    assert said["records"] == f"{before['records']} overdue"
    call_command("apply_retention", stdout=out)
    assert set(overdue().values()) == {0}


def test_every_night_it_runs(old):
    assert ("portal.retention.tasks.apply_retention", "51 1 * * *") in (
        SCHEDULES.values()
    )
    nightly()
    assert set(overdue().values()) == {0}


def test_other_jobs_dispose_of_the_rest(ann, db):
    """Rules with a job of their own count what it disposes of."""
    others = {rule.key: rule for rule in RULES if rule.by}
    assert set(others) == {
        *("access log", "sessions", "drafts", "uploads", "copies", "counts"),
        "guest links",
    }
    Session.objects.create(key_hash="k", expires_at=AT - 2 * A_DAY)
    Draft.objects.create(token="0" * 32)
    age(Draft, 2 * A_DAY)
    Tally.objects.create(key="k", count=1, ends_at=AT - A_DAY)
    Upload.objects.create(
        patient=ann.patient,
        uploaded_by=ann,
        size=1,
        created_at=AT - 2 * A_DAY,
        expires_at=AT - A_DAY,
    )
    for key in ("sessions", "drafts", "uploads", "counts"):
        assert others[key].count(AT) == 1, key
        job = others[key].by.split("`")[1]
        assert job in {path for path, _ in SCHEDULES.values()}, job
