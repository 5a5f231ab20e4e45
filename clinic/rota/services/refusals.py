"""Why something cannot be planned."""

from foundation.errors import Refused


class EndsBeforeStart(Refused):
    sentence = "The end is before the start."


class Past(Refused):
    sentence = "Past days stay as they were. Choose today or later."


class NeverComes(Refused):
    sentence = "None of these weekdays falls into the days that you chose."


class NotHere(Refused):
    sentence = "They no longer work here on that day."


class NoRoleHere(Refused):
    sentence = (
        "They have no role at that location. Administrators give roles under People."
    )


class AwayThen(Refused):
    sentence = "They are away on that day. Take that back first."


class AwayAlready(Refused):
    sentence = "They are away on some of these days already. Take that back first."


class AtTwoPlaces(Refused):
    sentence = "They work somewhere else at that time."
