"""Jobs around copies of people's data."""

import logging
import time

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.identity.queries import current
from foundation.formats import short_date_time
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import recipient_for_user
from portal.exports import services
from portal.exports.models import Export

log = logging.getLogger(__name__)


def collect(export_id: int) -> None:
    """Make one archive, or the next part of it."""
    export = Export.objects.filter(pk=export_id).first()
    if export is None:
        log.warning("Export %s is gone; nothing to collect.", export_id)
        return
    ends = time.monotonic() + settings.EXPORT_PART_SECONDS
    services.collect_export(
        export=export, at=timezone.now(), is_over=lambda: time.monotonic() >= ends
    )


def sweep_exports() -> None:
    """Delete archives whose day is over; give up on what a worker left."""
    services.sweep_exports(at=timezone.now())


def tell_asked(export_id: int) -> None:
    """Warn the person: a thief of an open browser would ask for this."""
    _tell(export_id, "export_asked", kind=Kind.URGENT, channels=[Channel.EMAIL])


def tell_ready(export_id: int) -> None:
    """Say that it can be fetched, and until when. The link opens nothing by itself."""
    _tell(export_id, "export_ready", kind=Kind.NEWS, channels=None)


def _tell(
    export_id: int, event: str, *, kind: str, channels: list[Channel] | None
) -> None:
    export = Export.objects.select_related("user").filter(pk=export_id).first()
    if export is None:
        log.warning("Export %s is gone; nobody to tell.", export_id)
        return
    recipient = recipient_for_user(export.user)
    zone = recipient.time_zone or current().time_zone
    until = short_date_time(export.expires_at, zone) if export.expires_at else ""
    notify(
        event=event,
        kind=kind,
        recipient=recipient,
        context={"until": until},
        at=timezone.now(),
        dedupe_key=f"{event}:{export.pk}",
        channels=channels,
        expires_at=export.expires_at,
        link=reverse("exports:own"),
    )
