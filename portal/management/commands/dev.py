"""`make run`: the whole clinic on one machine, until Ctrl-C."""

import contextlib
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from clinic.models import Location
from portal import postgres
from portal.demo.accounts import note_whereabouts
from portal.postgres.server import Server
from portal.processes import die_with_parent
from portal.supervisor import Program, Stopping, Supervisor, say

START_SECONDS = 120
KEY = "sk_test_sandbox"


class Command(BaseCommand):
    help = "Start database, web server, worker and payment sandbox; Ctrl-C stops them."
    # They need tables that the first start makes.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = Stopping()
        try:
            with database(stopping) as check:
                self.run_clinic(check, stopping)
        except KeyboardInterrupt:
            say("\nStopped.")
        except postgres.PostgresError as error:
            # Ctrl-C reaches the programs that start the server as well.
            if not stopping.asked.has_rung():
                raise CommandError(str(error)) from error
            say("\nStopped.")

    def run_clinic(self, check: Callable[[], None], stopping: Stopping) -> None:
        """Prepare, start, watch, stop. Raises CommandError if it cannot go on."""
        port = free_port("PORT", 8000)
        cms_port = free_port("CMS_PORT", port + 2)
        live_port = free_port("LIVE_PORT", port + 3)
        programs = the_programs(port, cms_port, live_port)
        prepare()
        note_whereabouts()
        stopping.noting()
        supervisor = Supervisor(programs, check, stopping.asked)
        try:
            supervisor.start()
            hosts = {port: settings.SITE_URL, cms_port: settings.CMS_URL}
            if not wait_for_web(supervisor, hosts):
                return
            tell_addresses()
            if not supervisor.run():
                raise CommandError("The clinic stopped.")
        finally:
            say("\nStopping …")
            supervisor.stop()
        say("Stopped. Everything is kept for the next start.")


# --- What the programs stand on -------------------------------------------------


@contextlib.contextmanager
def database(stopping: Stopping) -> Iterator[Callable[[], None]]:
    """The embedded server, if it is ours to run; gives a check that revives it.

    A signal interrupts what is done with it, but not its start and its end: cut short,
    a server would be left behind that nobody stops.
    """
    stopping.noting()
    if settings.DATABASE_URL:
        done("Database: the one of DATABASE_URL")
        try:
            stopping.interrupting()
            yield lambda: None
        finally:
            stopping.noting()
        return
    server = Server()

    def check() -> None:
        if not server.is_running():
            say("database │ ended unexpectedly; starting it again.")
            server.revive()

    try:
        with step("Database started"):
            server.hold()
        stopping.interrupting()
        yield check
    finally:
        stopping.noting()
        connections.close_all()
        server.release()


def free_port(name: str, default: int) -> int:
    """The port of the variable `name`. Raises CommandError when it cannot be used."""
    text = os.environ.get(name) or str(default)
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise CommandError(f"{name} must be a number from 1 to 65535, not {text}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST") or "127.0.0.1", int(text)))
        except PermissionError as error:
            raise CommandError(
                f"Port {text} is reserved for the system. Choose one above 1023: "
                f"make run {name}=8000"
            ) from error
        except OSError as error:
            raise CommandError(
                f"Port {text} is in use by another program. Stop that one, or choose "
                f"another port: make run {name}={int(text) + 10}"
            ) from error
    return int(text)


def prepare() -> None:
    """Bring tables, files and schedules up to date; load the demo clinic once."""
    collecting = start_collecting()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with step(f"Database brought up to date ({len(plan)} steps)" if plan else ""):
        if plan:
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("grant_roles")
        call_command("sync_schedules", verbosity=0)
    if collecting is not None:
        if collecting.poll() is None:
            say("  … Collecting styles and pictures; this once it takes half a minute")
        with step("Styles and pictures collected"):
            finish_collecting(collecting)
    if not Location.objects.exists():
        with step("Demo clinic loaded"):
            call_command("seed_demo")
    connections.close_all()


def start_collecting() -> subprocess.Popen[str] | None:
    """Collect and compress static files beside the migrations, if any changed."""
    if settings.DEBUG or static_stamp().read_text() == static_print():
        return None
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear"]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent(),
    )


def finish_collecting(collecting: subprocess.Popen[str]) -> None:
    output, _ = collecting.communicate()
    if collecting.returncode:
        raise CommandError(f"Static files could not be collected:\n{output}")
    static_stamp().write_text(static_print())


def static_stamp() -> Path:
    stamp = settings.VAR_DIR / "static.stamp"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    return stamp


