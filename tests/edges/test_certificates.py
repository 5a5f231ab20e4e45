"""Whoever we call has to show a certificate that is good for their name. At a false one
every client turns back before it has said a word, and what it wanted to do waits, as
while the service is away. Each is tried with a good one too."""

import contextlib
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import sentry_sdk
import stripe
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts.providers.tests.test_openid import BEGIN, FAILED
from billing.gateways.base import GatewayUnavailable
from billing.gateways.tests.test_stripe import order
from delivery.advisories import NoData, _ask_for
from foundation import outages
from foundation.encryption import kms
from foundation.fetching import NotFetched, Rules, fetch
from notifications.dispatch.tasks import deliver_due
from notifications.models import Delivery
from portal.settings.environment import clinical_storage
from tests.factories.error_sink import error_sink
from tests.factories.kms_server import kms_server
from tests.factories.mail_server import mail_server
from tests.factories.notifications import DeliveryFactory
from tests.factories.openid_server import CLIENT, SECRET, openid_provider
from tests.factories.payment_sandbox import RunningSandbox
from tests.factories.text_service import ACCOUNT, TOKEN, text_service
from tests.factories.tls import FALSE, GOOD, HOST, certificates, front
from tests.servers import serving

pytestmark = pytest.mark.django_db
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _believing(shown, monkeypatch):
    """One authority is believed, as those of the machine are elsewhere."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(shown.trusted))
    monkeypatch.setattr(stripe, "ca_bundle_path", str(shown.trusted))
    outages.ask_again()
    yield
    outages.ask_again()


@contextlib.contextmanager
def before(url, kind, shown):
    """A front with a certificate of that kind, before the server at `url`."""
    parts = urlsplit(url)
    with front((parts.hostname, parts.port), shown.contexts[kind]) as way:
        yield way
        until = time.monotonic() + 5
        while not way.heard + way.turned_away and time.monotonic() < until:
            time.sleep(0.01)
    # Nobody says a word to a false one, and nobody is turned away by a good one.
    assert (way.heard > 0, way.turned_away > 0) == (kind == GOOD, kind != GOOD)


@contextlib.contextmanager
def refusing(kind, failure, **match):
    """The failure comes if the certificate is false, and no other way."""
    with contextlib.nullcontext() if kind == GOOD else pytest.raises(failure, **match):
        yield


every_kind = pytest.mark.parametrize("kind", [GOOD, *FALSE])


# --- Money ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox():
    running = RunningSandbox()
    yield running
    running.stop()


@every_kind
def test_the_payment_provider(kind, shown, sandbox):
    """As unavailable: what a page and a job make of that, `test_outages` shows."""
    with before(sandbox.url, kind, shown) as way:
        gateway = sandbox.gateway(api_base=way.url)
        with refusing(kind, GatewayUnavailable):
            assert gateway.open_checkout(order()).url


# --- Mail, text messages --------------------------------------------------------------


def told(kind, why):
    """What became of the one message: sent, or it waits and the desk reads why."""
    deliver_due()
    found = Delivery.objects.get()
    wanted = ("SENT", "") if kind == GOOD else ("QUEUED", why)
    assert (found.status, found.error) == wanted


def use_mail(settings, port, **how):
    settings.EMAIL_URL = f"smtp://{HOST}:{port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
    for name, value in how.items():
        setattr(settings, name, value)


@every_kind
def test_the_mail_server(kind, shown, settings):
    with (
        mail_server() as server,
        before(f"//{server.host}:{server.port}", kind, shown) as way,
    ):
        use_mail(settings, way.port, EMAIL_USE_SSL=True)
        DeliveryFactory()
        told(kind, "The mail server does not answer.")
        assert len(server.mails) == (kind == GOOD)


@every_kind
def test_the_mail_server_that_encrypts_later(kind, shown, settings):
    with mail_server(starttls=shown.contexts[kind]) as server:
        use_mail(settings, server.port, EMAIL_USE_TLS=True)
        DeliveryFactory()
        told(kind, "The mail server does not answer.")
        assert len(server.mails) == (kind == GOOD)


def test_a_mail_server_that_does_not_encrypt_at_all(settings):
    """Somebody in between may take the offer out of the conversation."""
    with mail_server() as server:
        use_mail(settings, server.port, EMAIL_USE_TLS=True)
        DeliveryFactory()
        told("in the clear", "The mail server does not answer.")
        assert server.mails == []


@pytest.fixture
def answering():
    """A server that says `answer` to whatever it is asked, and keeps what by."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.server.asked.append(f"{self.command} {self.path}")
            body = self.server.answers.get(self.command, b"")
            self.send_response(404 if self.command == "HEAD" else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = _any  # noqa: N815 http.server's

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield server


@every_kind
def test_the_mail_provider(kind, shown, settings, answering):
    answering.answers["POST"] = b'{"ErrorCode": 0, "Message": "OK", "MessageID": "1"}'
    settings.ANYMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.EMAIL_BACKEND = settings.ANYMAIL_BACKEND
    with before(answering.url, kind, shown) as way:
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "loopback",
            "POSTMARK_API_URL": f"{way.url}/",
        }
        DeliveryFactory()
        told(kind, "The mail provider does not answer.")


