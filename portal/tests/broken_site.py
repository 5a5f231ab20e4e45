"""Settings of a site on which a page and a job fail, with people's data at hand."""

from portal.settings.test import *  # noqa: F403

ROOT_URLCONF = SITE_URLCONF = "portal.tests.broken_urls"
