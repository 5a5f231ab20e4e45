from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Refund
from booking.models import Appointment
from tests.factories.whole_person import written_about


@pytest.fixture
def story(clinical_files, ann, zoe, dr_lee):
    """Ann's and Zoe's rows and words; visits are over, and all money has arrived."""
    found = {user.first_name: written_about(user, dr_lee) for user in (ann, zoe)}
    ago = timedelta(days=30)
    for visit in Appointment.objects.all():
        start = timezone.now() - ago - timedelta(days=visit.pk % 20)
        Appointment.objects.filter(pk=visit.pk).update(
            status="COMPLETED",
            starts_at=start,
            busy_starts_at=start,
            ends_at=start + timedelta(minutes=30),
            busy_ends_at=start + timedelta(minutes=30),
        )
    Refund.objects.update(status="SUCCEEDED")
    return found
