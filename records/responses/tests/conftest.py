"""Ann has a visit ahead with Dr Lee, before which a form is asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from records.questionnaires.queries import items_of
from records.questionnaires.services import begin_version, change_item, publish
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory
from tests.factories.forms import make_form

ASKED = (
    ("PAGE", "About you"),
    ("YES_NO", "Do you smoke?", {"is_required": True, "tells_answers": ["Yes"]}),
    ("NUMBER", "Your weight", {"unit": "kg", "lowest": 1, "highest": 400}),
    ("PAGE", "Your agreement"),
    ("LONG", "Anything else?"),
    ("CONSENT", "I agree to the examination.", {"is_required": True}),
)


@pytest.fixture
def visit(ann, dr_lee):
    return next_visit(ann, dr_lee, days=3)


@pytest.fixture
def form(visit):
    return make_form(visit.visit_type, questions=ASKED, valid_days=30)


def next_visit(user, doctor_user, *, days, kind=None, **values):
    """A booked visit so many days ahead."""
    given = {"visit_type": kind} if kind else {}
    offering = OfferingFactory(doctor=doctor_user.doctor, **given)
    return AppointmentFactory(
        patient=user.patient,
        offering=offering,
        starts_at=timezone.now() + timedelta(days=days),
        status="CONFIRMED",
        **values,
    )


def reword(form, actor, text="I agree to the operation."):
    """A newer version with another text to agree to; what was answered still counts."""
    draft = begin_version(actor=actor, questionnaire=form)
    [link] = [one.link_id for one in items_of(draft) if one.kind == "CONSENT"]
    change_item(actor=actor, questionnaire=draft, link_id=link, text=text)
    now = timezone.now()
    return publish(actor=actor, questionnaire=draft, asks_again=False, at=now)
