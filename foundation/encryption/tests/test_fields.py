"""The fields on the house's own tables: what the database sees, and what it may not."""

import json
import uuid

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from booking.models import Appointment, Draft, StatusChange
from foundation.encryption.fields import EncryptedTextField, Sealed
from foundation.encryption.keyring import Unopened, key_id, new_key
from foundation.encryption.rotation import sealed_fields
from notifications.models import Delivery
from records.models import Document, Prescription, PrescriptionItem
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import DocumentFactory, PrescriptionItemFactory

pytestmark = pytest.mark.django_db


def _column(row: models.Model, name: str) -> str:
    with connection.cursor() as cursor:
        statement = f'SELECT "{name}" FROM {row._meta.db_table} WHERE id = %s'  # noqa: S608
        cursor.execute(statement, [row.pk])
        return cursor.fetchone()[0]


def _write(row: models.Model, name: str, value: str) -> None:
    with connection.cursor() as cursor:
        statement = f'UPDATE {row._meta.db_table} SET "{name}" = %s WHERE id = %s'  # noqa: S608
        cursor.execute(statement, [value, row.pk])


def test_these_columns_are_sealed():
    assert {f"{m._meta.label}.{f.name}" for m, f in sealed_fields()} >= {
        "accounts.AuthenticatorApp.key",
        "accounts.EmergencyAccess.reason",
        "accounts.EmergencyAccess.review_note",
        "accounts.Patient.address",
        "booking.Appointment.reason",
        "booking.Draft.answers",
        "booking.StatusChange.reason",
        "notifications.Delivery.attachments",
        "notifications.Delivery.body_html",
        "notifications.Delivery.body_text",
        "notifications.Delivery.subject",
        "records.Document.title",
        "records.Prescription.allergies",
        "records.Prescription.check_code",
        "records.Prescription.note",
        "records.Prescription.withdrawn_reason",
        "records.PrescriptionItem.directions",
        "records.PrescriptionItem.form",
        "records.PrescriptionItem.medicine",
        "records.PrescriptionItem.strength",
    }


def test_the_database_holds_a_sealed_value_and_the_instance_shows_a_plain_one():
    visit = AppointmentFactory(reason="Headaches")
    assert "Headaches" not in _column(visit, "reason")
    assert key_id(_column(visit, "reason")) == "tests"
    assert visit.reason == "Headaches"
    assert Appointment.objects.get(pk=visit.pk).reason == "Headaches"
    assert Appointment.objects.defer("reason").get(pk=visit.pk).reason == "Headaches"
    assert Appointment.objects.only("reason").get(pk=visit.pk).reason == "Headaches"
    visit.refresh_from_db()
    assert visit.reason == "Headaches"


def test_nothing_is_opened_that_nobody_reads(monkeypatch, settings):
    visit = AppointmentFactory(reason="Headaches")
    settings.ENCRYPTION_KEYS = f"other:{new_key()},index:{new_key()}"
    loaded = Appointment.objects.get(pk=visit.pk)
    with pytest.raises(Unopened):
        _ = loaded.reason


def test_a_value_moved_to_another_row_column_or_table_does_not_open():
    first = PrescriptionItemFactory(medicine="Sumatriptan")
    second = PrescriptionItemFactory(medicine="Ibuprofen")
    sealed = _column(first, "medicine")
    letter = DocumentFactory(title="Letter")
    Document.objects.filter(pk=letter.pk).update(public_id=first.public_id)
    for row, name in ((second, "medicine"), (first, "directions"), (letter, "title")):
        _write(row, name, sealed)
        with pytest.raises(Unopened):
            getattr(type(row).objects.get(pk=row.pk), name)
    assert PrescriptionItem.objects.get(pk=first.pk).medicine == "Sumatriptan"


def test_plain_text_planted_in_the_database_is_not_believed():
    visit = AppointmentFactory(reason="Headaches")
    _write(visit, "reason", "Give her opiates")
    with pytest.raises(Unopened):
        _ = Appointment.objects.get(pk=visit.pk).reason


def test_what_only_the_database_could_work_out_is_not_sealed():
    visit = AppointmentFactory()
    visit.reason = models.Value("Sore throat")
    with pytest.raises(TypeError, match="reason cannot be sealed"):
        visit.save()


def test_no_sealed_column_leaves_its_default_to_the_database():
    """Nobody could open what is not sealed by us."""
    left = [
        f"{model._meta.label}.{field.name}"
        for model, field in sealed_fields()
        if field.has_db_default() and not field.has_default()
    ]
    assert left == []
    assert AppointmentFactory().overbooked_why == ""


