"""Gathers the topics' tables for Django."""

from booking.appointments.models import Appointment, StatusChange
from booking.availability.models import AvailabilityException, Break, WorkingHours
from booking.drafts.models import Draft
from booking.moves.models import Move
from booking.queue.models import QueueRules, Screen, Turn, TurnChange
from booking.reminders.models import Reminder
from booking.waitlist.models import FreedTime, Offer, WaitlistEntry, WaitlistRules

__all__ = [
    "Appointment",
    "AvailabilityException",
    "Break",
    "Draft",
    "FreedTime",
    "Move",
    "Offer",
    "QueueRules",
    "Reminder",
    "Screen",
    "StatusChange",
    "Turn",
    "TurnChange",
    "WaitlistEntry",
    "WaitlistRules",
    "WorkingHours",
]
