"""Making one record of two."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Max

from accounts.models import Patient, User
from accounts.patients.services import correct_patient
from accounts.sessions.models import Ended
from accounts.sessions.services import end_sessions
from accounts.users.services import suspend_user
from audit.services import record
from booking.appointments.services import takes_time
from foundation.events import publish
from foundation.scene import forget_answers
from portal.merges.models import Merge, MovedRow
from portal.merges.queries import (
    FACTS,
    digests,
    moving,
    obstacles,
    owner_after,
    sealed,
    unused_of,
    value_of,
)
from portal.merges.services.refusals import (
    InTheWay,
    MergedAlready,
    check,
    lock_both,
)
from portal.merges.services.settling import Settled, settle


@takes_time
def merge_records(
    *,
    actor: User,
    kept: Patient,
    merged: Patient,
    facts: Collection[str],
    reason: str,
    at: datetime,
) -> Merge:
    """Let `kept` take over everything of `merged`, and of the identity the `facts` that
    are right there. The account that is in use goes along.

    Locks both records. Publishes portal.records_merged. Raises NotAllowed, NoReason,
    MergedAlready, InTheWay with all that has to be settled first, and Busy.
    """
    check(actor, kept, merged, reason)
    rows = lock_both(kept, merged)
    kept, merged = rows[kept.pk], rows[merged.pk]
    if kept.pk == merged.pk or kept.merged_into_id or merged.merged_into_id:
        raise MergedAlready
    if blocked := obstacles(kept, merged, at=at):
        raise InTheWay(" ".join(blocked))
    merge = Merge.objects.create(
        kept=kept,
        merged=merged,
        merged_at=at,
        merged_by=actor,
        reason=reason.strip(),
        kept_user=kept.user,
        merged_user=merged.user,
        marks=_marks(),
    )
    _move_rows(merge, settle(kept=kept, merged=merged, at=at))
    _join(merge, actor=actor, at=at)
    _take_facts(merge, facts, actor=actor)
    forget_answers()
    note(merge, "patient.merged", actor=actor)
    publish("portal.records_merged", merge_id=merge.pk)
    return merge


def note(merge: Merge, verb: str, *, actor: User) -> None:
    """Write it into the logs of both."""
    other = {merge.kept: merge.merged_id, merge.merged: merge.kept_id}
    for patient, other_id in other.items():
        record(
            actor=actor,
            verb=verb,
            subject=merge,
            patient=patient,
            detail={"other_id": other_id, "rows": merge.moved_rows.count()},
        )


def _marks() -> dict[str, int]:
    return {
        label: model._base_manager.aggregate(most=Max("pk"))["most"] or 0
        for label, model in moving()
    }


def _move_rows(merge: Merge, settled: Settled) -> None:
    """Table by table; each row that changes is noted, with what it looks like then."""
    notes = dict(settled.changed)
    for label, model in moving():
        theirs = model._base_manager.filter(patient=merge.merged_id)
        stay = [key for table, key in settled.stay if table == label]
        keys = list(theirs.exclude(pk__in=stay).values_list("pk", flat=True))
        try:
            model._base_manager.filter(pk__in=keys).update(patient=merge.kept_id)
        except IntegrityError as error:
            raise InTheWay(
                "Somebody changed one of these records just now. Look at both again."
            ) from error
        for key in keys:
            before, after = notes.get((label, key), ({}, {}))
            notes[label, key] = (
                before | {"patient_id": merge.merged_id},
                after | {"patient_id": merge.kept_id},
            )
    _keep_notes(merge, notes)


def _keep_notes(merge: Merge, notes: dict[tuple[str, int], Any]) -> None:
    made = []
    for label, model in moving():
        keys = [key for table, key in notes if table == label]
        for key, digest in digests(model, keys).items():
            before, after = notes[label, key]
            made.append(
                MovedRow(
                    merge=merge,
                    table=label,
                    key=key,
                    before=_plain(before),
                    after=_plain(after),
                    digest=digest,
                )
            )
    MovedRow.objects.bulk_create(made, batch_size=1000)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Times as text, to the microsecond: what comes back is what was."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _join(merge: Merge, *, actor: User, at: datetime) -> None:
    """Point the one at the other, and leave one account at most. Whoever signs in finds
    another record than before: their sessions end."""
    kept, merged = merge.kept, merge.merged
    owner = owner_after(kept, merged)
    unused = unused_of(kept, merged) if kept.user and merged.user else None
    if unused is not None:
        suspend_user(actor=actor, user=unused, at=at)
        merge.unused_user = unused
        merge.save(update_fields=["unused_user", "updated_at"])
    merged.user, merged.merged_into = None, kept
    merged.save(update_fields=["user", "merged_into", "updated_at"])
    if kept.user != owner:
        kept.user = owner
        kept.save(update_fields=["user", "updated_at"])
    if owner is not None:
        end_sessions(user=owner, because=Ended.ROLES, actor=actor)


def _take_facts(merge: Merge, facts: Collection[str], *, actor: User) -> None:
    """The chosen facts of the other record become those of the one that stays. A file
    belongs to one row: the pictures change places."""
    kept, merged = merge.kept, merge.merged
    chosen = [name for name in FACTS if name in facts]
    new = {
        name: getattr(merged, name)
        for name in chosen
        if value_of(kept, name) != value_of(merged, name)
    }
    noted = {name: (value_of(kept, name), value_of(merged, name)) for name in new}
    if not new:
        return
    if "picture" in new:
        swap_pictures(kept, merged)
        new.pop("picture")
    correct_patient(actor=actor, patient=kept, **new)
    merge.facts = sealed(noted)
    merge.save(update_fields=["facts", "updated_at"])


def swap_pictures(one: Patient, other: Patient) -> None:
    """Each gets the other's portrait."""
    one.picture, other.picture = other.picture.name, one.picture.name
    for patient in (one, other):
        patient.save(update_fields=["picture", "updated_at"])
