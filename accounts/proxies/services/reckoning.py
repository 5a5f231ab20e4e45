"""What dates do by themselves is only tidied up and told here: nobody may act for a
moment longer because one of these was late."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.proxies.models import AgeRule, Proxy, born_too_late
from accounts.proxies.queries import age_rule, comes_of_age
from accounts.proxies.services.moving import locked, move
from audit.services import record
from foundation.events import publish
from foundation.periods import day_number, day_start, moment
from foundation.scene import forget_answers

WARNED = timedelta(days=30)


@transaction.atomic
def set_age_rule(
    *, actor: object, age: int | None = None, time_zone: str | None = None
) -> AgeRule:
    """Set what is given: the age in whole years from which young people decide, the
    clinic's IANA zone. Counts at once, for those who act today too."""
    given = {"age": age, "time_zone": time_zone}
    changed = {name: value for name, value in given.items() if value is not None}
    rule, _ = AgeRule.objects.update_or_create(pk=1, defaults=changed)
    forget_answers()
    record(
        actor=actor,
        verb="age_rule.changed",
        subject=rule,
        category="SETTINGS",
        detail={"age": rule.age, "time_zone": rule.time_zone},
    )
    return rule


def warn_of_ages(*, at: datetime) -> int:
    """Find those that an age ends within 30 days, each once; how many. Publishes
    accounts.proxy_ends_soon."""
    soon = Proxy.objects.in_force(at).filter(
        until_age=True,
        warned_at=None,
        patient__birth_date__lte=born_too_late(at + WARNED),
    )
    warned = 0
    for proxy in soon.order_by("pk"):
        with transaction.atomic():
            changed = Proxy.objects.filter(pk=proxy.pk, warned_at=None).update(
                warned_at=at
            )
            if changed:
                publish("accounts.proxy_ends_soon", proxy_id=proxy.pk)
        warned += changed
    return warned


def end_what_is_over(*, at: datetime) -> int:
    """Write ENDED where a date has ended it, with the moment at which it did; how many.
    Publishes accounts.proxy_ended."""
    over = Proxy.objects.filter(
        status=Proxy.Status.ACTIVE, patient__merged_into=None
    ).exclude(pk__in=Proxy.objects.in_force(at).values("pk"))
    ended = 0
    for found in over.order_by("pk"):
        with transaction.atomic():
            proxy = locked(found)
            in_force = Proxy.objects.in_force(at).filter(pk=proxy.pk).exists()
            if proxy.status != Proxy.Status.ACTIVE or in_force:
                continue
            move(proxy, Proxy.Status.ENDED, actor=None, ends_at=_end_of(proxy, at))
            publish("accounts.proxy_ended", proxy_id=proxy.pk)
        ended += 1
    return ended


def _end_of(proxy: Proxy, at: datetime) -> datetime:
    """The first of the moments that ended it."""
    ends = [proxy.ends_at or at, at]
    if proxy.until_age and proxy.patient is not None:
        rule = age_rule()
        day = day_number(comes_of_age(proxy.patient.birth_date, rule))
        ends.append(moment(day_start(rule.time_zone, day)))
    return max(min(ends), proxy.starts_at or at)
