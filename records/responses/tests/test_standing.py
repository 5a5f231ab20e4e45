"""Whether a form is still to be filled in: a table, and what the queries cost."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from records.models import Questionnaire
from records.responses.queries import Said, State, forms_of, open_forms, standing
from records.responses.tests.conftest import next_visit
from tests.factories.forms import ResponseFactory, make_form

VISIT = datetime(2026, 6, 1, 9, tzinfo=UTC)
THIS, OTHER = 1, 2


def said(days_before, *, visit=OTHER, version=1):
    sent_at = None if days_before is None else VISIT - timedelta(days=days_before)
    return Said(7, uuid4(), 3, visit, uuid4(), version, sent_at)


@pytest.mark.parametrize(
    ("valid_days", "counts_from", "responses", "state"),
    [
        (0, 1, [], State.OPEN),
        (30, 1, [], State.OPEN),
        # Sent for this visit, however long before.
        (0, 1, [said(90, visit=THIS)], State.DONE),
        (30, 1, [said(90, visit=THIS)], State.DONE),
        # Sent for another one.
        (0, 1, [said(1)], State.OPEN),
        (30, 1, [said(29)], State.UP_TO_DATE),
        (30, 1, [said(30)], State.CONFIRM),
        (30, 1, [said(400)], State.CONFIRM),
        # The last one counts.
        (30, 1, [said(400), said(3)], State.UP_TO_DATE),
        # Begun for this visit; for another one says nothing.
        (30, 1, [said(None, visit=THIS)], State.BEGUN),
        (30, 1, [said(None)], State.OPEN),
        (30, 1, [said(400), said(None, visit=THIS)], State.BEGUN),
        (30, 1, [said(3), said(None, visit=THIS)], State.UP_TO_DATE),
        (30, 1, [said(1, visit=THIS), said(None, visit=THIS)], State.DONE),
        # A version that asks everybody again.
        (30, 2, [said(3)], State.OPEN),
        (30, 2, [said(3, visit=THIS)], State.OPEN),
        (30, 2, [said(3, version=2)], State.UP_TO_DATE),
    ],
)
def test_how_a_form_stands(valid_days, counts_from, responses, state):
    form = Questionnaire(valid_days=valid_days, counts_from=counts_from, version=2)
    visit = Appointment(pk=THIS, starts_at=VISIT)
    assert standing(form, visit, responses).state == state


def test_a_visit_has_the_forms_of_its_kind_and_no_others(visit, form, dr_lee, ann):
    other = next_visit(ann, dr_lee, days=9)
    here = make_form(other.visit_type, visit.visit_type)
    make_form(visit.visit_type, title="Old").items.all()
    Questionnaire.objects.filter(title="Old").update(status="RETIRED")
    found = forms_of([visit, other])
    assert {one.form for one in found[visit.pk]} == {form, here}
    assert {one.form for one in found[other.pk]} == {here}


def test_anothers_answers_count_for_nobody(visit, form, zoe, dr_lee):
    ResponseFactory(patient=zoe.patient, questionnaire=form)
    assert [one.state for one in forms_of([visit])[visit.pk]] == [State.OPEN]


def test_only_a_visit_that_is_ahead_asks_for_anything(visit, form):
    assert visit.pk in open_forms([visit])
    for status in ("REQUESTED", "CANCELLED", "COMPLETED", "MISSED"):
        visit.status = status
        assert open_forms([visit]) == {}


def test_many_visits_cost_as_much_as_one(visit, form, ann, zoe, dr_lee):
    def cost(visits):
        with CaptureQueriesContext(connection) as queries:
            forms_of(visits)
        return len(queries)

    ResponseFactory(patient=ann.patient, questionnaire=form, appointment=visit)
    more = [next_visit(who, dr_lee, days=9 + n, kind=visit.visit_type)
            for n, who in enumerate((ann, zoe, zoe))]  # fmt: skip
    assert cost([visit]) == cost([visit, *more]) == 3
