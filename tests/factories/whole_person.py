"""A person with something of every kind, each text of it marked as theirs."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import (
    AuthenticatorApp,
    Authorisation,
    BackupCode,
    CodeFactor,
    ConsentText,
    Device,
    EmergencyAccess,
    Proxy,
    RememberedDevice,
    Reset,
    SentCode,
    Session,
    Tries,
)
from audit.services import record
from billing.models import Finding
from booking.appointments.models import Status
from booking.models import (
    Alternative,
    Draft,
    Feed,
    Move,
    Reminder,
    StatusChange,
    StrayDecision,
    TimeWishes,
    TurnChange,
)
from notifications.models import Delivery, Preference
from portal.holdings.queries import HOLDINGS
from portal.models import Erasure, Export, Merge
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
    RestrictionFactory,
)
from tests.factories.billing import (
    FindingFactory,
    PaymentFactory,
    ProviderEventFactory,
    RefundFactory,
)
from tests.factories.booking import AppointmentFactory
from tests.factories.forms import ResponseFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.queue import TurnFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
)
from tests.factories.reviews import ReviewFactory
from tests.factories.waitlist import OfferFactory, WaitlistEntryFactory

ONLY_ADDED = {"audit.Entry", "accounts.Consent"}
AT = timezone.now()
SOON = AT + timedelta(hours=1)


def everything(user, doctor_user):
    """One row in every table of an export about `user`, by label."""
    patient = user.patient
    visit = AppointmentFactory(
        patient=patient,
        doctor=doctor_user.doctor,
        starts_at=AT + timedelta(days=user.pk),
        status=Status.CONFIRMED,
    )
    payment = PaymentFactory(appointment=visit, paid=True)
    text = ConsentText.objects.first() or ConsentTextFactory()
    prescription = PrescriptionFactory(
        patient=patient, doctor=doctor_user.doctor, signed=True
    )
    rows = [
        user,
        patient,
        user.role_assignments.get(),
        patient.care_relations.first()
        or patient.care_relations.create(
            user=doctor_user, source="VISIT", starts_at=AT
        ),
        EmergencyAccess.objects.create(
            user=doctor_user, patient=patient, starts_at=AT, ends_at=SOON
        ),
        ProxyFactory(patient=patient, user=doctor_user, reason="To help"),
        Session.objects.create(
            key_hash=f"s{user.pk}",
            user=user,
            started_at=AT,
            seen_at=AT,
            expires_at=SOON,
        ),
        Device.objects.create(
            user=user, token_hash=f"t{user.pk}", first_seen_at=AT, last_seen_at=AT
        ),
        RememberedDevice.objects.create(
            user=user, digest=f"d{user.pk}", epoch=1, expires_at=SOON
        ),
        BackupCode.objects.create(user=user, salt=b"1", digest=b"2", used_at=AT),
        Tries.objects.create(
            user=user, failed=2, since=AT, told_at=AT, cleared_at=AT
        ),
        Reset.objects.create(
            user=user,
            ground="WAITED",
            started_by=user,
            works_from=AT,
            expires_at=SOON,
        ),
        Authorisation.objects.create(
            user=user, secret_digest=f"a{user.pk}", scopes=[], epoch=1, expires_at=SOON,
            code_digest=None, audience="",
        ),
        Proxy.objects.create(
            patient=patient, user=user, status="ASKED", relation="OTHER",
            lapses_at=SOON,
        ),
        EmailAddress.objects.create(user=user, email=user.email, verified=True),
        SocialAccount.objects.create(user=user, provider="google", uid=f"u{user.pk}"),
        AuthenticatorApp.objects.create(user=user, name="app", key="ab" * 20),
        CodeFactor.objects.create(user=user, kind="TEXT", number="+447700900123"),
        SentCode.objects.create(
            user=user, kind="EMAIL", to=user.email, digest="d", expires_at=SOON
        ),
        WebAuthnCredential.objects.create(
            user=user, name="key", credential_id=b"%d" % user.pk, public_key=b"1",
            sign_count=0,
        ),
        Delivery.objects.create(
            dedupe_key=f"k{user.pk}", event="appointment_confirmed", channel="EMAIL",
            patient=patient, user=user, send_after=AT,
        ),
        Preference.objects.create(patient=patient, channel="SMS", is_enabled=False),
        record(actor=user, verb="tests.acted", subject=user, patient=patient),
        visit,
        StatusChange.objects.create(
            appointment=visit, to_status=Status.CONFIRMED, at=AT, actor=doctor_user
        ),
        Move.objects.create(
            appointment=visit, status=Move.Status.DECLINED, by="PATIENT", actor=user,
            asked_at=AT, from_starts_at=visit.starts_at, from_location=visit.location,
            to_starts_at=visit.starts_at, to_location=visit.location,
            idempotency_key=visit.public_id,
        ),
        StrayDecision.objects.create(
            appointment=visit, starts_at=visit.starts_at, kind="KEPT",
            decided_at=AT, actor=doctor_user, reason="They agreed",
        ),
        Feed.objects.create(patient=patient, digest=f"f{user.pk}", made_at=AT),
        Alternative.objects.create(
            appointment=visit, by="PATIENT", actor=user, answered_at=AT
        ),
        ReviewFactory(
            appointment=AppointmentFactory(
                patient=patient,
                doctor=doctor_user.doctor,
                starts_at=AT - timedelta(days=user.pk),
                status=Status.COMPLETED,
            )
        ),
        Draft.objects.create(token=visit.public_id, appointment=visit),
        Reminder.objects.create(
            appointment=visit, lead="DAY", starts_at=AT, outcome="SENT"
        ),
        turn := TurnFactory(appointment=visit),
        TurnChange.objects.create(
            turn=turn, from_state="WAITING", to_state="IN_ROOM", at=AT,
            actor=doctor_user,
        ),
        entry := WaitlistEntryFactory(patient=patient, doctor=doctor_user.doctor),
        OfferFactory(entry=entry),
        TimeWishes.objects.create(patient=patient, parts=["MORNING"]),
        DocumentFactory(patient=patient, uploaded_by=doctor_user),
        prescription,
        PrescriptionItemFactory(prescription=prescription),
        payment,
        RefundFactory(payment=payment),
        ProviderEventFactory(payment=payment),
        FindingFactory(payment=payment, kind=Finding.Kind.AMOUNT),
        ConsentFactory(text=text, patient=patient, address="203.0.113.9"),
        RestrictionFactory(patient=patient, asked_by=doctor_user),
        AmendmentFactory(patient=patient),
        Merge.objects.create(
            kept=patient, merged=PatientFactory(merged_into=patient), merged_at=AT,
            merged_by=doctor_user,
        ),
        ResponseFactory(patient=patient, appointment=visit),
        Export.objects.create(user=user, status="FAILED"),
        Erasure.objects.create(user=user, patient=patient, status="WITHDRAWN"),
    ]  # fmt: skip
    found = {row._meta.label: row for row in rows}
    assert set(found) == {label for label, one in HOLDINGS.items() if one.kind}
    return found


def mark(rows, name):
    """Write a word of their own into every text of the rows: (shown, hidden) words.

    The access log and consents are only ever added to; files are marked by themselves.
    """
    shown, hidden = set(), set()
    for label, row in rows.items():
        holding = HOLDINGS[label]
        changed = []
        for field in row._meta.concrete_fields:
            word = f"{name}-{holding.kind}-{field.name}".replace("_", "-")
            if label in ONLY_ADDED or not _takes(field, word):
                continue
            is_json = isinstance(field, models.JSONField)
            setattr(row, field.name, {"said": word} if is_json else word)
            changed.append(field.name)
            (shown if field.name in holding.columns else hidden).add(word)
        if changed:
            row.save(update_fields=changed)
    return shown, hidden


def _takes(field, word):
    if field.choices or field.is_relation or isinstance(field, models.FileField):
        return False
    texts = (models.CharField, models.TextField, models.JSONField)
    if not isinstance(field, texts) or field.name in {"check_index", "time_zone"}:
        return False
    if field.name in {"phone", "password", "code_digest"}:
        return False
    return field.max_length is None or field.max_length >= len(word)


def written_about(user, doctor_user):
    """Everything about a user, with words and two files that mark themselves."""
    rows = everything(user, doctor_user)
    name = user.first_name
    shown, hidden = mark(rows, name)
    content = f"{name}-content-of-a-file".encode()
    rows["records.Document"].file.save("f", ContentFile(content))
    rows["accounts.Patient"].picture.save("p", ContentFile(content + b"-portrait"))
    files = {content.decode(), f"{content.decode()}-portrait"}
    return {"rows": rows, "shown": shown | files, "hidden": hidden}
