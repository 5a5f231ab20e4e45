"""Recurring jobs of the log."""

from django.utils import timezone

from audit.seals import services


def make_coming_months() -> None:
    services.make_coming_months()


def export_head() -> None:
    services.export_head(at=timezone.now())


def check_log() -> None:
    services.check_log(at=timezone.now())
