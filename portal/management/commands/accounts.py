"""`manage.py accounts`: who can sign in to the demo, and where to look."""

import json
from dataclasses import asdict
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.demo.accounts import Account, demo_accounts


class Command(BaseCommand):
    help = "Print the demo accounts of every role, with addresses to try."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = demo_accounts()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in found], indent=2))
        elif found:
            self.stdout.write(table(found))
        else:
            self.stdout.write("  No demo accounts: the demo clinic is not loaded.")


def table(found: list[Account]) -> str:
    """The accounts by role, each with the path of one thing to look at."""
    width = max(len(one.email) for one in found)
    lines = [f"  Demo accounts. Password of all: {found[0].password}", ""]
    for role, group in groupby(found, key=lambda one: one.role):
        label = role
        for one in group:
            lines.append(f"  {label:<22} {one.email:<{width}}  {one.does}")
            label = ""
    lines += [
        "",
        "  Second step: the secret for an authenticator app, or a code now by",
    ]
    lines += ["  make code ACCOUNT=" + found[-1].email]
    lines += [
        f"  {one.email:<{width}}  {one.totp_secret}" for one in found if one.totp_secret
    ]
    lines += ["", "  To look at, signed in as"]
    for role, group in groupby(found, key=lambda one: one.role):
        for what, address in next(group).addresses.items():
            lines.append(f"  {role:<22} {what:<18} {address}")
            role = ""  # named once
    return "\n".join(lines)
