"""The demo's settings on the bench's database, with the bare addresses beside them."""

from portal.settings.dev import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
