"""Second factors of the demo's accounts: everybody who works here, and one patient.

The secrets follow from the address, so that a checker's program can sign in as anybody
again after each loading. They never leave a demo.
"""

import hashlib
import hmac
from base64 import b32encode

from accounts.models import AuthenticatorApp, RoleAssignment, User
from accounts.users.models import Role
from portal.demo.world import SEED, World


def totp_key(email: str) -> bytes:
    """The 20 bytes from which the app of a demo account makes its codes."""
    return hmac.digest(str(SEED).encode(), email.encode(), hashlib.sha1)


def totp_secret(email: str) -> str:
    """The same as apps take it (base32)."""
    return b32encode(totp_key(email)).decode()


def load_factors(world: World) -> None:
    """Give all staff, all editors and one patient an authenticator app."""
    at_work = RoleAssignment.objects.exclude(role=Role.PATIENT).values("user")
    users = [*User.objects.filter(pk__in=at_work), careful_patient(world)]
    AuthenticatorApp.objects.bulk_create(
        AuthenticatorApp(user=user, name="Demo phone", key=totp_key(user.email).hex())
        for user in users
    )
    User.objects.filter(pk__in=[user.pk for user in users]).update(
        has_second_factor=True
    )


def careful_patient(world: World) -> User:
    """The first patient after Maya who has an account."""
    return next(one.user for one in world.patients[1:] if one.user is not None)