def static_print() -> str:
    """A digest of our static files and of the packages that bring their own."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for path in sorted((settings.BASE_DIR / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


# --- The programs ---------------------------------------------------------------


def the_programs(port: int, cms_port: int, live_port: int) -> list[Program]:
    """Web, sockets, CMS, worker and, where no Stripe keys are set, the payment
    sandbox."""
    logs = settings.VAR_DIR / "log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "PORT": str(port),
        "SITE_URL": settings.SITE_URL,
        "CMS_URL": settings.CMS_URL,
        # Nobody stands in front of the demo to pass sockets on: they have a port.
        "LIVE_URL": settings.LIVE_URL or _beside(settings.SITE_URL, live_port),
        "PYTHONUNBUFFERED": "1",
        "WEB_STOP_SECONDS": "5",
    }
    desk = environment | {
        "PORT": str(cms_port),
        "WEB_PROCESSES": "1",
        "SITE_INTERNAL_URL": f"http://127.0.0.1:{port}",
    }
    programs = []
    if not settings.STRIPE_SECRET_KEY:
        sandbox_port = free_port("SANDBOX_PORT", port + 1)
        # Whoever wants to sign webhooks of their own gives a secret to sign them with.
        given = settings.STRIPE_WEBHOOK_SECRETS
        secret = given[0] if given else f"whsec_{secrets.token_hex(16)}"
        environment |= {
            "STRIPE_API_BASE": f"http://127.0.0.1:{sandbox_port}",
            "STRIPE_WEBHOOK_SECRETS": ",".join(given or [secret]),
        }
        programs.append(
            Program(
                "payments",
                [
                    *(sys.executable, "-m", "billing.gateways.sandbox"),
                    *("--port", str(sandbox_port)),
                    *("--secret-key", KEY, "--webhook-secret", secret),
                    *("--webhook-url", f"http://127.0.0.1:{port}/webhooks/stripe/"),
                    *("--state", str(settings.VAR_DIR / "sandbox.sqlite")),
                ],
                dict(environment),
                logs / "payments.log",
            )
        )
        environment["STRIPE_SECRET_KEY"] = KEY
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    config = str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py")
    web = [gunicorn, "--config", config, "portal.wsgi:application"]
    cms = [gunicorn, "--config", config, "portal.cms.wsgi:application"]
    worker = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
    programs.append(Program("web", web, environment, logs / "web.log"))
    programs.append(Program("live", live(live_port), environment, logs / "live.log"))
    programs.append(Program("cms", cms, desk, logs / "cms.log"))
    programs.append(Program("worker", worker, environment, logs / "worker.log"))
    return programs


def live(port: int) -> list[str]:
    """The program of the sockets. Nobody sends it anything, so nothing large."""
    return [
        str(Path(sys.executable).parent / "uvicorn"),
        *("portal.asgi:application", "--port", str(port)),
        *("--host", os.environ.get("HOST") or "127.0.0.1"),
        *("--lifespan", "off", "--ws-max-size", "1024", "--no-server-header"),
        *("--log-level", "warning", "--timeout-graceful-shutdown", "5"),
    ]


def _beside(url: str, port: int) -> str:
    """The same host on another port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def wait_for_web(supervisor: Supervisor, hosts: dict[int, str]) -> bool:
    """Wait until the page server on each port answers as the host it is for. False when
    asked to stop meanwhile."""
    with step("Web, CMS, worker and payments started"):
        deadline = time.monotonic() + START_SECONDS
        while not supervisor.asked_to_stop.wait(0.1):
            try:
                for port, url in hosts.items():
                    address = f"http://127.0.0.1:{port}/healthz"
                    host = {"Host": urlsplit(url).netloc}
                    asked = urllib.request.Request(address, headers=host)
                    with urllib.request.urlopen(asked, timeout=5):  # noqa: S310 ours  # nosec B310
                        pass
                return True
            except (urllib.error.URLError, OSError) as error:
                ended = [p.name for p in supervisor.programs if p.has_ended()]
                if ended or time.monotonic() > deadline:
                    who = " and ".join(ended) or "web"
                    raise CommandError(
                        f"{who} did not start; its words are above and in "
                        f"{settings.VAR_DIR / 'log'}."
                    ) from error
    return False


# --- What people see ------------------------------------------------------------


def tell_addresses() -> None:
    site = settings.SITE_URL
    say("")
    call_command("accounts")
    say(
        f"""
  The clinic's site     {site}/
  Messages it sent      {site}/dev/outbox/
  Editors' desk         {settings.CMS_URL}/cms/

  Ctrl-C stops everything and keeps the data."""
    )


@contextlib.contextmanager
def step(words: str) -> Iterator[None]:
    """Show one finished step with its time; one without words stays silent."""
    begun = time.monotonic()
    yield
    if words:
        done(words, time.monotonic() - begun)


def done(words: str, seconds: float = 0.0) -> None:
    say(f"  ✓ {words} ({seconds:.1f} s)")
