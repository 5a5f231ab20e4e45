"""What an erasure leaves, and what it does not."""

import zipfile
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.models import Patient, User
from accounts.users.models import Role
from accounts.users.services import assign_role, open_account
from audit.models import Entry
from booking.models import Appointment
from notifications.dispatch.services import mark_sent
from notifications.models import Delivery
from portal.erasures.models import Erasure
from portal.erasures.queries import STEPS
from portal.erasures.services import (
    NotReadable,
    ask_erasure,
    carry_out,
    decide_erasure,
    forget_last_messages,
    release_erasure,
    shred_kept,
)
from portal.erasures.services import carrying_out as steps
from portal.erasures.tasks import sweep_erasures
from portal.holdings.queries import HOLDINGS, Fate, model_of
from tests.jobs import run_jobs

AT = timezone.now()
WHY = "Nothing of this is needed any more."


def released(user, medical_admin, admin, words="I move away") -> Erasure:
    erasure = ask_erasure(actor=user, words=words, at=AT)
    decide_erasure(
        actor=medical_admin, erasure=erasure, ground="NOT_NEEDED", reason=WHY, at=AT
    )
    return release_erasure(actor=admin, erasure=erasure, at=AT)


def erased(user, medical_admin, admin) -> Erasure:
    erasure = released(user, medical_admin, admin)
    run_jobs()
    erasure.refresh_from_db()
    assert erasure.status == Erasure.Status.DONE
    return erasure


def plain_words() -> str:
    """Everything that any table about people says, sealed or not."""
    said = []
    for label in HOLDINGS:
        for row in model_of(label)._base_manager.all():
            said += [str(getattr(row, f.attname)) for f in row._meta.concrete_fields]
    return "\n".join(said)


