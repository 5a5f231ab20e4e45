from datetime import timedelta

from django.utils import timezone

from booking.drafts.services import sweep_drafts
from booking.drafts.tests.walking import walk
from booking.models import Appointment, Draft


def test_drafts_are_forgotten_a_day_after_their_last_change(client, free_visit, clock):
    walk(client, free_visit)
    assert sweep_drafts(at=clock.at + timedelta(hours=23)) == 0
    assert sweep_drafts(at=clock.at + timedelta(hours=24)) == 1
    assert not Draft.objects.exists()
    assert Appointment.objects.count() == 1
    assert timezone.now() == clock.at
