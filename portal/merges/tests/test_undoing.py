"""A merge of two people is undone, as far as nothing was built on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import CareRelation, Patient, Proxy
from audit.models import Entry
from booking.models import Appointment, WaitlistEntry
from notifications.models import Delivery, Preference
from portal.erasures.models import Erasure
from portal.merges.models import UNDO_WITHIN, Merge
from portal.merges.queries import moving, undo_plan
from portal.merges.services import (
    InTheWay,
    MergedAlready,
    NotAllowed,
    TooLate,
    UndoneAlready,
)
from records.models import Prescription
from tests.factories.accounts import CareRelationFactory, PatientFactory, UserFactory
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.records import DocumentFactory, PrescriptionFactory
from tests.factories.waitlist import WaitlistEntryFactory
from tests.jobs import run_jobs


def holder(row):
    return type(row)._base_manager.get(pk=row.pk).patient


def table(model):
    """Every row with every column, by key."""
    return {row["id"]: row for row in model._base_manager.values()}


@pytest.fixture
def visit(double, dr_lee):
    return AppointmentFactory(patient=double, doctor=dr_lee.doctor)


def test_undone_at_once_everything_is_as_it_was(
    ann, gus, double, visit, dr_lee, merged, undone
):
    """Row by row and column by column, in all tables that a merge touches."""
    PaymentFactory(appointment=visit, paid=True)
    CareRelationFactory(patient=double, user=dr_lee)
    DocumentFactory(patient=double)
    ProxyFactory(patient=double, user=gus)
    mine = WaitlistEntryFactory(patient=ann.patient)
    WaitlistEntryFactory(patient=double, doctor=mine.doctor, visit_type=mine.visit_type)
    Preference.objects.create(patient=ann.patient, channel="SMS", is_enabled=True)
    Preference.objects.create(patient=double, channel="SMS", is_enabled=False)
    CareRelation.objects.filter(patient=ann.patient).update(ends_at=timezone.now())
    models = [model for _, model in moving()] + [Patient, Proxy]
    before = [table(model) for model in models]
    merge = merged(double, facts=["first_name", "phone", "email"])
    assert [table(model) for model in models] != before
    undone(merge)
    for model, known in zip(models, before, strict=True):
        for key, row in table(model).items():
            changed = {name for name in row if row[name] != known[key][name]}
            assert changed <= {"updated_at"}, model
    assert Proxy.objects.in_force(timezone.now()).filter(user=gus).exists()


def test_both_logs_tell_it_and_both_are_told(ann, zoe, merged, undone):
    merge = merged(zoe.patient)
    run_jobs()
    Delivery.objects.all().delete()
    undone(merge)
    run_jobs()
    told = Entry.objects.filter(verb="patient.parted")
    assert set(told.values_list("patient_id", flat=True)) == {
        ann.patient.pk,
        zoe.patient.pk,
    }
    mails = Delivery.objects.filter(channel="EMAIL", event="records_parted")
    assert set(mails.values_list("to_address", flat=True)) == {ann.email, zoe.email}


def test_accounts_come_back(ann, zoe, merged, undone):
    zoe.last_login = timezone.now()
    zoe.save()
    merge = merged(zoe.patient)
    undone(merge)
    for user in (ann, zoe):
        user.refresh_from_db()
        assert user.is_active
    assert Patient.objects.get(user=ann).number == merge.kept.number
    assert Patient.objects.get(user=zoe).number == merge.merged.number


def test_what_was_changed_since_stays_unless_it_is_asked_for(
    ann, double, visit, merged, undone
):
    payment = PaymentFactory(appointment=visit, paid=True)
    other = AppointmentFactory(
        patient=double, starts_at=visit.starts_at + timedelta(days=1)
    )
    merge = merged(double)
    visit.refresh_from_db()
    visit.status = "ARRIVED"
    visit.save()
    plan = undo_plan(merge)
    assert [visit.reference in part.words for part in plan.asked] == [True]
    assert plan.asked[0].why == "changed since"
    undone(merge)
    # The money stays with its visit, though nobody touched it.
    assert holder(visit) == holder(payment) == ann.patient
    assert holder(other) == double


def test_a_changed_visit_goes_back_when_it_is_asked_for(
    ann, double, visit, dr_lee, merged, undone
):
    """With what came since and hangs on it, and as it is by now."""
    merge = merged(double)
    visit.refresh_from_db()
    visit.status = "ARRIVED"
    visit.save()
    paper = DocumentFactory(patient=ann.patient, appointment=visit)
    [part] = undo_plan(merge).asked
    assert part.why == "changed since, new since: documents"
    undone(merge, also=[part.key])
    assert holder(visit) == holder(paper) == double
    visit.refresh_from_db()
    assert visit.status == "ARRIVED"


def test_what_came_since_stays_and_is_said_before(ann, double, visit, merged, undone):
    old = AppointmentFactory(
        patient=ann.patient, starts_at=visit.starts_at - timedelta(days=1)
    )
    merge = merged(double, facts=["phone", "first_name"])
    new = AppointmentFactory(
        patient=ann.patient, starts_at=visit.starts_at + timedelta(days=1)
    )
    DeliveryFactory(patient=ann.patient)
    Patient.objects.filter(pk=ann.patient.pk).update(phone="+447700900777")
    plan = undo_plan(Merge.objects.get(pk=merge.pk))
    assert plan.new == {"Messages": 1, "Visits": 1}
    assert dict(plan.amounts)["Visits"] == 1
    assert (plan.facts_back, plan.facts_stay) == (["first_name"], ["phone"])
    undone(merge)
    assert holder(new) == holder(old) == ann.patient
    assert holder(visit) == double
    ann.patient.refresh_from_db()
    assert (ann.patient.first_name, ann.patient.phone) == ("Ann", "+447700900777")


def test_what_is_tied_to_the_other_record_stays(ann, double, dr_lee, merged, undone):
    theirs = PrescriptionFactory(patient=double, doctor=dr_lee.doctor, signed=True)
    mine = AppointmentFactory(patient=ann.patient, doctor=dr_lee.doctor)
    merge = merged(double)
    Prescription.objects.filter(pk=theirs.pk).update(appointment=mine)
    [part] = undo_plan(merge).stuck
    assert part.why == "tied to what was in the other record before"
    undone(merge, also=[part.key])
    assert holder(theirs) == holder(mine) == ann.patient


def test_a_message_goes_back_though_it_was_sent_since(double, merged, undone):
    delivery = DeliveryFactory(patient=double, status="QUEUED")
    merge = merged(double)
    Delivery.objects.filter(pk=delivery.pk).update(status="SENT")
    undone(merge)
    assert holder(delivery) == double


def test_new_keys_change_nothing(double, visit, merged):
    """Sealed words that were written anew are the same words."""
    visit.reason = "A mole on my back"
    visit.save()
    merge = merged(double)
    later = Appointment.objects.get(pk=visit.pk)
    later.save(update_fields=["reason"])
    assert undo_plan(merge).asked == []


def test_rows_that_are_gone_are_counted(double, merged):
    waits = WaitlistEntryFactory(patient=double)
    merge = merged(double)
    WaitlistEntry.objects.filter(pk=waits.pk).delete()
    assert undo_plan(merge).gone == 1


def test_it_can_be_undone_for_so_long(double, merged, undone):
    merge = merged(double)
    with pytest.raises(TooLate):
        undone(merge, at=merge.merged_at + UNDO_WITHIN)
    undone(merge, at=merge.merged_at + UNDO_WITHIN - timedelta(seconds=1))
    with pytest.raises(UndoneAlready):
        undone(merge)


def test_the_later_merge_is_undone_first(ann, double, merged, undone):
    first = merged(double)
    third = PatientFactory()
    later = merged(ann.patient, stays=third)
    with pytest.raises(MergedAlready):
        undone(first)
    undone(later)
    undone(first)
    double.refresh_from_db()
    assert double.merged_into is None


def test_a_wish_to_be_forgotten_comes_first(ann, double, merged, undone):
    merge = merged(double)
    Erasure.objects.create(user=ann, patient=ann.patient)
    with pytest.raises(InTheWay):
        undone(merge)


@pytest.mark.parametrize("who", ["ann", "dr_lee", "admin"])
def test_only_the_desk_undoes(request, double, merged, undone, who):
    merge = merged(double)
    with pytest.raises(NotAllowed):
        undone(merge, actor=request.getfixturevalue(who))


def test_an_account_that_got_another_record_keeps_it(ann, zoe, merged, undone):
    zoe.last_login = timezone.now()
    zoe.save()
    merge = merged(zoe.patient)
    Patient.objects.filter(user=zoe).update(user=None)
    own = PatientFactory(user=zoe)
    undone(merge)
    assert Patient.objects.get(user=zoe) == own
    assert Patient.objects.get(user=ann).number == merge.kept.number


def test_who_claims_the_record_meanwhile_keeps_it(ann, double, merged, undone):
    stays = PatientFactory()
    merge = merged(double, stays=stays)
    newcomer = UserFactory()
    Patient.objects.filter(pk=stays.pk).update(user=newcomer)
    undone(merge)
    assert Patient.objects.get(user=newcomer) == stays
    assert Patient.objects.get(pk=double.pk).user is None
