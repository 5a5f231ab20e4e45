"""The nginx of production on this machine, with deploy/*.conf as they are."""

import datetime
import os
import re
import shutil
import socketserver
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import ROOT, free_port, wait_until_open

DEPLOY = ROOT / "deploy"
# Distributions keep it where only root's PATH looks.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
WITHOUT = "needs nginx on this machine: apt-get install nginx-light"


@dataclass(frozen=True)
class Front:
    """The ports that visitors come to."""

    plain: int
    tls: int


@contextmanager
def front_server(
    folder: Path, *, pages: int, desk: int, change: tuple[str, str] = ("", "")
) -> Iterator[Front]:
    """nginx in front of the site at the port `pages` and the CMS at `desk`.

    Its configuration is the one of production; ports, paths and upstreams alone are
    this machine's. `change` replaces one more thing in it, for controls.
    """
    assert NGINX is not None
    front = Front(free_port(), free_port())
    _make_certificate(folder)
    for name in ("nginx.conf", "pages.conf", "proxy.conf", "promises.conf"):
        text = (DEPLOY / name).read_text("utf-8")
        (folder / name).write_text(_local(text, folder, front, pages, desk, change))
    for page in ("down.html", "refused.html"):
        shutil.copy(DEPLOY / page, folder / page)
    config = folder / "nginx.conf"
    server = subprocess.Popen(
        [NGINX, "-c", str(config), "-p", str(folder), "-g", "daemon off;"],
        stdout=(folder / "access.log").open("wb"),
        stderr=(folder / "error.log").open("wb"),
    )
    try:
        wait_until_open(front.tls, server)
        yield front
    finally:
        server.terminate()
        server.wait(timeout=20)


def _local(
    text: str,
    folder: Path,
    front: Front,
    pages: int,
    desk: int,
    change: tuple[str, str],
) -> str:
    for old, new in (
        # The first, since the folder may lie there itself.
        ("/tmp/", f"{folder}/"),  # noqa: S108 the path in the configuration
        ("server web:8000;", f"server 127.0.0.1:{pages};"),
        ("server cms:8000;", f"server 127.0.0.1:{desk};"),
        # No test here opens a socket.
        ("server live:8000;", f"server 127.0.0.1:{pages};"),
        ("listen 8080", f"listen 127.0.0.1:{front.plain}"),
        ("listen 8443", f"listen 127.0.0.1:{front.tls}"),
        ("/run/secrets/", f"{folder}/"),
        ("/srv", str(folder)),
        ("/etc/nginx/pages.conf", f"{folder}/pages.conf"),
        ("/etc/nginx/proxy.conf", f"{folder}/proxy.conf"),
        ("/etc/nginx/promises.conf", f"{folder}/promises.conf"),
        ("worker_processes auto;", "worker_processes 1;"),
    ):
        text = text.replace(old, new)
    if text.startswith("# The only door") and os.geteuid() == 0:
        # Nobody else may look into a test's folder.
        text = f"user root;\n{text}"
    if _version() < (1, 25, 1):
        # As docs/operations.md says.
        text = text.replace("ssl default_server", "ssl http2 default_server")
        text = text.replace("http2 on;", "")
    if change[0]:
        text = text.replace(*change)
    return text


def _version() -> tuple[int, ...]:
    said = subprocess.run(
        [str(NGINX), "-v"], capture_output=True, text=True, check=True
    )
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said.stderr)
    assert found is not None
    return tuple(map(int, found.groups()))


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(signed.public_bytes(pem))
    (folder / "certificate_key").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class Recorder(socketserver.ThreadingTCPServer):
    """Stands behind nginx and writes down every request that reaches it, as it came."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Writer)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def settled(self) -> list[bytes]:
        """What came, once nothing more comes."""
        time.sleep(0.3)
        return list(self.seen)


class _Writer(socketserver.StreamRequestHandler):
    server: Recorder

    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line)
        head = b"".join(lines)
        found = re.search(rb"content-length: (\d+)", head, re.I)
        body = self.rfile.read(int(found[1])) if found else b""
        self.server.seen.append(head + b"\r\n" + body)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndesk")
