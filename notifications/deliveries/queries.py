"""The words of a message, when it may go out, and how far messages got."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.template import Context, Engine, TemplateDoesNotExist

from accounts.proxies.models import Proxy, Scope
from clinic.identity.models import ClinicIdentity
from foundation.colour import palette
from foundation.formats import local
from notifications.channels import email, sms
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.permissions import visible_to
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    Recipient,
    opt_out_url,
    recipient_for_patient,
    recipient_for_user,
    stop_news_url,
)

__all__ = ["Recipient", "recipient_for_patient", "recipient_for_user"]

BODIES = {
    Channel.EMAIL: "body.txt",
    Channel.SMS: "sms.txt",
    Channel.IN_APP: "in_app.txt",
}
_CODE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyzABCDEFGHJKMNPQRSTVWXYZ"
# Stands before the footer of every text; the HTML layout has a footer of its own.
SIGNATURE = "\n--\n"
Q_OUTSIDE = Q(channel__in=[Channel.EMAIL, Channel.SMS])


@dataclass(frozen=True)
class Words:
    """What one message says, on one channel."""

    subject: str
    text: str
    html: str = ""


def words_of(event: str, channel: str, context: Mapping[str, Any]) -> Words | None:
    """Render templates/notifications/<event>/ for `channel`.

    None where the event has no template for the channel, which means that it is not
    used. `context` needs `clinic` and `recipient`. Without a body.html the text is set
    in the clinic's layout. Raises TemplateDoesNotExist for an event without a subject.
    """
    body = _render(f"{event}/{BODIES[Channel(channel)]}", context)
    if body is None:
        return None
    if channel == Channel.SMS:
        return Words(subject="", text=_one_line(body))
    subject = _render(f"{event}/subject.txt", context)
    if subject is None:
        raise TemplateDoesNotExist(f"notifications/{event}/subject.txt")
    said = {**context, "subject": _one_line(subject), "text": _tidy(body)}
    if channel == Channel.IN_APP:
        return Words(subject=said["subject"], text=said["text"])
    html = _render(f"{event}/body.html", said)
    if html is None:
        said["paragraphs"] = said["text"].partition(SIGNATURE)[0]
        html = _render("_plain.html", said) or ""
    return Words(subject=said["subject"], text=said["text"], html=html.strip())


def followed_patients(recipients: Iterable[Recipient], *, at: datetime) -> set[int]:
    """Of patients without an account those whose messages somebody reads who acts for
    them; by key. One query, none where everybody has an account."""
    alone = {one.patient.pk for one in recipients if one.patient and one.user is None}
    if not alone:
        return set()
    proxies = Proxy.objects.in_force(at).open_to(Scope.MESSAGES)
    return set(proxies.filter(patient__in=alone).values_list("patient_id", flat=True))


def address_of(recipient: Recipient, channel: str, followed: set[int]) -> str:
    """Where a message goes over a channel; "" where it can't. `followed` as above."""
    if channel == Channel.EMAIL:
        return recipient.email
    if channel == Channel.SMS:
        return recipient.phone
    patient = recipient.patient
    is_read = patient is not None and patient.pk in followed
    return "portal" if recipient.user is not None or is_read else ""


def short_code() -> str:
    """About 57 bits: short enough for a text message, too long to be guessed."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(10))


def base_context(
    clinic: ClinicIdentity, recipient: Recipient, channel: str, kind: str, link: str
) -> dict[str, Any]:
    """What every message's templates may rely on, besides the event's own words."""
    return {
        "clinic": clinic,
        "palette": palette(clinic.brand_colour),
        "dark_palette": palette(clinic.brand_colour, dark=True),
        "recipient": recipient,
        "site_url": settings.SITE_URL,
        "kind": kind,
        "link": absolute(link),
        "zone": recipient.time_zone or clinic.time_zone,
        "opt_out_url": stop_url(recipient, channel, kind),
    }


def stop_url(recipient: Recipient, channel: str, kind: str) -> str:
    """The address that ends such messages; "" where they must be known."""
    if kind == Kind.MARKETING:
        return stop_news_url(recipient)
    return opt_out_url(recipient, channel) if kind == Kind.REMINDER else ""


def absolute(link: str) -> str:
    """A path of this site with its host in front; other addresses as they are."""
    return f"{settings.SITE_URL}{link}" if link.startswith("/") else link


def after_quiet_hours(at: datetime, zone: str) -> datetime:
    """The first moment from `at` on when a text message disturbs nobody in `zone`.

    Quiet hours are settings.QUIET_HOURS, wall times (from, until) that may span
    midnight. The answer is `at` itself outside of them.
    """
    starts, ends = (time.fromisoformat(part) for part in settings.QUIET_HOURS)
    wall = local(at, zone)
    clock = wall.time()
    if starts <= ends:
        is_quiet, ends_today = starts <= clock < ends, True
    else:
        is_quiet, ends_today = clock >= starts or clock < ends, clock < ends
    if not is_quiet:
        return at
    day = wall.date() if ends_today else wall.date() + timedelta(days=1)
    return datetime.combine(day, ends, tzinfo=wall.tzinfo).astimezone(at.tzinfo)


def is_configured(channel: str) -> bool:
    """Whether something is set up that sends over `channel`."""
    if channel == Channel.EMAIL:
        return email.is_configured()
    return sms.is_configured() if channel == Channel.SMS else True


def failed_deliveries(user: Any) -> QuerySet[Delivery]:
    """What did not get through and nobody has dealt with, newest first.

    Sign-in codes are left out: whoever asked for one asks again, and anybody may have
    mistyped the address.
    """
    return (
        _failed(visible_to(user))
        .select_related("patient", "user")
        .order_by("-created_at", "-pk")
    )


def _failed(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return rows.filter(
        Q_OUTSIDE, status=Delivery.Status.FAILED, settled_at=None
    ).exclude(kind=Kind.CODE)


def count_failed() -> int:
    """How many messages to anybody wait on a desk's list, for monitoring."""
    return _failed(Delivery.objects.all()).count()


def count_due(*, at: datetime) -> int:
    """How many messages should have gone out by `at`, for monitoring."""
    Status = Delivery.Status  # noqa: N806
    waiting = Delivery.objects.filter(status__in=[Status.QUEUED, Status.SENDING])
    return waiting.filter(send_after__lte=at).count()


def failure_count(user: Any) -> int:
    """How many messages wait on the desk's list."""
    return failed_deliveries(user).count()


def outbox_of(search: str = "") -> QuerySet[Delivery]:
    """Every message that left the house or would have, newest first, for developers.

    `search` finds part of a person's name, address or number.
    """
    found = Delivery.objects.filter(Q_OUTSIDE)
    if search:
        found = found.filter(
            Q(to_name__icontains=search) | Q(to_address__icontains=search)
        )
    return found.order_by("-created_at", "-pk")


def linked_delivery(code: str, at: datetime) -> Delivery | None:
    """The text message whose short link is `code`; links end after 90 days."""
    since = at - timedelta(days=90)
    return (
        Delivery.objects.filter(short_code=code, created_at__gt=since)
        .exclude(short_code="")
        .select_related("patient", "user")
        .first()
    )


def _render(name: str, context: Mapping[str, Any]) -> str | None:
    engine = Engine.get_default()
    try:
        template = engine.get_template(f"notifications/{name}")
    except TemplateDoesNotExist:
        return None
    plain = name.endswith(".txt")
    return template.render(Context(dict(context), autoescape=not plain))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tidy(text: str) -> str:
    """No trailing spaces and at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)
