"""`manage.py reconcile_payments`: hold the provider's books against ours now."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.gateways.base import GatewayError
from billing.models import Finding
from billing.reconciliation.tasks import GRACE, compare_with_provider


class Command(BaseCommand):
    help = (
        "Compare the payment provider's books of the last days with ours now, as the "
        "hourly job does. What we were not told is taken in and settled by the worker; "
        "what is left for people stands under Payments, Follow up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to-the-minute",
            action="store_true",
            help="also what is younger than ten minutes, whose webhook may yet come",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        grace = timedelta(0) if options["to_the_minute"] else GRACE
        try:
            seen = compare_with_provider(at=now, until=now - grace)
        except GatewayError as error:
            raise CommandError(
                f"The provider's books cannot be read ({error.code}). Nothing was "
                "changed."
            ) from error
        found = Finding.objects.filter(created_at__gte=now)
        for finding in found.order_by("pk"):
            self.stdout.write(f"{finding.get_kind_display()}: {finding.object_id}")
        waiting = Finding.objects.filter(settled_at=None).count()
        self.stdout.write(
            f"{seen} compared, {found.count()} new, {waiting} wait for somebody"
        )
