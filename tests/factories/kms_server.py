"""A server on this machine that speaks AWS KMS's JSON protocol: Encrypt and Decrypt.

Like the real one it opens a key only with the encryption context that it was sealed
with, and only for a signed request.
"""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.servers import serving


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length))
        verb = self.headers["X-Amz-Target"].removeprefix("TrentService.")
        self.server.calls.append(verb)
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
            self._answer(400, {"__type": "IncompleteSignature"})
            return
        context = json.dumps(asked.get("EncryptionContext"), sort_keys=True).encode()
        if verb == "Encrypt":
            nonce = os.urandom(12)
            plain = base64.b64decode(asked["Plaintext"])
            blob = nonce + self.server.master.encrypt(nonce, plain, context)
            self._answer(200, {"CiphertextBlob": base64.b64encode(blob).decode()})
            return
        blob = base64.b64decode(asked["CiphertextBlob"])
        try:
            plain = self.server.master.decrypt(blob[:12], blob[12:], context)
        except InvalidTag:
            self._answer(400, {"__type": "InvalidCiphertextException"})
            return
        self._answer(200, {"Plaintext": base64.b64encode(plain).decode()})

    def _answer(self, status: int, body: dict[str, str]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def kms_server() -> Iterator[Any]:
    """The server; `url` is its address, `calls` what it was asked."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.master = AESGCM(AESGCM.generate_key(256))
    server.calls = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield server
