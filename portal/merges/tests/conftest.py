"""A patient with two records, and how the desk makes them one."""

from datetime import date

import pytest
from django.utils import timezone

from portal.merges.services import merge_records, undo_merge
from tests.factories.accounts import PatientFactory

WHY = "She showed her identity card; she booked as a guest before."


@pytest.fixture
def double(ann):
    """Ann booked as a guest too, and spelled her name otherwise."""
    return PatientFactory(
        first_name="Anne",
        last_name="Patient",
        birth_date=date(1986, 3, 14),
        email="ann@example.org",
        phone="+447700900555",
    )


@pytest.fixture
def merged(ann, desk):
    """Make `double` Ann's record, or two others one."""

    def merge(goes, stays=None, facts=(), at=None, actor=desk, reason=WHY):
        return merge_records(
            actor=actor,
            kept=stays or ann.patient,
            merged=goes,
            facts=facts,
            reason=reason,
            at=at or timezone.now(),
        )

    return merge


@pytest.fixture
def undone(desk):
    def undo(merge, also=(), at=None, actor=desk, reason=WHY):
        return undo_merge(
            actor=actor, merge=merge, also=also, reason=reason, at=at or timezone.now()
        )

    return undo
