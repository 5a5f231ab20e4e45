"""Who hears of a merge besides whoever has the account."""

import pytest

from notifications.models import Delivery
from portal.merges.tasks import tell_merged
from tests.factories.accounts import PatientFactory
from tests.jobs import run_jobs

OTHER = "her.own@example.org"


def told():
    rows = Delivery.objects.filter(event="merged_elsewhere")
    return list(rows.values_list("channel", "to_address"))


@pytest.mark.parametrize("stays", [True, False])
def test_whose_record_somebody_elses_account_can_read_now_hears_of_it(
    ann, merged, stays
):
    """Whoever knows a name and a birth date may book as that person, and the desk may
    take the two for one."""
    theirs = PatientFactory(email=OTHER)
    if stays:
        merge = merged(ann.patient, stays=theirs, facts=["email"])
    else:
        merge = merged(theirs)
    run_jobs()
    assert told() == [("EMAIL", OTHER)]
    [mail] = Delivery.objects.filter(event="merged_elsewhere")
    assert "for 30 days we can part the records again" in mail.body_text
    for word in (theirs.number, theirs.first_name, ann.first_name, merge.reason):
        assert word not in mail.body_text
    tell_merged(merge.pk)
    assert len(told()) == 1


def test_whose_address_is_the_accounts_hears_once(ann, double, merged):
    double.email = "ANN@example.org"
    double.save()
    merged(double)
    run_jobs()
    assert told() == []
    assert Delivery.objects.filter(event="records_merged", channel="EMAIL").count() == 1


def test_where_nobody_can_sign_in_nobody_hears(merged):
    merged(PatientFactory(email=OTHER), stays=PatientFactory(email="b@example.org"))
    run_jobs()
    assert not Delivery.objects.exists()