def raw_tables() -> str:
    """Every row of every table as the database holds it, queue and cache too."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        said = []
        for name in names:
            quoted = connection.ops.quote_name(name)
            cursor.execute(f"SELECT t::text FROM {quoted} t")  # noqa: S608 of the database
            said += [row[0] for row in cursor]
    return "\n".join(said)


def files(folder) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_nothing_of_hers_is_left_and_all_of_others_is(
    story, ann, zoe, medical_admin, admin, clinical_files
):
    hers = story["Ann"]["shown"] | story["Ann"]["hidden"] | {"ann@example.org"}
    others = story["Zoe"]["shown"] | story["Zoe"]["hidden"]
    before = plain_words() + raw_tables()
    in_tables = {word for word in hers if "content-of-a-file" not in word}
    theirs = {word for word in others if word in before}
    assert len({word for word in in_tables if word in before}) > 70
    own_files = [
        story["Ann"]["rows"]["records.Document"].file.name,
        story["Ann"]["rows"]["accounts.Patient"].picture.name,
    ]
    zoes = {k: v for k, v in files(clinical_files).items()
            if not any(k.startswith(name) for name in own_files)}  # fmt: skip
    assert len(files(clinical_files)) > len(zoes) > 3

    erasure = erased(ann, medical_admin, admin)
    forget_last_messages_once_sent()

    after = plain_words() + raw_tables()
    left = {word for word in in_tables if word in after}
    # What the books need, the pseudonym, and what says nothing of her.
    stays = ("payment", "refunds", "patient-number", "emergency-access-roles",
             "merges-marks", "erasures-done", "erasures-report",
             "documents-sha256")  # fmt: skip
    assert {word for word in left if not word.startswith(
        tuple(f"Ann-{name}" for name in stays))} == set()  # fmt: skip
    assert {word for word in theirs if word not in after} == set()
    now = files(clinical_files)
    kept = {name for name in now if name.startswith("kept/")}
    assert {k: v for k, v in now.items() if k not in kept} == zoes
    assert kept == {erasure.kept.name, f"{erasure.kept.name}.tests.key"}
    assert cache.get("anything") is None


def forget_last_messages_once_sent():
    for delivery in Delivery.objects.filter(event="erasure_done"):
        mark_sent(delivery=delivery, provider_id="", at=AT)
    assert forget_last_messages() == 1


def test_what_the_law_keeps_is_in_the_closed_record_whole(
    story, ann, medical_admin, admin
):
    kept_kinds = {one.kind for one in HOLDINGS.values() if one.fate is Fate.KEEP}
    erasure = erased(ann, medical_admin, admin)
    with erasure.kept.open("rb") as file, zipfile.ZipFile(file) as zipped:
        found = {name: zipped.read(name) for name in zipped.namelist()}
    everything = b"\n".join(found.values()).decode()
    words = {
        word
        for word in story["Ann"]["shown"]
        if any(word.startswith(f"Ann-{kind.replace('_', '-')}-") for kind in kept_kinds)
    }
    assert len(words) > 15
    assert {word for word in words if word not in everything} == set()
    assert "Ann-content-of-a-file" in everything
    # Not what need not be kept.
    assert "portrait" not in everything.replace("files/portrait", "")
    for kind in ("messages", "sessions", "devices", "account"):
        assert f"data/{kind}.json" not in found
    assert erasure.kept_until > date.today() + timedelta(days=7 * 365)  # noqa: DTZ011


def test_the_account_and_the_record_become_pseudonyms(story, ann, medical_admin, admin):
    number = ann.patient.number
    erased(ann, medical_admin, admin)
    user = User.objects.get(pk=ann.pk)
    assert user.email.endswith("@erased.invalid")
    assert not user.is_active
    assert not user.has_usable_password()
    assert not user.has_second_factor
    patient = Patient.objects.get(pk=story["Ann"]["rows"]["accounts.Patient"].pk)
    assert (patient.full_name, patient.user_id) == ("Erased", None)
    # The pseudonym, by which books and log hang together.
    assert patient.number == number
    # The log still tells that somebody did it, and no longer who that was.
    acted = Entry.objects.filter(actor=user).first()
    assert acted.actor.get_full_name() == ""
    # Somebody may join with that address anew, as somebody new.
    assert open_account(email="ann@example.org").pk != user.pk


def test_the_books_still_add_up(story, ann, medical_admin, admin):
    payment = story["Ann"]["rows"]["billing.Payment"]
    before = (payment.amount, payment.status, payment.appointment_id)
    erased(ann, medical_admin, admin)
    payment.refresh_from_db()
    assert (payment.amount, payment.status, payment.appointment_id) == before
    assert payment.refunds.count() == 1
    assert Appointment.objects.filter(pk=payment.appointment_id).exists()


def test_the_report_says_what_became_of_each_table(story, ann, medical_admin, admin):
    report = erased(ann, medical_admin, admin).report
    assert report["files"] == ["shredded", 2]
    assert report["records.Document"] == ["moved into the closed record", 1]
    assert report["accounts.Session"] == ["deleted", 1]
    assert report["accounts.User"] == ["emptied", 1]
    assert report["audit.Entry"][0] == "stays without a name"
    assert set(report) == {*HOLDINGS, "files"}
    assert Entry.objects.filter(verb="erasure.done").count() == 1


def test_she_is_told_a_last_time_and_then_the_address_goes(
    story, ann, medical_admin, admin
):
    email = ann.email
    erasure = erased(ann, medical_admin, admin)
    (last,) = Delivery.objects.filter(event="erasure_done")
    assert last.to_address == email
    assert str(erasure.kept_until.year) in last.body_text
    assert last.user_id is last.patient_id is None
    # Not while it waits to be sent.
    Delivery.objects.filter(pk=last.pk).update(status="QUEUED")
    assert forget_last_messages() == 0
    Delivery.objects.filter(pk=last.pk).update(status="SENT")
    sweep_erasures()
    assert not Delivery.objects.filter(to_address=email).exists()


@pytest.mark.parametrize("name", STEPS)
def test_a_worker_that_goes_away_in_a_step_is_followed_by_another(
    story, ann, medical_admin, admin, clinical_files, monkeypatch, name
):
    """Killed at the end of each step; the next one goes on, and nothing is doubled."""
    erasure = released(ann, medical_admin, admin)
    real = steps._DO[name]

    def killed(*args):
        real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setitem(steps._DO, name, killed)
        with pytest.raises(KeyboardInterrupt):
            carry_out(erasure=erasure, at=AT)
    erasure.refresh_from_db()
    assert erasure.done == list(STEPS[: STEPS.index(name)])
    carry_out(erasure=erasure, at=AT)
    carry_out(erasure=erasure, at=AT)
    erasure.refresh_from_db()
    assert erasure.status == Erasure.Status.DONE
    assert Delivery.objects.filter(event="erasure_done").count() == 1
    assert Entry.objects.filter(verb="erasure.done").count() == 1
    with erasure.kept.open("rb") as file, zipfile.ZipFile(file) as zipped:
        assert b"Ann-appointments-reason" in zipped.read("data/appointments.json")
    assert "Ann-appointments-reason" not in plain_words()


def test_what_cannot_be_kept_is_not_destroyed(
    story, ann, medical_admin, admin, clinical_files
):
    """A document that the law keeps and that can't be read stops it before anything
    of the record is gone."""
    document = story["Ann"]["rows"]["records.Document"]
    for key in (clinical_files / "documents").rglob(f"{document.public_id.hex}*.key"):
        key.unlink()
    erasure = released(ann, medical_admin, admin)
    with pytest.raises(NotReadable):
        carry_out(erasure=erasure, at=AT)
    erasure.refresh_from_db()
    assert erasure.done == ["account"]
    assert "Ann-appointments-reason" in plain_words()


def test_where_nothing_happened_nothing_is_kept(
    zoe, medical_admin, admin, clinical_files
):
    erasure = erased(zoe, medical_admin, admin)
    assert (erasure.kept.name, erasure.kept_until) == ("", None)
    (last,) = Delivery.objects.filter(event="erasure_done")
    assert "nothing that the law has us keep" in " ".join(last.body_text.split())
    assert Patient.objects.get(first_name="Erased")


def test_the_closed_record_goes_on_its_day(
    story, ann, medical_admin, admin, clinical_files
):
    erasure = erased(ann, medical_admin, admin)
    day = timezone.make_aware(
        timezone.datetime.combine(erasure.kept_until, timezone.datetime.min.time())
    )
    assert not shred_kept(erasure=erasure, at=day - timedelta(days=1))
    assert shred_kept(erasure=erasure, at=day)
    assert not shred_kept(erasure=erasure, at=day)
    assert not [name for name in files(clinical_files) if name.startswith("kept/")]
    assert Entry.objects.filter(verb="erasure.kept_shredded").count() == 1


def test_who_became_staff_meanwhile_keeps_their_account(
    story, ann, medical_admin, admin
):
    erasure = ask_erasure(actor=ann, words="", at=AT)
    decide_erasure(
        actor=medical_admin, erasure=erasure, ground="NOT_NEEDED", reason=WHY, at=AT
    )
    assign_role(actor=None, user=ann, role=Role.RECEPTIONIST)
    with pytest.raises(Exception, match="works here"):
        release_erasure(actor=admin, erasure=erasure, at=AT)
