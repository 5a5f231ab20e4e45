"""Erasing: step by step, each in a transaction of its own that also says it is done.

A worker may go away anywhere; the next goes on with the first step that is not done.
Within a step everything bears being done twice.
"""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import Patient, Proxy
from accounts.users.services import deactivate_user
from audit.entries.models import Category
from audit.services import record
from foundation.formats import long_date
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import Recipient
from portal.erasures.models import Erasure, kept_path
from portal.erasures.queries import (
    STEPS,
    kept_labels,
    kept_until,
    patients_of,
    table_of,
)
from portal.exports.models import ExportPart
from portal.exports.queries import Archive, Person
from portal.holdings.queries import HOLDINGS, Fate, Holding, rows_about
from records.models import Document, Prescription, UploadPart

# What stands where a birth date must stand, of somebody who is forgotten.
NO_DAY = date(1900, 1, 1)


class NotReadable(Exception):
    """The closed record that was written can't be read again: nothing is erased."""


def carry_out(*, erasure: Erasure, at: datetime) -> None:
    """All steps that are not done yet, in their order. Raises what a step raises, with
    the steps before it kept."""
    for name in STEPS:
        _step(erasure, name, at)
    _finish(erasure, at)


def last_message_key(erasure: Erasure) -> str:
    """The dedupe key of the one message that outlives the rest, until it is sent."""
    return f"erasure-done:{erasure.pk}"


@transaction.atomic
def _step(erasure: Erasure, name: str, at: datetime) -> None:
    # The row's lock keeps a second worker out until this step is done.
    found = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if found.status != Erasure.Status.RUNNING or name in found.done:
        return
    _DO[name](found, at)
    found.done = [*found.done, name]
    found.save()


def _account(erasure: Erasure, at: datetime) -> None:
    """Nobody signs in any more, and every session ends."""
    deactivate_user(actor=erasure.released_by, user=erasure.user, at=at)


def _keep(erasure: Erasure, at: datetime) -> None:
    """What the law keeps goes into a sealed file, which is read again to be sure."""
    patients = patients_of(erasure)
    erasure.kept_until = kept_until(patients, at.date())
    if erasure.kept_until is None:
        return
    person = Person(user=erasure.user, patients=patients, is_whole=True)
    archive = Archive(person, at=at, on_step=lambda done: None, labels=kept_labels())
    storage: Any = erasure.kept.storage
    name = storage.save(kept_path(erasure, ""), archive)
    with storage.open(name) as file, zipfile.ZipFile(file) as zipped:
        if zipped.testzip() is not None or archive.missing:
            raise NotReadable(f"Erasure {erasure.pk}: the closed record is not whole.")
    erasure.kept.name, erasure.kept_size = name, storage.size(name)


def _tell(erasure: Erasure, at: datetime) -> None:
    """The last message, while the address is known."""
    until = erasure.kept_until
    notify(
        event="erasure_done",
        kind=Kind.URGENT,
        recipient=Recipient(
            name=erasure.user.get_full_name(),
            email=erasure.user.email,
            language=erasure.user.language,
        ),
        context={"until": long_date(until) if until else "", "asked": erasure.pk},
        at=at,
        dedupe_key=last_message_key(erasure),
        channels=[Channel.EMAIL],
    )


def _files(erasure: Erasure, at: datetime) -> None:
    """Every file goes with its keys, and every version of it."""
    patients = patients_of(erasure)
    count = 0
    for holder, name in (
        *((patient, "picture") for patient in patients),
        *((row, "file") for row in Document.objects.filter(patient__in=patients)),
        *((row, "file") for row in _parts_on_their_way(patients)),
        *((row, "file") for row in erasure.user.exports.all()),
        *(
            (row, "file")
            for row in ExportPart.objects.filter(export__user=erasure.user)
        ),
    ):
        stored = getattr(holder, name)
        if stored:
            stored.storage.shred(stored.name)
            count += 1
    erasure.report["files"] = ["shredded", count]


def _parts_on_their_way(patients: list[Patient]) -> Any:
    return UploadPart.objects.filter(upload__patient__in=patients)


