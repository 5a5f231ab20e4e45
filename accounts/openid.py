"""OpenID Connect, stricter than the library: every id token's signature, issuer,
audience, times and nonce are checked, also when it came straight from the provider."""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.http import HttpRequest

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LEEWAY = 30


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    """Signs nobody in on an id token that is not for us, now, and for this very try."""

    expected_nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself; it must be the one that was configured."""
        config: dict[str, Any] = super().openid_config
        configured = str(self.get_provider().app.settings["server_url"])
        if config.get("issuer", "").rstrip("/") != configured.rstrip("/"):
            raise OAuth2Error("The provider names another issuer.")
        return config

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, **kwargs: Any
    ) -> Any:
        """The sign-in that the provider's answer stands for. Raises OAuth2Error."""
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise OAuth2Error("The provider sent no id token.")
        claims = self._decode_id_token(app, id_token)
        if "userinfo_endpoint" in self.openid_config:
            userinfo = self._fetch_user_info(token.token)
            if userinfo.get("sub") != claims["sub"]:
                raise OAuth2Error("The id token and the user do not belong together.")
        else:
            userinfo = claims
        data = {"userinfo": userinfo, "id_token": claims}
        return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("The id token is not good.") from error
        nonce = str(claims.get("nonce", ""))
        if not self.expected_nonce or not secrets.compare_digest(
            nonce.encode(), self.expected_nonce.encode()
        ):
            raise OAuth2Error("The id token belongs to another try.")
        return claims

    def _key(self, id_token: str) -> jwt.PyJWK:
        """The provider's public key that the token names."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        wanted = jwt.get_unverified_header(id_token).get("kid")
        for key in jwt.PyJWKSet.from_dict(answer.json()).keys:
            if wanted is None or key.key_id == wanted:
                return key
        raise OAuth2Error("The id token is signed with an unknown key.")


class StrictProvider(OpenIDConnectProvider):
    """Sends a nonce and PKCE with every try, and takes no parameters from visitors."""

    oauth2_adapter_class = StrictAdapter
    pkce_enabled_default = True

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What goes to the provider: our scope, and nothing from the address bar."""
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        return kwargs | {
            "scope": self.get_scope(),
            "auth_params": self.get_auth_params(),
        }

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: Any = None,
        data: Any = None,
        **kwargs: Any,
    ) -> Any:
        """To the provider's own page; the nonce waits in the session's state."""
        nonce = secrets.token_urlsafe(24)
        params = {**(kwargs.pop("auth_params", None) or {}), "nonce": nonce}
        return super().redirect(
            request, process, next_url, data, auth_params=params, nonce=nonce, **kwargs
        )

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """The address; verified only if the provider says so with a plain true."""
        addresses: list[Any] = super().extract_email_addresses(data)
        for address in addresses:
            address.verified = address.verified is True
        return addresses


class StrictCallback(OAuth2CallbackView):
    """Tells the adapter which nonce this try was sent with."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.expected_nonce = state.get("nonce", "")
        return state, response
