"""Asking for a copy, making it once, and its end."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import remove_role
from audit.models import Entry
from notifications.models import Delivery
from portal.exports.models import Export
from portal.exports.queries import kinds, openable
from portal.exports.services import (
    GIVEN_UP,
    OPENS_FOR,
    NotForThem,
    OneAtATime,
    ask_export,
    collect_export,
    record_download,
    remove_export,
    sweep_exports,
)
from tests.jobs import queued_jobs, run_jobs

AT = timezone.now()


def ready(user, at=AT) -> Export:
    export = ask_export(actor=user, at=at)
    collect_export(export=export, at=at)
    export.refresh_from_db()
    return export


def held(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_worker_makes_it_and_the_person_is_told(clinical_files, ann):
    export = ask_export(actor=ann, at=AT)
    assert export.status == Export.Status.WAITING
    assert queued_jobs()[0] == (
        "portal.exports.tasks.collect",
        {"export_id": export.pk},
    )
    run_jobs()
    export.refresh_from_db()
    assert export.status == Export.Status.READY
    assert export.done == export.total == len(kinds())
    assert export.expires_at - export.ready_at == OPENS_FOR == timedelta(hours=24)
    assert export.size == export.file.size > 1000
    mails = {row.event: row for row in Delivery.objects.filter(channel="EMAIL")}
    assert set(mails) == {"export_asked", "export_ready"}
    for mail in mails.values():
        assert mail.to_address == "ann@example.org"
        assert "/portal/account/data/" in mail.body_text
        # The address opens nothing by itself.
        assert export.public_id.hex not in mail.body_text.replace("-", "")


def test_what_lies_in_the_storage_is_sealed(clinical_files, ann):
    ready(ann)
    files = held(clinical_files / "exports")
    assert len(files) == 2
    assert all(b"PK\x03\x04" not in file.read_bytes() for file in files)
    assert all(b"ann@example.org" not in file.read_bytes() for file in files)


def test_only_patients_ask(clinical_files, ann, dr_lee, desk, admin):
    for user in (dr_lee, desk, admin):
        with pytest.raises(NotForThem):
            ask_export(actor=user, at=AT)
    assert not Export.objects.exists()


def test_one_at_a_time(clinical_files, ann, zoe):
    first = ask_export(actor=ann, at=AT)
    with pytest.raises(OneAtATime):
        ask_export(actor=ann, at=AT)
    collect_export(export=first, at=AT)
    with pytest.raises(OneAtATime):
        ask_export(actor=ann, at=AT)
    ask_export(actor=zoe, at=AT)
    assert Export.objects.filter(user=ann).count() == 1
    with pytest.raises(IntegrityError):
        Export.objects.create(user=ann)


def test_the_next_day_one_may_ask_anew_swept_or_not(clinical_files, ann):
    old = ready(ann)
    new = ask_export(actor=ann, at=AT + OPENS_FOR)
    old.refresh_from_db()
    assert old.status == Export.Status.GONE
    assert new.status == Export.Status.WAITING


def test_it_opens_for_its_owner_for_a_day(clinical_files, ann, zoe):
    export = ready(ann)
    almost = AT + OPENS_FOR - timedelta(seconds=1)
    assert list(openable(ann, almost)) == [export]
    assert list(openable(ann, AT + OPENS_FOR)) == []
    assert list(openable(zoe, AT)) == []


def test_after_its_day_nothing_is_left_of_it(clinical_files, ann):
    export = ready(ann)
    assert held(clinical_files / "exports")
    assert sweep_exports(at=AT + OPENS_FOR - timedelta(seconds=1)) == 0
    assert sweep_exports(at=AT + OPENS_FOR) == 1
    assert held(clinical_files / "exports") == []
    export.refresh_from_db()
    assert (export.status, export.file.name) == (Export.Status.GONE, "")
    assert sweep_exports(at=AT + OPENS_FOR) == 0


def test_its_owner_may_delete_it_before(clinical_files, ann):
    export = ready(ann)
    for _ in range(2):
        remove_export(actor=ann, export=export)
    assert held(clinical_files / "exports") == []
    assert Entry.objects.filter(verb="export.removed").count() == 1


def test_a_job_that_runs_twice_makes_one_archive(clinical_files, ann):
    export = ready(ann)
    name = export.file.name
    collect_export(export=export, at=AT + timedelta(minutes=5))
    export.refresh_from_db()
    assert export.file.name == name
    assert Entry.objects.filter(verb="export.collected").count() == 1


def test_a_worker_that_went_away_is_followed_by_another(
    clinical_files, ann, monkeypatch
):
    """What the first one left half written is deleted."""
    export = ask_export(actor=ann, at=AT)

    def killed(rows, done):
        if done == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("portal.exports.services._note", killed)
        with pytest.raises(KeyboardInterrupt):
            collect_export(export=export, at=AT)
    export.refresh_from_db()
    assert export.status == Export.Status.COLLECTING
    torn = export.file.name
    # While the first may still be at it, the second keeps away.
    collect_export(export=export, at=AT + timedelta(seconds=30))
    export.refresh_from_db()
    assert export.status == Export.Status.COLLECTING
    collect_export(export=export, at=AT + timedelta(seconds=61))
    export.refresh_from_db()
    assert export.status == Export.Status.READY
    assert export.file.name != torn
    assert not (clinical_files / torn).exists()
    assert len(held(clinical_files / "exports")) == 2


def test_what_nobody_finishes_is_given_up(clinical_files, ann):
    Export.objects.create(
        user=ann, status="COLLECTING", claimed_at=AT, file="exports/torn"
    )
    sweep_exports(at=AT + GIVEN_UP - timedelta(seconds=1))
    assert Export.objects.get().status == Export.Status.COLLECTING
    sweep_exports(at=AT + GIVEN_UP)
    assert Export.objects.get().status == Export.Status.FAILED
    ask_export(actor=ann, at=AT + GIVEN_UP)


def test_who_may_no_longer_gets_nothing(clinical_files, ann):
    """Asked when it runs, not when it was asked for."""
    export = ask_export(actor=ann, at=AT)
    remove_role(actor=None, user=ann, role=Role.PATIENT)
    export = Export.objects.get()
    collect_export(export=export, at=AT)
    export.refresh_from_db()
    assert export.status == Export.Status.FAILED
    assert held(clinical_files) == []


def test_every_step_stands_in_the_log(clinical_files, ann):
    export = ready(ann)
    record_download(actor=ann, export=export, at=AT)
    remove_export(actor=ann, export=export)
    rows = Entry.objects.filter(verb__startswith="export.").order_by("pk")
    assert [(row.verb, row.actor_id, row.action) for row in rows] == [
        ("export.asked", ann.pk, "CHANGE"),
        ("export.collected", None, "CHANGE"),
        ("export.downloaded", ann.pk, "EXPORT"),
        ("export.removed", ann.pk, "CHANGE"),
    ]
    assert {row.patient_id for row in rows} == {ann.patient.pk}
    assert "DOCUMENTS" in rows[2].category


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_is_refused(ann):
    said = []

    def ask():
        try:
            ask_export(actor=ann, at=AT)
            said.append("made")
        except OneAtATime:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["made", "refused", "refused", "refused"]
