"""Asking for a copy of one's data, making it, handing it out and deleting it."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.users.models import STAFF_ROLES
from accounts.users.permissions import has_role
from audit.entries.models import Action, Category
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish
from foundation.jobs import enqueue
from portal.exports.models import Export, ExportPart, archive_path
from portal.exports.permissions import can_ask
from portal.exports.queries import Archive, Person, Progress, kinds
from portal.holdings.queries import records_of

# How long an archive may be fetched.
OPENS_FOR = timedelta(hours=24)
# A worker that has not finished by then has gone away.
GIVEN_UP = timedelta(hours=1)
EVERYTHING = ",".join(
    one
    for one in Category.values
    if one not in {Category.SETTINGS, Category.ACCESS_LOG, Category.PAGES}
)


class OneAtATime(Refused):
    sentence = (
        "A copy is being made or is ready already. Fetch it, or delete it and ask anew."
    )


class NotForThem(Refused):
    sentence = "Patients get a copy of their own data. You have no record here."


@transaction.atomic
def ask_export(*, actor: User, at: datetime) -> Export:
    """Have a copy of everything about `actor` made. Publishes portal.export_asked.

    Raises OneAtATime while another is under way or waits to be fetched, and NotForThem
    for whoever is no patient.
    """
    if not can_ask(actor, None):
        raise NotForThem
    expire(Export.objects.filter(user=actor, expires_at__lte=at))
    try:
        with transaction.atomic():
            export = Export.objects.create(user=actor, total=len(kinds()))
    except IntegrityError as error:
        raise OneAtATime from error
    _record(export, actor, "export.asked")
    publish("portal.export_asked", export_id=export.pk)
    return export


def _never() -> bool:
    return False


def collect_export(
    *, export: Export, at: datetime, is_over: Callable[[], bool] = _never
) -> None:
    """Make the archive, or as much of it as there is time for until `is_over` says so,
    and have the next job go on; at the end say that it is ready. Publishes
    portal.export_ready.

    Runs twice without harm: while one worker is at it another does nothing, and what a
    worker that went away left half written is deleted first; whole parts stay. Gives up
    where the person may not have it any more.
    """
    claimed = _claim(export, at)
    if claimed is None:
        return
    if not can_ask(claimed.user, None):
        fail_export(export=claimed)
        return
    person = Person(
        user=claimed.user,
        patients=records_of(claimed.user),
        works_here=has_role(claimed.user, *STAFF_ROLES),
    )
    mine = Export.objects.filter(
        pk=claimed.pk, status=Export.Status.COLLECTING, claimed_at=at
    )
    last = claimed.parts.order_by("-number").first()
    progress = Progress.from_json(last.progress) if last else Progress()
    # As of the first part, so that all of it is of one moment.
    since = claimed.created_at if last else at
    archive = Archive(
        person,
        at=since,
        on_step=lambda done: _note(mine, done),
        progress=progress,
        is_over=is_over,
    )
    mine.update(total=archive.total)
    storage: Any = claimed.file.storage
    name = storage.save(claimed.file.name, archive)
    finish = _finish if progress.is_finished else _pause
    if not finish(claimed, mine, name, progress, at):
        storage.shred(name)


@transaction.atomic
def _finish(
    export: Export, mine: QuerySet[Export], name: str, progress: Progress, at: datetime
) -> bool:
    """The last part is there; whether the work was still ours."""
    is_ready = mine.update(
        status=Export.Status.READY,
        file=name,
        size=progress.size,
        ready_at=at,
        expires_at=at + OPENS_FOR,
    )
    if is_ready:
        _forget_progress(export)
        _record(export, None, "export.collected")
        publish("portal.export_ready", export_id=export.pk)
    return bool(is_ready)


@transaction.atomic
def _pause(
    export: Export, mine: QuerySet[Export], name: str, progress: Progress, at: datetime
) -> bool:
    """One part is there, and the next job is queued; whether the work was still
    ours."""
    if not mine.update(is_between=True, file=""):
        return False
    _forget_progress(export)
    before = sum(export.parts.values_list("size", flat=True))
    ExportPart.objects.create(
        export=export,
        number=export.parts.count() + 1,
        file=name,
        size=progress.size - before,
        progress=progress.to_json(),
    )
    enqueue("portal.exports.tasks.collect", export_id=export.pk)
    return True


def _forget_progress(export: Export) -> None:
    """What the page will show stands in the archive only."""
    export.parts.exclude(progress="").update(progress="")


def _note(rows: QuerySet[Export], done: int) -> None:
    rows.update(done=done)


@transaction.atomic
def _claim(export: Export, at: datetime) -> Export | None:
    """Take the work, with a name for the file, so that a torn one is found again."""
    found = (
        Export.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=export.pk)
        .first()
    )
    if found is None:
        return None
    # The queue ends a job that takes longer, and hands it out anew.
    stale = at - timedelta(seconds=settings.Q_CLUSTER["timeout"])
    is_left = found.status == Export.Status.COLLECTING and (
        found.is_between or (found.claimed_at is not None and found.claimed_at <= stale)
    )
    if found.status != Export.Status.WAITING and not is_left:
        return None
    if found.file:
        found.file.storage.shred(found.file.name)  # type: ignore[attr-defined]
    found.status = Export.Status.COLLECTING
    found.claimed_at, found.is_between = at, False
    found.file.name = archive_path(found, "")
    found.save(
        update_fields=["status", "claimed_at", "is_between", "file", "updated_at"]
    )
    return found


def fail_export(*, export: Export) -> None:
    """Give up on one that is under way; its page says so."""
    _shred(export, list(export.parts.all()))
    export.parts.all().delete()
    Export.objects.filter(
        pk=export.pk, status__in=[Export.Status.WAITING, Export.Status.COLLECTING]
    ).update(status=Export.Status.FAILED, file="")


@transaction.atomic
def withdraw_exports(*, users: Iterable[User], at: datetime) -> None:
    """Let nobody fetch a copy that was made or begun until now: it may hold what turned
    out to be another person's. The caller says so in the same transaction.

    A copy that is ready opens no more and is swept. What is under way fails; its files
    go after the commit, or are swept as files that no row names.
    """
    rows = Export.objects.select_for_update().filter(user__in=users)
    rows.filter(status=Export.Status.READY, expires_at__gt=at).update(expires_at=at)
    under_way = [Export.Status.WAITING, Export.Status.COLLECTING]
    for export in rows.filter(status__in=under_way):
        transaction.on_commit(partial(_shred, export, list(export.parts.all())))
        export.parts.all().delete()
        Export.objects.filter(pk=export.pk).update(status=Export.Status.FAILED, file="")


@transaction.atomic
def record_download(*, actor: User, export: Export, at: datetime) -> None:
    """Log that the archive is about to leave the house."""
    Export.objects.filter(pk=export.pk).update(downloaded_at=at)
    _record(export, actor, "export.downloaded", action=Action.EXPORT)


@transaction.atomic
def remove_export(*, actor: User, export: Export) -> None:
    """Delete the archive before its day is over. Deleting twice does no harm."""
    if expire(Export.objects.filter(pk=export.pk)):
        _record(export, actor, "export.removed")


def expire(exports: QuerySet[Export]) -> int:
    """Delete the archives of these exports for good; how many there were.

    The file goes first: what is cut off in between is found and done again.
    """
    gone = 0
    for export in exports.filter(status=Export.Status.READY):
        _shred(export, list(export.parts.all()))
        export.parts.all().delete()
        gone += Export.objects.filter(pk=export.pk, status=Export.Status.READY).update(
            status=Export.Status.GONE, file=""
        )
    return gone


def sweep_exports(*, at: datetime) -> int:
    """Delete what is over and give up on what a worker left; how many were deleted."""
    left = Export.objects.filter(
        Q(claimed_at__lte=at - GIVEN_UP)
        | Q(claimed_at=None, created_at__lte=at - GIVEN_UP),
        status__in=[Export.Status.WAITING, Export.Status.COLLECTING],
    )
    for export in left:
        fail_export(export=export)
    return expire(Export.objects.filter(expires_at__lte=at))


def _shred(export: Export, parts: list[ExportPart]) -> None:
    """Its own file first: without its end an archive opens for nobody. The rows of the
    parts are the caller's to delete."""
    storage: Any = export.file.storage
    last_first = sorted(parts, key=lambda part: part.number, reverse=True)
    for file in (export.file, *(part.file for part in last_first)):
        if file:
            storage.shred(file.name)


def _record(
    export: Export, actor: User | None, verb: str, action: str = Action.CHANGE
) -> None:
    patients = records_of(export.user)
    record(
        actor=actor,
        verb=verb,
        action=action,
        subject=export,
        patient=patients[0] if patients else None,
        category=EVERYTHING if action == Action.EXPORT else Category.ACCOUNTS,
    )
