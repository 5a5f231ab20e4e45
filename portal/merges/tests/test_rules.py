"""Every link to a patient is decided, and the database keeps what was decided."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from audit.models import Entry
from portal.holdings.queries import person_columns
from portal.merges.queries import RULES, UNLINKED, links, moving, uniques
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory


def test_every_link_to_a_patient_is_decided():
    assert {name for name, _ in links()} == set(RULES)
    for name, rule in RULES.items():
        assert rule.why, name
        assert bool(rule.title) == rule.moves, name


def test_a_new_table_is_seen():
    class Newcomer(models.Model):
        patient = models.ForeignKey("accounts.Patient", on_delete=models.PROTECT)

        class Meta:
            app_label = "records"
            managed = False

        def __str__(self):
            return "new"

    try:
        assert "records.Newcomer.patient" in dict(links())
    finally:
        del apps.all_models["records"]["newcomer"]
        apps.clear_cache()
    assert "records.Newcomer.patient" not in RULES


def test_a_column_that_names_a_patient_without_a_key_is_decided_too():
    found = {
        f"{label}.{name}"
        for label, names in person_columns().items()
        for name in names & {"patient_id", "on_behalf_of_id"}
    }
    assert found == set(UNLINKED)
    assert Entry._meta.get_field("patient_id").related_model is None


def test_what_must_not_widen_stays_in_both_ways_of_merging():
    """A guest's claim (`merge_patients`) knows no rules; the tables tell it."""
    staying = {
        f"{model._meta.label}.patient"
        for model in apps.get_models()
        if getattr(model, "stays_when_merged", False)
    }
    assert staying == {"accounts.Proxy.patient", "booking.Feed.patient"}
    assert not any(RULES[name].moves for name in staying)


def test_every_constraint_over_a_patient_is_settled():
    """Of tables whose rows move; what stays can't clash."""
    for label, model in moving():
        known = set(RULES[f"{label}.patient"].unique)
        assert uniques(model, "patient") == known, label


def test_nothing_comes_to_a_record_that_was_merged(db, ann):
    """Whatever the program does: in every table whose rows move."""
    gone = PatientFactory(merged_into=ann.patient)
    for make in (
        lambda: AppointmentFactory(patient=gone),
        lambda: DeliveryFactory(patient=gone),
        lambda: gone.care_relations.create(
            user=ann, source="VISIT", starts_at=timezone.now()
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()
    visit = AppointmentFactory(patient=ann.patient)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(visit).objects.filter(pk=visit.pk).update(patient=gone)
    visit.ends_at -= timedelta(minutes=1)
    visit.save()


def test_the_guard_stands_at_every_table_whose_rows_move(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'patient_is_not_merged'"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for _, model in moving()}
