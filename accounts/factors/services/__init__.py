"""Adding, proving and losing second factors."""

from accounts.factors.services.backup import make_backup_codes
from accounts.factors.services.changing import (
    add_app,
    add_passkey,
    remove_app,
    remove_passkey,
    reset_factors,
)
from accounts.factors.services.proving import (
    TooManyTries,
    note_proof,
    prove_code,
    prove_passkey,
)
from accounts.factors.services.remembering import (
    forget_all_devices,
    forget_device,
    remember_device,
)

__all__ = [
    "TooManyTries",
    "add_app",
    "add_passkey",
    "forget_all_devices",
    "forget_device",
    "make_backup_codes",
    "note_proof",
    "prove_code",
    "prove_passkey",
    "remember_device",
    "remove_app",
    "remove_passkey",
    "reset_factors",
]