@every_kind
def test_the_text_message_service(kind, shown, settings):
    with text_service() as server, before(server.base, kind, shown) as way:
        settings.USE_SMS = True
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.TWILIO_FROM = "+15005550006"
        settings.TWILIO_API_BASE = way.url
        DeliveryFactory(text=True)
        told(kind, "The text message service does not answer.")
        assert len(server.sent) == (kind == GOOD)


# --- Files, keys ----------------------------------------------------------------------


@every_kind
def test_the_bucket(kind, shown, settings, monkeypatch, tmp_path, answering):
    with before(answering.url, kind, shown) as way:
        for name, value in {
            **KEYS,
            "PROGRAM": "site",
            "CLINICAL_BUCKET": "clinical",
            "CLINICAL_BUCKET_ENDPOINT": way.url,
        }.items():
            monkeypatch.setenv(name, value)
        wanted = clinical_storage(tmp_path)
        settings.STORAGES = {**settings.STORAGES, "clinical": wanted}
        with refusing(kind, outages.Away):
            storages["clinical"].save("documents/a", ContentFile(b"x"))
    assert any(one.startswith("PUT") for one in answering.asked) == (kind == GOOD)


@every_kind
def test_the_keeper_of_keys(kind, shown, monkeypatch):
    with kms_server() as server:
        for name, value in (KEYS | {"AWS_ENDPOINT_URL_KMS": server.url}).items():
            monkeypatch.setenv(name, value)
        # Without the pauses between its tries.
        monkeypatch.setattr("botocore.retryhandler.random.random", lambda: 0.0)
        sealed = kms.base64.b64decode(kms.encrypt("a", b"k" * 32, master="alias/x"))
        with before(server.url, kind, shown) as way:
            monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", way.url)
            with refusing(kind, ImproperlyConfigured, match="does not open the key"):
                assert kms.decrypt("a", sealed) == b"k" * 32


# --- Sign-in, failures, addresses that are given --------------------------------------


@every_kind
def test_the_openid_provider(kind, shown, client, settings):
    with openid_provider() as provider, before(provider.issuer, kind, shown) as way:
        provider.issuer = way.url
        app = {
            "provider_id": "openid",
            "name": "Clinic ID",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": way.url},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {
            **settings.SOCIALACCOUNT_PROVIDERS,
            "openid_connect": {
                "provider_class": "accounts.openid.StrictProvider",
                "APPS": [app],
            },
        }
        pressed = client.post(BEGIN)
        if kind == GOOD:
            assert pressed["Location"].startswith(f"{way.url}/authorize?")
        else:
            assert FAILED in pressed.text
            assert pressed.status_code < 500


@every_kind
def test_where_failures_are_told(kind, shown):
    with error_sink() as sink:
        with before(sink.dsn.replace("public@", ""), kind, shown) as way:
            dsn = f"https://public@{HOST}:{way.port}/7"
            reporter = sentry_sdk.Client(dsn, default_integrations=False)
            reporter.capture_event({"message": "A failure"})
            reporter.close(timeout=5)
        assert len(sink.events) == (kind == GOOD)


@every_kind
def test_an_address_that_somebody_gave(kind, shown, answering):
    answering.answers["GET"] = b"news"
    with before(answering.url, kind, shown) as way:
        rules = Rules(inside=frozenset({HOST}))
        with refusing(kind, NotFetched):
            found = fetch(
                f"{way.url}/feed",
                rules=rules,
                resolver=lambda host, port: ["127.0.0.1"],
            )
            assert found.body == b"news"


@every_kind
def test_who_warns_of_parts(kind, shown, answering):
    answering.answers["POST"] = b"{}"
    with before(answering.url, kind, shown) as way, refusing(kind, NoData):
        assert _ask_for(f"{way.url}/v1/querybatch", {}) == {}
