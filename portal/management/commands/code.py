"""`manage.py code ACCOUNT`: what the authenticator app of a demo account shows now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_otp.oath import TOTP

from accounts.models import AuthenticatorApp
from portal.demo.accounts import demo_accounts


class Command(BaseCommand):
    help = "Print the six digits that a demo account's authenticator app shows now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="its e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for anything but a demo account that has an app."""
        email = options["account"]
        if not demo_accounts():
            raise CommandError("The demo clinic is not loaded.")
        app = AuthenticatorApp.objects.filter(
            user__email__iexact=email, name="Demo phone"
        ).first()
        if app is None:
            raise CommandError(f"{email} has no app: its password alone signs in.")
        totp = TOTP(app.secret)
        totp.time = time.time()
        left = 30 - int(totp.time) % 30
        self.stdout.write(f"{totp.token():06d}")
        self.stderr.write(f"  for {left} more seconds; each code works once")
