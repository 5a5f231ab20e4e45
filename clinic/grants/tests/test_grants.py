"""Making administrators takes two of them, whoever tries it alone and however."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.users.models import TWO_PERSON_ROLES, Role
from accounts.users.services import (
    NeedsSecond,
    OwnRole,
    assign_role,
    remove_role,
    suspend_user,
)
from audit.models import Entry
from clinic.grants.services import (
    AskedByNobody,
    NeedsAnother,
    NoLonger,
    answer_grant,
    ask_grant,
)
from clinic.models import Grant
from clinic.staff.services import give_role, invite_staff
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.jobs import run_jobs


@pytest.fixture
def second(db):
    user = UserFactory(email="second@example.org", first_name="Sam")
    assign_role(actor=None, user=user, role=Role.ADMIN)
    return user


@pytest.fixture
def grant(admin, dr_roy):
    return give_role(
        actor=admin, user=dr_roy, role=Role.ADMIN, place=None, at=timezone.now()
    )


def _roles(user):
    return set(user.role_assignments.values_list("role", flat=True))


@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_one_administrator_only_asks(admin, second, dr_roy, role):
    at = timezone.now()
    waits = give_role(actor=admin, user=dr_roy, role=role, place=None, at=at)
    assert _roles(dr_roy) == {"DOCTOR"}
    answer_grant(actor=second, grant=waits, agrees=True, at=at)
    assert _roles(dr_roy) == {"DOCTOR", role}


def test_an_invitation_is_no_way_around(admin):
    invite_staff(
        actor=admin,
        email="new@example.org",
        first_name="New",
        last_name="Boss",
        role=Role.ADMIN,
        place=None,
        at=timezone.now(),
    )
    user = User.objects.get(email="new@example.org")
    assert _roles(user) == set()
    assert Grant.objects.get().user == user


def test_neither_who_asked_nor_who_gets_it_agrees(admin, second, grant, dr_roy):
    at = timezone.now()
    assign_role(actor=None, user=dr_roy, role=Role.BILLING)
    for user in (admin, dr_roy):
        with pytest.raises(NeedsAnother):
            answer_grant(actor=user, grant=grant, agrees=True, at=at)
    # Nor does an administrator to be whose own grant is another's.
    own = ask_grant(actor=admin, user=second, role="MEDICAL_ADMIN", place=None, at=at)
    with pytest.raises(NeedsAnother):
        answer_grant(actor=second, grant=own, agrees=True, at=at)
    assert "ADMIN" not in _roles(dr_roy)


@pytest.mark.parametrize("who", ["medical_admin", "dr_lee", "desk", "editor", "ann"])
def test_only_administrators_agree(grant, client, who, request):
    user = request.getfixturevalue(who)
    with pytest.raises(NeedsAnother):
        answer_grant(actor=user, grant=grant, agrees=True, at=timezone.now())
    client.force_login(user)
    answer = client.post(
        reverse("clinic:grant_answer", args=[grant.public_id]), {"agrees": "1"}
    )
    assert answer.status_code == 403
    assert _roles(grant.user) == {"DOCTOR"}


def test_after_seven_days_it_is_too_late(second, grant, admin, dr_roy):
    late = grant.expires_at
    assert late - grant.created_at < timedelta(days=7, minutes=1)
    with pytest.raises(NoLonger):
        answer_grant(actor=second, grant=grant, agrees=True, at=late)
    again = ask_grant(actor=admin, user=dr_roy, role="ADMIN", place=None, at=late)
    assert again != grant


@pytest.mark.parametrize("how", ["role", "suspended"])
def test_both_have_to_be_administrators_when_it_is_answered(admin, second, grant, how):
    at = timezone.now()
    if how == "role":
        remove_role(actor=None, user=admin, role=Role.ADMIN)
    else:
        suspend_user(actor=second, user=admin, at=at)
    with pytest.raises(AskedByNobody):
        answer_grant(actor=second, grant=grant, agrees=True, at=at)
    assert _roles(grant.user) == {"DOCTOR"}
    # No can be said, so that it may be asked for anew.
    answer_grant(actor=second, grant=grant, agrees=False, at=at)


def test_an_answer_is_final(second, grant):
    at = timezone.now()
    answer_grant(actor=second, grant=grant, agrees=False, at=at)
    with pytest.raises(NoLonger):
        answer_grant(actor=second, grant=grant, agrees=True, at=at)
    assert _roles(grant.user) == {"DOCTOR"}


def test_the_database_holds_two_people_apart(admin, grant):
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(
            status="CONFIRMED", answered_by=grant.asked_by
        )


def test_the_service_below_takes_no_shortcut(admin, second, dr_roy):
    with pytest.raises(NeedsSecond):
        assign_role(actor=admin, user=dr_roy, role=Role.ADMIN)
    for fake in (admin, dr_roy):
        with pytest.raises(NeedsSecond):
            assign_role(actor=admin, user=dr_roy, role=Role.ADMIN, seconded_by=fake)
    with pytest.raises(OwnRole):
        assign_role(actor=admin, user=admin, role=Role.DOCTOR)
    assert _roles(dr_roy) == {"DOCTOR"}


@pytest.mark.parametrize(
    "who", ["ann", "dr_lee", "desk", "biller", "editor", "medical_admin", "admin"]
)
@pytest.mark.parametrize("role", Role.values)
def test_nobody_gives_themselves_more(client, who, role, request):
    user = request.getfixturevalue(who)
    before = set(RoleAssignment.objects.values_list("user", "role", "place"))
    client.force_login(user)
    client.post(reverse("clinic:person", args=[user.public_id]), {"role": role})
    client.post(
        reverse("clinic:invite"),
        {"email": user.email, "first_name": "X", "last_name": "Y", "role": role},
    )
    assert set(RoleAssignment.objects.values_list("user", "role", "place")) == before
    assert not Grant.objects.exists()


def test_the_second_administrator_is_told_and_answers_on_the_page(
    client, admin, second, grant
):
    run_jobs()
    told = Delivery.objects.filter(event="grant_asked", channel="EMAIL")
    assert [row.to_address for row in told] == [second.email]
    page = reverse("clinic:person", args=[grant.user.public_id])
    client.force_login(admin)
    assert "Waiting for a second administrator" in client.get(page).text
    assert "Give it" not in client.get(page).text
    client.force_login(second)
    assert "Give it" in client.get(page).text
    client.post(reverse("clinic:grant_answer", args=[grant.public_id]), {"agrees": "1"})
    assert "ADMIN" in _roles(grant.user)
    entry = Entry.objects.get(verb="grant.confirmed")
    assert (entry.actor, entry.detail["asked_by_id"]) == (second, admin.pk)


def test_the_server_makes_the_first_administrator(dr_roy):
    call_command("grant_role", "ROY@example.org", "ADMIN")
    assert "ADMIN" in _roles(dr_roy)
    with pytest.raises(CommandError, match="Nobody has this address"):
        call_command("grant_role", "none@example.org", "ADMIN")
