"""One freed time: ending what nobody answered, offering it on, giving it back."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.services import record
from booking.appointments.queries import lockable
from booking.appointments.services import (
    HoldExpired,
    SlotTaken,
    give_back,
    keep_time,
    prolong,
    takes_time,
)
from booking.availability.services import lock_calendars
from booking.waitlist.models import FreedTime, Offer, WaitlistEntry
from booking.waitlist.queries import (
    GRACE,
    answer_by,
    candidates,
    reason,
    rules,
    whole_entries,
    whole_offers,
)
from booking.waitlist.services.moving import move
from booking.waitlist.services.telling import tell_offered, tell_over
from clinic.identity.queries import current
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import notice_of
from foundation.formats import clock
from notifications.deliveries.queries import after_quiet_hours

# How many of the line one look considers.
LINE = 200


@takes_time
def offer_freed(*, freed_id: int, at: datetime) -> None:
    """Do what is due for one freed time. Doing so twice changes nothing.

    Ends what was not answered in time, makes as many offers as the rules allow at once,
    or closes it: RELEASED when nobody is left, SKIPPED when it is too near, LOST when
    it is not free any more. Locks the doctor's and the rooms' calendars, the row, and
    each entry that it offers to.
    """
    freed = _locked(freed_id)
    if freed is None or freed.status not in FreedTime.OPEN:
        return
    _end_unanswered(freed, at)
    if freed.resume_at is not None and at < freed.resume_at < freed.starts_at:
        return
    round_ = _Round(freed, at)
    for candidate in candidates(freed, at=at, limit=LINE):
        if round_.is_full or (freed.resume_at is not None and freed.resume_at > at):
            break
        round_.consider(candidate.entry_id, candidate.offering_id)
    round_.close()


def _locked(freed_id: int) -> FreedTime | None:
    found = FreedTime.objects.filter(pk=freed_id).first()
    if found is None:
        return None
    offered = Offering.objects.filter(doctor=found.doctor_id)
    lock_calendars(
        doctor_ids=[found.doctor_id],
        **lockable(*offered.select_related("visit_type")),
    )
    rows = FreedTime.objects.select_related("appointment", "location", "hold")
    return rows.select_for_update(of=("self",)).get(pk=freed_id)


def _end_unanswered(freed: FreedTime, at: datetime) -> None:
    late = whole_offers().filter(
        freed=freed, status=Offer.Status.OPEN, expires_at__lte=at
    )
    offers = list(late.select_for_update(of=("self",)).order_by("pk"))
    for offer in offers:
        move(offer, Offer.Status.EXPIRED)
        record(
            actor=None,
            verb="waitlist.offer_expired",
            subject=offer,
            patient=offer.entry.patient,
        )
    tell_over(offers=offers, event="waitlist_offer_expired", at=at)


@dataclass
class _Round:
    """One look at one freed time, whose row is locked."""

    freed: FreedTime
    at: datetime
    # Offerings for which it is not free.
    barred: set[int] = field(default_factory=set)
    too_near: bool = False

    def __post_init__(self) -> None:
        self.rules = rules()
        self.zone = current().time_zone
        mine = self.freed.offers.filter(status=Offer.Status.OPEN)
        self.open = mine.count()
        rows = Offering.objects.select_related("doctor", "visit_type", "location")
        here = rows.filter(doctor=self.freed.doctor_id, location=self.freed.location_id)
        self.offerings = {one.pk: one for one in here}

    @property
    def is_full(self) -> bool:
        return self.open >= self.rules.offers_at_once

    def consider(self, entry_id: int, offering_id: int) -> None:
        """Offer it to one who waits; pass them by; or wait until they are awake."""
        if offering_id in self.barred:
            return
        entry = self._entry(entry_id)
        if entry is None:
            return
        offering = self.offerings[offering_id]
        until = self._answer_by(offering, self.at)
        if until is None:
            self.too_near = True
            return
        awake = after_quiet_hours(self.at, entry.patient.time_zone or self.zone)
        if awake > self.at:
            self._let_sleep(entry, offering, awake)
        elif self._keep(offering, until + GRACE):
            self._offer(entry, offering, until)
        else:
            self.barred.add(offering_id)

    def _entry(self, entry_id: int) -> WaitlistEntry | None:
        """The entry, locked; None if somebody is at it, or it is offered something."""
        rows = whole_entries(WaitlistEntry.objects.active())
        rows = rows.select_related("patient__user")
        rows = rows.select_for_update(of=("self",), skip_locked=True)
        entry = rows.filter(pk=entry_id).first()
        if entry is None or entry.offers.filter(status=Offer.Status.OPEN).exists():
            return None
        return entry

    def _answer_by(self, offering: Offering, at: datetime) -> datetime | None:
        return answer_by(
            self.freed.starts_at,
            notice=notice_of(offering),
            minutes=self.rules.offer_minutes,
            at=at,
        )

    def _let_sleep(
        self, entry: WaitlistEntry, offering: Offering, awake: datetime
    ) -> None:
        """Nobody is woken. The time waits for the first in line, or, where it would be
        too late then, goes on to the next, and the record says why."""
        if self._answer_by(offering, awake) is None:
            why = reason(entry, zone=self.freed.location.time_zone)
            zone = entry.patient.time_zone or self.zone
            why += f" Passed by: quiet hours for them until {clock(awake, zone)}, which"
            why += " would have been too late."
            self._write(entry, offering, why, Offer.Status.SKIPPED, self.at)
        elif self._keep(offering, awake + GRACE):
            self.freed.resume_at = awake
            self.freed.save(update_fields=["resume_at"])
        else:
            self.barred.add(offering.pk)

    def _keep(self, offering: Offering, until: datetime) -> bool:
        """Hold the time as a visit of this offering; False where it cannot be."""
        hold = self.freed.hold
        try:
            with transaction.atomic():
                if hold is not None and hold.visit_type_id == offering.visit_type_id:
                    prolong(appointment=hold, until=until, at=self.at)
                    return True
        except HoldExpired:
            hold = None
        if self.open:
            # It is kept for a visit of another kind, and offered as that.
            return False
        try:
            with transaction.atomic():
                if hold is not None:
                    give_back(appointment=hold, why="Kept anew", at=self.at)
                self.freed.hold = keep_time(
                    offering=offering,
                    starts_at=self.freed.starts_at,
                    until=until,
                    at=self.at,
                    idempotency_key=uuid.uuid4(),
                )
        except SlotTaken:
            self.freed.hold = hold
            return False
        self.freed.save(update_fields=["hold"])
        return True

    def _offer(self, entry: WaitlistEntry, offering: Offering, until: datetime) -> None:
        why = reason(entry, zone=self.freed.location.time_zone)
        offer = self._write(entry, offering, why, Offer.Status.OPEN, until)
        if self.freed.status == FreedTime.Status.NEW:
            move(self.freed, FreedTime.Status.OFFERING)
        self.open += 1
        hold = self.freed.hold
        if hold is not None:
            hold.doctor, hold.location = offering.doctor, offering.location
            hold.visit_type = offering.visit_type
            tell_offered(offer=offer, hold=hold, at=self.at)

    def _write(
        self,
        entry: WaitlistEntry,
        offering: Offering,
        why: str,
        status: str,
        until: datetime,
    ) -> Offer:
        offer = Offer.objects.create(
            entry=entry,
            freed=self.freed,
            offering=offering,
            why=why,
            status=status,
            offered_at=self.at,
            expires_at=until,
        )
        record(
            actor=None,
            verb=f"waitlist.{'offered' if status == 'OPEN' else 'passed_by'}",
            subject=offer,
            patient=entry.patient,
        )
        return offer

    def close(self) -> None:
        """Let everybody have it, if nobody is being asked or slept for."""
        freed = self.freed
        waits = freed.resume_at is not None and freed.resume_at > self.at
        if self.open or waits:
            return
        if freed.hold is not None:
            give_back(
                appointment=freed.hold,
                why="Nobody on the waiting list took it",
                at=self.at,
            )
        to = FreedTime.Status.RELEASED
        if self.too_near or freed.starts_at <= self.at:
            to = FreedTime.Status.SKIPPED
        elif self.barred:
            to = FreedTime.Status.LOST
        move(freed, to, ended_at=self.at)
