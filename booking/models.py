"""Gathers the topics' tables for Django."""

from booking.alternatives.models import Alternative
from booking.appointments.models import Appointment, StatusChange
from booking.availability.models import (
    AvailabilityException,
    Break,
    BusyTime,
    WorkingHours,
)
from booking.disruptions.models import Disruption
from booking.drafts.models import Draft
from booking.feeds.models import Feed
from booking.imports.models import ImportedCalendar
from booking.moves.models import Move
from booking.queue.models import QueueRules, Screen, Turn, TurnChange
from booking.reminders.models import Reminder
from booking.reviews.models import Review, ReviewAsk
from booking.strays.models import StrayDecision
from booking.suggestions.models import TimeWishes
from booking.waitlist.models import FreedTime, Offer, WaitlistEntry, WaitlistRules

__all__ = [
    "Alternative",
    "Appointment",
    "AvailabilityException",
    "Break",
    "BusyTime",
    "Disruption",
    "Draft",
    "Feed",
    "FreedTime",
    "ImportedCalendar",
    "Move",
    "Offer",
    "QueueRules",
    "Reminder",
    "Review",
    "ReviewAsk",
    "Screen",
    "StatusChange",
    "StrayDecision",
    "TimeWishes",
    "Turn",
    "TurnChange",
    "WaitlistEntry",
    "WaitlistRules",
    "WorkingHours",
]
