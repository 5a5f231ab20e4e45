"""The way to a booking: one page a step, each works without scripts and both ways."""

from booking.drafts.views.ends import calendar, check, confirmed
from booking.drafts.views.start import reason, start
from booking.drafts.views.steps import details, extend, save
from booking.drafts.views.times import time, zone

__all__ = [
    "calendar",
    "check",
    "confirmed",
    "details",
    "extend",
    "reason",
    "save",
    "start",
    "time",
    "zone",
]
