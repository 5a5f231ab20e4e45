"""Telling both sides about acting for others. Each job may run twice.

The mails name the patient only to whom the patient's side invited or accepted, and say
nothing of health.
"""

import logging

from django.urls import reverse
from django.utils import timezone

from accounts.models import Proxy
from accounts.proxies.queries import age_rule, comes_of_age, invitation_url
from clinic.identity.queries import current
from foundation.formats import join_words, long_date, short_date_time
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    Recipient,
    recipient_for_patient,
    recipient_for_user,
)

log = logging.getLogger(__name__)


def send_invitation(proxy_id: int) -> None:
    """Send an invitation, to whatever address was typed, account or none."""
    proxy = _found(proxy_id)
    if proxy is None or proxy.status != Proxy.Status.INVITED:
        return
    notify(
        event="proxy_invited",
        kind=Kind.URGENT,
        recipient=Recipient(name="", email=proxy.email),
        context={
            "who": str(proxy.patient),
            "scopes": _scopes(proxy),
            "until": proxy.lapses_at,
            "email": proxy.email,
        },
        at=timezone.now(),
        dedupe_key=f"proxy-invited:{proxy.pk}",
        channels=[Channel.EMAIL],
        expires_at=proxy.lapses_at,
        link=invitation_url(proxy),
    )


def tell_of_request(proxy_id: int) -> None:
    """Tell the patient that somebody asks to act for them."""
    proxy = _found(proxy_id)
    if proxy is None or proxy.status != Proxy.Status.ASKED or proxy.patient is None:
        return
    notify(
        event="proxy_asked",
        kind=Kind.URGENT,
        recipient=recipient_for_patient(proxy.patient),
        context={"who": str(proxy.user), "scopes": _scopes(proxy)},
        at=timezone.now(),
        dedupe_key=f"proxy-asked:{proxy.pk}",
        link=reverse("accounts:family"),
    )


def tell_of_beginning(proxy_id: int) -> None:
    """Tell both sides that it is agreed."""
    _tell_both(proxy_id, "proxy_begun")


def tell_of_end_soon(proxy_id: int) -> None:
    """Tell both sides that a birthday will end it."""
    _tell_both(proxy_id, "proxy_ends_soon")


def tell_of_end(proxy_id: int) -> None:
    """Tell both sides that it is over."""
    _tell_both(proxy_id, "proxy_ended")


def tell_of_wish(proxy_id: int) -> None:
    """Tell the other side that something is to be added."""
    proxy = _found(proxy_id)
    if proxy is None or proxy.patient is None or proxy.user is None:
        return
    if not proxy.wanted_scopes or proxy.wanted_until is None:
        return
    by_patient = proxy.wanted_by_id != proxy.user_id
    other = (
        recipient_for_user(proxy.user)
        if by_patient
        else recipient_for_patient(proxy.patient)
    )
    if not other.email and other.user is None:
        # A small child: the desk is asked in person.
        return
    words = [label[0].lower() + label[1:] for label in proxy.wanted_labels]
    notify(
        event="proxy_scopes_asked",
        kind=Kind.URGENT,
        recipient=other,
        context={
            "patient": str(proxy.patient),
            "proxy": str(proxy.user),
            "scopes": join_words(words),
            "by_patient": by_patient,
        },
        at=timezone.now(),
        dedupe_key=f"proxy-more:{proxy.pk}:{proxy.wanted_until.isoformat()}",
        link=reverse("accounts:family"),
    )


def tell_of_change(proxy_id: int) -> None:
    """Tell both sides what may be done from now on."""
    _tell_both(proxy_id, "proxy_scopes_changed", is_repeatable=True)


def _tell_both(proxy_id: int, event: str, is_repeatable: bool = False) -> None:
    """`is_repeatable`: it may happen more than once, and each time is told."""
    proxy = _found(proxy_id)
    if proxy is None or proxy.patient is None or proxy.user is None:
        return
    again = f":{proxy.updated_at.isoformat()}" if is_repeatable else ""
    rule = age_rule()
    zone = current().time_zone
    context = {
        "patient": str(proxy.patient),
        "proxy": str(proxy.user),
        "scopes": _scopes(proxy),
        "age": rule.age,
        "birthday": long_date(comes_of_age(proxy.patient.birth_date, rule)),
        "by_date": proxy.ended_by_id is None,
        "until_age": proxy.until_age,
        "when": short_date_time(proxy.ends_at, zone, staff=True)
        if proxy.ends_at
        else "",
    }
    sides = {
        "patient": recipient_for_patient(proxy.patient),
        "proxy": recipient_for_user(proxy.user),
    }
    for side, recipient in sides.items():
        if not recipient.email and recipient.user is None:
            # A small child has neither; their parents hear of it themselves.
            continue
        notify(
            event=event,
            kind=Kind.URGENT,
            recipient=recipient,
            context=context | {"to_patient": side == "patient"},
            at=timezone.now(),
            dedupe_key=f"{event}:{proxy.pk}:{side}{again}",
            link=reverse("accounts:family"),
        )


def _found(proxy_id: int) -> Proxy | None:
    rows = Proxy.objects.select_related("patient__user", "user")
    proxy = rows.filter(pk=proxy_id).first()
    if proxy is None:
        log.warning("Proxy %s is gone; nobody to tell.", proxy_id)
    return proxy


def _scopes(proxy: Proxy) -> str:
    return join_words([label[0].lower() + label[1:] for label in proxy.scope_labels])
