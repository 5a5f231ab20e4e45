"""Spans of time in constraints."""

from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import Func, Value


class Period(Func):
    """tstzrange of two columns, end exclusive, for the exclusion constraints."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


# Two visits share time, buffers included.
OVER_BUSY = (
    Period("busy_starts_at", "busy_ends_at", Value("[)")),
    RangeOperators.OVERLAPS,
)
