"""Forms before visits, and what was answered, for tests."""

from datetime import UTC, datetime
from uuid import uuid4

import factory

from records.models import Questionnaire, QuestionnaireItem, QuestionnaireResponse
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)


class QuestionnaireFactory(factory.django.DjangoModelFactory):
    """A draft without questions."""

    class Meta:
        model = Questionnaire

    title = factory.Sequence(lambda n: f"About you {n}")


def make_item(form, kind, text, **values):
    """One more part at the end of a draft."""
    position = form.items.count()
    return QuestionnaireItem.objects.create(
        questionnaire=form, position=position, kind=kind, text=text, **values
    )


def put_to_use(form, *, at=AT):
    """Publish a draft without asking who may."""
    before = Questionnaire.objects.filter(key=form.key, status="ACTIVE")
    before.update(status="RETIRED")
    form.status, form.published_at = "ACTIVE", at
    form.published_by = UserFactory()
    form.save()
    return form


def make_form(*visit_types, questions=(("SHORT", "Why do you come?"),), **values):
    """A form in use, asked before these visits. `questions` are kind, text and perhaps
    more of each item."""
    form = QuestionnaireFactory(**values)
    form.visit_types.set(visit_types)
    for kind, text, *more in questions:
        make_item(form, kind, text, **(more[0] if more else {}))
    return put_to_use(form)


def links(form):
    """The questions' keys by their texts."""
    return {item.text: str(item.link_id) for item in form.items.all()}


class ResponseFactory(factory.django.DjangoModelFactory):
    """A response that was sent."""

    class Meta:
        model = QuestionnaireResponse

    patient = factory.SubFactory(PatientFactory)
    appointment = factory.LazyAttribute(
        lambda row: AppointmentFactory(patient=row.patient)
    )
    questionnaire = factory.LazyAttribute(
        lambda row: make_form(row.appointment.visit_type)
    )
    key = factory.LazyAttribute(lambda row: row.questionnaire.key)
    status = "COMPLETED"
    answers = factory.LazyFunction(lambda: {str(uuid4()): ["Secret answer"]})
    started_by = factory.LazyAttribute(lambda row: row.patient.user or UserFactory())
    completed_by = factory.LazyAttribute(lambda row: row.started_by)
    completed_at = AT
