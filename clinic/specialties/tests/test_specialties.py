"""Specialties as an administrator sees to them, through HTTP and by the services."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from audit.models import Entry
from clinic.doctors.services import save_doctor
from clinic.models import Specialty
from clinic.specialties.services import SpecialtyClosed, StillHeld, close_specialty
from tests.factories.clinic import DoctorFactory, SpecialtyFactory, VisitTypeFactory

TODAY = date(2030, 1, 1)
SKIN = {
    "name": "Dermatology",
    "plain_name": "Skin",
    "practitioner": "skin specialist",
    "schema_org": "Dermatology",
}
NEW = "clinic:specialty_new"


def verbs():
    rows = Entry.objects.filter(verb__startswith="specialty.").order_by("pk")
    return list(rows.values_list("verb", flat=True))


def test_an_administrator_adds_and_renames_a_specialty(client, admin):
    client.force_login(admin)
    client.post(reverse(NEW), SKIN)
    specialty = Specialty.objects.get()
    assert (specialty.slug, specialty.schema_org) == ("dermatology", "Dermatology")
    address = reverse("clinic:specialty", args=[specialty.public_id])
    client.post(address, {**SKIN, "name": "Skin medicine"})
    specialty.refresh_from_db()
    # Its address on the site stays.
    assert (specialty.name, specialty.slug) == ("Skin medicine", "dermatology")
    assert verbs() == ["specialty.added", "specialty.changed"]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": ""}, "name", "Enter a name"),
        ({"name": "NEUROLOGY"}, "name", "of this name already"),
        ({"plain_name": ""}, "plain_name", "plain word"),
        ({"practitioner": ""}, "practitioner", "what one is called"),
        ({"schema_org": "Magic"}, "schema_org", "Magic"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, admin, wrong, field, says):
    SpecialtyFactory(name="Neurology")
    client.force_login(admin)
    page = client.post(reverse(NEW), {**SKIN, **wrong})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {field}
    assert says in page.context["form"].errors[field][0]
    kept = {name for name in SKIN if name not in (field, "schema_org")}
    for name in kept:
        assert f'value="{SKIN[name]}"' in page.text
    assert Specialty.objects.count() == 1


def test_what_doctors_hold_is_not_closed_and_says_who(client, admin):
    specialty = SpecialtyFactory()
    DoctorFactory(last_name="Byron", specialties=[specialty])
    client.force_login(admin)
    address = reverse("clinic:specialty_close", args=[specialty.public_id])
    page = client.post(address, follow=True)
    assert "Dr Ines Byron holds it" in page.text
    specialty.refresh_from_db()
    assert specialty.is_active
    assert verbs() == []


@pytest.mark.parametrize(
    ("left", "is_held"),
    [(None, True), (date(2030, 1, 2), True), (date(2030, 1, 1), False)],
)
def test_doctors_who_have_left_hold_nothing(admin, left, is_held):
    specialty = SpecialtyFactory()
    DoctorFactory(specialties=[specialty], left_date=left)
    if is_held:
        with pytest.raises(StillHeld):
            close_specialty(actor=admin, specialty=specialty, today=TODAY)
    else:
        close_specialty(actor=admin, specialty=specialty, today=TODAY)
    specialty.refresh_from_db()
    assert specialty.is_active is is_held


def test_a_closed_specialty_is_offered_nowhere_and_opens_again(client, admin):
    specialty, other = SpecialtyFactory(), SpecialtyFactory()
    client.force_login(admin)
    close = reverse("clinic:specialty_close", args=[specialty.public_id])
    assert "is closed" in client.post(close, follow=True).text
    for name in ("clinic:doctor_new", "clinic:visit_type_new"):
        page = client.get(reverse(name))
        assert other.name in page.text
        assert specialty.name not in page.text
    client.post(reverse("clinic:specialty_reopen", args=[specialty.public_id]))
    assert specialty.name in client.get(reverse("clinic:doctor_new")).text
    assert verbs() == ["specialty.closed", "specialty.reopened"]


def test_the_service_gives_a_closed_specialty_to_nobody_new(admin):
    closed = SpecialtyFactory(is_active=False)
    doctor = DoctorFactory()
    with pytest.raises(SpecialtyClosed):
        save_doctor(actor=admin, doctor=doctor, specialties=[closed])
    assert not doctor.specialties.exists()
    # Whoever has it from before keeps it.
    doctor.specialties.add(closed)
    save_doctor(actor=admin, doctor=doctor, specialties=[closed], title="Prof")
    assert list(doctor.specialties.all()) == [closed]


def test_a_visit_type_keeps_a_specialty_that_was_closed(client, admin):
    closed = SpecialtyFactory(is_active=False)
    visit_type = VisitTypeFactory()
    visit_type.specialties.add(closed)
    client.force_login(admin)
    page = client.get(reverse("clinic:visit_type", args=[visit_type.public_id]))
    assert closed.name in page.text


def test_the_list_counts_who_is_here(client, admin):
    specialty = SpecialtyFactory()
    DoctorFactory(specialties=[specialty])
    gone = datetime(2020, 6, 1, tzinfo=UTC).date()
    DoctorFactory(specialties=[specialty], left_date=gone)
    client.force_login(admin)
    [row] = client.get(reverse("clinic:specialties")).context["specialties"]
    assert row.held_by == 1
