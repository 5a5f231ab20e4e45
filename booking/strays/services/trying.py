"""What would a change of the calendar leave outside the hours?"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from booking.appointments.queries import outside_ids
from clinic.doctors.models import Doctor


def strays_after(
    change: Callable[[], object], *, doctors: Iterable[Doctor], at: datetime
) -> list[int]:
    """The keys of the visits of `doctors` that `change` would leave outside the hours
    and that lie in them now. Nothing is changed.

    `change` calls the very service that will make the change, so what is shown cannot
    differ from what will be; it is made and taken back in one transaction, whose locks
    are held that long. What `change` raises passes through.
    """
    with transaction.atomic():
        before = set(outside_ids(doctors=doctors, at=at))
        change()
        after = outside_ids(doctors=doctors, at=at)
        transaction.set_rollback(True)
    return [pk for pk in after if pk not in before]
