"""The administrator's pages, through HTTP."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from accounts.models import RoleAssignment, User
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from clinic.locations.services import EndsBeforeStart, add_closure, remove_closure
from clinic.models import Closure, Doctor, Offering, VisitType
from clinic.staff.services import (
    LastAdministrator,
    NotYours,
    NotYourself,
    end_access,
    give_role,
    take_role,
)
from tests.factories.clinic import (
    CapabilityFactory,
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    RoomFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
VISIT_TYPE = {
    "name": "GP visit",
    "summary": "One problem",
    "mode": "IN_PERSON",
    "duration_minutes": "15",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "5",
    "price": "65.00",
    "currency": "gbp",
    "booking_policy": "INSTANT",
    "payment_policy": "BEFORE",
    "payment_deadline_hours": "24",
    "minimum_notice_minutes": "60",
    "horizon_days": "60",
    "free_cancellation_hours": "24",
    "late_cancellation_percent": "50",
    "late_cancellation_fee": "",
    "missed_percent": "100",
    "missed_fee": "",
    "follow_up_days": "",
    "follow_up_of": "DOCTOR",
    "follow_up_percent": "0",
    "most_moves": "3",
    "reminder_leads": ["DAY_BEFORE"],
    "is_active": "on",
}


def test_an_administrator_adds_and_changes_a_visit_type(client, admin):
    client.force_login(admin)
    page = client.post(reverse("clinic:visit_type_new"), VISIT_TYPE, follow=True)
    assert "GP visit is saved" in page.text
    visit_type = VisitType.objects.get()
    assert (visit_type.currency, visit_type.reminder_leads) == ("GBP", ["DAY_BEFORE"])
    client.post(
        reverse("clinic:visit_type", args=[visit_type.public_id]),
        {**VISIT_TYPE, "price": "70"},
    )
    visit_type.refresh_from_db()
    assert visit_type.price == 70


def test_what_is_kept_can_be_a_share_or_a_sum(client, admin):
    client.force_login(admin)
    terms = {"late_cancellation_fee": "20", "missed_percent": "80", "most_moves": "0"}
    client.post(reverse("clinic:visit_type_new"), {**VISIT_TYPE, **terms})
    visit_type = VisitType.objects.get()
    assert visit_type.late_cancellation_fee == 20
    assert (visit_type.missed_percent, visit_type.missed_fee) == (80, None)
    assert visit_type.most_moves == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"payment_policy": "FREE"}, "A free visit costs 0"),
        ({"price": "0"}, "Enter a price, or choose"),
        ({"currency": "££"}, "three letters"),
        ({"late_cancellation_percent": "120"}, "100"),
        ({"missed_percent": "120"}, "100"),
        ({"late_cancellation_fee": "65.01"}, "Enter at most the price"),
        ({"missed_fee": "-1"}, "Enter 0 or more"),
        ({"most_moves": "21"}, "20"),
    ],
)
def test_wrong_terms_are_named_and_nothing_is_lost(client, admin, wrong, says):
    client.force_login(admin)
    page = client.post(reverse("clinic:visit_type_new"), {**VISIT_TYPE, **wrong})
    assert page.status_code == 422
    assert says in page.text
    assert 'value="GP visit"' in page.text
    assert VisitType.objects.count() == 0


def test_a_video_visit_needs_no_room_and_says_so_at_each_tick(client, admin):
    client.force_login(admin)
    scan = CapabilityFactory()
    video = {**VISIT_TYPE, "mode": "VIDEO", "equipment_needs": [scan.pk]}
    page = client.post(reverse("clinic:visit_type_new"), video)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"equipment_needs"}
    page = client.post(reverse("clinic:visit_type_new"), video | {"needs_room": "on"})
    assert set(page.context["form"].errors) == {"equipment_needs", "needs_room"}
    assert not VisitType.objects.exists()


def test_a_doctor_offers_a_visit_type_only_in_a_room_of_the_place(client, admin):
    client.force_login(admin)
    visit_type, doctor = VisitTypeFactory(), DoctorFactory()
    here, elsewhere = LocationFactory(), RoomFactory()
    address = reverse("clinic:offering_add", args=[visit_type.public_id])
    data = {"doctor": doctor.pk, "location": here.pk, "room": elsewhere.pk}
    assert "another location" in client.post(address, data).text
    assert Offering.objects.count() == 0
    room = RoomFactory(location=here)
    page = client.post(address, {**data, "room": room.pk, "most_a_day": "0"})
    assert "Enter 1 or more, or leave it empty" in page.text
    client.post(address, {**data, "room": room.pk, "most_a_day": "12"})
    offering = Offering.objects.get()
    assert offering.most_a_day == 12
    page = client.get(reverse("clinic:visit_type", args=[visit_type.public_id]))
    assert "at most 12 a day" in page.text
    client.post(reverse("clinic:offering_stop", args=[offering.public_id]))
    offering.refresh_from_db()
    assert offering.is_active is False


def test_an_administrator_invites_somebody_who_signs_in_by_code(client, admin):
    client.force_login(admin)
    location = LocationFactory()
    client.post(
        reverse("clinic:invite"),
        {
            "email": "New@example.org",
            "first_name": "New",
            "last_name": "Nurse",
            "role": "NURSE",
            "place": location.place.pk,
        },
    )
    user = User.objects.get(email__iexact="new@example.org")
    assert not user.has_usable_password()
    assert set(user.role_assignments.values_list("role", "place")) == {
        ("NURSE", location.place.pk)
    }


def test_nobody_changes_their_own_roles_or_removes_the_last_administrator(admin):
    own = RoleAssignment.objects.get(user=admin)
    with pytest.raises(NotYourself):
        take_role(actor=admin, assignment=own)
    other = User.objects.create_user("second@example.org")
    assign_role(actor=None, user=other, role=Role.ADMIN)
    take_role(actor=other, assignment=own)
    with pytest.raises(LastAdministrator):
        end_access(actor=admin, user=other, at=None)


def _roles(user):
    return set(user.role_assignments.values_list("role", flat=True))


def test_medical_administration_gives_and_takes_clinical_roles_only(
    client, medical_admin, dr_roy, desk
):
    client.force_login(medical_admin)
    person = reverse("clinic:person", args=[dr_roy.public_id])
    page = client.get(person)
    assert "Close the account" not in page.text
    client.post(person, {"role": "NURSE"})
    assert _roles(dr_roy) == {"DOCTOR", "NURSE"}
    refused = client.post(person, {"role": "ADMIN"})
    assert refused.status_code == 422
    nurse = dr_roy.role_assignments.get(role="NURSE")
    client.post(reverse("clinic:role_remove", args=[dr_roy.public_id, nurse.pk]))
    assert _roles(dr_roy) == {"DOCTOR"}
    reception = desk.role_assignments.get()
    away = reverse("clinic:role_remove", args=[desk.public_id, reception.pk])
    assert "An administrator gives" in client.post(away, follow=True).text
    assert _roles(desk) == {"RECEPTIONIST"}
    end = reverse("clinic:person_end", args=[desk.public_id])
    assert client.post(end).status_code == 403


@pytest.mark.parametrize("name", ["person_end", "person_suspend"])
def test_what_shuts_somebody_out_asks_first(client, admin, desk, name):
    client.force_login(admin)
    person = reverse("clinic:person", args=[desk.public_id])
    address = reverse(f"clinic:{name}", args=[desk.public_id])
    page = client.get(person)
    # A link leads to the question; no button on this page does it.
    assert f'href="{address}"' in page.text
    assert f'action="{address}"' not in page.text
    asked = client.get(address)
    assert "Desi Receptionist?" in asked.text
    desk.refresh_from_db()
    assert desk.is_active
    client.post(address)
    desk.refresh_from_db()
    assert not desk.is_active


def test_somebody_invited_is_made_bookable_from_their_page(
    client, admin, dr_roy, nurse
):
    client.force_login(admin)
    new = reverse("clinic:doctor_new")
    person = client.get(reverse("clinic:person", args=[nurse.public_id]))
    assert f'href="{new}?for={nurse.public_id}"' in person.text
    form = client.get(new, {"for": nurse.public_id}).context["form"]
    shown = {name: form[name].value() for name in ("user", "first_name", "last_name")}
    assert shown == {"user": nurse.pk, "first_name": "Nia", "last_name": "Nurse"}
    # Who is a doctor already is chosen for no second one.
    assert dr_roy not in form.fields["user"].queryset
    facts = reverse("clinic:doctor", args=[dr_roy.doctor.public_id])
    page = client.get(reverse("clinic:person", args=[dr_roy.public_id]))
    assert f'href="{facts}"' in page.text
    assert client.get(new, {"for": "nobody"}).status_code == 200


def test_medical_administration_sees_staff_and_no_patients(
    client, medical_admin, ann, dr_roy
):
    client.force_login(medical_admin)
    stranger = reverse("clinic:person", args=[ann.public_id])
    assert client.get(stranger).status_code == 404
    people = client.get(reverse("clinic:people")).text
    assert dr_roy.email in people
    assert ann.email not in people


@pytest.mark.parametrize("role", ["ADMIN", "RECEPTIONIST"])
def test_the_service_refuses_what_the_form_would_not_offer(medical_admin, zoe, role):
    with pytest.raises(NotYours):
        give_role(actor=medical_admin, user=zoe, role=role, place=None, at=NOW)
    assert _roles(zoe) == {"PATIENT"}


def test_a_closure_must_not_end_before_it_begins(admin):
    with pytest.raises(EndsBeforeStart):
        add_closure(
            actor=admin,
            location=None,
            starts_date=date(2030, 12, 24),
            ends_date=date(2030, 12, 24),
            reason="",
        )
    assert Closure.objects.count() == 0


def test_closing_and_opening_again_are_in_the_audit(admin):
    closure = add_closure(
        actor=admin,
        location=None,
        starts_date=date(2030, 12, 24),
        ends_date=date(2030, 12, 27),
        reason="Christmas",
    )
    remove_closure(actor=admin, closure=closure)
    found = Entry.objects.filter(verb__startswith="closure").order_by("pk")
    assert [(entry.verb, entry.actor) for entry in found] == [
        ("closure.added", admin),
        ("closure.removed", admin),
    ]


def test_closures_end_on_the_first_day_open_again(client, admin):
    client.force_login(admin)
    data = {"first_day": "2030-12-24", "last_day": "2030-12-26", "reason": "Christmas"}
    client.post(reverse("workspace:closure_add"), data)
    closure = Closure.objects.get()
    assert (closure.location, closure.ends_date) == (None, date(2030, 12, 27))
    wrong = client.post(
        reverse("workspace:closure_add"), {**data, "last_day": "2030-12-01"}
    )
    assert "before the first" in wrong.text
    client.post(reverse("clinic:closure_reopen", args=[closure.pk]))
    assert Closure.objects.count() == 0


def test_an_administrator_adds_a_doctor(client, admin):
    client.force_login(admin)
    client.post(
        reverse("clinic:doctor_new"),
        {
            "title": "Dr",
            "first_name": "Ada",
            "last_name": "Byron",
            "specialties": [SpecialtyFactory().pk],
            "languages": "English, fr",
            "is_listed": "on",
        },
    )
    doctor = Doctor.objects.get()
    assert (doctor.slug, doctor.languages) == ("dr-ada-byron", ["en", "fr"])
    # They are read by their names, and what an import has set is kept.
    doctor.languages = ["en", "pt-BR", "tlh"]
    doctor.save()
    address = reverse("clinic:doctor", args=[doctor.public_id])
    boxes = client.get(address).context["form"].initial
    assert boxes["languages"] == "English, pt-BR, tlh"
    save = reverse("workspace:doctor_change", args=[doctor.public_id])
    told = client.post(save, {"languages": "English, Klingon"}).context["form"]
    assert "“Klingon”" in told.errors["languages"][0]


@pytest.mark.parametrize("who", ["ann", "dr_roy", "desk", "biller", "editor"])
def test_settings_are_closed_to_everybody_else(client, who, request):
    client.force_login(request.getfixturevalue(who))
    visit_type = VisitTypeFactory()
    for name, args in (
        ("clinic:people", []),
        ("clinic:invite", []),
        ("clinic:visit_types", []),
        ("clinic:visit_type", [visit_type.public_id]),
        ("clinic:doctors", []),
        ("clinic:closures", []),
        ("clinic:locations", []),
        ("clinic:location_new", []),
        ("clinic:specialties", []),
        ("clinic:specialty_new", []),
        ("workspace:settings", []),
        ("workspace:location_close", [LocationFactory().public_id]),
        ("clinic:room_new", [LocationFactory().public_id]),
        ("clinic:room", [RoomFactory().public_id]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 403, name


@pytest.mark.parametrize("count", [1, 5])
def test_lists_cost_a_fixed_number_of_queries(
    client, admin, count, django_assert_max_num_queries
):
    for _ in range(count):
        OfferingFactory()
    client.force_login(admin)
    for name in (
        "clinic:people",
        "clinic:visit_types",
        "clinic:doctors",
        "clinic:locations",
        "clinic:specialties",
    ):
        with django_assert_max_num_queries(11):
            assert client.get(reverse(name)).status_code == 200
