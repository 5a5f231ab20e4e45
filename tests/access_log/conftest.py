"""Ann and Zoe, with something of every kind in their records."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import EmergencyAccess, RememberedDevice, Reset
from accounts.users.models import Role
from audit.models import Entry
from billing.models import Finding
from booking.appointments.models import Status
from booking.appointments.queries import manage_token
from booking.queue.services import make_screen
from booking.waitlist.queries import offer_token
from clinic.models import Credential, Grant
from foundation.formats import local
from notifications.preferences.models import Channel
from portal.models import Erasure, Export, LegalHold, Merge
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
    RestrictionFactory,
)
from tests.factories.billing import (
    FindingFactory,
    PaymentFactory,
    ProviderEventFactory,
    RefundFactory,
)
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.breaches import BreachFactory
from tests.factories.clinic import LocationFactory, OfferingFactory, VisitTypeFactory
from tests.factories.forms import ResponseFactory, make_form
from tests.factories.notifications import DeliveryFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
)
from tests.factories.waitlist import (
    FreedTimeFactory,
    OfferFactory,
    WaitlistEntryFactory,
)


def things_of(person, seen_by, other, offering, shared):
    """Something of every kind of `person`, seen by `seen_by` and, in an emergency, by
    `other`. `shared` is what all have in common: staff, a form, a text, a time."""
    at = timezone.now()
    visit = AppointmentFactory(
        patient=person.patient,
        offering=offering,
        starts_at=shared.began,
        # Over soon after midnight, too.
        minutes=1,
        status=Status.CONFIRMED,
        reason="Secret reason",
    )
    payment = PaymentFactory(appointment=visit, paid=True)
    waits = WaitlistEntryFactory(patient=person.patient, offering=offering)
    screen, screen_key = make_screen(
        actor=None, location=offering.location, name="Hall", at=at
    )
    offer = OfferFactory(
        entry=waits,
        freed=FreedTimeFactory(appointment=visit),
        offering=offering,
        expires_at=at + timedelta(hours=1),
    )
    return SimpleNamespace(
        waits=waits,
        screen=screen,
        screen_key=screen_key,
        offer=offer,
        offer_link=offer_token(offer),
        visit=visit,
        offering=offering,
        payment=payment,
        refund=RefundFactory(payment=payment, status="FAILED"),
        event=ProviderEventFactory(payment=payment, status="DEAD"),
        finding=FindingFactory(payment=payment, kind=Finding.Kind.AMOUNT),
        document=DocumentFactory(
            patient=person.patient, uploaded_by=person, title="Secret title"
        ),
        prescription=PrescriptionFactory(
            patient=person.patient, doctor=seen_by.doctor, signed=True
        ),
        breach=BreachFactory(
            opened_by=shared.admin, objects_text=person.patient.number
        ),
        amendment=AmendmentFactory(patient=person.patient),
        response=ResponseFactory(
            patient=person.patient, appointment=visit, questionnaire=shared.form
        ),
        begun=ResponseFactory(
            patient=person.patient,
            appointment=visit,
            questionnaire=shared.form,
            status="IN_PROGRESS",
            completed_by=None,
            completed_at=None,
        ),
        form=shared.form,
        notice=DeliveryFactory(
            user=person,
            patient=person.patient,
            channel=Channel.IN_APP,
            status="DELIVERED",
            subject="Secret notice",
        ),
        mail=DeliveryFactory(
            user=person,
            patient=person.patient,
            channel=Channel.EMAIL,
            status="FAILED",
        ),
        access=EmergencyAccess.objects.create(
            user=other,
            patient=person.patient,
            reason="Found unconscious",
            starts_at=at - timedelta(hours=2),
            ends_at=at - timedelta(hours=1),
        ),
        consent_text=shared.text,
        consent=ConsentFactory(patient=person.patient, text=shared.text),
        device=RememberedDevice.objects.create(
            user=person,
            digest=person.email,
            epoch=person.factor_epoch,
            browser="Firefox",
            expires_at=at + timedelta(days=1),
        ),
        reset=Reset.objects.create(
            user=person,
            ground=Reset.Ground.WAITED,
            started_by=person,
            works_from=at,
            expires_at=at + timedelta(hours=1),
        ),
        credential=Credential.objects.create(
            user=seen_by, kind="LICENCE", number="1", issuer="GMC", country="GB"
        ),
        grant=Grant.objects.create(
            user=seen_by,
            role=Role.ADMIN,
            asked_by=shared.admin,
            expires_at=at + timedelta(days=7),
        ),
        hold=LegalHold.objects.create(
            patient=person.patient,
            reason="A court asks",
            placed_by=shared.medical_admin,
        ),
        export=Export.objects.create(user=person, status="FAILED"),
        merge=Merge.objects.create(
            kept=person.patient,
            merged=PatientFactory(merged_into=person.patient),
            merged_at=at,
            merged_by=shared.desk,
        ),
        restriction=RestrictionFactory(patient=person.patient, asked_by=person),
        erasure=Erasure.objects.create(user=person, patient=person.patient),
        link=manage_token(visit),
        proxy=ProxyFactory(patient=person.patient),
    )


@pytest.fixture
def story(
    ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, medical_admin, admin, editor
):
    """Ann was seen by Dr Lee today, Zoe by Dr Roy; both have papers and paid."""
    place = LocationFactory(name="Canal Street")
    kind = VisitTypeFactory(name="GP visit")
    for doctor in (dr_lee.doctor, dr_roy.doctor):
        for weekday in range(7):
            WorkingHoursFactory(
                doctor=doctor,
                location=place,
                weekday=weekday,
                starts_time="00:00",
                ends_time="23:59",
            )
    # What pages show of a visit depends on whether it has begun and is over: this one
    # has and is, in all but the first minute of a day.
    began = local(timezone.now(), place.time_zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    shared = SimpleNamespace(
        began=began,
        form=make_form(kind),
        text=ConsentTextFactory(purpose="RESEARCH"),
        desk=desk,
        medical_admin=medical_admin,
        admin=admin,
    )
    things = SimpleNamespace(shared=shared)
    for person, seen_by, other in ((ann, dr_lee, dr_roy), (zoe, dr_roy, dr_lee)):
        offering = OfferingFactory(
            doctor=seen_by.doctor, location=place, visit_type=kind
        )
        own = things_of(person, seen_by, other, offering, shared)
        setattr(things, person.first_name.lower(), own)

    things.ann.proxy.user = gus
    things.ann.proxy.save()
    return things


@pytest.fixture
def entries():
    """entries(): what was added to the log since the last call, in order."""
    seen = {"last": 0}

    def added():
        rows = list(Entry.objects.filter(pk__gt=seen["last"]).order_by("pk"))
        if rows:
            seen["last"] = rows[-1].pk
        return rows

    return added
