"""Parting two records again, as far as nothing was built on their being one."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.apps import apps

from accounts.models import Patient, User
from accounts.patients.services import correct_patient
from accounts.sessions.models import Ended
from accounts.sessions.services import end_sessions
from accounts.users.services import reinstate_user
from booking.appointments.services import takes_time
from foundation.events import publish
from foundation.scene import forget_answers
from portal.exports.services import withdraw_exports
from portal.merges.models import Merge, MovedRow
from portal.merges.queries import Plan, facts_of, settled_first, undo_plan
from portal.merges.services.merging import note, swap_pictures
from portal.merges.services.refusals import (
    InTheWay,
    MergedAlready,
    TooLate,
    UndoneAlready,
    check,
    lock_both,
)


@takes_time
def undo_merge(
    *, actor: User, merge: Merge, also: Collection[str], reason: str, at: datetime
) -> Merge:
    """Give back to the record that went what has not changed since, and of what has,
    the parts named in `also` (`Part.key`). What came since stays where it is. Copies of
    all data that were made meanwhile hold both people's, and open for nobody.

    Locks both records. Publishes portal.merge_undone. Raises NotAllowed, NoReason,
    UndoneAlready, TooLate, MergedAlready where one of them went into a third record
    since, InTheWay, and Busy.
    """
    check(actor, merge.kept, merge.merged, reason)
    rows = lock_both(merge.kept, merge.merged)
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    merge.kept, merge.merged = rows[merge.kept_id], rows[merge.merged_id]
    _check_standing(merge, at)
    plan = undo_plan(merge)
    _part(merge, actor=actor)
    _give_back(merge, plan, also, at=at)
    _give_facts_back(merge, plan, actor=actor)
    had = (merge.kept_user, merge.merged_user, merge.kept.user, merge.merged.user)
    withdraw_exports(users=[user for user in had if user is not None], at=at)
    merge.undone_at, merge.undone_by, merge.undo_reason = at, actor, reason.strip()
    merge.save(update_fields=["undone_at", "undone_by", "undo_reason", "updated_at"])
    forget_answers()
    note(merge, "patient.parted", actor=actor)
    publish("portal.merge_undone", merge_id=merge.pk)
    return merge


def _check_standing(merge: Merge, at: datetime) -> None:
    if merge.undone_at is not None:
        raise UndoneAlready
    if at >= merge.undo_until:
        raise TooLate
    if merge.kept.merged_into_id or merge.merged.merged_into_id != merge.kept_id:
        raise MergedAlready(
            "The record that stayed was merged into another one since. Undo that first."
        )
    if blocked := settled_first([merge.kept_id, merge.merged_id], at):
        raise InTheWay(" ".join(blocked))


def _part(merge: Merge, *, actor: User) -> None:
    """Two records again, each with the account that it had, where that has no other
    record by now."""
    kept, merged = merge.kept, merge.merged
    # Who claimed it since keeps it.
    if kept.user_id in (None, merge.merged_user_id):
        kept.user = _free(merge.kept_user, kept, merged)
        kept.save(update_fields=["user", "updated_at"])
    merged.merged_into = None
    merged.user = _free(merge.merged_user, kept, merged)
    if merged.user is not None and merged.user == kept.user:
        merged.user = None
    merged.save(update_fields=["user", "merged_into", "updated_at"])
    if merge.unused_user is not None:
        reinstate_user(actor=actor, user=merge.unused_user)
    for patient in (kept, merged):
        if patient.user is not None:
            end_sessions(user=patient.user, because=Ended.ROLES, actor=actor)


def _free(user: User | None, *but: Patient) -> User | None:
    """The account, unless it got another record meanwhile."""
    others = Patient.objects.filter(user=user).exclude(pk__in=[one.pk for one in but])
    return None if user is None or others.exists() else user


def _give_back(
    merge: Merge, plan: Plan, also: Collection[str], *, at: datetime
) -> None:
    chosen = [part for part in plan.asked if part.key in also]
    for part in [*plan.back, *chosen]:
        for row in part.rows:
            # Of what was changed since only whose it is goes back.
            names = ["patient_id"] if row in part.changed else list(row.before)
            _write(row, names)
        for label, key in part.added:
            apps.get_model(label)._base_manager.filter(pk=key).update(
                patient=merge.merged_id
            )
    for row in plan.settled:
        _write(row, list(row.before))
    given = [row.pk for part in [*plan.back, *chosen] for row in part.rows]
    given += [row.pk for row in plan.settled]
    MovedRow.objects.filter(pk__in=given).update(given_back_at=at)


def _write(row: MovedRow, names: list[str]) -> None:
    model = apps.get_model(row.table)
    values: dict[str, Any] = {}
    for name in names:
        values[name] = _value(model, name, row.before[name])
    model._base_manager.filter(pk=row.key).update(**values)


def _value(model: Any, name: str, text: Any) -> Any:
    """What stands in a column, of what was noted of it."""
    return model._meta.get_field(name).to_python(text)


def _give_facts_back(merge: Merge, plan: Plan, *, actor: User) -> None:
    """What the record that stayed was called before, where nobody has changed it
    since."""
    known = facts_of(merge)
    old: dict[str, Any] = {
        name: _value(Patient, name, known[name][0])
        for name in plan.facts_back
        if name != "picture"
    }
    if "picture" in plan.facts_back:
        swap_pictures(merge.kept, merge.merged)
    if old:
        correct_patient(actor=actor, patient=merge.kept, **old)
