"""Forms before visits, and what patients answered to them."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from booking.models import Appointment
from portal.demo.content import read_toml
from portal.demo.histories import backdate
from portal.demo.world import World
from records.models import Questionnaire, QuestionnaireItem, QuestionnaireResponse
from records.responses.queries import FILLABLE

_WRITER = "martin.keogh@larkfield.example"
_DAYS_AGO = 120
# Of the visits ahead so many have their forms sent; the others are still to do.
_SENT = 0.6


def load_forms(world: World) -> None:
    """Each form in its first version; most visits ahead have been prepared. Maya's are
    left to be filled in."""
    told = read_toml("forms.toml")
    dice = Random("forms")  # noqa: S311 not for secrets  # nosec B311
    rows: list[QuestionnaireResponse] = []
    for entry in told["forms"]:
        form, items = _form(world, entry)
        kinds = {world.visit_types[slug].pk for slug in entry["visit_types"]}
        answers = told["answers"][entry["id"]]
        answered: set[int] = set()
        for visit in sorted(world.visits, key=lambda one: one.reference):
            patient = visit.patient
            if visit.visit_type_id not in kinds or visit.status not in FILLABLE:
                continue
            if patient is None or not patient.user_id or patient == world.maya:
                continue
            is_known = form.valid_days and patient.pk in answered
            if visit.starts_at < world.at or is_known or dice.random() > _SENT:
                continue
            answered.add(patient.pk)
            said = answers[len(rows) % len(answers)]
            rows.append(_response(world, form, items, visit, said))
    QuestionnaireResponse.objects.bulk_create(rows)
    backdate(rows, {row.pk: row.completed_at for row in rows if row.completed_at})


def _form(
    world: World, entry: dict[str, Any]
) -> tuple[Questionnaire, dict[str, QuestionnaireItem]]:
    """A published form, and its questions by their ids in the file."""
    form = Questionnaire.objects.create(
        public_id=_uuid(entry["id"]),
        key=_uuid(entry["id"], "key"),
        title=entry["title"],
        introduction=entry["introduction"],
        valid_days=entry["valid_days"],
    )
    form.visit_types.set(world.visit_types[slug] for slug in entry["visit_types"])
    items: dict[str, QuestionnaireItem] = {}
    for position, part in enumerate(entry["items"]):
        values = {k: v for k, v in part.items() if k not in ("id", "shown_after")}
        if "shown_after" in part:
            other, values["shown_answer"] = part["shown_after"]
            values["shown_when"] = items[other].link_id
        name = part.get("id", str(position))
        items[name] = QuestionnaireItem(
            questionnaire=form,
            link_id=_uuid(entry["id"], name),
            position=position,
            **values,
        )
    QuestionnaireItem.objects.bulk_create(items.values())
    form.status = Questionnaire.Status.ACTIVE
    form.published_at = world.at - timedelta(days=_DAYS_AGO)
    form.published_by = world.users[_WRITER]
    form.save()
    return form, items


def _response(
    world: World,
    form: Questionnaire,
    items: dict[str, QuestionnaireItem],
    visit: Appointment,
    said: dict[str, Any],
) -> QuestionnaireResponse:
    patient = visit.patient
    # They are chosen so.
    assert patient is not None  # noqa: S101
    assert patient.user is not None  # noqa: S101
    at = world.at - timedelta(hours=5 + visit.pk % 40)
    answers = {}
    for name, typed in said.items():
        if typed == "signed":
            typed = [patient.full_name, at.isoformat()]
        answers[str(items[name].link_id)] = [typed] if isinstance(typed, str) else typed
    return QuestionnaireResponse(
        public_id=_uuid("response", form.title, visit.reference),
        patient=patient,
        appointment=visit,
        questionnaire=form,
        key=form.key,
        status=QuestionnaireResponse.Status.COMPLETED,
        answers=answers,
        started_by=patient.user,
        completed_by=patient.user,
        completed_at=at,
    )


def _uuid(*names: str) -> UUID:
    """The same at each loading."""
    return uuid5(NAMESPACE_DNS, ".".join(("forms", *names)))
