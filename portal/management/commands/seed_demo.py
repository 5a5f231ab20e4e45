"""`manage.py seed_demo`: the demo clinic in an empty database."""

import os
import shutil
import time
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from wagtail.models import Page

from foundation.jobs import enqueue
from portal.demo.loader import is_loaded, load_demo


class Command(BaseCommand):
    help = "Load the demo clinic, once. Takes less than a minute."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset",
            action="store_true",
            help="throw away everything in the database first; never in production",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="load it even with production's settings, with a password that "
            "everybody knows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if is_production():
            if options["reset"]:
                raise CommandError(
                    "--reset would destroy real data. Not in production."
                )
            if not options["force"]:
                raise CommandError(
                    "These are production's settings. The demo's accounts have a "
                    "password that everybody knows; --force loads them all the same."
                )
        if options["reset"]:
            self._reset()
        elif is_loaded():
            self.stdout.write("  The clinic is loaded already. Nothing was changed.")
            return
        begun = time.monotonic()
        world = load_demo(at=timezone.now(), say=self._say)
        # Loading is done before all sizes of all pictures are; the worker goes on.
        for pk in Page.objects.live().order_by("pk").values_list("pk", flat=True):
            enqueue("clinic_pages.tasks.make_page_pictures", page_id=pk)
        self._say(
            f"    {len(world.doctors)} doctors, {len(world.patients)} patients, "
            f"{len(world.visits)} appointments in {time.monotonic() - begun:.0f} s"
        )

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _reset(self) -> None:
        """Empty the database, bring back what migrations make, forget the files."""
        self._say("    Throwing away what is there …")
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        connection.close()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("sync_schedules", verbosity=0)
        for name in ("original_images", "images"):
            shutil.rmtree(settings.MEDIA_ROOT / name, ignore_errors=True)
        papers = getattr(storages["clinical"], "inner", None)
        folder = getattr(papers, "location", None)
        if folder is not None:
            shutil.rmtree(f"{folder}/documents", ignore_errors=True)


def is_production() -> bool:
    """Whether production's settings are in force."""
    return os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production")
