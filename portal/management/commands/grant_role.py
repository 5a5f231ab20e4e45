"""`manage.py grant_role`: the first administrator, and a clinic's only one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.users.models import Role, User
from accounts.users.services import assign_role


class Command(BaseCommand):
    help = (
        "Give somebody a role at every location. Where two administrators would have "
        "to agree, whoever may run commands on the server stands for both."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=sorted(Role.values))

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when nobody has the address."""
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError("Nobody has this address. They sign up first.")
        assign_role(actor=None, user=user, role=options["role"])
        self.stdout.write(f"{user} is {Role(options['role']).label} now.")