def _rows(erasure: Erasure, at: datetime) -> None:
    """Table by table, as HOLDINGS says. What is kept stands in the file by now."""
    patients = patients_of(erasure)
    prescriptions = Prescription.objects.filter(patient__in=patients)
    # They hold on to each other and to their papers.
    prescriptions.update(replaces=None, pdf=None)
    for label, holding in _in_order():
        rows = rows_about(label, user=erasure.user, patients=patients, is_whole=True)
        if label == "notifications.Delivery":
            rows = rows.exclude(dedupe_key=last_message_key(erasure))
        if holding.fate is Fate.STAY:
            erasure.report[label] = [holding.fate.value, rows.count()]
            continue
        keys = list(rows.values_list("pk", flat=True))
        found = table_of(label).filter(pk__in=keys)
        if holding.fate is Fate.DELETE or holding.leaves:
            found.delete()
        elif holding.clears and label not in _NAMED:
            found.update(**dict.fromkeys(holding.clears.split(), ""))
        erasure.report[label] = [holding.fate.value, len(keys)]
    # Where others invited them.
    Proxy.objects.filter(email__iexact=erasure.user.email).update(email="")
    # This row is saved after the step.
    erasure.words = erasure.reason = ""


# Emptied in a step of their own, last: until then their rows are found by them.
_NAMED = ("accounts.User", "accounts.Patient")


def _in_order() -> list[tuple[str, Holding]]:
    """The tables, those that point at others before these."""
    first = ("records.PrescriptionItem", "records.Prescription", "records.Document")
    rest = [label for label in HOLDINGS if label not in first]
    return [(label, HOLDINGS[label]) for label in (*first, *rest)]


def _name(erasure: Erasure, at: datetime) -> None:
    """The account and the record become pseudonyms: what points at them, such as the
    access log, names nobody any more."""
    for patient in patients_of(erasure):
        Patient.objects.filter(pk=patient.pk).update(
            user=None,
            first_name="Erased",
            last_name="",
            birth_date=NO_DAY,
            sex=Patient.Sex.UNKNOWN,
            email="",
            phone="",
            address="",
            time_zone="",
            language="en",
            picture="",
        )
    user = erasure.user
    user.email = f"erased-{user.public_id.hex}@erased.invalid"
    user.first_name = user.last_name = user.time_zone = ""
    user.language = "en"
    user.last_login = None
    user.has_second_factor = user.has_code_factor = False
    user.set_unusable_password()
    user.save()


_DO: dict[str, Callable[[Erasure, datetime], None]] = {
    "account": _account,
    "keep": _keep,
    "tell": _tell,
    "files": _files,
    "rows": _rows,
    "name": _name,
}


@transaction.atomic
def _finish(erasure: Erasure, at: datetime) -> None:
    found = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if found.status != Erasure.Status.RUNNING or set(found.done) != set(STEPS):
        return
    found.status, found.finished_at = Erasure.Status.DONE, at
    found.save(update_fields=["status", "finished_at", "updated_at"])
    record(
        actor=None,
        verb="erasure.done",
        subject=found,
        patient=found.patient,
        category=Category.ACCOUNTS,
        detail={
            "rows": sum(count for _, count in found.report.values()),
            "kept_until": found.kept_until.isoformat() if found.kept_until else None,
        },
    )


def forget_last_messages() -> int:
    """Delete the last messages that are on their way or given up; how many."""
    waiting = (Delivery.Status.QUEUED, Delivery.Status.SENDING)
    over = Delivery.objects.filter(dedupe_key__startswith="erasure-done:")
    deleted, _ = over.exclude(status__in=waiting).delete()
    return deleted


@transaction.atomic
def shred_kept(*, erasure: Erasure, at: datetime) -> bool:
    """The day has come: the closed record goes too. Whether there was one."""
    found = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if not found.kept or found.kept_until is None or found.kept_until > at.date():
        return False
    storage: Any = found.kept.storage
    storage.shred(found.kept.name)
    found.kept.name, found.words = "", ""
    found.save(update_fields=["kept", "words", "updated_at"])
    record(
        actor=None,
        verb="erasure.kept_shredded",
        subject=found,
        patient=found.patient,
        category=Category.ACCOUNTS,
    )
    return True
