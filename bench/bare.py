"""Views that do next to nothing: the limits of what goes over HTTP."""

import uuid
from datetime import datetime, timedelta

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from foundation import doors

_INSERT = """
INSERT INTO booking_appointment (
  public_id, created_at, updated_at, reference, doctor_id, visit_type_id, location_id,
  starts_at, ends_at, busy_starts_at, busy_ends_at, status, hold_expires_at,
  hold_extended, price, currency, payment_policy, free_cancellation_hours,
  late_cancellation_percent, missed_percent, most_moves, reason, booked_via,
  idempotency_key, cancelled_by, sequence)
VALUES (%(key)s, now(), now(), %(reference)s, %(doctor)s, 1, 1, %(start)s, %(end)s,
        %(start)s, %(end)s, 'HELD', now() + interval '15 minutes', false, 0, 'GBP',
        'FREE', 24, 50, 100, 3, '', 'SITE', %(key)s, '', 0)
ON CONFLICT DO NOTHING
"""


@doors.everybody("bench", "measure", doors.ANY)
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing."""
    return HttpResponse("ok")


@doors.everybody("bench", "measure", doors.ANY)
@csrf_exempt
def book(request: HttpRequest) -> HttpResponse:
    """One INSERT under the product's constraints: 200, or 409 when the time is gone."""
    start = datetime.fromisoformat(request.POST["start"])
    key = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "key": key,
                "reference": key.hex[:12],
                "doctor": int(request.POST["doctor"]),
                "start": start,
                "end": start + timedelta(minutes=30),
            },
        )
        made = cursor.rowcount == 1
    return HttpResponse("ok" if made else "taken", status=200 if made else 409)
