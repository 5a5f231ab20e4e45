"""Writing the log of acts."""

from typing import Any

import structlog
from django.db import models

from audit.models import Entry


def record(
    *,
    actor: Any,
    verb: str,
    subject: models.Model,
    patient: models.Model | None = None,
    detail: dict[str, str | int | bool | None] | None = None,
) -> Entry:
    """Add one entry in the caller's transaction: no entry, no act.

    `actor` is a user, or None for the clinic's own jobs and anonymous visitors.
    `detail` takes codes and ids only. The request's id and address come from the
    logging context that the middleware binds.
    """
    context = structlog.contextvars.get_contextvars()
    return Entry.objects.create(
        actor=actor if getattr(actor, "pk", None) else None,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        patient_id=patient.pk if patient is not None else None,
        detail=detail or {},
        request_id=context.get("request_id", ""),
        address=context.get("address"),
    )
