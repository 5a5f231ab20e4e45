"""Taking files in parts. Who calls these has asked whether the actor may add to the
patient's record."""

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.patients.models import Patient
from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from foundation.errors import Refused
from records.uploads.models import Upload, UploadPart
from records.uploads.queries import (
    KEPT,
    MAX_BYTES,
    MOST_WAITING,
    TOO_LARGE,
    Named,
    overdue,
    received,
    same_file,
    waiting,
)


class TooLarge(Refused):
    sentence = TOO_LARGE


class Elsewhere(Refused):
    """The part does not begin where the last one ended."""

    sentence = "The file goes on at another place."


class Gone(Refused):
    sentence = "This file is no longer here. Choose it again."


def begin_upload(
    *, actor: User, patient: Patient, size: int, named: Named, at: datetime
) -> Upload:
    """Make room for a file of `size` bytes, for a day; nothing of it is here yet.

    The same file, begun before by the same person for the same patient, goes on. Who
    has too many on their way lets the oldest go. Raises TooLarge.
    """
    if size > MAX_BYTES:
        raise TooLarge
    with transaction.atomic():
        # One after the other, so that many at once do not pass the limit together.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
        known = same_file(actor, patient, size=size, sha256=named.sha256, at=at)
        if known is not None:
            return known
        too_many = waiting(actor, at=at)[MOST_WAITING - 1 :]
        Upload.objects.filter(pk__in=[one.pk for one in too_many]).update(expires_at=at)
        upload = Upload.objects.create(
            patient=patient,
            uploaded_by=actor,
            size=size,
            ending=named.ending,
            sha256=named.sha256,
            created_at=at,
            expires_at=at + KEPT,
        )
        record(
            actor=actor,
            verb="upload.begun",
            subject=upload,
            patient=patient,
            category=Category.DOCUMENTS,
        )
    return upload


def append_part(*, upload: Upload, offset: int, content: bytes, at: datetime) -> int:
    """Keep the bytes that follow `offset`, sealed; how many have arrived then.

    Any process may take any part: the rows count, under the lock of the upload. Raises
    Elsewhere where the last part ended somewhere else, TooLarge beyond the end, Gone
    where the upload has ended meanwhile, and Away where the storage does not answer.
    """
    if received(upload) != offset:
        raise Elsewhere
    if offset + len(content) > upload.size:
        raise TooLarge
    if not content:
        return offset
    part = UploadPart(upload=upload, offset=offset, size=len(content))
    part.file.save("part", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            held = Upload.objects.select_for_update().filter(pk=upload.pk).first()
            if held is None or held.expires_at <= at:
                raise Gone
            if received(held) != offset:
                raise Elsewhere
            part.save()
    except Exception:
        # What nobody names is swept in any case (portal.orphans); this is sooner.
        part.file.delete(save=False)
        raise
    return offset + len(content)


def end_upload(*, upload: Upload, at: datetime) -> None:
    """Nobody needs it any more: it was added, refused or stopped. `sweep_uploads`
    destroys what has arrived."""
    Upload.objects.filter(pk=upload.pk, expires_at__gt=at).update(expires_at=at)


def sweep_uploads(*, at: datetime) -> int:
    """Destroy what has expired, with its keys; of how many uploads.

    Files first: what is cut off in between is still overdue the next time.
    """
    swept = 0
    for pk in list(overdue(at).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            # A part that is being added holds this lock, and is then seen here.
            upload = (
                overdue(at).select_for_update(skip_locked=True).filter(pk=pk).first()
            )
            if upload is None:
                continue
            for part in upload.parts.all():
                storage: Any = part.file.storage
                storage.shred(part.file.name)
            upload.delete()
            swept += 1
    return swept
