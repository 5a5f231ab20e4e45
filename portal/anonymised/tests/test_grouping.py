"""Whatever the visits are: nobody stands in a group of fewer than k people."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.anonymised.queries.columns import (
    ANY,
    COLUMNS,
    age_band,
    price_band,
    wait_band,
)
from portal.anonymised.queries.grouping import Table, Visit, anonymise, smallest_group

AGES = [f"{ten}-{ten + 9}" for ten in range(0, 80, 10)] + ["80+"]
WAITS = ["same day", "1-2", "3-7", "8-14", "15-30", "31+"]
PRICES = ["free", "1-49", "50-99", "100-199", "200+"]
MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
BASE = {
    "age": AGES,
    "sex": ["FEMALE", "MALE", "OTHER", "UNKNOWN"],
    "specialty": ["Eyes", "Heart", "Skin"],
    "month": MONTHS,
    "days_waited": WAITS,
    "status": ["COMPLETED", "MISSED", "CANCELLED"],
    "price": PRICES,
}
values = some.tuples(*(some.sampled_from(BASE[column.name]) for column in COLUMNS))
crowds = some.lists(
    some.builds(Visit, some.integers(1, 40), values), min_size=0, max_size=150
)


def said(visit, levels):
    pairs = zip(COLUMNS, levels, visit.values, strict=True)
    return tuple(column.steps[level](value) for column, level, value in pairs)


@given(crowds, some.integers(2, 15), some.sampled_from([0, 0.05, 0.3]))
def test_every_row_is_shared_by_k_people(visits, k, most_lost):
    table = anonymise(visits, COLUMNS, k=k, most_lost=most_lost)
    people = defaultdict(set)
    for visit in visits:
        people[said(visit, table.levels)].add(visit.patient_id)
    for row in table.rows:
        assert len(people[row]) >= k
    # And the check counts the same.
    sizes = [len(people[row]) for row in set(table.rows)]
    assert smallest_group(visits, COLUMNS, table) == min(sizes, default=0) == table.k


@given(crowds, some.integers(2, 15))
def test_nothing_is_made_up_and_what_is_left_out_is_counted(visits, k):
    table = anonymise(visits, COLUMNS, k=k)
    every = sorted(said(visit, table.levels) for visit in visits)
    assert len(table.rows) + table.lost == len(visits)
    for row in set(table.rows):
        assert table.rows.count(row) == every.count(row)
    assert table.rows == sorted(table.rows)


@given(crowds, some.integers(2, 15))
def test_as_little_as_allowed_is_left_out_unless_people_are_too_few(visits, k):
    table = anonymise(visits, COLUMNS, k=k, most_lost=0.05)
    if len({visit.patient_id for visit in visits}) >= k:
        assert table.lost <= 0.05 * len(visits)
    else:
        assert table.rows == []


def test_many_visits_of_few_people_are_few_people():
    row = ("40-49", "FEMALE", "Heart", "2026-03", "1-2", "COMPLETED", "free")
    visits = [Visit(number % 10, row) for number in range(500)]
    assert anonymise(visits, COLUMNS, k=11).rows == []
    table = anonymise([*visits, Visit(10, row)], COLUMNS, k=11)
    assert (len(table.rows), table.k, table.levels) == (501, 11, (0,) * 7)


def test_the_order_of_rows_says_nothing_of_who_came_when():
    first = ("80+", "MALE", "Skin", "2026-03", "31+", "MISSED", "200+")
    second = ("40-49", "FEMALE", "Heart", "2026-03", "1-2", "COMPLETED", "free")
    visits = [Visit(number, first) for number in range(50)]
    visits += [Visit(number, second) for number in range(50)]
    table = anonymise(visits, COLUMNS, k=11)
    assert table.rows == [second] * 50 + [first] * 50


def test_one_who_stands_out_is_left_out_and_the_others_stay_fine():
    row = ("40-49", "FEMALE", "Heart", "2026-03", "1-2", "COMPLETED", "free")
    odd = ("80+", "MALE", "Skin", "2026-03", "31+", "MISSED", "200+")
    visits = [Visit(number, row) for number in range(100)] + [Visit(1000, odd)]
    table = anonymise(visits, COLUMNS, k=11)
    assert table.levels == (0,) * 7
    assert (table.lost, set(table.rows)) == (1, {row})


def test_the_check_sees_a_table_that_is_not_anonymous():
    row = ("40-49", "FEMALE", "Heart", "2026-03", "1-2", "COMPLETED", "free")
    visits = [Visit(number, row) for number in range(10)]
    forged = Table([row] * 10, (0,) * 7, 11, 11, 0)
    assert smallest_group(visits, COLUMNS, forged) == 10
    # A row that is nobody's.
    forged = Table([tuple("abcdefg")], (0,) * 7, 11, 11, 0)
    assert smallest_group(visits, COLUMNS, forged) == 0
    # Also where the others stand in groups that are large enough.
    forged = Table([row] * 10 + [tuple("abcdefg")], (0,) * 7, 11, 11, 0)
    assert smallest_group(visits, COLUMNS, forged) == 0


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_each_step_of_a_ladder_is_coarser_and_the_last_says_nothing(column):
    base = BASE[column.name]
    for finer, coarser in zip(column.steps, column.steps[1:], strict=False):
        for one in base:
            for other in base:
                if finer(one) == finer(other):
                    assert coarser(one) == coarser(other)
        assert len({coarser(one) for one in base}) < len({finer(one) for one in base})
    assert {column.steps[-1](one) for one in base} == {ANY}
    assert [column.steps[0](one) for one in base] == base


@given(some.dates(date(1920, 1, 1), date(2026, 1, 1)), some.integers(0, 36500))
def test_bands_hold_every_age_and_wait(born, days):
    assert age_band(born, date(2026, 3, 1)) in AGES
    assert wait_band(days) in WAITS
    assert price_band(Decimal(days) / 100) in PRICES


def test_bands_begin_where_they_say():
    on = date(2026, 3, 14)
    assert age_band(date(1986, 3, 14), on) == "40-49"
    assert age_band(date(1986, 3, 15), on) == "30-39"
    assert age_band(date(1946, 3, 14), on) == "80+"
    assert [wait_band(days) for days in (0, 1, 2, 3, 14, 15, 30, 31)] == [
        "same day", "1-2", "1-2", "3-7", "8-14", "15-30", "15-30", "31+"
    ]  # fmt: skip
    prices = [Decimal(one) for one in ("0", "0.01", "49.99", "50", "199.99", "200")]
    assert [price_band(one) for one in prices] == [
        "free", "1-49", "1-49", "50-99", "100-199", "200+"
    ]  # fmt: skip
