"""Ending what acts in somebody's name."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.applications.models import Application
from accounts.tokens.models import AccessToken, Authorisation, Over, RefreshToken
from accounts.tokens.queries import digest
from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from foundation.events import publish

# A code that was stolen may come back late, and must then be known.
REMEMBERED = timedelta(days=1)


@transaction.atomic
def end_authorisation(
    *, actor: User | None, authorisation: Authorisation, because: str
) -> None:
    """End one, with every token of it, at once. Ending it again changes nothing.

    Whoever's token was used twice is told: publishes accounts.sign_in_changed.
    """
    rows = Authorisation.objects.filter(pk=authorisation.pk, ended_because="")
    if not rows.update(ended_because=because, updated_at=Now()):
        return
    verb = "authorisation.reused" if because == Over.REUSED else "authorisation.ended"
    entry = record(
        actor=actor,
        verb=verb,
        subject=authorisation,
        category=Category.ACCOUNTS,
        detail={"because": str(because), "user_id": authorisation.user_id},
    )
    if because == Over.REUSED:
        publish("accounts.sign_in_changed", entry_id=entry.pk)


@transaction.atomic
def end_authorisations(*, user: User, actor: User | None) -> int:
    """End all that acts in the name of `user`; how many there were.

    Called wherever their sessions end (`accounts.sessions`): suspension, roles,
    password, factors, signing out everywhere.
    """
    rows = Authorisation.objects.filter(user=user, ended_because="")
    count = rows.update(ended_because=Over.ACCOUNT, updated_at=Now())
    if count:
        record(
            actor=actor,
            verb="authorisation.all_ended",
            subject=user,
            detail={"count": count},
        )
    return count


def end_every_authorisation() -> int:
    """End what acts in anybody's name, after time went back: what was ended since would
    count again. How many there were; the entry of the restore tells of it."""
    rows = Authorisation.objects.filter(ended_because="")
    return rows.update(ended_because=Over.ACCOUNT, updated_at=Now())


def give_back(*, application: Application, token: str) -> None:
    """An application is done: a refresh token ends the authorisation, an access token
    itself alone. Others' tokens, and none at all, change nothing."""
    hashed = digest(token)
    known = (
        RefreshToken.objects.filter(
            digest=hashed, authorisation__application=application
        )
        .select_related("authorisation__user")
        .first()
    )
    if known is not None:
        end_authorisation(
            actor=known.authorisation.user,
            authorisation=known.authorisation,
            because=Over.RETURNED,
        )
    AccessToken.objects.filter(
        digest=hashed, authorisation__application=application
    ).delete()


def sweep_tokens(*, at: datetime) -> int:
    """Delete access tokens and authorisations that have been over for a day, and codes
    that nobody exchanged; return how many authorisations went."""
    long_ago = at - REMEMBERED
    AccessToken.objects.filter(expires_at__lt=long_ago).delete()
    over = Authorisation.objects.filter(
        Q(expires_at__lt=long_ago)
        | Q(code_used_at=None, code_expires_at__lt=long_ago)
        | (~Q(ended_because="") & Q(updated_at__lt=long_ago))
    )
    _, rows = over.delete()
    return rows.get("accounts.Authorisation", 0)
