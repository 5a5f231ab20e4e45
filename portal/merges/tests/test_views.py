"""The pages of the desk: possible duplicates, side by side, undone."""

import pytest
from django.urls import reverse

from accounts.models import Patient
from audit.models import Entry
from portal.merges.models import DifferentPeople, Merge
from portal.merges.services import NotAllowed
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.proxies import ProxyFactory
from tests.second_factors import keep, with_app

LIST = reverse("merges:duplicates")
WHY = "She showed her identity card; she booked as a guest before."


def address(stays, goes):
    return reverse("merges:compare", args=[stays.public_id, goes.public_id])


def form(**fields):
    facts = {"first_name": "goes", "phone": "stays"}
    return facts | {"reason": WHY, "is_checked": "on"} | fields


@pytest.fixture
def pages(client, desk):
    client.force_login(desk)
    return client


def test_the_list_leads_to_both_side_by_side(pages, ann, double):
    page = pages.get(LIST)
    assert address(ann.patient, double) in page.text
    page = pages.get(LIST, {"patient": double.public_id})
    assert address(ann.patient, double) in page.text
    side = pages.get(address(ann.patient, double)).text
    for words in ("PATIENT, Ann", "PATIENT, Anne", double.number, "Has an account"):
        assert words in side
    assert address(double, ann.patient) in side


def test_who_is_shown_is_in_the_log_and_nobody_else(pages, ann, zoe, double):
    for page in (LIST, address(ann.patient, double)):
        before = Entry.objects.latest("pk").pk
        pages.get(page)
        seen = Entry.objects.filter(pk__gt=before, verb__startswith="data.")
        assert set(seen.values_list("patient_id", flat=True)) == {
            ann.patient.pk,
            double.pk,
        }


def test_it_is_merged_with_what_was_chosen(pages, ann, double):
    response = pages.post(address(ann.patient, double), form())
    merge = Merge.objects.get()
    assert response.url == reverse("merges:merge", args=[merge.public_id])
    assert merge.reason == WHY
    kept = Patient.objects.get(pk=ann.patient.pk)
    assert (kept.first_name, kept.phone) == ("Anne", "+447700900123")
    assert "Can be undone" in pages.get(LIST).text
    gone = pages.get(reverse("workspace:patient", args=[double.public_id])).text
    assert "This record was merged" in gone
    assert pages.get(address(ann.patient, double)).status_code == 404


def test_what_is_missing_is_said_and_nothing_is_lost(pages, ann, double):
    page = pages.post(
        address(ann.patient, double), form(reason="A short one", is_checked="")
    )
    assert page.status_code == 422
    assert "Say why, in a sentence of at least 20 characters" in page.text
    assert "Tick this when you have checked it" in page.text
    assert "A short one</textarea>" in page.text
    assert not Merge.objects.exists()


def test_what_stands_in_the_way_is_said_before_and_after(pages, ann, double):
    AppointmentFactory(patient=ann.patient)
    AppointmentFactory(patient=double)
    assert "at the same time" in pages.get(address(ann.patient, double)).text
    page = pages.post(address(ann.patient, double), form())
    assert page.status_code == 422
    assert page.text.count("at the same time") == 2


def test_two_people_are_told_apart(pages, ann, double):
    keys = {"one": ann.patient.public_id, "other": double.public_id}
    assert pages.post(reverse("merges:different"), keys).url == LIST
    assert DifferentPeople.objects.count() == 1
    assert "None found" in pages.get(LIST).text
    for wrong in ({"one": "x"}, keys | {"other": keys["one"]}):
        assert pages.post(reverse("merges:different"), wrong).status_code == 404


def test_what_undoing_gives_back_is_said_before_it_is_pressed(pages, ann, double):
    visit = AppointmentFactory(patient=double)
    pages.post(address(ann.patient, double), form())
    merge = Merge.objects.get()
    visit.refresh_from_db()
    visit.status = "ARRIVED"
    visit.save()
    page = reverse("merges:merge", args=[merge.public_id])
    text = pages.get(page).text
    assert f"Visit {visit.reference}" in text
    assert "first name" in text
    assert pages.post(page, {"reason": "short"}).status_code == 422
    [key] = [
        value for value, _ in pages.get(page).context["form"].fields["also"].choices
    ]
    assert pages.post(page, {"reason": WHY, "also": ["0"]}).status_code == 422
    assert pages.post(page, {"reason": WHY, "also": [key]}).status_code == 302
    visit.refresh_from_db()
    assert visit.patient == double
    assert "Undone" in pages.get(page).text
    assert pages.post(page, {"reason": WHY}).status_code == 422


def test_it_asks_again_whether_it_is_them(client, desk, ann, double, merged):
    """Of who proved it a while ago; what they typed comes along."""
    with_app(desk)
    client.force_login(desk)
    session = client.session
    session["factor"] = session["factor"] | {"at": 0}
    keep(client, session)
    page = address(ann.patient, double)
    assert client.get(page).status_code == 200
    assert WHY in client.post(page, form()).text
    assert not Merge.objects.exists()
    merge = merged(double)
    page = reverse("merges:merge", args=[merge.public_id])
    assert WHY in client.post(page, {"reason": WHY}).text
    merge.refresh_from_db()
    assert merge.undone_at is None


@pytest.mark.parametrize("who", ["ann", "dr_lee", "nurse", "biller", "admin", "editor"])
def test_nobody_else_comes_in(request, client, ann, double, desk, who):
    client.force_login(request.getfixturevalue(who))
    for page in (LIST, address(ann.patient, double)):
        assert client.get(page).status_code in (403, 404)
    assert client.post(address(ann.patient, double), form()).status_code in (403, 404)
    assert not Merge.objects.exists()


def test_somebodys_own_record_is_no_page(pages, desk, ann):
    own = PatientFactory(user=desk)
    assert pages.get(address(ann.patient, own)).status_code == 404


@pytest.mark.parametrize("whose", ["stays", "goes"])
def test_whom_somebody_acts_for_is_none_either(pages, desk, ann, double, merged, whose):
    """Else whoever works here could merge a record into one that they can read."""
    page = address(ann.patient, double)
    assert pages.get(page).status_code == 200
    ProxyFactory(user=desk, patient=ann.patient if whose == "stays" else double)
    assert pages.get(page).status_code == 404
    assert address(ann.patient, double) not in pages.get(LIST).text
    with pytest.raises(NotAllowed):
        merged(double)


def test_who_will_read_both_is_said_before(pages, ann, double):
    said = f"Whoever signs in as {ann.email} reads everything of both"
    for page in (address(ann.patient, double), address(double, ann.patient)):
        assert said in pages.get(page).text
    assert (
        "reads everything of both"
        not in pages.get(address(double, PatientFactory())).text
    )
