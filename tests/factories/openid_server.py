"""An OpenID provider on loopback: discovery, authorize with PKCE, token, keys, user.

It speaks the protocol for real: codes work once and only with the verifier that belongs
to their challenge, id tokens are signed. A test may spoil one part of its answers.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers import serving

CLIENT, SECRET = "medconsult-tests", "a-secret-between-the-two"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """The provider, and who signs in at it next.

    `spoil(claims)` may change the claims of the next id token; `sign_with` takes
    another key than the one that is published, `algorithm` another way of signing.
    """

    issuer: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=_key)
    person: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[dict[str, Any]], None] = lambda claims: None
    sign_with: Any = None
    algorithm: str = "RS256"
    userinfo_of: dict[str, Any] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (
            CLIENT,
            SECRET,
        ):
            return None
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked.get("code_challenge") != challenge:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce", ""),
            **self.person,
        }
        self.spoil(claims)
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.userinfo_of or self.person
        signed = jwt.encode(
            claims,
            self.sign_with or self.key,
            algorithm=self.algorithm,
            headers={"kid": "1"},
        )
        return {"access_token": access, "token_type": "Bearer", "id_token": signed}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_: Any) -> None:
        """Quietly."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            query = {name: found[0] for name, found in parse_qs(parts.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif parts.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            found = self.provider.tokens.get(token)
            self._say(found or {"error": "invalid_token"}, 200 if found else 401)
        elif parts.path == "/keys":
            self._say(self.provider.keys())
        elif parts.path == "/.well-known/openid-configuration":
            self._say(self.provider.discovery())
        else:
            self._say({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: found[0] for name, found in parse_qs(body).items()}
        answer = self.provider.token(form) if self.path == "/token" else None
        self._say(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    def _say(self, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def openid_provider() -> Iterator[Provider]:
    """A provider that runs until the end of the block."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield provider
