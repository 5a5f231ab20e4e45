"""What is known of a patient and of the doctors' days, for the ranking."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.patients.models import Patient
from booking.appointments.models import LIVE, Appointment, Status
from booking.openings.queries import Opening
from booking.suggestions.models import TimeWishes
from booking.suggestions.queries.ranking import Edges, Knowledge
from booking.waitlist.models import Part, WaitlistEntry
from foundation.formats import local
from foundation.languages import language_name

# Of the visits that were, so many say what somebody mostly does.
LOOKED_AT = 10
# So many there must be, and so large a share in one part of the day.
FEWEST, SHARE = 3, 0.6
_DAY = timedelta(days=1)
_ENDED = (Status.COMPLETED, Status.MISSED)


def wishes_of(patient: Patient) -> TimeWishes:
    """What the patient said suits them; empty where they said nothing. One query."""
    found = TimeWishes.objects.filter(patient=patient).first()
    return found or TimeWishes(patient=patient)


def knowledge_of(
    patient: Patient,
    wishes: TimeWishes,
    found: Sequence[Opening],
    *,
    besides: int | None = None,
) -> Knowledge:
    """Everything that the ranking of these openings may use, as if the visit with the
    key `besides` were not there. Three queries."""
    waits = WaitlistEntry.objects.active().filter(patient=patient)
    entry = waits.order_by("-joined_at").first()
    visits = Appointment.objects.filter(patient=patient, status__in=_ENDED)
    last = list(visits.select_related("location").order_by("-starts_at")[:LOOKED_AT])
    kept = [one for one in last if one.status == Status.COMPLETED]
    return Knowledge(
        # What they said of all visits goes before what they said of one they wait for.
        parts=frozenset(wishes.parts or (entry.parts if entry else ())),
        weekdays=frozenset(wishes.weekdays or (entry.weekdays if entry else ())),
        location_id=wishes.location_id or (entry.location_id if entry else None),
        language=wishes.language,
        language_name=language_name(wishes.language) if wishes.language else "",
        usual_part=usual_part(kept),
        doctors=frozenset(one.doctor_id for one in kept),
        missed=len(last) - len(kept),
        ended=len(last),
        busy=_busy(found, besides),
    )


def usual_part(kept: Sequence[Appointment]) -> str:
    """The part of the day in which most of the visits were, by the clocks of their
    places; "" where there are few, or none stands out. Pure."""
    parts = Counter(
        Part.of(local(one.starts_at, one.location.time_zone).time()) for one in kept
    )
    if len(kept) < FEWEST:
        return ""
    part, times = parts.most_common(1)[0]
    return part if times >= SHARE * len(kept) else ""


def _busy(found: Sequence[Opening], besides: int | None) -> dict[int, Edges]:
    """When the doctors of these openings have visits, while they last."""
    if not found:
        return {}
    rows = Appointment.objects.filter(
        doctor__in={one.offering.doctor_id for one in found},
        status__in=LIVE,
        starts_at__gte=found[0].starts_at - _DAY,
        starts_at__lt=found[-1].ends_at + _DAY,
    )
    if besides is not None:
        rows = rows.exclude(pk=besides)
    starts: dict[int, list[datetime]] = defaultdict(list)
    ends: dict[int, list[datetime]] = defaultdict(list)
    for doctor, begun, over in rows.values_list("doctor_id", "starts_at", "ends_at"):
        starts[doctor].append(begun)
        ends[doctor].append(over)
    return {key: Edges(sorted(starts[key]), sorted(ends[key])) for key in starts}
