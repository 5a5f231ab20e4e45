"""What people hold to work here, and the warnings before it ends."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.credentials.queries import clinic_today, ending, expired_holders
from clinic.credentials.services import NotYourOwn, save_credential, warn_of_end
from clinic.credentials.tasks import warn_of_ends
from clinic.models import Credential
from notifications.models import Delivery
from tests.jobs import queued_jobs, run_jobs

TYPED = {
    "kind": "LICENCE",
    "number": "7654321",
    "issuer": "General Medical Council",
    "country": "gb",
    "valid_until": "2031-03-31",
    "document": "Cabinet 2",
}


@pytest.fixture
def make(dr_lee):
    def make(days=None, kind="LICENCE", user=None):
        today = clinic_today(timezone.now())
        return Credential.objects.create(
            user=user or dr_lee,
            kind=kind,
            number="1",
            issuer="GMC",
            country="GB",
            valid_until=None if days is None else today + timedelta(days=days),
        )

    return make


def _page(user):
    return reverse("clinic:credentials", args=[user.public_id])


def test_medical_administration_adds_renews_and_takes_off(
    client, medical_admin, dr_lee
):
    client.force_login(medical_admin)
    assert client.post(_page(dr_lee), TYPED).url == _page(dr_lee)
    row = Credential.objects.get()
    assert (row.user, row.country, row.valid_until) == (
        dr_lee,
        "GB",
        date(2031, 3, 31),
    )
    change = reverse("clinic:credential", args=[row.public_id])
    client.post(change, {**TYPED, "valid_until": "2032-03-31"})
    row.refresh_from_db()
    assert row.valid_until == date(2032, 3, 31)
    client.post(reverse("clinic:credential_end", args=[row.public_id]))
    assert "7654321" not in client.get(_page(dr_lee)).text
    assert Credential.objects.count() == 1


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(client, admin, dr_lee):
    client.force_login(admin)
    answer = client.post(
        _page(dr_lee), {**TYPED, "country": "England", "valid_until": "soon"}
    )
    assert answer.status_code == 422
    assert "Enter a date, for example 2027-03-31" in answer.text
    assert "General Medical Council" in answer.text
    assert not Credential.objects.exists()


def test_nobody_checks_their_own_papers(client, medical_admin, make):
    row = make(user=medical_admin)
    client.force_login(medical_admin)
    client.post(_page(medical_admin), TYPED)
    client.post(reverse("clinic:credential_end", args=[row.public_id]))
    row.refresh_from_db()
    assert row.ended_at is None
    assert Credential.objects.count() == 1
    with pytest.raises(NotYourOwn):
        save_credential(
            actor=medical_admin,
            user=medical_admin,
            at=timezone.now(),
            kind="LICENCE",
        )


@pytest.mark.parametrize("who", ["ann", "dr_roy", "desk", "biller", "editor"])
def test_the_lists_are_closed_to_everybody_else(client, dr_lee, make, who, request):
    row = make()
    client.force_login(request.getfixturevalue(who))
    assert client.get(_page(dr_lee)).status_code == 403
    change = reverse("clinic:credential", args=[row.public_id])
    assert client.post(change, TYPED).status_code == 403


def test_somebody_reads_their_own(client, dr_lee, dr_roy, make):
    make(10)
    own = reverse("clinic:own_credentials")
    client.force_login(dr_lee)
    page = client.get(own).text
    assert "Licence 1" in page
    assert "Save" not in page
    client.force_login(dr_roy)
    assert "Licence 1" not in client.get(own).text


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (61, None),
        (60, 60),
        (31, 60),
        (30, 30),
        (8, 30),
        (7, 7),
        (1, 7),
        (0, 0),
        (-5, 0),
        (-31, None),
    ],
)
def test_the_nearest_day_that_has_come_counts(make, left, told):
    row = make(left)
    found = ending(today=clinic_today(timezone.now()))
    assert found == ([] if told is None else [(row, told)])


def test_everybody_is_told_once(make, dr_lee, dr_roy, medical_admin, admin):
    make(7)
    make(None)
    for _ in range(2):
        warn_of_ends()
        run_jobs()
    told = Delivery.objects.filter(event="credential_ends", channel="EMAIL")
    assert sorted(row.to_address for row in told) == sorted(
        [dr_lee.email, medical_admin.email, admin.email]
    )


def test_of_two_workers_one_tells(make):
    row = make(7)
    claim = {"credential": row, "days": 7, "valid_until": row.valid_until}
    assert [warn_of_end(**claim) for _ in range(2)] == [True, False]
    assert len(queued_jobs()) == 1


def test_a_renewed_one_is_warned_of_anew(make):
    row = make(0)
    warn_of_ends()
    row.valid_until += timedelta(days=7)
    row.save()
    assert [days for _, days in ending(today=clinic_today(timezone.now()))] == [7]


def test_the_list_of_people_shows_what_is_expired(client, admin, make, dr_lee, dr_roy):
    make(-1)
    make(-1, user=dr_roy)
    make(300, user=dr_roy)
    make(-1, kind="CERTIFICATE", user=admin)
    today = clinic_today(timezone.now())
    assert expired_holders([dr_lee, dr_roy, admin], today=today) == {dr_lee.pk}
    client.force_login(admin)
    page = client.get(reverse("clinic:people")).text
    assert page.count("Licence or insurance expired") == 1
