#!/usr/bin/env python
"""Django's command line for MedConsult."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.settings.environment import load_dotenv

if __name__ == "__main__":
    load_dotenv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    execute_from_command_line(sys.argv)
