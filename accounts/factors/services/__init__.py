"""Adding, proving and losing second factors."""

from accounts.factors.services.backup import make_backup_codes
from accounts.factors.services.changing import (
    add_app,
    add_code_factor,
    add_passkey,
    remove_app,
    remove_code_factor,
    remove_passkey,
    reset_factors,
)
from accounts.factors.services.proving import (
    TooManyTries,
    give_new_tries,
    note_proof,
    note_wrong_code,
    prove_code,
    prove_passkey,
    prove_password,
)
from accounts.factors.services.remembering import (
    forget_all_devices,
    forget_device,
    remember_device,
)
from accounts.factors.services.sending import (
    forget_codes,
    make_code,
    rest_email_codes,
)

__all__ = [
    "TooManyTries",
    "add_app",
    "add_code_factor",
    "add_passkey",
    "forget_all_devices",
    "forget_codes",
    "forget_device",
    "give_new_tries",
    "make_backup_codes",
    "make_code",
    "note_proof",
    "note_wrong_code",
    "prove_code",
    "prove_passkey",
    "prove_password",
    "remember_device",
    "remove_app",
    "remove_code_factor",
    "remove_passkey",
    "reset_factors",
    "rest_email_codes",
]
