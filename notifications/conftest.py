"""What the tests of messages share: servers on this machine, and words to send."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as conf

from tests.factories.mail_server import mail_server
from tests.factories.text_service import ACCOUNT, TOKEN, text_service

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
WORDS = {
    "subject.txt": "Booked: {{ day }}",
    "body.txt": '{% extends "notifications/_layout.txt" %}'
    "{% block content %}See you on {{ day }} at {{ link }}{% endblock %}",
    "body.html": '{% extends "notifications/_layout.html" %}'
    "{% block content %}<p>See you on {{ day }}</p>{% endblock %}",
    "sms.txt": "{{ clinic.name }}: {{ day }}.\n{{ link }}",
    "in_app.txt": "See you on {{ day }}",
}


@pytest.fixture
def noon():
    return NOON


@pytest.fixture
def night():
    return NIGHT


@pytest.fixture
def words(tmp_path, settings):
    """Puts the templates of an event where Django finds them: words("event")."""
    settings.TEMPLATES = [
        {
            **conf.TEMPLATES[0],
            "DIRS": [tmp_path, *conf.TEMPLATES[0]["DIRS"]],
        }
    ]

    def write(event: str, **files: str | None) -> None:
        folder = Path(tmp_path) / "notifications" / event
        folder.mkdir(parents=True)
        wanted = {**WORDS, **{n.replace("__", "."): t for n, t in files.items()}}
        for name, text in wanted.items():
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def visit_booked(words):
    """An event with words for every channel."""
    words("visit_booked")
    return "visit_booked"


@pytest.fixture
def smtp(settings):
    """A mail server, and settings that point at it."""
    with mail_server() as server:
        settings.EMAIL_URL = f"smtp://{server.host}:{server.port}"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = server.host
        settings.EMAIL_PORT = server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.fixture
def twilio(settings):
    """The stand-in for Twilio, and settings that point at it."""
    with text_service() as service:
        settings.USE_SMS = True
        settings.TWILIO_ACCOUNT_SID = ACCOUNT
        settings.TWILIO_AUTH_TOKEN = TOKEN
        settings.TWILIO_FROM = "+15005550006"
        settings.TWILIO_API_BASE = service.base
        yield service
