"""Three sides: Ann with Dr Lee and Zoe with Dr Roy at one place, Bea with Dr Kim at
another. Each has the same things, so each has the same forms about their own."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Authorisation, CodeFactor, MachineKey, RoleAssignment
from accounts.tokens.queries import audience
from accounts.users.models import Role
from booking.appointments.models import Status
from booking.models import Draft, ImportedCalendar
from foundation.formats import local
from tests.access_log.conftest import story, things_of  # noqa: F401
from tests.factories.accounts import (
    CareRelationFactory,
    PatientFactory,
    UserFactory,
)
from tests.factories.booking import (
    AppointmentFactory,
    AvailabilityExceptionFactory,
    DisruptionFactory,
    WorkingHoursFactory,
)
from tests.factories.clinic import DoctorFactory, LocationFactory, OfferingFactory
from tests.factories.records import PrescriptionFactory
from tests.factories.reviews import ReviewFactory
from tests.second_factors import with_app

STAFF = {
    "desk": Role.RECEPTIONIST,
    "biller": Role.BILLING,
    "medical_admin": Role.MEDICAL_ADMIN,
    "admin": Role.ADMIN,
}


def _more_of(own, doctor):
    """What the story leaves out: visits to come, asked for and had."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    noon = local(now, own.visit.location.time_zone).replace(hour=12)

    def visit(days, **fields):
        return AppointmentFactory(
            patient=own.visit.patient,
            offering=own.offering,
            starts_at=noon + timedelta(days=days),
            **fields,
        )

    own.soon = visit(9)
    own.asked = visit(10, status=Status.REQUESTED, reason="Cough")
    own.had = visit(-9, status=Status.COMPLETED)
    own.user = own.visit.patient.user
    own.seen_by = doctor
    # Else it is for any place, and so everybody's at the desk.
    own.waits.location = own.visit.location
    own.waits.save()
    own.unsigned = PrescriptionFactory(
        patient=own.visit.patient, doctor=doctor.doctor, appointment=own.soon
    )
    own.time_off = AvailabilityExceptionFactory(doctor=doctor.doctor)
    own.outside = ImportedCalendar.objects.create(
        doctor=doctor.doctor,
        name="University",
        address=f"https://calendars.example/{doctor.pk}.ics",
        due_at=now,
    )
    own.away = DisruptionFactory(doctor=doctor.doctor, location=own.visit.location)
    own.review = ReviewFactory(appointment=own.had)
    own.app = Authorisation.objects.create(
        user=own.user,
        name="Screen",
        secret_digest=uuid4().hex,
        scopes=["me.read"],
        audience=audience(),
        epoch=own.user.factor_epoch,
        expires_at=now + timedelta(days=1),
    )
    own.machine_key = MachineKey.objects.create(
        user=own.user,
        name="Screen",
        scopes=["me.read"],
        days=1,
        asked_by=doctor,
        expires_at=now + timedelta(days=7),
    )
    own.codes = CodeFactor.objects.create(user=own.user, kind="EMAIL")
    own.authenticator = with_app(own.user)
    own.draft = Draft.objects.create(
        token=uuid4(), offering=own.offering, appointment=own.asked
    )
    if doctor.first_name != "Lee":
        CareRelationFactory(patient=own.visit.patient, user=doctor)


@pytest.fixture
def sides(story, ann, zoe, dr_lee, dr_roy):  # noqa: F811
    """Ann's, Zoe's and Bea's things; `staff` works at Bea's place alone."""
    harbour = LocationFactory(name="Harbour")
    bea = UserFactory(email="bea@example.org", first_name="Bea", last_name="Patient")
    RoleAssignment.objects.create(user=bea, role=Role.PATIENT)
    PatientFactory(
        user=bea,
        first_name="Bea",
        last_name="Patient",
        email=bea.email,
        birth_date=date(1980, 1, 1),
    )
    dr_kim = UserFactory(email="kim@example.org", first_name="Kim", last_name="Doctor")
    RoleAssignment.objects.create(user=dr_kim, role=Role.DOCTOR)
    doctor = DoctorFactory(user=dr_kim, first_name="Kay", last_name="Kim")
    for weekday in range(7):
        WorkingHoursFactory(
            doctor=doctor,
            location=harbour,
            weekday=weekday,
            starts_time="00:00",
            ends_time="23:59",
        )
    offering = OfferingFactory(
        doctor=doctor, location=harbour, visit_type=story.ann.visit.visit_type
    )
    story.bea = things_of(bea, dr_kim, dr_lee, offering, story.shared)
    for own, by in ((story.ann, dr_lee), (story.zoe, dr_roy), (story.bea, dr_kim)):
        _more_of(own, by)
    story.staff = SimpleNamespace()
    for name, role in STAFF.items():
        user = UserFactory(email=f"{name}@harbour.example", first_name=name.title())
        RoleAssignment.objects.create(user=user, role=role, place=harbour.place)
        setattr(story.staff, name, user)
    return story
