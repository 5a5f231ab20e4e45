"""Jobs of the public pages."""

from django.core.management import call_command


def publish_scheduled() -> None:
    """Put pages up that are due, and take those down whose time is over."""
    call_command("publish_scheduled")