def test_values_give_the_sealed_form_and_never_plain_text():
    AppointmentFactory(reason="Headaches")
    for given in (
        Appointment.objects.values_list("reason", flat=True).get(),
        Appointment.objects.values("reason").get()["reason"],
    ):
        assert isinstance(given, Sealed)
        assert "Headaches" not in f"{given} {given!r}"


@pytest.mark.parametrize(
    "asked",
    [
        {"reason": "Headaches"},
        {"reason__icontains": "Head"},
        {"reason__in": ["Headaches"]},
        {"reason__gt": "a"},
        {"reason__regex": "H.*"},
    ],
)
def test_a_sealed_field_cannot_be_searched(asked):
    with pytest.raises(FieldError):
        list(Appointment.objects.filter(**asked))


def test_whether_there_is_any_can_be_asked():
    empty = AppointmentFactory(reason="")
    AppointmentFactory(reason="Headaches")
    assert list(Appointment.objects.filter(reason="")) == [empty]


def test_plain_text_cannot_be_written_past_the_instance():
    visit = AppointmentFactory(reason="Headaches")
    with pytest.raises(FieldError), transaction.atomic():
        Appointment.objects.update(reason="Open")
    visit.reason = "Open"
    with pytest.raises(FieldError), transaction.atomic():
        Appointment.objects.bulk_update([visit], ["reason"])
    assert Appointment.objects.get().reason == "Headaches"


def test_making_many_at_once_seals_each_for_its_row():
    visit = AppointmentFactory()
    StatusChange.objects.all().delete()
    StatusChange.objects.bulk_create(
        StatusChange(
            appointment=visit, to_status="HELD", at=visit.starts_at, reason=why
        )
        for why in ("one", "two")
    )
    rows = StatusChange.objects.order_by("pk")
    assert [row.reason for row in rows] == ["one", "two"]
    assert len({_column(row, "reason") for row in rows}) == 2


def test_a_draft_keeps_its_answers_as_data():
    draft = Draft.objects.create(token=uuid.uuid4(), answers={"reason": "Rash", "n": 1})
    assert "Rash" not in _column(draft, "answers")
    assert Draft.objects.get().answers == {"reason": "Rash", "n": 1}
    draft.answers["reason"] = "Itch"
    draft.save()
    assert Draft.objects.get().answers["reason"] == "Itch"


def test_a_row_that_is_only_saved_again_is_not_sealed_again():
    patient = PatientFactory(address="1 High Street")
    before = _column(patient, "address")
    loaded = type(patient).objects.get(pk=patient.pk)
    loaded.save()
    assert _column(patient, "address") == before


def test_a_code_is_found_by_its_blind_index_alone():
    item = PrescriptionItemFactory(prescription__signed=True)
    signed = item.prescription
    index = Prescription._meta.get_field("check_index")
    assert signed.check_code not in _column(signed, "check_code")
    assert signed.check_code not in _column(signed, "check_index")
    spoken = f" {signed.check_code[:4].lower()}-{signed.check_code[4:]} "
    assert Prescription.objects.get(check_index=index.value_for(spoken)) == signed
    assert index.value_for("") == ""
    assert not Prescription.objects.filter(check_index=index.value_for("X")).exists()


def test_a_message_is_sealed_whole():
    delivery = DeliveryFactory(
        subject="About Marigold",
        body_text="Marigold",
        attachments=[{"name": "visit.ics", "content": "Marigold"}],
    )
    for name in ("subject", "body_text", "attachments"):
        assert "Marigold" not in _column(delivery, name)
    assert json.dumps(Delivery.objects.get().attachments).count("Marigold") == 1


@isolate_apps("foundation")
def test_the_anchor_of_a_row_must_be_unique():
    class Loose(models.Model):
        place = models.IntegerField()
        text = EncryptedTextField(bound_to="place")
        lost = EncryptedTextField()

        class Meta:
            app_label = "foundation"

        def __str__(self):
            return ""

    found = [
        error.id for field in Loose._meta.local_fields[2:] for error in field.check()
    ]
    assert found == ["foundation.E001", "foundation.E001"]


def test_a_row_without_its_anchor_is_not_sealed():
    with pytest.raises((ValueError, IntegrityError)):
        Draft.objects.create(token=None, answers={"reason": "Rash"})
