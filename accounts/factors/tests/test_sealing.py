"""The secrets of apps: sealed in the database, brought there from where they were."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from accounts.emergency_access.services import open_access, review_access
from accounts.factors.services import prove_code
from accounts.models import AuthenticatorApp
from foundation.encryption.keyring import Unopened
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.django_db
EDITOR = SimpleNamespace(connection=connection)
MOVE = import_module("accounts.migrations.0014_seal_secrets")
REASON = "Found unconscious, need to know what she takes"


def fetch(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_database_does_not_show_a_secret(ann):
    app = with_app(ann)
    ((held,),) = fetch("SELECT key FROM accounts_authenticatorapp")
    assert len(app.key) == 40
    assert app.key not in held
    assert held.startswith("mc1:")


def test_anothers_secret_does_not_open_in_ones_own_row(ann, zoe):
    mine, hers = with_app(ann), with_app(zoe)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_authenticatorapp SET key = (SELECT key FROM"
            " accounts_authenticatorapp WHERE id = %s) WHERE id = %s",
            [mine.pk, hers.pk],
        )
    with pytest.raises(Unopened):
        prove_code(user=zoe, code=code_of(mine), at=timezone.now())


def test_nor_why_a_record_was_opened_or_what_was_thought_of_it(
    ann, dr_roy, medical_admin
):
    at = timezone.now()
    access = open_access(actor=dr_roy, patient=ann.patient, reason=REASON, at=at)
    note = "Talk about the wording"
    review_access(
        actor=medical_admin, access=access, outcome="QUERIED", note=note, at=at
    )
    ((reason, held),) = fetch(
        "SELECT reason, review_note FROM accounts_emergencyaccess"
    )
    assert "unconscious" not in reason
    assert "wording" not in held
    access.refresh_from_db()
    assert (access.reason, access.review_note) == (REASON, note)


def test_an_older_versions_apps_come_along_sealed_and_go_back_open(ann, zoe):
    keys = {user.pk: with_app(user).key for user in (ann, zoe)}
    MOVE.give_apps_back(None, EDITOR)
    assert not AuthenticatorApp.objects.exists()
    assert dict(fetch("SELECT user_id, key FROM otp_totp_totpdevice")) == keys
    with connection.cursor() as cursor:
        # One that was begun and never confirmed does not come along.
        cursor.execute(
            "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0,"
            " digits, tolerance, drift, last_t, throttling_failure_count)"
            " VALUES (%s, 'half', false, 'ab', 30, 0, 6, 1, 0, -1, 0)",
            [ann.pk],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    MOVE.take_apps(None, EDITOR)
    assert fetch("SELECT to_regclass('otp_totp_totpdevice')") == [(None,)]
    assert {app.user_id: app.key for app in AuthenticatorApp.objects.all()} == keys
    for app in AuthenticatorApp.objects.select_related("user"):
        code = code_of(app)
        assert prove_code(user=app.user, code=code, at=timezone.now()) == "app"
