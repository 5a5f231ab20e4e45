"""What the journeys share: a practice that is open at any hour of today's week."""

import pytest

from tests.factories.practice import Practice


@pytest.fixture
def practice(transactional_db):
    """Open around the clock, so that a journey can begin at any hour."""
    practice = Practice()
    practice.calloway = practice.doctor("Calloway", works=False)
    practice.hours(practice.calloway, days=range(7), start=0, end=23)
    return practice
