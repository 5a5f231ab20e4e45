"""The clinic's texts of consents, and what patients said to them."""

from datetime import timedelta
from random import Random
from uuid import NAMESPACE_DNS, uuid5

from accounts.consents.models import Consent, ConsentText, fingerprint
from portal.demo.world import World

_ADMIN = "alma.reyes@larkfield.example"
_DAYS_AGO = 200


def load_consents(world: World) -> None:
    """One published version of each text. Maya has not been asked about news and
    research; of the others with an account, a share agrees and the rest says no."""
    dice = Random("consents")  # noqa: S311 not for secrets  # nosec B311
    at = world.at - timedelta(days=_DAYS_AGO)
    said = []
    for entry in world.content.clinic["consents"]:
        text = _text(world, entry)
        for count, patient in enumerate(world.patients[1:]):
            if "agree" not in entry or patient.user_id is None:
                continue
            yes = dice.random() < entry["agree"]
            decision = Consent.Decision.GIVEN if yes else Consent.Decision.REFUSED
            said.append(
                Consent(
                    public_id=uuid5(NAMESPACE_DNS, f"{text.purpose}.{patient.number}"),
                    patient=patient,
                    text=text,
                    purpose=text.purpose,
                    decision=decision,
                    sha256=text.sha256,
                    via=Consent.Via.PORTAL,
                    actor_id=patient.user_id,
                    at=at + timedelta(minutes=37 * count),
                )
            )
    Consent.objects.bulk_create(said)


def _text(world: World, entry: dict[str, str]) -> ConsentText:
    title, body = entry["title"], entry["body"].strip()
    return ConsentText.objects.create(
        public_id=uuid5(NAMESPACE_DNS, f"consent.{entry['purpose']}"),
        purpose=entry["purpose"],
        version=1,
        title=title,
        body=body,
        sha256=fingerprint(entry["purpose"], 1, title, body),
        published_at=world.at - timedelta(days=_DAYS_AGO + 1),
        published_by=world.users[_ADMIN],
    )
