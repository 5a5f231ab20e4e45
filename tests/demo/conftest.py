"""The loaded demo clinic, once for all tests of this folder that ask for it."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from portal.demo.loader import load_demo
from portal.settings.environment import clinical_storage

# A Tuesday afternoon, so that somebody is with a doctor and somebody waits.
AT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


def storages_below(folder: Path) -> dict:
    """The same storages, with their files in a folder of the test's own."""
    return {**settings.STORAGES, "clinical": clinical_storage(folder / "clinical")}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """(world, what was said, processor seconds, folder of its files)."""
    folder = tmp_path_factory.mktemp("demo")
    said = []
    here = override_settings(
        VAR_DIR=folder,
        MEDIA_ROOT=folder / "media",
        STORAGES=storages_below(folder),
        STRIPE_SECRET_KEY="",
    )
    with django_db_blocker.unblock(), here, transaction.atomic():
        begun = time.process_time()
        world = load_demo(at=AT, say=said.append)
        yield world, said, time.process_time() - begun, folder
        transaction.set_rollback(True)


@pytest.fixture
def world(loaded):
    return loaded[0]
