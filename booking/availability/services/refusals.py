"""Why hours cannot be as somebody wants them."""

from foundation.errors import Refused


class HoursOverlap(Refused):
    sentence = "These hours overlap. Give each time of a day only once."


class BreakOutside(Refused):
    sentence = "A break must lie inside the hours of its day."


class EndsBeforeStart(Refused):
    sentence = "The end must be after the start."


class ExtraHoursTooLong(Refused):
    sentence = "Extra hours last 24 hours at most. Add each day by itself."
