"""WSGI entry: the CMS."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
os.environ["PROGRAM"] = "cms"

application = get_wsgi_application()
