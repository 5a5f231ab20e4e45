"""Booking over HTTP: the request that takes the time, beside a view with one INSERT.

Visitors have said why they come (their drafts are made beforehand, unmeasured), as
nobody gets to the times without. What is measured is the press on a time.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from bench.data import build, settle
from bench.figures import Figure, percentile
from bench.server import Answer, Client, in_parallel, running_server
from booking.appointments.queries import free_slots
from booking.models import Appointment
from clinic.models import Offering
from portal.management.commands.dev import finish_collecting, start_collecting

CLIENTS = 8
# Each side in turn, so that a machine that slows down slows both; the first turn warms.
TURNS, TURN = 5, 80
RACES, WARMING = 40, 8
HELD = 302
SPECIALTY = "specialty-0"

Press = Callable[[Client], Answer]


def measure() -> Iterator[Figure]:
    """Different times, then everybody for the same ones."""
    collecting = start_collecting()
    if collecting is not None:
        finish_collecting(collecting)
    build(today=timezone.now().date())
    with running_server() as port:
        slots = _free(2 * TURNS * TURN + RACES)
        visitors = _visitors(port, TURNS * TURN + RACES * CLIENTS)
        # The clinic of the server has settled in: drafts and sessions are there.
        settle()
        usual = yield from _different(port, slots[RACES:], visitors)
        yield from _same(port, slots[:RACES], visitors[TURNS * TURN :], usual)


def _free(count: int) -> list[tuple[Offering, datetime]]:
    """The soonest free times of the visitors' specialty, each of them once."""
    at = timezone.now()
    asked = Offering.objects.filter(doctor__specialties__slug=SPECIALTY)
    rows = {row.pk: row for row in asked.select_related("doctor")}
    after, until = at + timedelta(days=1), at + timedelta(days=30)
    found = free_slots(rows.values(), after=after, until=until, at=at)
    slots = sorted(slot for part in found.values() for slot in part)
    assert len(slots) >= count
    return [(rows[slot.offering_id], slot.starts_at) for slot in slots[:count]]


def _different(
    port: int,
    slots: list[tuple[Offering, datetime]],
    visitors: list[tuple[str, str]],
) -> Generator[Figure, None, float]:
    """Requests a second of ours and of the view with one INSERT, with the same server
    and the same clients; returns our usual milliseconds."""
    bare_calls = [_insert(*slot) for slot in slots[::2]]
    calls = [
        _press(visitor, *slot)
        for visitor, slot in zip(visitors, slots[1::2], strict=False)
    ]
    spent, usual = [0.0, 0.0], []
    for turn in range(TURNS):
        part = slice(turn * TURN, (turn + 1) * TURN)
        bare, bare_taken = in_parallel(port, _shared(bare_calls[part]))
        answers, taken = in_parallel(port, _shared(calls[part]))
        assert {answer.status for answer in bare} == {200}
        assert {answer.status for answer in answers} == {HELD}
        if turn:
            spent = [spent[0] + taken, spent[1] + bare_taken]
            usual += [answer.seconds for answer in answers]
    done = (TURNS - 1) * TURN
    ours, limit = (done / seconds for seconds in spent)
    yield Figure("booking: different times, 8 clients", ours, limit, "/s", ">= 0.4")
    return percentile(usual, 0.5) * 1000


def _insert(offering: Offering, start: datetime) -> Press:
    fields = {"doctor": str(offering.doctor_id), "start": start.isoformat()}
    return lambda client: client.post("/bare/book/", fields)


def _same(
    port: int,
    slots: list[tuple[Offering, datetime]],
    visitors: list[tuple[str, str]],
    usual: float,
) -> Iterator[Figure]:
    """Every client wants the same times, one after another."""
    before = Appointment.objects.count()
    races = [
        [
            _press(visitors[race * CLIENTS + client], *slot)
            for race, slot in enumerate(slots)
        ]
        for client in range(CLIENTS)
    ]
    # As above, the first ones warm: each process compiles the losers' page once.
    in_parallel(port, [mine[:WARMING] for mine in races])
    answers, _ = in_parallel(port, [mine[WARMING:] for mine in races])
    worst = percentile([answer.seconds for answer in answers], 0.99) * 1000
    yield Figure(
        "booking: same times, p99 beside usual p50", worst, usual, "ms", "<= 5"
    )
    counts = Counter(answer.status for answer in answers)
    errors = sum(count for status, count in counts.items() if status not in (HELD, 409))
    assert counts[HELD] == RACES - WARMING, counts
    yield Figure("booking: errors in the race", errors, 1, "answers", "<= 0")
    taken_twice = Appointment.objects.count() - before - RACES
    yield Figure("booking: times booked twice", taken_twice, 1, "times", "<= 0")


def _shared(calls: list[Press]) -> list[list[Press]]:
    return [calls[client::CLIENTS] for client in range(CLIENTS)]


def _visitors(port: int, count: int) -> list[tuple[str, str]]:
    """Sessions with a draft each: (session id, path of the page of times)."""

    def begin(client: Client) -> Answer:
        fields = {"service": "visit", "reason": "", "specialty": SPECIALTY}
        return client.post("/book/", fields)

    answers, _ = in_parallel(port, _shared([begin] * count))
    assert {answer.status for answer in answers} == {302}, answers[0]
    return [(answer.cookies["sessionid"], answer.location) for answer in answers]


def _press(visitor: tuple[str, str], offering: Offering, start: datetime) -> Press:
    """With this doctor and nobody else: who asks for anyone gets the next one."""
    session, path = visitor
    wanted = f"{path}?doctor={offering.doctor.slug}"
    fields = {"slot": f"{offering.public_id} {start.isoformat()}"}
    return lambda client: client.post(wanted, fields, session)
