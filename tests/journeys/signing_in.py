"""Being somebody of the cast in a browser, without the form for it."""

from django.conf import settings
from django.test import Client
from django.utils import timezone


def sign_in(page, user):
    """Give the browser a session of the user's, as if they had signed in just now."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp()}
    ]
    session.save()
    if page.url == "about:blank":
        page.goto("/robots.txt")
    name = settings.SESSION_COOKIE_NAME
    base = page.evaluate("location.origin")
    cookie = {"name": name, "value": client.cookies[name].value, "url": base}
    page.context.add_cookies([cookie])
