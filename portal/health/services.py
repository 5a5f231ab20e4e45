"""The worker's sign of life, whether what files need is there, and telling of work that
was given up."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts.models import User
from accounts.users.models import Role
from clinic.identity.queries import current
from foundation.formats import local
from foundation.outages import Away
from notifications.deliveries.models import Kind
from notifications.deliveries.services import Message, notify_many
from notifications.preferences.queries import recipient_for_user
from portal.health.queries import WORKER_SEEN, GivenUp, given_up
from portal.schedules import SCHEDULES
from records.scanners import clamav

log = logging.getLogger(__name__)

OK, BROKEN, SILENT, UNUSED = "ok", "not working", "not answering", "not configured"
# For how long nobody asks again, and how long the parts together may take: what is
# outside may hang, and this must not hang with it.
KEPT_SECONDS = 30
LIMIT_SECONDS = 2.0
_KEPT = "health-parts"
# A worker that was away for a night still tells of the evening before.
TOLD_FOR = timedelta(days=1)


def note_worker_seen(*, at: datetime) -> None:
    """Remember that a worker ran jobs at `at`, for every process to see."""
    cache.set(WORKER_SEEN, at, timeout=None)


def tell_of_given_up(*, at: datetime) -> int:
    """Tell every administrator which kinds of work were given up in the last day, once
    for each kind and hour; how many messages that made. The ids that a job was about
    and what it failed with stay in the worker's output."""
    found = given_up(after=at - TOLD_FOR)
    if not found:
        return 0
    people = User.objects.filter(
        role_assignments__role=Role.ADMIN, is_active=True
    ).distinct()
    messages = [_word_of(one, user) for one in found for user in people]
    return len(notify_many(messages, at=at))


def _word_of(one: GivenUp, user: User) -> Message:
    names = {path: name for name, (path, _) in SCHEDULES.items()}
    recurs = one.path in names
    return Message(
        event="jobs_given_up",
        kind=Kind.URGENT,
        recipient=recipient_for_user(user),
        context={
            "path": one.path,
            "work": names.get(one.path, "One piece of work"),
            "tries": settings.Q_CLUSTER["max_attempts"],
            "hour": f"{local(one.last_at, current().time_zone):%H:%M}",
            "after": "It begins anew at its next time."
            if recurs
            else "Nobody begins it anew by itself.",
        },
        dedupe_key=f"given-up:{one.path[-80:]}:{one.hour:%Y-%m-%dT%H}:{user.pk}",
    )


def check_parts() -> dict[str, str]:
    """How `storage` and `scanner` are: ok, not working, not answering, not configured.

    Writes, reads and deletes a file of its own. The answer is at most KEPT_SECONDS old
    and takes LIMIT_SECONDS at most. The CMS's program has neither: empty there.
    """
    if settings.IN_CMS:
        return {}
    kept = caches["live"].get(_KEPT)
    if kept is None:
        kept = _ask({"storage": _try_storage, "scanner": _ask_scanner})
        caches["live"].set(_KEPT, kept, KEPT_SECONDS)
    return dict(kept)


def _ask(parts: dict[str, Callable[[], str]]) -> dict[str, str]:
    answers = dict.fromkeys(parts, SILENT)

    def ask(name: str) -> None:
        try:
            answers[name] = parts[name]()
        except Away:
            return
        except Exception as error:
            log.warning("The %s does not work: %s", name, type(error).__name__)
            answers[name] = BROKEN

    # Daemons: one that hangs keeps no process from ending.
    threads = [threading.Thread(target=ask, args=[name], daemon=True) for name in parts]
    until = time.monotonic() + LIMIT_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    return dict(answers)


def _try_storage() -> str:
    storage, words = storages["clinical"], uuid4().bytes
    name = storage.save(f"health/{uuid4().hex}", ContentFile(words))
    try:
        with storage.open(name) as file:
            return OK if file.read() == words else BROKEN
    finally:
        storage.delete(name)


def _ask_scanner() -> str:
    if not clamav.is_configured():
        return UNUSED
    return OK if clamav.answers(seconds=LIMIT_SECONDS) else SILENT
