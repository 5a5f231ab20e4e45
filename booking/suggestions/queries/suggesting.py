"""The few times that are shown in front of all."""

from collections.abc import Sequence
from datetime import datetime

from accounts.patients.models import Patient
from booking.openings.queries import Opening
from booking.suggestions.queries.knowing import knowledge_of, wishes_of
from booking.suggestions.queries.ranking import Suggestion, best

# A choice between fewer needs no help.
FEWEST_OPENINGS = 4


def suggestions(
    found: Sequence[Opening], patient: Patient | None, *, at: datetime
) -> list[Suggestion]:
    """The best of these openings for the patient, None for a stranger, of whom nothing
    is known; `found` is in order of time. Empty where there is little to choose from,
    and where the patient wants none. Four queries at most."""
    if len(found) < FEWEST_OPENINGS:
        return []
    wishes = wishes_of(patient) if patient is not None else None
    if wishes is not None and not wishes.wants_suggestions:
        return []
    return best(found, knowledge_of(patient, wishes, found), at=at)
