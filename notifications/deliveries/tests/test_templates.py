"""What every event's words keep to, whoever wrote them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER = Path(settings.BASE_DIR) / "templates" / "notifications"
EVENTS = sorted(path.parent.name for path in FOLDER.glob("*/subject.txt"))
NAMES = {"subject.txt", "body.txt", "body.html", "sms.txt", "in_app.txt"}
# Health has no place where a phone shows it to whoever looks.
PRIVATE = re.compile(r"reason|specialt|diagnos|symptom|medicine|allerg|result", re.I)


def words(event, name):
    path = FOLDER / event / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_there_are_events():
    assert len(EVENTS) > 10


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_a_subject_and_words_for_a_channel(event):
    files = {path.name for path in (FOLDER / event).iterdir()}
    assert "subject.txt" in files
    assert files & {"body.txt", "sms.txt", "in_app.txt"}
    assert files <= NAMES
    for name in files:
        get_template(f"notifications/{event}/{name}")


@pytest.mark.parametrize("event", EVENTS)
def test_texts_and_subjects_say_nothing_about_health(event):
    for name in ("subject.txt", "sms.txt"):
        assert PRIVATE.search(words(event, name)) is None, name


@pytest.mark.parametrize("event", EVENTS)
def test_every_mail_wears_the_clinics_layout(event):
    for name in ("body.txt", "body.html"):
        text = words(event, name)
        assert not text or text.startswith('{% extends "notifications/_'), name


@pytest.mark.parametrize("event", EVENTS)
def test_texts_name_the_clinic_first(event):
    text = words(event, "sms.txt")
    spoken = re.sub(r"{%.*?%}|{#.*?#}", "", text).strip()
    assert not spoken or spoken.startswith("{{ clinic.name }}")


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_is_fetched_when_a_mail_is_opened(event):
    html = words(event, "body.html")
    assert not re.search(r"<img|<script|<link|url\(|@import", html)
