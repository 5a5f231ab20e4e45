"""Acting: for whom a browser acts, and being sure of it while something is done."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.patients.models import Patient
from accounts.patients.permissions import acted_for_by, is_own
from accounts.proxies.models import Proxy
from accounts.proxies.queries import KEY
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused


class NotActing(Refused):
    sentence = (
        "You no longer act for this person, so nothing was done. They, you or the "
        "clinic ended it, or its date has come."
    )


@transaction.atomic
def act_for(*, actor: User, proxy: Proxy, session: SessionBase, at: datetime) -> Proxy:
    """From now on this browser shows the patient's things. Raises NotActing when the
    proxy is not the actor's, or not in force at `at`."""
    found = Proxy.objects.in_force(at).filter(pk=proxy.pk, user=actor)
    chosen = found.select_related("patient").first()
    if chosen is None:
        raise NotActing
    session[KEY] = str(chosen.public_id)
    record(actor=actor, verb="proxy.chosen", subject=chosen, patient=chosen.patient)
    return chosen


def act_as_oneself(*, session: SessionBase) -> None:
    """Back to one's own things."""
    session.pop(KEY, None)


def hold_acting(*, actor: Any, patient: Patient, scope: str) -> None:
    """Make sure that `actor` may act on the patient's things until the caller's
    transaction ends: who ends it waits, or was first. For one's own nothing is locked.
    Raises NotActing."""
    if is_own(actor, patient):
        return
    rows = acted_for_by(actor).open_to(scope).filter(patient=patient)
    if not rows.select_for_update(of=("self",), no_key=True).exists():
        raise NotActing
