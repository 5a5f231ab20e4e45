"""Filling in a form on its pages, without scripts and with them; and reading it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.queries import KEY
from audit.models import Entry
from booking.appointments.queries import manage_token
from portal.dashboards.my_health.queries import home
from records.models import QuestionnaireResponse
from records.questionnaires.queries import items_of
from records.responses.forms import name_of
from records.responses.tests.conftest import next_visit, reword
from records.responses.tests.test_services import begin, fill, said, save
from records.timeline.queries import timeline
from tests.factories.accounts import PatientFactory, RestrictionFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.forms import make_form
from tests.factories.proxies import ProxyFactory


def address(name, thing, *more):
    return reverse(f"records:{name}", args=[thing.public_id, *more])


def posted(form, **answers):
    """What a page sends: answers by the texts of their questions."""
    items = {item.text: item for item in items_of(form)}
    return {name_of(items[text]): typed for text, typed in answers.items()}


@pytest.fixture
def row(ann, visit, form):
    return begin(ann, visit, form)


def test_a_form_is_filled_in_page_by_page_and_sent(client, ann, visit, form):
    client.force_login(ann)
    start = address("visit_forms", visit)
    assert "To fill in" in client.get(start).content.decode()
    answer = client.post(start, {"key": form.key})
    row = QuestionnaireResponse.objects.get()
    assert answer["Location"] == address("form_page", row, 1)
    first = client.get(answer["Location"]).content.decode()
    assert "Step 1 of 2" in first
    typed = posted(form, **{"Do you smoke?": "No", "Your weight": "80"})
    answer = client.post(address("form_page", row, 1), {**typed, "do": "next"})
    assert answer["Location"] == address("form_page", row, 2)
    typed = posted(form, **{"I agree to the examination.": "Ann Patient"})
    answer = client.post(address("form_page", row, 2), {**typed, "do": "next"})
    assert answer["Location"] == address("form_check", row)
    shown = client.get(answer["Location"]).content.decode()
    assert "80 kg" in shown
    for _ in range(2):
        answer = client.post(address("form_check", row))
        assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.status, row.completed_by) == ("COMPLETED", ann)
    page = client.get(address("own_response", row)).content.decode()
    assert "Agreed, signed Ann Patient" in page
    assert "Sent" in client.get(start).content.decode()


def test_a_wrong_answer_gets_its_error_beside_it_and_stays(client, ann, form, row):
    client.force_login(ann)
    typed = posted(form, **{"Your weight": "heavy"})
    answer = client.post(address("form_page", row, 1), {**typed, "do": "next"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a number, for example 72.5" in page
    # The list above the page says which question each error is about.
    assert "Enter a number, for example 72.5: Your weight</a>" in page
    assert "Choose yes or no: Do you smoke?</a>" in page
    assert 'value="heavy"' in page
    # Kept all the same, for another day and another device.
    assert said(row, form) == {"Your weight": ["heavy"], "Do you smoke?": []}
    again = client.get(address("form_page", row, 1)).content.decode()
    assert 'value="heavy"' in again


@pytest.mark.parametrize(
    ("button", "leads_to"), [("back", "form_page"), ("later", "visit_forms")]
)
def test_leaving_a_page_keeps_it_and_demands_nothing(
    client, ann, visit, form, row, button, leads_to
):
    client.force_login(ann)
    typed = posted(form, **{"Anything else?": "My knee"})
    answer = client.post(address("form_page", row, 2), {**typed, "do": button})
    goal = address("visit_forms", visit)
    if leads_to == "form_page":
        goal = address("form_page", row, 1)
    assert answer["Location"] == goal
    assert said(row, form)["Anything else?"] == ["My knee"]


def test_it_is_kept_while_somebody_types(client, ann, form, row):
    client.force_login(ann)
    typed = posted(form, **{"Anything else?": "My kn"})
    answer = client.post(
        address("form_page", row, 2), typed, HTTP_X_REQUESTED_WITH="autosave"
    )
    assert answer.status_code == 204
    assert said(row, form)["Anything else?"] == ["My kn"]


def test_a_name_typed_under_other_words_signs_nothing(
    client, ann, form, row, medical_admin
):
    """The page was open while the words changed, and was sent twice."""
    client.force_login(ann)
    typed = posted(form, **{"I agree to the examination.": "Ann Patient"})
    newer = reword(form, medical_admin)
    page = address("form_page", row, 2)
    answer = client.post(page, {**typed, "do": "next"})
    assert answer["Location"] == address("form_page", row, 1)
    again = client.post(page, {**typed, "do": "next"})
    assert again.status_code == 422
    assert "I agree to the operation." in again.content.decode()
    row.refresh_from_db()
    assert row.questionnaire == newer
    assert not any(row.answers.values())


def test_the_check_leads_to_what_is_missing(client, ann, form, row):
    client.force_login(ann)
    answer = client.post(address("form_check", row))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{address('form_page', row, 2)}#id_q-" in page
    assert "Type your full name to agree" in page


def test_a_hidden_question_demands_nothing_on_its_page(client, ann, visit):
    form = make_form(visit.visit_type, questions=[("YES_NO", "Smoke?")])
    smoke = items_of(form)[0].link_id
    form = make_form(
        visit.visit_type,
        questions=[
            ("YES_NO", "Drink?", {"link_id": smoke, "is_required": True}),
            (
                "SHORT",
                "How much?",
                {"shown_when": smoke, "shown_answer": "Yes", "is_required": True},
            ),
        ],
    )
    row = begin(ann, visit, form)
    client.force_login(ann)

    def send(drink):
        typed = posted(form, **{"Drink?": drink, "How much?": ""})
        return client.post(address("form_page", row, 1), {**typed, "do": "next"})

    assert send("Yes").status_code == 422
    assert send("No")["Location"] == address("form_check", row)


def test_still_right_is_one_press(client, ann, dr_lee, visit, form):
    old = fill(ann, visit, form, at=timezone.now() - timedelta(days=200))
    later = next_visit(ann, dr_lee, days=5, kind=visit.visit_type)
    client.force_login(ann)
    page = client.get(address("visit_forms", later)).content.decode()
    assert "Is this still right?" in page
    assert "Yes, still right" in page
    client.post(
        address("visit_forms", later), {"key": form.key, "confirm": old.public_id}
    )
    row = QuestionnaireResponse.objects.get(appointment=later)
    assert (row.is_confirmed, row.status) == (True, "COMPLETED")


def test_strangers_find_nothing(client, zoe, gus, ann, visit, form, row):
    sent = fill(ann, visit, form)
    row = begin(ann, visit, form)
    ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.BOOK])
    addresses = [
        address("visit_forms", visit),
        address("form_page", row, 1),
        address("form_check", row),
        address("own_response", sent),
    ]
    for user in (zoe, gus):
        client.force_login(user)
        for one in addresses:
            assert client.get(one).status_code == 404, one
            assert client.post(one, {"key": form.key}).status_code == 404, one
    client.logout()
    for one in addresses:
        assert client.get(one)["Location"].startswith(reverse("account_login"))


def test_home_says_what_to_fill_in_to_who_may(client, ann, gus, visit, form):
    todo = [item.title for item in home(ann, ann.patient, at=timezone.now()).to_do]
    assert f"Fill in: {form.title}" in todo
    without = home(ann, ann.patient, at=timezone.now(), shows=frozenset({Scope.BOOK}))
    assert f"Fill in: {form.title}" not in [item.title for item in without.to_do]
    fill(ann, visit, form)
    todo = [item.title for item in home(ann, ann.patient, at=timezone.now()).to_do]
    assert f"Fill in: {form.title}" not in todo


def test_the_signed_link_says_that_something_waits_and_never_what(
    client, ann, visit, form
):
    begin(ann, visit, form)
    page = client.get(reverse("booking:manage", args=[manage_token(visit)]))
    words = page.content.decode()
    assert "Something to fill in before your visit" in words
    assert form.title not in words
    guest = PatientFactory(user=None, email="guest@example.org")
    theirs = AppointmentFactory(
        patient=guest,
        visit_type=visit.visit_type,
        doctor=visit.doctor,
        location=visit.location,
        starts_at=visit.starts_at + timedelta(hours=2),
        status="CONFIRMED",
    )
    page = client.get(reverse("booking:manage", args=[manage_token(theirs)]))
    assert reverse("guest_links:ask") in page.content.decode()
    assert client.get(address("visit_forms", theirs)).status_code == 302


def test_the_doctor_sees_what_to_look_at_first_and_what_differs(
    client, dr_lee, ann, visit, form
):
    fill(ann, visit, form, **{"Do you smoke?": ["No"]}, at=timezone.now())
    sent = fill(ann, visit, form, **{"Anything else?": ["Secret knee"]})
    client.force_login(dr_lee)
    page = client.get(reverse("workspace:appointment", args=[visit.public_id]))
    words = page.content.decode()
    assert "Look here" in words
    assert "answers differ from before" in words
    page = client.get(address("response", sent)).content.decode()
    assert "Look here first" in page
    assert "Before: No" in page
    assert "Secret knee" in page
    entry = Entry.objects.filter(view="records:response").latest("pk")
    assert (entry.patient_id, "FORMS" in entry.category) == (ann.patient.pk, True)
    kinds = [one.title for one in timeline(dr_lee, ann.patient)]
    assert kinds.count(form.title) == 2


def test_the_desk_sees_whether_and_never_what(
    client, desk, dr_roy, biller, ann, visit, form
):
    sent = fill(ann, visit, form, **{"Anything else?": ["Secret knee"]})
    client.force_login(desk)
    page = client.get(reverse("workspace:appointment", args=[visit.public_id]))
    words = page.content.decode()
    assert form.title in words
    assert "Look here" not in words
    assert address("response", sent) not in words
    assert not Entry.objects.filter(category__contains="FORMS", actor=desk).exists()
    code = client.get(address("forms_code", visit)).content.decode()
    assert address("visit_forms", visit) in code
    assert "<svg" in code
    for user in (desk, dr_roy, biller):
        client.force_login(user)
        assert client.get(address("response", sent)).status_code == 404
    assert client.get(address("forms_code", visit)).status_code == 403


def test_a_restricted_record_keeps_its_answers(client, dr_lee, ann, visit, form):
    sent = fill(ann, visit, form)
    RestrictionFactory(patient=ann.patient, standing=True)
    client.force_login(dr_lee)
    assert client.get(address("response", sent)).status_code == 404


def test_who_acts_for_somebody_sees_for_whom(client, gus, ann, visit, form, row):
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.RECORDS])
    client.force_login(gus)
    session = client.session
    session[KEY] = str(proxy.public_id)
    session.save()
    page = client.get(address("form_page", row, 1)).content.decode()
    assert "Ann" in page
    save(gus, row, form, {"Do you smoke?": ["No"]})
    assert said(row, form) == {"Do you smoke?": ["No"]}
