"""Registering applications and ending them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.applications.models import MOST_URIS, Application
from accounts.applications.queries import is_safe_uri
from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from foundation.errors import Refused
from foundation.permissions import require


class UnsafeUri(Refused):
    sentence = (
        "Use an https:// address, http://127.0.0.1 with a port, or a scheme of the "
        "app's own, such as com.example.app:/done. No # and no *"
    )


class NameTaken(Refused):
    sentence = "There is an application with this name. Choose another"


@transaction.atomic
def register_application(
    *,
    actor: User,
    name: str,
    maker: str,
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
) -> Application:
    """Let people choose this application. Raises UnsafeUri, NameTaken, and
    PermissionDenied for all but administrators."""
    require(actor, "accounts.manage_applications")
    uris = list(dict.fromkeys(redirect_uris))
    if not uris or len(uris) > MOST_URIS or not all(map(is_safe_uri, uris)):
        raise UnsafeUri
    if Application.objects.filter(name__iexact=name).exists():
        raise NameTaken
    application = Application.objects.create(
        name=name,
        maker=maker,
        redirect_uris=uris,
        scopes=sorted(set(scopes)),
        registered_by=actor,
    )
    _record(actor, "application.registered", application)
    return application


@transaction.atomic
def end_application(*, actor: User, application: Application, at: datetime) -> None:
    """Shut an application out, for everybody and at once. Again changes nothing."""
    require(actor, "accounts.manage_applications")
    ended = Application.objects.filter(pk=application.pk, ended_at=None)
    if ended.update(ended_at=at):
        _record(actor, "application.ended", application)


def _record(actor: User, verb: str, application: Application) -> None:
    record(actor=actor, verb=verb, subject=application, category=Category.ACCOUNTS)
