"""The process that runs jobs."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.watchdog import Watchdog


class Command(BaseCommand):
    help = "Run jobs from the queue, under a watchdog. SIGTERM stops it cleanly."

    def handle(self, *args: Any, **options: Any) -> None:
        Watchdog().run()
