"""Visits for analysis: of those who agree to research, and of nobody else."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Prefetch

from accounts.consents.queries import in_research
from booking.appointments.models import Appointment, Status
from clinic.models import Doctor
from foundation.formats import local
from portal.anonymised.queries.columns import age_band, price_band, wait_band
from portal.anonymised.queries.grouping import Visit

OVER = (Status.COMPLETED, Status.MISSED, Status.CANCELLED)
A_LOT = 2000


def visits_for_analysis(*, since: date, until: date) -> Iterator[Visit]:
    """Visits that are over, of the days from `since` to before `until` in the zone of
    their place, as columns of COLUMNS."""
    doctors = Doctor.objects.prefetch_related("specialties")
    rows = (
        Appointment.objects.filter(
            patient__in=in_research().values("patient_id"), status__in=OVER
        )
        .select_related("patient", "location")
        .prefetch_related(Prefetch("doctor", doctors))
        .order_by("pk")
    )
    for row in rows.iterator(chunk_size=A_LOT):
        day = local(row.starts_at, row.location.time_zone).date()
        if row.patient is None or not since <= day < until:
            continue
        booked = local(row.created_at, row.location.time_zone).date()
        yield Visit(
            row.patient.pk,
            (
                age_band(row.patient.birth_date, day),
                row.patient.sex,
                _specialty(row.doctor),
                f"{day:%Y-%m}",
                wait_band((day - booked).days),
                row.status,
                price_band(row.price),
            ),
        )


def _specialty(doctor: Doctor) -> str:
    """The first by name, so that a doctor's visits stand in one place."""
    names = sorted(one.name for one in doctor.specialties.all())
    return names[0] if names else "none"
