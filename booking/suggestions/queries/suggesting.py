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
    found: Sequence[Opening],
    patient: Patient | None,
    *,
    at: datetime,
    besides: int | None = None,
    is_staff: bool = False,
) -> list[Suggestion]:
    """The best of these openings for the patient; `found` is in order of time.
    `besides` is the key of a visit that would move away, so that nothing lies beside it
    any more. Empty for a stranger, None, whom nothing is known to suit, where there is
    little to choose from, and where the patient wants none. `is_staff` are shown what
    suits the clinic alone, too. Four queries at most."""
    if patient is None or len(found) < FEWEST_OPENINGS:
        return []
    wishes = wishes_of(patient)
    if not wishes.wants_suggestions:
        return []
    known = knowledge_of(patient, wishes, found, besides=besides)
    return best(found, known, at=at, is_staff=is_staff)
