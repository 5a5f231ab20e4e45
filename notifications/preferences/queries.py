"""Whom a message is for, and which channels they want."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse

from accounts.models import Patient, User
from notifications.preferences.models import Channel, Preference

_SALT = "notifications.opt_out"
NEWS = "NEWS"


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for: a patient, somebody who can sign in, or both.

    `time_zone` is an IANA name or "", which means the clinic's.
    """

    name: str
    email: str = ""
    phone: str = ""
    time_zone: str = ""
    language: str = "en"
    patient: Patient | None = None
    user: User | None = None

    @property
    def first_name(self) -> str:
        return (self.name.split() or [""])[0]


def recipient_for_patient(patient: Patient) -> Recipient:
    """The patient, at the contacts of their record; with their user, if they claimed
    it. Asks for the user unless it was selected with the patient."""
    user = patient.user
    return Recipient(
        name=patient.full_name,
        email=patient.email or (user.email if user else ""),
        phone=patient.phone,
        time_zone=patient.time_zone or (user.time_zone if user else ""),
        language=patient.language,
        patient=patient,
        user=user,
    )


def recipient_for_user(user: User, phone: str = "") -> Recipient:
    """Somebody who can sign in, such as a doctor. `phone` is E.164 or empty."""
    return Recipient(
        name=user.get_full_name(),
        email=user.email,
        phone=phone,
        time_zone=user.time_zone,
        language=user.language,
        user=user,
    )


def recipient_of(delivery: Any) -> Recipient:
    """Whom a stored message went to, as far as opting out needs to know."""
    return Recipient(
        name=delivery.to_name, patient=delivery.patient, user=delivery.user
    )


def switched_off(recipients: Iterable[Recipient]) -> set[tuple[str, int, str]]:
    """What the recipients do not want, in one query: ("patient" or "user", id,
    channel)."""
    people = list(recipients)
    patients = {person.patient.pk for person in people if person.patient}
    users = {person.user.pk for person in people if person.user}
    rows = Preference.objects.filter(
        Q(patient__in=patients) | Q(user__in=users), is_enabled=False
    ).values_list("patient_id", "user_id", "channel")
    return {
        ("patient", patient, channel) if patient else ("user", user, channel)
        for patient, user, channel in rows
    }


def wants(recipient: Recipient, channel: str, off: set[tuple[str, int, str]]) -> bool:
    """Whether `recipient` lets reminders come over `channel`; `off` as above."""
    owners: list[tuple[str, Any]] = [
        ("patient", recipient.patient),
        ("user", recipient.user),
    ]
    return not any(owner and (kind, owner.pk, channel) in off for kind, owner in owners)


def enabled_channels(recipient: Recipient) -> set[str]:
    """The channels that reminders to `recipient` may take."""
    off = switched_off([recipient])
    return {channel for channel in Channel.values if wants(recipient, channel, off)}


def opt_out_url(recipient: Recipient, channel: str) -> str:
    """The address that turns reminders over `channel` off, or "" for strangers.

    It works without signing in and does not expire: old mails must still end it.
    """
    if recipient.patient is not None:
        owner = f"p{recipient.patient.public_id.hex}"
    elif recipient.user is not None:
        owner = f"u{recipient.user.public_id.hex}"
    else:
        return ""
    token = signing.Signer(salt=_SALT).sign(f"{channel}.{owner}")
    path = reverse("notifications:preference_off", args=[token])
    return f"{settings.SITE_URL}{path}"


def stop_news_url(recipient: Recipient) -> str:
    """The address that takes back a patient's yes to news; "" for others."""
    if recipient.patient is None:
        return ""
    owner = f"p{recipient.patient.public_id.hex}"
    token = signing.Signer(salt=_SALT).sign(f"{NEWS}.{owner}")
    path = reverse("notifications:preference_off", args=[token])
    return f"{settings.SITE_URL}{path}"


@dataclass(frozen=True)
class OptOut:
    """What a signed opt-out link says: who, and over which channel no more; NEWS in
    place of a channel ends messages that are not about care, over all of them."""

    channel: str
    patient: Patient | None = None
    user: User | None = None


def read_opt_out(token: str) -> OptOut | None:
    """What the token of an opt-out link stands for; None if it is not ours."""
    try:
        value = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    channel, _, owner = value.partition(".")
    if owner.startswith("p"):
        patient = Patient.objects.filter(public_id=owner[1:]).first()
        return OptOut(channel, patient=patient) if patient else None
    user = User.objects.filter(public_id=owner[1:]).first()
    return OptOut(channel, user=user) if user else None
