"""Questions about the day: `states` says where somebody is, `waits` how long it takes,
`ruling` by which rules, `checking_in` what they are told, `screens` what hangs on the
wall, `rates` how often nobody came."""

from booking.queue.queries.checking_in import (
    Standing,
    day_of,
    minutes_until,
    standing_of,
    visit_here,
    visits_here,
)
from booking.queue.queries.rates import Rate, missed_rates
from booking.queue.queries.ruling import (
    RuleBook,
    Rules,
    rule_book,
    rules_at,
    rules_row,
)
from booking.queue.queries.screens import Call, calls_at, hash_key, screen_of
from booking.queue.queries.states import (
    can_check_in,
    can_take_back,
    in_order,
    opens_at,
    state_of,
    turn_of,
)
from booking.queue.queries.waits import (
    Ahead,
    expected_starts,
    real_lengths,
    usual_length,
    waits_of,
)

__all__ = [
    "Ahead",
    "Call",
    "Rate",
    "RuleBook",
    "Rules",
    "Standing",
    "calls_at",
    "can_check_in",
    "can_take_back",
    "day_of",
    "expected_starts",
    "hash_key",
    "in_order",
    "minutes_until",
    "missed_rates",
    "opens_at",
    "real_lengths",
    "rule_book",
    "rules_at",
    "rules_row",
    "screen_of",
    "standing_of",
    "state_of",
    "turn_of",
    "usual_length",
    "visit_here",
    "visits_here",
    "waits_of",
]
