"""Bring the queue's recurring jobs in line with portal/schedules.py."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django_q.models import Schedule

from portal.schedules import SCHEDULES


class Command(BaseCommand):
    help = "Write portal/schedules.py to the queue: add, change and remove."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            gone, _ = recurring().exclude(name__in=SCHEDULES).delete()
            for name, (path, cron) in SCHEDULES.items():
                sync_schedule(name, path, cron)
        if options["verbosity"]:
            self.stdout.write(f"{len(SCHEDULES)} recurring jobs, {gone} removed.")


def recurring() -> Any:
    """Schedules that are ours. Tasks put off by `run_after` are left alone."""
    return Schedule.objects.filter(schedule_type=Schedule.CRON)


def sync_schedule(name: str, path: str, cron: str) -> None:
    """Keep one schedule; its next run is worked out anew only if its times change."""
    known = recurring().filter(name=name).first()
    if known is not None and known.func == path and known.cron == cron:
        return
    schedule = known or Schedule(name=name, schedule_type=Schedule.CRON, repeats=-1)
    schedule.func, schedule.cron = path, cron
    schedule.full_clean()
    schedule.next_run = schedule.calculate_next_run()
    schedule.save()
