"""Messages that went out in the last days, and those that did not get through."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import F
from django.urls import reverse

from booking.appointments.models import Status
from booking.appointments.queries.words import staff_words
from booking.appointments.services.telling import patient_message
from booking.models import Appointment, Reminder, StatusChange
from booking.reminders.services import claim_due
from clinic.identity.models import ClinicIdentity
from clinic.identity.queries import current
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.queries import base_context, words_of
from notifications.deliveries.services import Message
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    recipient_for_patient,
    recipient_for_user,
)
from portal.demo.histories import backdate
from portal.demo.visits import code_of, uuid_of
from portal.demo.world import World
from records.models import Prescription

_RECENT = timedelta(days=2)
_EVENTS = {
    Status.REQUESTED: "appointment_requested",
    Status.HELD: "appointment_approved",
    Status.CONFIRMED: "appointment_confirmed",
    Status.DECLINED: "appointment_declined",
    Status.CANCELLED: "appointment_cancelled",
    Status.EXPIRED: "appointment_unpaid",
}
# What mail servers and phone companies say, for the desk's list.
_FAILURES = (
    (Channel.EMAIL, "The mailbox does not exist."),
    (Channel.SMS, "The number is not in use."),
    (Channel.EMAIL, "The mailbox is full."),
    (Channel.SMS, "The phone could not be reached for two days."),
    (Channel.EMAIL, "The mailbox does not exist."),
)

Timed = tuple[Message, datetime]


def load_messages(world: World, changes: list[StatusChange]) -> None:
    """Deliveries as old as what they tell of; the newest failures wait for the desk."""
    clinic = current()
    told = [
        *_about_visits(world, changes),
        *_about_prescriptions(),
        *_reminders(world),
    ]
    made = [
        (delivery, at)
        for message, at in told
        for delivery in _deliveries(world, clinic, message, at)
    ]
    _fail_some(world, [delivery for delivery, _ in made])
    rows = [delivery for delivery, _ in made]
    Delivery.objects.bulk_create(rows, batch_size=500)
    backdate(rows, {delivery.pk: at for delivery, at in made})


def _about_visits(world: World, changes: list[StatusChange]) -> Iterator[Timed]:
    """What became of visits lately, and everything about Maya's to come."""
    last = {change.appointment_id: change for change in changes}
    for visit in world.visits:
        change = last[visit.pk]
        is_hers = visit.patient == world.maya and visit.starts_at > world.at
        if change.at < world.at - _RECENT and not is_hers:
            continue
        event = _EVENTS.get(Status(change.to_status))
        if event is None or visit.patient is None:
            continue
        yield patient_message(visit, event, at=change.at), change.at
        if change.to_status == Status.REQUESTED:
            yield _to_doctor(visit), change.at


def _to_doctor(visit: Appointment) -> Message:
    user = visit.doctor.user
    assert user is not None  # noqa: S101 every doctor of the demo can sign in
    return Message(
        event="doctor_requested",
        recipient=recipient_for_user(user),
        context=dict(staff_words(visit)),
        dedupe_key=f"appointment:{visit.pk}:doctor_requested",
        channels=(Channel.IN_APP, Channel.EMAIL),
        link=reverse("workspace:appointment", args=[visit.public_id]),
    )


def _about_prescriptions() -> Iterator[Timed]:
    signed = Prescription.objects.exclude(status=Prescription.Status.DRAFT)
    for prescription in signed.select_related("patient__user", "doctor"):
        message = Message(
            event="prescription_ready",
            recipient=recipient_for_patient(prescription.patient),
            context={"doctor": prescription.doctor.full_name},
            dedupe_key=f"prescription:{prescription.pk}:SIGNED",
            link=reverse("records:prescription", args=[prescription.public_id]),
        )
        assert prescription.signed_at is not None  # noqa: S101 a constraint says so
        yield message, prescription.signed_at + timedelta(minutes=2)


def _reminders(world: World) -> Iterator[Timed]:
    """Those that were due by now went out in time."""
    claimed = [claim.reminder_id for claim in claim_due(at=world.at)]
    rows = Reminder.objects.filter(pk__in=claimed)
    rows.update(
        outcome=Reminder.Outcome.SENT, created_at=F("starts_at") - timedelta(hours=24)
    )
    whole = rows.select_related(
        "appointment__patient__user",
        "appointment__doctor",
        "appointment__visit_type",
        "appointment__location",
    )
    for reminder in whole.order_by("pk"):
        if reminder.lead != "DAY_BEFORE":
            continue
        message = patient_message(
            reminder.appointment,
            "appointment_reminder",
            at=reminder.created_at,
            key=f"reminder:{reminder.pk}",
            kind=Kind.REMINDER,
        )
        yield message, reminder.created_at


def _deliveries(
    world: World, clinic: ClinicIdentity, message: Message, at: datetime
) -> Iterator[Delivery]:
    """The message on every channel that reaches the person, arrived."""
    person = message.recipient
    addresses = {
        Channel.EMAIL: person.email,
        Channel.SMS: person.phone,
        Channel.IN_APP: "portal" if person.user else "",
    }
    for channel in message.channels or Channel.values:
        address = addresses[Channel(channel)]
        short_code = code_of(world, 10) if channel == Channel.SMS else ""
        link = message.link
        if short_code:
            link = reverse("notifications:short_link", args=[short_code])
        given = base_context(clinic, person, channel, message.kind, link)
        words = words_of(message.event, channel, {**given, **message.context})
        if not address or words is None:
            continue
        yield Delivery(
            public_id=uuid_of(world),
            dedupe_key=message.dedupe_key,
            event=message.event,
            kind=message.kind,
            channel=channel,
            patient=person.patient,
            user=person.user,
            to_name=person.name,
            to_address=address,
            subject=words.subject[:200],
            body_text=words.text,
            body_html=words.html,
            link=message.link,
            short_code=short_code,
            status=Delivery.Status.DELIVERED,
            send_after=at,
            attempts=1,
            sent_at=at,
            delivered_at=at,
        )


def _fail_some(world: World, deliveries: Iterable[Delivery]) -> None:
    """Let the latest about visits fail, each for another reason."""
    latest = sorted(deliveries, key=lambda one: one.send_after, reverse=True)
    usable = [
        one
        for one in latest
        if one.event.startswith("appointment_") and one.patient != world.maya
    ]
    taken: set[int | None] = set()
    for channel, error in _FAILURES:
        delivery = next(
            one
            for one in usable
            if one.channel == channel and one.patient_id not in taken
        )
        taken.add(delivery.patient_id)
        delivery.status = Delivery.Status.FAILED
        delivery.error = error
        delivery.sent_at = delivery.delivered_at = None
        delivery.attempts = 5
