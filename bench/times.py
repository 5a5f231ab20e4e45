"""Free times and next free times, as the data grows."""

from collections.abc import Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import limits
from bench.data import NOW, Clinic, build, in_days
from bench.figures import Call, Figure, side_by_side
from booking.appointments.queries import free_slots, next_free

MONTH = in_days(30)
# How far the product looks for a next free time: the visit type's horizon.
HORIZON = in_days(60)


def measure() -> Iterator[Figure]:
    """Every figure on free times. Doctors and offerings bear the same numbers."""
    small = build()
    one, specialty = _times(small.one), _times(small.specialty)
    _check(small)
    yield from _beside("one doctor, 30 days", small.one, "<= 4")
    yield from _beside("specialty of 10, 30 days", small.specialty, "<= 3")
    yield from _next(small)
    before = _steady(one, specialty)
    few = _queries(one)
    longer = build(history=10)
    after = _steady(one, specialty)
    yield _growth("one doctor: 10 times the past", after[0], before[0], 1.3)
    yield _growth("specialty: 10 times the past", after[1], before[1], 1.3)
    yield from _beside("one doctor, 10 times the past", longer.one, "<= 4")
    wide = build(doctors=500)
    many = _times(wide.specialty)
    larger = _steady(many, rounds=20)[0]
    yield _growth("specialty: 10 times the doctors", larger, before[1], 12)
    yield from _beside("specialty of 100, 30 days", wide.specialty, "<= 3", rounds=20)
    yield from _next(wide, "of 500 doctors")
    yield Figure("queries: specialty of 100", _queries(many), few, "queries", "<= 1")


def _times(offerings: list[int]) -> Call:
    return lambda: free_slots(offerings, after=NOW, until=MONTH, at=NOW)


def _check(clinic: Clinic) -> None:
    """Both must give the same answer, or nothing below means anything."""
    found = free_slots(clinic.specialty, after=NOW, until=MONTH, at=NOW)
    ours = {(s.doctor_id, s.starts_at) for slots in found.values() for s in slots}
    assert ours == set(limits.free_times(clinic.specialty, NOW, MONTH))
    soonest = next_free(clinic.page, at=NOW)
    first = {doctor: slot.starts_at for doctor, slot in soonest.items()}
    assert first == dict(limits.next_free(clinic.page, NOW, HORIZON))


def _beside(
    name: str, offerings: list[int], goal: str, *, rounds: int = 60
) -> Iterator[Figure]:
    bare: Call = lambda: limits.free_times(offerings, NOW, MONTH)  # noqa: E731
    ours, limit = side_by_side(_times(offerings), bare, rounds=rounds)
    yield Figure(f"free times: {name}", ours, limit, "ms", goal)


def _next(clinic: Clinic, of: str = "of 50 doctors") -> Iterator[Figure]:
    page = clinic.page
    ours, limit = side_by_side(
        lambda: next_free(page, at=NOW),
        lambda: limits.next_free(page, NOW, HORIZON),
    )
    yield Figure(f"next free: page of 20 {of}", ours, limit, "ms", "<= 3")
    everybody = clinic.offerings
    ours, limit = side_by_side(
        lambda: next_free(everybody, at=NOW),
        lambda: limits.next_free(everybody, NOW, HORIZON),
        rounds=20,
    )
    yield Figure(f"next free: all {of}", ours, limit, "ms", "<= 3")
    queries = _queries(lambda: next_free(everybody, at=NOW))
    yield Figure(f"queries: next free, all {of}", queries, 1, "queries", "<= 2")


def _growth(name: str, after: float, before: float, most: float) -> Figure:
    return Figure(f"growth: {name}", after, before, "yardsticks", f"<= {most:g}")


def _steady(*calls: Call, rounds: int = 60) -> list[float]:
    """How many yardsticks each call takes: a piece of work that is always the same,
    done in turns with them. Two data sets are not there at the same time, and the
    machine may be busier when the second is asked."""
    *taken, yard = side_by_side(*calls, _yardstick, rounds=rounds)
    return [each / yard for each in taken]


def _yardstick() -> None:
    """A query and some arithmetic, as the search for times is, on no table at all."""
    limits.ask("SELECT g, g + 1 FROM generate_series(1, 500) AS g")
    sum(number * number for number in range(2000))


def _queries(call: Call) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)
