"""Where the payment provider's webhooks arrive."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from billing.gateways.base import SignatureRefused
from billing.gateways.stripe import gateway
from billing.settlements.services import record_event
from foundation import doors

log = logging.getLogger(__name__)

# The provider's events are a few kilobytes; larger ones are not read any further.
MAX_BYTES = 256 * 1024


@doors.everybody("webhooks", "report", doors.POST)
@csrf_exempt
def stripe(request: HttpRequest) -> HttpResponse:
    """Take in one event, if the provider signed it: 200 once it is safely stored.

    No cookie and no session proves who sends it, only the signature over the raw body.
    The work is a job's, so the answer comes at once.
    """
    if len(request.body) > MAX_BYTES:
        return HttpResponse("Too large.\n", status=413, content_type="text/plain")
    provider = gateway()
    try:
        notice = provider.read_webhook(
            request.body, request.headers.get("Stripe-Signature", "")
        )
    except SignatureRefused as error:
        log.warning("webhook refused: %s", error)
        return HttpResponse("Not signed.\n", status=400, content_type="text/plain")
    record_event(notice=notice, provider=provider.name)
    return HttpResponse(status=200)
