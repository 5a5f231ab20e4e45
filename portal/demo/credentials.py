"""What the clinic's doctors and nurses hold to work here."""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from accounts.users.models import User
from clinic.credentials.models import Credential
from clinic.credentials.services import save_credential
from portal.demo.people import doctor_email
from portal.demo.world import World

# Days from the first to the last end: none is so near that it has to be warned of.
_FIRST_END, _APART = 150, 13
_ADMIN = "martin.keogh@larkfield.example"


def load_credentials(world: World) -> None:
    """A licence and an insurance for each doctor and nurse who still works here."""
    actor = world.users[_ADMIN]
    for count, facts in enumerate(world.content.doctors):
        if facts.left_days_ago is not None:
            continue
        user = world.users[doctor_email(facts)]
        is_nurse = facts.title == "Nurse"
        _hold(
            actor,
            user,
            world.at,
            kind=Credential.Kind.LICENCE,
            number=f"{7_014_300 + 37 * count}",
            issuer="Nursing Register (demo)" if is_nurse else "Medical Register (demo)",
        )
        _hold(
            actor,
            user,
            world.at,
            kind=Credential.Kind.INSURANCE,
            number=f"IN-{52_100 + 11 * count}",
            issuer="Clinicians Mutual (demo)",
            valid_until=world.today + timedelta(days=_FIRST_END + _APART * count),
            document="Cabinet 2",
        )


def _hold(actor: User, user: User, at: datetime, **fields: Any) -> None:
    # From the name, so that no later draw of the demo's dice moves.
    public_id = uuid5(NAMESPACE_DNS, f"{fields['kind']}.{user.email}")
    save_credential(
        actor=actor,
        user=user,
        at=at,
        public_id=public_id,
        country="GB",
        **fields,
    )
