"""The desk's list of what did not arrive, short links, and the developers' outbox."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused
from notifications.deliveries.permissions import visible_to
from notifications.deliveries.queries import (
    failed_deliveries,
    is_configured,
    linked_delivery,
    outbox_of,
)
from notifications.deliveries.services import retry_delivery, settle_failure
from notifications.preferences.models import Channel
from notifications.preferences.queries import opt_out_url, recipient_of

View = Callable[..., HttpResponse]
PAGE_SIZE = 25
# What an e-mail may do inside the outbox's frame: look like itself, and nothing else.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@doors.everybody("messages", "follow a link")
@never_cache
def short_link(request: HttpRequest, code: str) -> HttpResponse:
    """The link in a text message: leads on to what the message is about."""
    delivery = linked_delivery(code, timezone.now())
    if delivery is None or not delivery.link:
        raise Http404
    return redirect(delivery.link)


@doors.everybody("messages", "follow a link")
@never_cache
def short_link_off(request: HttpRequest, code: str) -> HttpResponse:
    """The same link with "off" behind it: leads to ending text reminders."""
    delivery = linked_delivery(code, timezone.now())
    url = opt_out_url(recipient_of(delivery), Channel.SMS) if delivery else ""
    if not url:
        raise Http404
    return redirect(url)


@doors.permitted("notifications.settle_failure", "messages", "list failed")
@never_cache
def failed(request: HttpRequest) -> HttpResponse:
    """What did not arrive, so that the desk can call."""
    page = Paginator(failed_deliveries(request.user), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    silent = [
        channel.label
        for channel in (Channel.EMAIL, Channel.SMS)
        if not is_configured(channel)
    ]
    return render(
        request,
        "notifications/deliveries/failed.html",
        {"page": page, "silent": silent},
    )


@doors.permitted("notifications.settle_failure", "messages", "send again", doors.POST)
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send one failed message again."""
    delivery = get_object_or_404(visible_to(request.user), public_id=public_id)
    try:
        retry_delivery(
            actor=signed_in_user(request), delivery=delivery, at=timezone.now()
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"We are sending it to {delivery.to_address} again.")
    return redirect("notifications:failed")


@doors.permitted("notifications.settle_failure", "messages", "settle", doors.POST)
def settle(request: HttpRequest, public_id: str) -> HttpResponse:
    """Somebody told the person another way."""
    delivery = get_object_or_404(visible_to(request.user), public_id=public_id)
    settle_failure(actor=signed_in_user(request), delivery=delivery, at=timezone.now())
    messages.success(request, f"Taken off the list: {delivery.to_name}.")
    return redirect("notifications:failed")


def development_only(view: View) -> View:
    """No such page unless the settings keep an outbox, which production refuses."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEV_OUTBOX:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@doors.everybody("developers' outbox", "read")
@development_only
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """Every message of this machine, as its receiver would find it; htmx gets the
    list alone."""
    search = request.GET.get("person", "").strip()
    page = Paginator(outbox_of(search), PAGE_SIZE).get_page(request.GET.get("page"))
    htmx = request.headers.get("HX-Request")
    return render(
        request,
        f"notifications/deliveries/{'_messages' if htmx else 'outbox'}.html",
        {"page": page, "search": search, "reload_seconds": 5},
    )


@doors.everybody("developers' outbox", "read")
@csp_update({"frame-src": [SELF]})
@development_only
@never_cache
def outbox_message(request: HttpRequest, public_id: str) -> HttpResponse:
    """One message: the e-mail in a frame with its text and files, or the text."""
    delivery = get_object_or_404(outbox_of(), public_id=public_id)
    return render(
        request, "notifications/deliveries/outbox_message.html", {"delivery": delivery}
    )


@doors.everybody("developers' outbox", "read")
@csp(MAIL_POLICY)
@xframe_options_sameorigin
@development_only
@never_cache
def outbox_html(request: HttpRequest, public_id: str) -> HttpResponse:
    """The e-mail's HTML alone, shut into a sandbox."""
    delivery = get_object_or_404(outbox_of(), public_id=public_id)
    return HttpResponse(delivery.body_html)


@doors.everybody("developers' outbox", "read")
@development_only
@never_cache
def outbox_file(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """One file of an e-mail, to save or open."""
    delivery = get_object_or_404(outbox_of(), public_id=public_id)
    if number >= len(delivery.attachments):
        raise Http404
    attachment = delivery.attachments[number]
    response = HttpResponse(
        attachment["content"], content_type=attachment["content_type"]
    )
    name = attachment["name"].replace('"', "")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
