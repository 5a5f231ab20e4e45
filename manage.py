#!/usr/bin/env python
"""Django's command line for MedConsult."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.settings.environment import load_dotenv

if __name__ == "__main__":
    load_dotenv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    # Commands own the database; those that run jobs are guests in it, as the site is.
    if sys.argv[1:2] in (["worker"], ["qcluster"]):
        os.environ.setdefault("PROGRAM", "worker")
    execute_from_command_line(sys.argv)
