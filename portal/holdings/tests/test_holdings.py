"""Everything that is held about people is decided about, table by table and column by
column."""

from django.apps import apps
from django.db import connection, models

from portal.holdings.queries import (
    HOLDINGS,
    Fate,
    linked_models,
    model_of,
    person_columns,
    records_of,
    rows_about,
)
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory

# They hold ids of people without foreign keys, and stand in the table all the same.
UNLINKED = {"audit.Entry"}


def test_every_table_that_leads_to_a_person_is_decided():
    linked = {model._meta.label for model in linked_models()}
    assert linked | UNLINKED == set(HOLDINGS)


def test_a_table_that_names_a_person_without_a_key_is_decided_too():
    assert person_columns()["audit.Entry"] == {"patient_id", "on_behalf_of_id"}
    assert set(person_columns()) <= set(HOLDINGS)


def test_a_new_table_is_seen(monkeypatch):
    """Of a model with a foreign key to one that leads to a patient."""

    class Newcomer(models.Model):
        visit = models.ForeignKey("booking.Appointment", on_delete=models.CASCADE)

        class Meta:
            app_label = "booking"
            managed = False

        def __str__(self):
            return "new"

    try:
        assert Newcomer in linked_models()
    finally:
        del apps.all_models["booking"]["newcomer"]
        apps.clear_cache()
    assert "booking.Newcomer" not in HOLDINGS


def test_every_column_of_an_exported_table_is_decided():
    for label, holding in HOLDINGS.items():
        if not holding.kind:
            assert holding.note, label
            continue
        columns = [field.name for field in model_of(label)._meta.concrete_fields]
        decided = [*holding.columns, *holding.hidden.split()]
        assert sorted(decided) == sorted(columns), label
        assert holding.title, label
        assert holding.patient or holding.user, label


def test_every_file_of_a_person_goes_along():
    """But for copies of copies: the portal's own files are made of the others; and for
    pieces of what is no document yet."""
    for model in linked_models():
        for field in model._meta.concrete_fields:
            if (
                isinstance(field, models.FileField)
                and model._meta.app_label != "portal"
                and model._meta.label != "records.UploadPart"
            ):
                assert field.name in HOLDINGS[model._meta.label].columns


def test_no_secret_and_nothing_internal_is_shown():
    """By name, whatever the table of holdings says."""
    secret = {
        *("password", "key", "salt", "digest", "token_hash", "key_hash", "token"),
        *("session_data", "public_key", "credential_id", "link", "short_code"),
        *("check_index", "session_url", "file_key", "request_id", "session_ref"),
    }
    internal = {
        *("review_note", "reviewed_by", "started_by", "approved_by", "decided_by"),
        *("released_by", "created_by", "settled_by", "booked_by", "flag", "error"),
        *("actor_id", "on_behalf_of_id", "subject_id", "kept", "report"),
    }
    for label, holding in HOLDINGS.items():
        assert not set(holding.columns) & (secret | internal), label


def test_what_is_kept_says_by_which_class():
    for label, holding in HOLDINGS.items():
        if holding.fate is Fate.KEEP:
            assert holding.basis, label
        for name in holding.clears.split():
            assert model_of(label)._meta.get_field(name), (label, name)


def test_merged_records_are_the_persons_too(ann):
    merged = PatientFactory(merged_into=ann.patient)
    before = PatientFactory(merged_into=merged)
    assert records_of(ann) == [ann.patient, merged, before]


def test_what_somebody_does_at_work_is_not_about_them(ann, dr_lee):
    """A visit is its patient's, whoever booked it."""
    visit = AppointmentFactory(patient=ann.patient, booked_by=dr_lee)
    about = {"user": dr_lee, "patients": [], "works_here": True}
    assert list(rows_about("booking.Appointment", **about)) == []
    about = {"user": ann, "patients": [ann.patient], "works_here": False}
    assert list(rows_about("booking.Appointment", **about)) == [visit]


def test_the_tables_exist(db):
    tables = set(connection.introspection.table_names())
    assert {model_of(label)._meta.db_table for label in HOLDINGS} <= tables
