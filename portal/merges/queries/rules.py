"""What a merge does with each link to a patient, and why. One line for every foreign
key that leads to a patient; a test fails where one is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from accounts.models import Patient


@dataclass(frozen=True)
class Rule:
    """Whether the rows go to the record that stays, and why; `title` is what they are
    called on the pages.

    `unique` are the constraints over the patient which two records could break
    together: each is settled (`portal.merges.services.settling`) or asked about before
    (`obstacles`).
    """

    moves: bool
    why: str
    title: str = ""
    unique: tuple[str, ...] = ()


RULES: dict[str, Rule] = {
    "accounts.CareRelation.patient": Rule(
        True,
        "who treats the person treats them under either number; of two relations of one"
        " kind one is left, as wide as both",
        title="People who treat them",
        unique=("care_relation_once",),
    ),
    "accounts.Consent.patient": Rule(
        True,
        "a word counts for the person, and the latest of all words counts",
        title="Consents",
    ),
    "accounts.EmergencyAccess.patient": Rule(
        True,
        "the person sees who opened their record; none may be open meanwhile",
        title="Emergency access",
    ),
    "accounts.Patient.merged_into": Rule(
        False, "a record that was merged before goes on pointing to where it went"
    ),
    "accounts.Proxy.patient": Rule(
        False,
        "nobody reaches more than was agreed: who acts for the record that goes can act"
        " no more, and both sides may agree anew",
        unique=("proxy_active_once",),
    ),
    "accounts.Restriction.patient": Rule(
        True,
        "what was asked and answered is the person's; none may wait or be in force",
        title="Restrictions",
        unique=("restriction_once",),
    ),
    "billing.Payment.patient": Rule(
        True, "money goes where its visit goes", title="Payments"
    ),
    "booking.Appointment.patient": Rule(
        True,
        "the visits are the person's; two at one time stand in the way",
        title="Visits",
        unique=("patient_in_one_place",),
    ),
    "booking.Draft.for_patient": Rule(
        False, "lives for a day; who booked for the record that goes begins anew"
    ),
    "booking.Feed.patient": Rule(
        False,
        "an address that shows one record's visits must not show another's: it ends,"
        " and the person makes a new one",
    ),
    "booking.TimeWishes.patient": Rule(
        False, "the record that stays has its own; which times suit is quickly said"
    ),
    "booking.WaitlistEntry.patient": Rule(
        True,
        "they wait once for the same, since the earlier day; open offers of it stand in"
        " the way",
        title="Waiting list",
        unique=("waits_once",),
    ),
    "notifications.Delivery.patient": Rule(
        True, "they read what we wrote to them", title="Messages"
    ),
    "notifications.Preference.patient": Rule(
        True,
        "of two words about one channel a no counts",
        title="Choices about messages",
        unique=("preference_once",),
    ),
    "portal.DifferentPeople.one": Rule(
        False, "was said about the records as they were"
    ),
    "portal.DifferentPeople.other": Rule(
        False, "was said about the records as they were"
    ),
    "portal.Erasure.patient": Rule(
        True,
        "earlier wishes are the person's; none may wait or be carried out",
        title="Wishes to be forgotten",
    ),
    "portal.LegalHold.patient": Rule(
        True,
        "lifted ones are history; none may stand on either record",
        title="Legal holds",
    ),
    "portal.Merge.kept": Rule(False, "says what was done with these two records"),
    "portal.Merge.merged": Rule(False, "says what was done with these two records"),
    "records.Amendment.patient": Rule(
        True, "goes with what it is about", title="Requests for corrections"
    ),
    "records.Document.patient": Rule(
        True, "the papers are the person's", title="Documents"
    ),
    "records.Prescription.patient": Rule(
        True, "the medicines are the person's", title="Prescriptions"
    ),
    "records.QuestionnaireResponse.patient": Rule(
        True, "what was answered goes with its visit", title="Answers to forms"
    ),
    "records.Upload.patient": Rule(
        True, "becomes a document of the record that stays", title="Files on their way"
    ),
}

# Named without a foreign key.
UNLINKED: dict[str, str] = {
    "audit.Entry.patient_id": "the log is never rewritten: it is read by the link"
    " between the records",
    "audit.Entry.on_behalf_of_id": "the log is never rewritten",
}


def links() -> Iterator[tuple[str, Any]]:
    """Every foreign key that leads to a patient, as (name, field)."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is Patient:
                yield f"{model._meta.label}.{field.name}", field


def title_of(label: str) -> str:
    """What the rows of a table that moves are called."""
    return RULES[f"{label}.patient"].title


def moving() -> list[tuple[str, type[models.Model]]]:
    """The tables whose rows move, with their labels, in the order of RULES. In each the
    link is called `patient`."""
    found = []
    for name, rule in RULES.items():
        label, _, field = name.rpartition(".")
        if rule.moves:
            if field != "patient":
                raise ValueError(f"{name}: rows that move say `patient`.")
            found.append((label, apps.get_model(label)))
    return found


def uniques(model: type[models.Model], name: str) -> set[str]:
    """The constraints of a table that one patient's rows could break together."""
    found = set()
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint) and name in one.fields:
            found.add(one.name)
        if any(name == term for term, _ in getattr(one, "expressions", ()) or ()
               if isinstance(term, str)):  # fmt: skip
            found.add(one.name)
    return found
