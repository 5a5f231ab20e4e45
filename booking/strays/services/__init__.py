"""Seeing to visits outside the hours.

`trying` says what a change of the calendar would leave outside, before it is made;
`deciding` is what is done with each. Cancelling, moving and handing over are services
of the topics below.
"""

from booking.strays.services.deciding import (
    WhyAsked,
    ask_to_choose,
    decide_later,
    keep_stray,
)
from booking.strays.services.trying import strays_after

__all__ = [
    "WhyAsked",
    "ask_to_choose",
    "decide_later",
    "keep_stray",
    "strays_after",
]
