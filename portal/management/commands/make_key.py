"""`manage.py make_key`: a new entry for ENCRYPTION_KEYS."""

import base64
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.encryption.keyring import new_key
from foundation.encryption.kms import encrypt


class Command(BaseCommand):
    help = (
        "Print a new key as ENCRYPTION_KEYS takes it. Put it in front of the others, "
        "restart everything, then run rotate_keys."
    )
    # Needed before there is a key.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="its id: 2026a, or index for blind indexes")
        parser.add_argument(
            "--kms", metavar="KEY", help="let this AWS KMS key guard it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not re.fullmatch(r"[a-z0-9-]{1,20}", name):
            raise CommandError("An id has small letters, digits and hyphens: 2026a.")
        key = new_key()
        if options["kms"]:
            key = "kms:" + encrypt(name, base64.b64decode(key), master=options["kms"])
        self.stdout.write(f"{name}:{key}")
