"""Suspending, coming back, and leaving."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role, User
from accounts.users.permissions import has_role
from accounts.users.services import assign_role
from clinic.identity.services import set_identity
from clinic.staff import services
from clinic.staff.services import LastAdministrator, Left, NotYourself
from clinic.staff.tasks import end_employments

DESK = reverse("workspace:desk")
DAY = reverse("workspace:day")


def _fresh(user):
    return User.objects.get(pk=user.pk)


def _to(name, user):
    app = "workspace" if name == "person_leaving" else "clinic"
    return reverse(f"{app}:{name}", args=[user.public_id])


def test_who_is_suspended_is_out_at_once_and_comes_back_with_their_roles(
    client, admin, desk
):
    inside = type(client)()
    inside.force_login(desk)
    assert inside.get(DESK).status_code == 200
    client.force_login(admin)
    client.post(_to("person_suspend", desk))
    gone = inside.get(DESK)
    assert gone.status_code == 302
    assert gone.url.startswith("/account/sign-in/")
    page = client.get(_to("person", desk)).text
    assert "Suspended" in page
    client.post(_to("person_reinstate", desk))
    inside.force_login(_fresh(desk))
    assert inside.get(DESK).status_code == 200


@pytest.mark.parametrize("who", ["medical_admin", "desk", "dr_lee", "ann"])
@pytest.mark.parametrize("name", ["person_suspend", "person_leaving"])
def test_only_administrators_do_it(client, dr_roy, who, name, request):
    client.force_login(request.getfixturevalue(who))
    answer = client.post(_to(name, dr_roy), {"leaves_date": "2020-01-01"})
    assert answer.status_code == 403
    assert _fresh(dr_roy).is_active
    assert _fresh(dr_roy).access_ends_at is None


def test_nobody_does_it_to_themselves_or_to_the_last_administrator(admin):
    at = timezone.now()
    with pytest.raises(NotYourself):
        services.suspend(actor=admin, user=admin, at=at)
    other = User.objects.create_user("second@example.org")
    assign_role(actor=None, user=other, role=Role.ADMIN)
    services.suspend(actor=other, user=admin, at=at)
    for act in (
        lambda: services.suspend(actor=admin, user=other, at=at),
        lambda: services.set_leaving_date(
            actor=admin, user=other, leaves_date=date(2030, 1, 1)
        ),
    ):
        with pytest.raises(LastAdministrator):
            act()


def test_a_session_begun_while_suspended_does_not_come_alive(client, admin, desk):
    """At the moment of the suspension, by a request that had looked just before."""
    services.suspend(actor=admin, user=_fresh(desk), at=timezone.now())
    client.force_login(desk)
    services.reinstate(actor=admin, user=_fresh(desk))
    assert client.get(DESK).url.startswith("/account/sign-in/")


def test_a_closed_account_is_not_opened_by_reinstating(admin, desk):
    services.suspend(actor=admin, user=desk, at=timezone.now())
    services.end_access(actor=admin, user=_fresh(desk), at=timezone.now())
    services.reinstate(actor=admin, user=_fresh(desk))
    assert not _fresh(desk).is_active


def test_the_last_day_ends_in_the_clinics_zone(admin, dr_lee):
    set_identity(time_zone="America/New_York")
    services.set_leaving_date(actor=admin, user=dr_lee, leaves_date=date(2030, 7, 1))
    assert _fresh(dr_lee).access_ends_at == datetime(2030, 7, 1, 4, tzinfo=UTC)
    dr_lee.doctor.refresh_from_db()
    assert dr_lee.doctor.left_date == date(2030, 7, 1)
    services.set_leaving_date(actor=admin, user=dr_lee, leaves_date=None)
    assert _fresh(dr_lee).access_ends_at is None


def test_rights_end_without_any_job(client, admin, ann, dr_lee):
    client.force_login(dr_lee)
    assert client.get(DAY).status_code == 200
    today = timezone.localdate()
    services.set_leaving_date(
        actor=admin, user=dr_lee, leaves_date=today + timedelta(days=2)
    )
    assert has_role(_fresh(dr_lee), Role.DOCTOR)
    assert client.get(DAY).status_code == 200
    services.set_leaving_date(actor=admin, user=dr_lee, leaves_date=today)
    user = _fresh(dr_lee)
    assert not has_role(user, Role.DOCTOR)
    assert not user.has_perm("records.view_record", ann.patient)
    assert client.get(DAY).status_code == 403


def test_the_job_takes_the_roles_and_leaves_patients_their_account(admin, dr_lee, desk):
    assign_role(actor=None, user=desk, role=Role.PATIENT)
    for user in (dr_lee, desk):
        services.set_leaving_date(
            actor=admin, user=user, leaves_date=timezone.localdate()
        )
    for _ in range(2):
        end_employments()
    assert not _fresh(dr_lee).is_active
    assert _fresh(desk).is_active
    assert set(desk.role_assignments.values_list("role", flat=True)) == {"PATIENT"}
    assert has_role(_fresh(desk), Role.PATIENT)


def test_somebody_who_has_left_is_given_no_role(admin, dr_lee):
    services.set_leaving_date(
        actor=admin, user=dr_lee, leaves_date=timezone.localdate()
    )
    with pytest.raises(Left):
        services.give_role(
            actor=admin,
            user=_fresh(dr_lee),
            role=Role.NURSE,
            place=None,
            at=timezone.now(),
        )


def test_a_date_that_is_none_is_said_beside_the_field(client, admin, desk):
    client.force_login(admin)
    answer = client.post(_to("person_leaving", desk), {"leaves_date": "tomorrow"})
    assert answer.status_code == 422
    assert "Enter a date, for example 2027-03-31" in answer.text
