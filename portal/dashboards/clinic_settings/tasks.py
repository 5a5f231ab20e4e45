"""Telling that a doctor's bookings have stopped."""

import logging
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.users.models import Role
from clinic.models import Doctor
from foundation.formats import long_date
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_user
from portal.dashboards.clinic_settings.queries import booked_after

log = logging.getLogger(__name__)


def tell_of_paused_doctor(doctor_id: int) -> None:
    """Tell the doctor, and who manages staff, that their licence is over, that no new
    times are offered, and how many visits are booked all the same."""
    doctor = Doctor.objects.select_related("user").filter(pk=doctor_id).first()
    if doctor is None or doctor.user is None or doctor.paused_date is None:
        log.warning("Doctor %s is not paused any more; nobody to tell.", doctor_id)
        return
    at = timezone.now()
    last = doctor.paused_date - timedelta(days=1)
    managers = User.objects.filter(
        role_assignments__role__in=[Role.ADMIN, Role.MEDICAL_ADMIN], is_active=True
    ).exclude(pk=doctor.user.pk)
    for user in [doctor.user, *managers.distinct()]:
        is_own = user == doctor.user
        name = "clinic:own_credentials" if is_own else "workspace:licences"
        notify(
            event="doctor_paused",
            recipient=recipient_for_user(user),
            context={
                "who": doctor.full_name,
                "is_own": is_own,
                "until": long_date(last),
                "booked": booked_after(doctor, last, at=at).count(),
            },
            at=at,
            dedupe_key=f"paused:{doctor.pk}:{doctor.paused_date}:{user.pk}",
            link=reverse(name),
        )
