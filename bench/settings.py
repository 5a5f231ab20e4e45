"""The demo's settings on the bench's database, with the bare addresses beside them."""

from portal.settings.dev import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
# It measures how fast pages are, not how often they may be asked for.
RATE_LIMIT_FACTOR = 1_000_000.0
