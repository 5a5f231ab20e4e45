"""For load balancers and monitoring. Neither page tells a stranger anything."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from foundation import doors
from portal.health import queries, services


@doors.everybody("health of the system", "read")
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers requests at all."""
    return JsonResponse({"status": "ok"})


@doors.everybody("health of the system", "read")
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the clinic works; 503 when the database or every worker is away.

    Without storage or scanner it is `limited`: documents wait, everything else goes on,
    so no server is taken out for it. The CMS needs the database alone, and knows of
    nothing else.
    """
    now = timezone.now()
    database = queries.database_answers()
    if settings.IN_CMS:
        return JsonResponse(
            {"status": "ok" if database else "not ready", "database": _word(database)},
            status=200 if database else 503,
        )
    age = queries.worker_age(at=now) if database else None
    worker = database and queries.worker_is_alive(at=now)
    parts = services.check_parts()
    limited = any(
        state not in {services.OK, services.UNUSED} for state in parts.values()
    )
    well = "limited" if limited else "ok"
    return JsonResponse(
        {
            "status": well if database and worker else "not ready",
            "database": _word(database),
            "worker": "ok" if worker else "not running",
            "worker_seen_seconds_ago": None
            if age is None
            else int(age.total_seconds()),
            **parts,
        },
        status=200 if database and worker else 503,
    )


def _word(database: bool) -> str:
    return "ok" if database else "not answering"
