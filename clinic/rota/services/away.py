"""Taking people out of the plan: for days, a part of one, or one shift for a day."""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from audit.services import record
from clinic.rota.models import ONE_DAY, DaysOff, Shift
from clinic.rota.services.checks import check_day, check_times, lock, refuse_overlap
from clinic.rota.services.refusals import AwayAlready, EndsBeforeStart, NeverComes
from foundation.formats import day_date


@transaction.atomic
def skip_day(*, actor: User, shift: Shift, day: date, at: datetime) -> DaysOff:
    """Leave the shift out on one of its days. Twice changes nothing. Raises Past and
    NeverComes."""
    check_day(day, shift.location, at)
    lock(shift.user)
    if not shift.falls_on(day):
        raise NeverComes(f"This shift is not worked on {day_date(day)}.")
    made, is_new = DaysOff.objects.get_or_create(
        shift=shift,
        starts_date=day,
        defaults={"user_id": shift.user_id, "ends_date": day + ONE_DAY},
    )
    if is_new:
        record(
            actor=actor,
            verb="rota.shift_skipped",
            subject=made,
            detail={"user": shift.user_id, "shift": shift.pk},
        )
    return made


@transaction.atomic
def add_days_off(
    *,
    actor: User,
    user: User,
    starts_date: date,
    ends_date: date,
    starts_time: time | None = None,
    ends_time: time | None = None,
) -> DaysOff:
    """Somebody is away from a day until the day before `ends_date`: none of their
    shifts is worked, at any location. With both times, which are for one day only, no
    part of a shift between them, by the clock of its location. Raises EndsBeforeStart
    and AwayAlready; IntegrityError for times of several days."""
    if ends_date <= starts_date:
        raise EndsBeforeStart("The last day is before the first.")
    if starts_time and ends_time:
        check_times(starts_time, ends_time)
    lock(user)
    known = DaysOff.objects.filter(
        user=user, shift=None, starts_date__lt=ends_date, ends_date__gt=starts_date
    )
    if starts_time is not None:
        # Two parts of a day that do not meet are two.
        known = known.filter(
            Q(starts_time=None)
            | Q(starts_time__lt=ends_time, ends_time__gt=starts_time)
        )
    if known.exists():
        raise AwayAlready
    made = DaysOff.objects.create(
        user=user,
        starts_date=starts_date,
        ends_date=ends_date,
        starts_time=starts_time,
        ends_time=ends_time,
    )
    record(
        actor=actor, verb="rota.days_off_added", subject=made, detail={"user": user.pk}
    )
    return made


@transaction.atomic
def remove_days_off(*, actor: User, days_off: DaysOff) -> None:
    """Take it back: what was planned is worked again. Raises AtTwoPlaces where
    something else was planned since."""
    lock(days_off.user)
    record(
        actor=actor,
        verb="rota.days_off_removed",
        subject=days_off,
        detail={"user": days_off.user_id},
    )
    DaysOff.objects.filter(pk=days_off.pk).delete()
    refuse_overlap(days_off.user, days_off.starts_date, days_off.ends_date)
