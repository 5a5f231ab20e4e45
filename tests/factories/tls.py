"""Certificates, good and false, and a front that shows one before any server."""

import ipaddress
import select
import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.servers import serving

HOST = "localhost"
# Good for HOST; by nobody's authority; for another host; of last month.
GOOD, NOBODYS, ANOTHERS, OLD = "good", "nobody's", "another host's", "of last month"
FALSE = (NOBODYS, ANOTHERS, OLD)
DAY = timedelta(days=1)


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _begun(subject: str, issuer: str, key: Any, ends: timedelta) -> Any:
    """A certificate that is not signed yet; `ends` counts from now."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 60 * DAY)
        .not_valid_after(now + ends)
    )


class Authority:
    """One that signs certificates; `file` is what its friends trust."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        usage = dict.fromkeys(
            (
                "content_commitment", "key_encipherment", "data_encipherment",
                "key_agreement", "encipher_only", "decipher_only",
            ),
            False,
        )  # fmt: skip
        signed = (
            _begun(name, name, self.key, 60 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=True, crl_sign=True, **usage
                ),
                critical=True,
            )
            .add_extension(own, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(signed.public_bytes(Encoding.PEM))

    def context(self, host: str, ends: timedelta = DAY) -> ssl.SSLContext:
        """A server's side, with a certificate for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == HOST:
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        signed = (
            _begun(host, self.name, key, ends)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.BasicConstraints(ca=False, path_length=None), critical=True
            )
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                critical=False,
            )
            .add_extension(by, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{x509.random_serial_number():x}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + signed.public_bytes(Encoding.PEM)
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(file)
        return made


@dataclass
class Certificates:
    """`trusted` is the file with the one authority that this machine shall believe."""

    trusted: Path
    contexts: dict[str, ssl.SSLContext]


def certificates(folder: Path) -> Certificates:
    """One of each kind, below `folder`."""
    ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
    return Certificates(
        trusted=ours.file,
        contexts={
            GOOD: ours.context(HOST),
            NOBODYS: theirs.context(HOST),
            ANOTHERS: ours.context("elsewhere.example"),
            OLD: ours.context(HOST, ends=-30 * DAY),
        },
    )


class _Front(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        try:
            inside = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            self.server.turned_away += 1
            return
        with inside, socket.create_connection(self.server.target) as beyond:
            _pass_on(inside, beyond, self.server)


def _pass_on(inside: ssl.SSLSocket, beyond: socket.socket, counts: Any) -> None:
    """What one says the other hears, until either hangs up. Mail servers speak first;
    and some look whose certificate it is when all is encrypted already."""
    ends, has_spoken = {inside: beyond, beyond: inside}, False
    while True:
        # What was decrypted already wakes no select.
        ready = [inside] if inside.pending() else select.select([*ends], [], [], 30)[0]
        for one in ready:
            try:
                chunk = one.recv(65_536)
                if chunk and one is inside and not has_spoken:
                    counts.heard, has_spoken = counts.heard + 1, True
                ends[one].sendall(chunk)
            except OSError:
                chunk = b""
            if not chunk:
                counts.turned_away += not has_spoken
                return
        if not ready:
            return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def front(target: tuple[str, int], context: ssl.SSLContext) -> Iterator[Any]:
    """TLS before the server at `target`: `port` is where, `heard` how many said
    something, `turned_away` how many turned back at the sight of the certificate."""
    server: Any = _Server(("127.0.0.1", 0), _Front)
    server.target, server.context = target, context
    server.heard = server.turned_away = 0
    server.port = server.server_address[1]
    server.url = f"https://{HOST}:{server.port}"
    with serving(server):
        yield server
