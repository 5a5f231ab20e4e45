"""What Twilio calls: how a text message went on, and what people answer to it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from twilio.request_validator import RequestValidator

from foundation import doors
from notifications.channels import email, sms
from notifications.deliveries.models import Delivery
from notifications.dispatch.queries import find_reported
from notifications.dispatch.services import record_report, stop_texting

# Anymail's words for the ends of a mail.
LOST = {"bounced", "rejected", "failed", "complained"}
ENDED = {"delivered", "undelivered", "failed"}
# Words that carriers oblige senders to obey. Source: Twilio, "Advanced Opt-Out".
STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke"}


@doors.everybody("webhooks", "report", doors.POST)
@csrf_exempt
def twilio_report(request: HttpRequest, public_id: Any) -> HttpResponse:
    """How one text message ended. Repeats and wrong order do no harm."""
    if not _is_from_twilio(request):
        return HttpResponse(status=403)
    delivery = Delivery.objects.filter(public_id=public_id).first()
    status = request.POST.get("MessageStatus", "")
    if delivery is not None and status in ENDED:
        arrived = status == "delivered"
        code = request.POST.get("ErrorCode", "")
        record_report(
            delivery=delivery,
            provider_id=request.POST.get("MessageSid", ""),
            reason="" if arrived else sms.failure_words(code),
            at=timezone.now(),
        )
    return HttpResponse(status=204)


@doors.everybody("webhooks", "report", doors.POST)
@csrf_exempt
def twilio_reply(request: HttpRequest) -> HttpResponse:
    """An answer to a text message. STOP ends text reminders to that number."""
    if not _is_from_twilio(request):
        return HttpResponse(status=403)
    if request.POST.get("Body", "").strip().lower() in STOP_WORDS:
        stop_texting(phone=request.POST.get("From", ""))
    # An empty answer: Twilio itself confirms a STOP.
    return HttpResponse("<Response/>", content_type="text/xml")


def mail_report(sender: Any, event: Any, **_: Any) -> None:
    """How one e-mail ended, as its provider told Anymail, which has checked that it is
    the provider. SMTP servers do not report; there "sent" is the last word."""
    if event.event_type not in LOST | {"delivered"}:
        return
    public_id = (event.metadata or {}).get("delivery", "")
    delivery = find_reported(public_id, event.message_id or "")
    if delivery is not None:
        lost = event.event_type in LOST
        record_report(
            delivery=delivery,
            provider_id=event.message_id or "",
            reason=email.failure_words(event.event_type) if lost else "",
            at=timezone.now(),
        )


def _is_from_twilio(request: HttpRequest) -> bool:
    """Whether Twilio signed this request for the address it was told to call."""
    if not settings.TWILIO_AUTH_TOKEN:
        return False
    url = f"{settings.SITE_URL}{request.get_full_path()}"
    signature = request.headers.get("X-Twilio-Signature", "")
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    return bool(validator.validate(url, request.POST.dict(), signature))
