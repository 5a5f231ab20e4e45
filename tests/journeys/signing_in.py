"""Being somebody of the cast in a browser, without the form for it."""

from django.conf import settings

from tests.second_factors import VerifiedClient


def sign_in(page, user):
    """Give the browser a session of the user's, as if they had signed in just now, with
    their second factor. Returns a client that shares it."""
    client = VerifiedClient()
    client.force_login(user)
    if page.url == "about:blank":
        page.goto("/robots.txt")
    name = settings.SESSION_COOKIE_NAME
    base = page.evaluate("location.origin")
    cookie = {"name": name, "value": client.cookies[name].value, "url": base}
    page.context.add_cookies([cookie])
    return client
