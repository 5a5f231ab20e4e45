"""Writing the texts, and writing down what people say to them."""

from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction

from accounts.consents.models import Consent, ConsentText, Purpose, fingerprint
from accounts.consents.permissions import SCOPES, can_manage_texts
from accounts.consents.queries import current_text, draft_of
from accounts.patients.models import Patient
from accounts.patients.permissions import is_own
from accounts.proxies.models import Proxy
from accounts.proxies.services import hold_acting
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.scene import current_scene


class NotAllowed(Refused):
    sentence = "Only administrators change what people agree to."


class TextChanged(Refused):
    sentence = "The text has changed while you read. Read it again, then answer."


class NothingToPublish(Refused):
    sentence = "There is no draft to publish. Somebody may have published it already."


class SameWords(Refused):
    sentence = "These are the words of the version that is published already."


class DraftChanged(Refused):
    sentence = "Somebody has changed this draft meanwhile. Read it before you go on."


@transaction.atomic
def save_draft(
    *,
    actor: User,
    purpose: str,
    title: str,
    body: str,
    is_material: bool,
    seen: str | None = None,
) -> ConsentText:
    """Keep the next version of a text as a draft; nobody else sees it yet.

    `seen` is the fingerprint of the draft that the writer started from ("" for none);
    None overwrites whatever is there. The first version is always material. Raises
    NotAllowed and DraftChanged.
    """
    if not can_manage_texts(actor, None):
        raise NotAllowed
    _lock(purpose)
    draft, shown = draft_of(purpose), current_text(purpose)
    if seen is not None and seen != print_of(draft):
        raise DraftChanged
    if draft is None:
        version = shown.version + 1 if shown else 1
        draft = ConsentText(purpose=purpose, version=version)
    draft.title, draft.body = title.strip(), tidy(body)
    draft.is_material = is_material or shown is None
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError as error:
        # Two first drafts at once: there was no row to lock.
        raise DraftChanged from error
    record(
        actor=actor,
        verb="consent_text.saved",
        subject=draft,
        category="SETTINGS",
        detail={"purpose": str(purpose), "version": draft.version},
    )
    return draft


@transaction.atomic
def publish_text(
    *, actor: User, purpose: str, at: datetime, seen: str | None = None
) -> ConsentText:
    """Show the draft to everybody from now on. It never changes after that.

    `seen` as in `save_draft`. Raises NotAllowed, NothingToPublish, DraftChanged and
    SameWords.
    """
    if not can_manage_texts(actor, None):
        raise NotAllowed
    _lock(purpose)
    draft, shown = draft_of(purpose), current_text(purpose)
    if draft is None:
        raise NothingToPublish
    if seen is not None and seen != print_of(draft):
        raise DraftChanged
    if shown is not None and (shown.title, shown.body) == (draft.title, draft.body):
        raise SameWords
    draft.sha256 = fingerprint(purpose, draft.version, draft.title, draft.body)
    draft.published_at = at
    draft.published_by = actor
    draft.save()
    record(
        actor=actor,
        verb="consent_text.published",
        subject=draft,
        category="SETTINGS",
        detail={
            "purpose": str(purpose),
            "version": draft.version,
            "material": draft.is_material,
            "sha256": draft.sha256,
        },
    )
    return draft


@transaction.atomic
def answer(
    *,
    actor: User | None,
    patient: Patient,
    text: ConsentText,
    is_given: bool,
    via: str,
    at: datetime,
) -> Consent:
    """Write down a yes or a no to the version that was shown, with its fingerprint,
    the way, the actor and their address.

    A no after a yes takes it back. Saying again what counts already writes nothing.
    Locks the patient, so that two answers at once have an order. Raises TextChanged
    when a yes is to words that are no longer shown; a no always counts. In the portal
    it is the patient's word or that of who acts for them so far, which is kept with
    what they are to them: raises NotActing for others.
    """
    if via == Consent.Via.PORTAL:
        hold_acting(actor=actor, patient=patient, scope=SCOPES[text.purpose])
    Patient.objects.select_for_update().get(pk=patient.pk)
    if is_given:
        shown = current_text(text.purpose)
        if shown is None or shown.pk != text.pk:
            raise TextChanged
    last = _last(patient, text.purpose)
    had = last is not None and last.decision == Consent.Decision.GIVEN
    if last is not None and last.text_id == text.pk and had == is_given:
        return last
    decision = Consent.Decision.GIVEN
    if not is_given:
        decision = Consent.Decision.WITHDRAWN if had else Consent.Decision.REFUSED
    return _write(
        actor=actor, patient=patient, text=text, decision=decision, via=via, at=at
    )


@transaction.atomic
def withdraw(
    *, actor: User | None, patient: Patient, purpose: str, via: str, at: datetime
) -> Consent | None:
    """Take back a yes, whatever version it was to. Without one nothing changes, and
    the answer is the last word, or None."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    last = _last(patient, purpose)
    if last is None or last.decision != Consent.Decision.GIVEN:
        return last
    return _write(
        actor=actor,
        patient=patient,
        text=last.text,
        decision=Consent.Decision.WITHDRAWN,
        via=via,
        at=at,
    )


def print_of(text: ConsentText | None) -> str:
    """What tells one wording of a draft from another; "" for none."""
    if text is None:
        return ""
    return fingerprint(text.purpose, text.version, text.title, text.body)


def tidy(body: str) -> str:
    """With one kind of line end and no blanks around: a browser's are no change."""
    return "\n".join(line.rstrip() for line in body.strip().splitlines())


def _lock(purpose: str) -> None:
    """Texts of a purpose are written one after the other."""
    rows = ConsentText.objects.select_for_update().filter(purpose=purpose)
    list(rows.order_by("pk"))


def _last(patient: Patient, purpose: str) -> Consent | None:
    rows = Consent.objects.filter(patient=patient, purpose=purpose)
    return rows.select_related("text").order_by("-pk").first()


def _relation(actor: User | None, patient: Patient, at: datetime) -> str:
    """What the actor is to the patient for whom they act; "" for everybody else."""
    if actor is None or is_own(actor, patient):
        return ""
    acting = Proxy.objects.in_force(at).filter(user=actor, patient=patient).first()
    return acting.relation if acting else ""


def _write(
    *,
    actor: User | None,
    patient: Patient,
    text: ConsentText,
    decision: str,
    via: str,
    at: datetime,
) -> Consent:
    scene = current_scene()
    consent = cast(
        Consent,
        Consent.objects.create(
            patient=patient,
            text=text,
            purpose=text.purpose,
            decision=decision,
            sha256=text.sha256,
            via=via,
            actor=actor,
            relation=_relation(actor, patient, at),
            address=scene.address if scene else None,
            at=at,
        ),
    )
    record(
        actor=actor,
        verb=f"consent.{decision.lower()}",
        subject=consent,
        patient=patient,
        detail={
            "purpose": str(Purpose(text.purpose)),
            "version": text.version,
            "sha256": text.sha256,
            "via": str(via),
        },
    )
    return consent
