"""What was done with a token."""

from datetime import datetime, timedelta

from accounts.tokens.models import Authorisation
from audit.entries.models import Action, Category, Outcome
from audit.services import record

# Reading costs a write of this row this often, and not with every request.
NOTED_EVERY = timedelta(seconds=30)


def note_use(
    *, authorisation: Authorisation, address: str | None, is_safe: bool, at: datetime
) -> None:
    """Write into the access log that a token was used, and for its user when and from
    where it last was."""
    _record(authorisation, is_safe=is_safe, outcome=Outcome.DONE)
    last = authorisation.last_used_at
    if last is None or at - last >= NOTED_EVERY:
        Authorisation.objects.filter(pk=authorisation.pk).update(
            last_used_at=at, last_address=address
        )


def note_refusal(*, authorisation: Authorisation, is_safe: bool) -> None:
    """Somebody brought a token of what is over: known to us, and worth nothing."""
    _record(authorisation, is_safe=is_safe, outcome=Outcome.REFUSED)


def _record(authorisation: Authorisation, *, is_safe: bool, outcome: str) -> None:
    done = outcome == Outcome.DONE
    record(
        # Whoever brings a token that is over has not acted as its user.
        actor=authorisation.user if done else None,
        verb="token.used" if done else "token.refused",
        subject=authorisation,
        category=Category.ACCOUNTS,
        action=Action.VIEW if is_safe else Action.CHANGE,
        outcome=outcome,
    )
