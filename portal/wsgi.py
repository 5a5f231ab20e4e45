"""WSGI entry: the site's pages."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
os.environ["PROGRAM"] = "site"

application = get_wsgi_application()
