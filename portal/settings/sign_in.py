"""Other accounts with which people may sign in here. None is offered until its keys are
set."""

from typing import Any
from urllib.parse import urlsplit

from portal.settings.environment import read

# Where the id of the clinic's own OpenID provider stands in addresses.
OPENID = "openid"


def providers() -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS, from the environment."""
    google = _app(
        "google", "Google", read("GOOGLE_CLIENT_ID"), read("GOOGLE_CLIENT_SECRET")
    )
    facebook = _app(
        "facebook", "Facebook", read("FACEBOOK_APP_ID"), read("FACEBOOK_APP_SECRET")
    )
    openid = _app(
        OPENID,
        read("OIDC_NAME", "OpenID"),
        read("OIDC_CLIENT_ID"),
        read("OIDC_CLIENT_SECRET"),
    )
    issuer = read("OIDC_ISSUER").rstrip("/")
    return {
        "google": {
            "APPS": google,
            "SCOPE": ["profile", "email"],
            "OAUTH_PKCE_ENABLED": True,
        },
        "facebook": {
            "APPS": facebook,
            "METHOD": "oauth2",
            # Facebook does not say whether an address is proved; we send a code.
            "VERIFIED_EMAIL": False,
        },
        "openid_connect": {
            "provider_class": "accounts.openid.StrictProvider",
            "APPS": [one | {"settings": {"server_url": issuer}} for one in openid]
            if issuer
            else [],
        },
    }


def _app(provider_id: str, name: str, key: str, secret: str) -> list[dict[str, Any]]:
    if not key:
        return []
    return [
        {"provider_id": provider_id, "name": name, "client_id": key, "secret": secret}
    ]


def origins(configured: dict[str, Any]) -> list[str]:
    """Where a form that begins a sign-in may lead, for the policy of our pages."""
    found = []
    if configured["google"]["APPS"]:
        found.append("https://accounts.google.com")
    if configured["facebook"]["APPS"]:
        found.append("https://www.facebook.com")
    for app in configured["openid_connect"]["APPS"]:
        parts = urlsplit(app["settings"]["server_url"])
        found.append(f"{parts.scheme}://{parts.netloc}")
    return found
