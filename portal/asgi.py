"""ASGI entry: sockets, when there are any."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
os.environ["PROGRAM"] = "site"

application = get_asgi_application()
