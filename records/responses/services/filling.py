"""Filling in a form before a visit: begun, kept page by page, sent, said to be right
still."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.patients.models import Patient
from accounts.proxies.models import Scope
from accounts.proxies.services import NotActing, hold_acting
from accounts.users.models import User
from audit.services import record
from booking.appointments.models import Appointment
from foundation.errors import Refused
from records.questionnaires.models import Kind, Questionnaire, QuestionnaireItem
from records.questionnaires.queries import (
    is_question,
    items_of,
    pages_of,
    shown_items,
)
from records.responses.models import QuestionnaireResponse
from records.responses.queries import (
    FILLABLE,
    State,
    files_of,
    forms_of_visit,
    kept_answers,
    mistakes_of,
)

Status = QuestionnaireResponse.Status
# Of what somebody types into one question; what is too long is kept to be shortened.
LONGEST_KEPT = 10_000


class NotYours(Refused):
    sentence = "Forms are filled in by the patient, or by somebody who acts for them."


class NotAsked(Refused):
    sentence = "This form isn't needed any more. There is nothing to do."


class SentAlready(Refused):
    sentence = (
        "These answers were sent already, so they stay. You can change an answer: it "
        "makes a new set beside them."
    )


class NotComplete(Refused):
    sentence = "Something is missing yet. Nothing was sent; your answers are kept."


class NotTheSame(Refused):
    sentence = "The form has changed since then, so look through it once, then send it."


@transaction.atomic
def begin_response(
    *, actor: User, visit: Appointment, key: UUID, at: datetime
) -> QuestionnaireResponse:
    """What is being answered to a form for a visit: what was begun, else a new response
    with the earlier answers that still fit.

    Locks the patient. Answers that were sent for this visit are changed by this too: in
    a new response. Raises NotYours, and NotAsked where the form does not go with the
    visit or the visit is over.
    """
    patient = _locked(actor, visit)
    form = _form(visit, key)
    begun = QuestionnaireResponse.objects.filter(
        appointment=visit, key=key, status=Status.IN_PROGRESS
    ).first()
    if begun is not None:
        return _renewed(begun, form)
    last = _last(patient, visit, form)
    items = items_of(form)
    row = QuestionnaireResponse.objects.create(
        patient=patient,
        appointment=visit,
        questionnaire=form,
        key=key,
        answers=kept_answers(items, last.answers) if last is not None else {},
        based_on=last,
        started_by=actor,
    )
    record(actor=actor, verb="response.begun", subject=row, patient=patient)
    return row


@transaction.atomic
def save_answers(
    *,
    actor: User,
    response: QuestionnaireResponse,
    answers: Mapping[str, Sequence[str]],
) -> QuestionnaireResponse:
    """Keep answers, right or wrong, by the `link_id` of their questions; what is not in
    `answers` stays. Where the form has a newer version the response goes on with that,
    with the answers that still fit. Raises NotYours and SentAlready."""
    row = own_response(actor, response)
    if row.status != Status.IN_PROGRESS:
        raise SentAlready
    asked = {str(one.link_id) for one in items_of(row.questionnaire)}
    row.answers = row.answers | {
        link: [text[:LONGEST_KEPT] for text in typed]
        for link, typed in answers.items()
        if link in asked
    }
    row.save(update_fields=["answers", "updated_at"])
    active = Questionnaire.objects.filter(
        key=row.key, status=Questionnaire.Status.ACTIVE
    ).first()
    return _renewed(row, active) if active is not None else row


@transaction.atomic
def send_response(
    *, actor: User, response: QuestionnaireResponse, at: datetime
) -> QuestionnaireResponse:
    """Send it: from now on it stays as it is, with its version, who sent it and when.
    Sent twice it is sent once. Answers to questions that are not shown fall away.
    Raises NotYours, NotComplete, and NotAsked where the form has another version by
    now."""
    row = own_response(actor, response)
    if row.status == Status.COMPLETED:
        return row
    form = row.questionnaire
    if form.status != Questionnaire.Status.ACTIVE:
        raise NotAsked
    items = items_of(form)
    files = files_of(row.patient, items, row.answers)
    if mistakes_of(pages_of(items, form.title), row.answers, files):
        raise NotComplete
    _complete(row, actor, _final(items, row.answers, at), at)
    record(
        actor=actor,
        verb="response.completed",
        subject=row,
        patient=row.patient,
        detail={"version": form.version},
    )
    return row


@transaction.atomic
def confirm_response(
    *, actor: User, visit: Appointment, key: UUID, seen: UUID, at: datetime
) -> QuestionnaireResponse:
    """Say that the answers of `seen`, an earlier response, are right still: they count
    from `at` anew. Pressed twice it is done once.

    Locks the patient. Raises NotYours, NotAsked where there is nothing to confirm, and
    NotTheSame where the form or the answers have changed since they were shown.
    """
    patient = _locked(actor, visit)
    form = _form(visit, key)
    place = next(one for one in forms_of_visit(visit) if one.form.key == key).standing
    rows = QuestionnaireResponse.objects.filter(patient=patient)
    if place.state == State.DONE and place.said is not None:
        return rows.get(pk=place.said.pk)
    if place.state != State.CONFIRM or place.said is None:
        raise NotAsked
    last = rows.get(pk=place.said.pk)
    items = items_of(form)
    files = files_of(patient, items, last.answers)
    mistakes = mistakes_of(pages_of(items, form.title), last.answers, files)
    if last.public_id != seen or mistakes:
        raise NotTheSame
    if last.questionnaire_id != form.pk and any(i.kind == Kind.CONSENT for i in items):
        # They read and signed the words of the version before.
        raise NotTheSame
    row = QuestionnaireResponse(
        patient=patient,
        appointment=visit,
        questionnaire=form,
        key=key,
        based_on=last,
        is_confirmed=True,
        started_by=actor,
    )
    _complete(row, actor, _final(items, last.answers, at), at)
    record(
        actor=actor,
        verb="response.confirmed",
        subject=row,
        patient=patient,
        detail={"version": form.version},
    )
    return row


def _complete(
    row: QuestionnaireResponse,
    actor: User,
    answers: dict[str, list[str]],
    at: datetime,
) -> None:
    assert Status.COMPLETED in QuestionnaireResponse.MOVES[row.status]  # noqa: S101
    row.answers, row.status = answers, Status.COMPLETED
    row.completed_by, row.completed_at = actor, at
    row.save()


def _final(
    items: list[QuestionnaireItem], answers: Mapping[str, list[str]], at: datetime
) -> dict[str, list[str]]:
    """What was shown and answered; consents with the moment of their signing."""
    final = {}
    for item in shown_items(items, answers):
        typed = [text.strip() for text in answers.get(str(item.link_id), ())]
        if not is_question(item) or not any(typed):
            continue
        if item.kind == Kind.CONSENT and len(typed) == 1:
            typed = [typed[0], at.isoformat()]
        final[str(item.link_id)] = typed
    return final


def _locked(actor: User, visit: Appointment) -> Patient:
    """The visit's patient, locked. Raises NotYours, and NotAsked for a visit that is
    over or off."""
    if visit.patient is None:
        raise NotAsked
    _hold(actor, visit.patient)
    if visit.status not in FILLABLE:
        raise NotAsked
    return Patient.objects.select_for_update(no_key=True).get(pk=visit.patient.pk)


def own_response(actor: User, response: QuestionnaireResponse) -> QuestionnaireResponse:
    """The row, locked. Raises NotYours."""
    rows = QuestionnaireResponse.objects.select_for_update(of=("self",))
    row = rows.select_related("questionnaire", "patient", "appointment").get(
        pk=response.pk
    )
    _hold(actor, row.patient)
    return row


def _hold(actor: User, patient: Patient) -> None:
    try:
        hold_acting(actor=actor, patient=patient, scope=Scope.RECORDS)
    except NotActing as refusal:
        raise NotYours from refusal


def _form(visit: Appointment, key: UUID) -> Questionnaire:
    rows = Questionnaire.objects.filter(
        key=key,
        status=Questionnaire.Status.ACTIVE,
        visit_types=visit.visit_type_id,
    )
    form = rows.first()
    if form is None:
        raise NotAsked
    return form


def _last(
    patient: Patient, visit: Appointment, form: Questionnaire
) -> QuestionnaireResponse | None:
    """Whose answers are filled in: the last of this visit; of another one only where
    the form's answers hold for longer than a visit."""
    rows = QuestionnaireResponse.objects.filter(patient=patient, key=form.key)
    if not form.valid_days:
        rows = rows.filter(appointment=visit)
    return rows.order_by("-updated_at", "-pk").first()


def _renewed(row: QuestionnaireResponse, form: Questionnaire) -> QuestionnaireResponse:
    """The response, in the version that is in use now."""
    if row.questionnaire_id != form.pk:
        row.answers = kept_answers(items_of(form), row.answers)
        row.questionnaire = form
        row.save(update_fields=["answers", "questionnaire", "updated_at"])
    return row
