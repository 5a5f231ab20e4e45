"""Messages that went out in the last weeks, and those that did not get through."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from clinic.identity.models import ClinicIdentity
from clinic.identity.queries import current
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.queries import base_context, words_of
from notifications.preferences.models import Channel
from notifications.preferences.queries import Recipient, recipient_for_patient
from portal.demo.histories import backdate
from portal.demo.visits import uuid_of
from portal.demo.world import World
from records.models import Prescription


def load_messages(world: World) -> None:
    """Deliveries as old as what they tell of."""
    clinic = current()
    made: list[tuple[Delivery, datetime]] = []
    signed = Prescription.objects.exclude(status=Prescription.Status.DRAFT)
    for prescription in signed.select_related("patient__user", "doctor"):
        at = prescription.signed_at + timedelta(minutes=2)  # type: ignore[operator]
        for channel in Channel.values:
            delivery = draft(
                world,
                clinic,
                recipient_for_patient(prescription.patient),
                event="prescription_ready",
                channel=channel,
                context={"doctor": prescription.doctor.full_name},
                dedupe_key=f"prescription:{prescription.pk}:SIGNED",
                link=reverse("records:prescription", args=[prescription.public_id]),
                at=at,
            )
            if delivery is not None:
                made.append((delivery, at))
    rows = [delivery for delivery, _ in made]
    Delivery.objects.bulk_create(rows)
    backdate(rows, {delivery.pk: at for delivery, at in made})


def draft(
    world: World,
    clinic: ClinicIdentity,
    recipient: Recipient,
    *,
    event: str,
    channel: str,
    context: dict[str, Any],
    dedupe_key: str,
    link: str,
    at: datetime,
    kind: str = Kind.NEWS,
) -> Delivery | None:
    """One unsaved message that arrived; None where nobody can be reached that way."""
    address = {
        Channel.EMAIL: recipient.email,
        Channel.SMS: recipient.phone,
        Channel.IN_APP: "portal" if recipient.user else "",
    }[Channel(channel)]
    given = base_context(clinic, recipient, channel, kind, link)
    words = words_of(event, channel, {**given, **context}) if address else None
    if words is None:
        return None
    return Delivery(
        public_id=uuid_of(world),
        dedupe_key=dedupe_key,
        event=event,
        kind=kind,
        channel=channel,
        patient=recipient.patient,
        user=recipient.user,
        to_name=recipient.name,
        to_address=address,
        subject=words.subject[:200],
        body_text=words.text,
        body_html=words.html,
        link=link,
        status=Delivery.Status.DELIVERED,
        send_after=at,
        attempts=1,
        sent_at=at,
        delivered_at=at,
    )
