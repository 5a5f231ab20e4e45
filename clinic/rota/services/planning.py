"""Planning shifts, changing and ending them."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction

from accounts.models import User
from audit.services import record
from clinic.locations.models import Location
from clinic.rota.models import Shift
from clinic.rota.services.checks import (
    check_day,
    check_days,
    check_role,
    check_times,
    lock,
    refuse_clash,
    reloaded,
)
from clinic.rota.services.refusals import EndsBeforeStart, NeverComes


@transaction.atomic
def plan_shifts(
    *,
    actor: User,
    user: User,
    location: Location,
    weekdays: Sequence[int],
    starts_time: time,
    ends_time: time,
    valid_from: date,
    valid_until: date | None,
    note: str = "",
    at: datetime,
) -> list[Shift]:
    """Plan somebody at the location on weekdays (0 is Monday), from the same time to
    the same time in its wall time, from a day until the day before `valid_until`.

    For one day the two are a day apart. All of it or nothing. Locks the person. Raises
    EndsBeforeStart, Past, NeverComes, NotHere, NoRoleHere, AwayThen and AtTwoPlaces.
    """
    check_times(starts_time, ends_time)
    check_day(valid_from, location, at)
    if valid_until is not None and valid_until <= valid_from:
        raise EndsBeforeStart("The last day is before the first.")
    user = lock(user)
    check_role(user, location)
    made = []
    for weekday in sorted(set(weekdays)):
        shift = Shift(
            user=user,
            location=location,
            weekday=weekday,
            starts_time=starts_time,
            ends_time=ends_time,
            note=note,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        check_days(shift)
        shift.save()
        record(
            actor=actor,
            verb="rota.shift_planned",
            subject=shift,
            detail={"user": user.pk, "location": location.pk},
        )
        made.append(shift)
    if not made:
        raise NeverComes
    refuse_clash(made)
    return made


@transaction.atomic
def change_shift(
    *,
    actor: User,
    shift: Shift,
    from_date: date,
    starts_time: time,
    ends_time: time,
    valid_until: date | None,
    note: str,
    at: datetime,
) -> Shift:
    """Change the times, the note and the end of a shift from a day on; before it, it
    stays as it was. Returns the row that holds from then on.

    A shift of one day stays on its day. Locks the person. Raises what `plan_shifts`
    raises.
    """
    check_times(starts_time, ends_time)
    user = lock(shift.user)
    shift = reloaded(shift)
    if shift.is_single:
        from_date, valid_until = shift.valid_from, shift.valid_until
    from_date = max(from_date, shift.valid_from)
    check_day(from_date, shift.location, at)
    check_role(user, shift.location)
    if valid_until is not None and valid_until <= from_date:
        raise EndsBeforeStart("The last day is before the first.")
    changed = shift if shift.valid_from >= from_date else _cut(shift, from_date)
    changed.user = user
    changed.starts_time, changed.ends_time = starts_time, ends_time
    changed.valid_until, changed.note = valid_until, note
    check_days(changed)
    changed.save()
    record(
        actor=actor,
        verb="rota.shift_changed",
        subject=changed,
        detail={"user": user.pk, "location": changed.location_id},
    )
    refuse_clash([changed])
    return changed


def _cut(shift: Shift, day: date) -> Shift:
    """End the shift on that day; returns the one that goes on, with its days off."""
    rest = Shift.objects.create(
        user_id=shift.user_id,
        location=shift.location,
        weekday=shift.weekday,
        starts_time=shift.starts_time,
        ends_time=shift.ends_time,
        note=shift.note,
        valid_from=day,
        valid_until=shift.valid_until,
    )
    shift.valid_until = day
    shift.save(update_fields=["valid_until", "updated_at"])
    shift.days_off.filter(starts_date__gte=day).update(shift=rest)
    return rest


@transaction.atomic
def end_shift(*, actor: User, shift: Shift, from_date: date, at: datetime) -> None:
    """No more of it from that day on; what was before it stays. Raises Past."""
    check_day(from_date, shift.location, at)
    lock(shift.user)
    shift = reloaded(shift)
    record(
        actor=actor,
        verb="rota.shift_ended",
        subject=shift,
        detail={"user": shift.user_id, "location": shift.location_id},
    )
    if shift.valid_from >= from_date:
        shift.delete()
    elif shift.valid_until is None or shift.valid_until > from_date:
        shift.valid_until = from_date
        shift.save(update_fields=["valid_until", "updated_at"])
        shift.days_off.filter(starts_date__gte=from_date).delete()
