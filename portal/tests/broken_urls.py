"""A page that fails in every way that could carry something out of the house."""

import contextlib
import logging

from django.db import connection
from django.urls import path
from django_q.tasks import async_task

from foundation import doors
from portal.urls import urlpatterns as ours

log = logging.getLogger(__name__)
WORDS = "Quillwort tremor"


@doors.everybody("a test", "fail", doors.FORM)
def fail(request, name):
    diagnosis = request.POST.get("diagnosis", "") or WORDS
    log.error("Nothing is known about %s", diagnosis)
    log.warning("A note about %s", diagnosis, extra={"diagnosis": diagnosis})
    # Runs it here, as the worker does, and raises it again.
    with contextlib.suppress(ValueError):
        async_task(f"{__name__}.fail_as_job", note_id=7, sync=True, save=False)
    with connection.cursor() as cursor:
        # The database's own error tells the value that it refused.
        cursor.execute("SELECT %s::int", [f"{diagnosis} of maya@example.org"])


def fail_as_job(note_id):
    words = WORDS
    raise ValueError(f"Note {note_id} is about {words} of maya@example.org")


urlpatterns = [path("fail/<str:name>/", fail, name="fail"), *ours]
