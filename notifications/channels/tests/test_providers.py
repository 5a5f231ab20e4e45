"""E-mail through a provider's API, spoken by the unmodified Anymail to this machine."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from notifications.channels import email
from notifications.channels.base import (
    Outgoing,
    PermanentFailure,
    TemporaryFailure,
)
from tests.factories.mail_server import free_port
from tests.servers import serving

ACCEPTED = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "ann@x.org"}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to recipient(s) that have been marked as inactive. "
    "Found inactive addresses: ann@x.org. Inactive recipients have bounced before.",
}
MAIL = Outgoing(
    key="0b9f7a9e-1f6e-4c0e-9a56-0d3b4f3a1c11",
    to_name="Ann",
    to_address="ann@x.org",
    subject="Booked",
    text="Your visit is booked.",
    html="<p>Your visit is booked.</p>",
)


@pytest.fixture
def provider(settings):
    """A stand-in for Postmark: `answer` is its status and body, `got` what it took."""

    class Handler(BaseHTTPRequestHandler):
        answer = (200, ACCEPTED)
        got = []

        def do_POST(self):
            size = int(self.headers["Content-Length"])
            Handler.got.append(json.loads(self.rfile.read(size)))
            status, body = Handler.answer
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    settings.ANYMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.EMAIL_BACKEND = settings.ANYMAIL_BACKEND
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "loopback",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_address[1]}/",
    }
    with serving(server):
        yield Handler


def test_the_provider_takes_a_mail_with_our_id_on_it(provider):
    assert email.send(MAIL).provider_id == "pm-1"
    (taken,) = provider.got
    assert taken["To"] == '"Ann" <ann@x.org>' or taken["To"] == "Ann <ann@x.org>"
    assert (taken["TextBody"], taken["HtmlBody"]) == (MAIL.text, MAIL.html)
    assert taken["Metadata"] == {"delivery": MAIL.key}
    headers = {header["Name"]: header["Value"] for header in taken["Headers"]}
    assert headers["Message-ID"] == email.message_id(MAIL.key)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((200, INACTIVE), PermanentFailure),
        ((422, INACTIVE), PermanentFailure),
        ((422, {"ErrorCode": 300, "Message": "Invalid request"}), PermanentFailure),
        ((401, {"ErrorCode": 10, "Message": "Bad token"}), TemporaryFailure),
        ((429, {"ErrorCode": 429, "Message": "Slow down"}), TemporaryFailure),
        ((500, {"ErrorCode": 100, "Message": "Maintenance"}), TemporaryFailure),
    ],
)
def test_refusals_are_told_from_outages(provider, answer, failure):
    provider.answer = answer
    with pytest.raises(failure):
        email.send(MAIL)


def test_a_provider_out_of_reach_is_tried_again(provider, settings):
    nowhere = f"http://127.0.0.1:{free_port()}/"
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": nowhere}
    with pytest.raises(TemporaryFailure):
        email.send(MAIL)
