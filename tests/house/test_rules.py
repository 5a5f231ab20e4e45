"""Rules of the house that no linter knows."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string
from wagtail.search import index
from wagtail.snippets.models import get_snippet_models

from foundation.permissions import registered_permissions
from portal.schedules import SCHEDULES
from portal.wiring import SUBSCRIPTIONS

ROOT = Path(settings.BASE_DIR)
CARE = {"audit", "accounts", "notifications", "booking", "records", "billing"}
OURS = CARE | {"clinic", "clinic_pages", "home", "search", "portal", "foundation"}


def _sources() -> list[Path]:
    return [
        path
        for app in sorted(OURS)
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and "tests" not in path.parts
    ]


def _calls(name: str) -> set[str]:
    """The first argument of every call of `name` in our sources, where it is text."""
    found = set()
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            argument = node.args[0]
            if called == name and isinstance(argument, ast.Constant):
                found.add(argument.value)
    return found


def test_every_job_that_is_named_exists():
    named = {path for paths in SUBSCRIPTIONS.values() for path in paths}
    named |= {path for path, _ in SCHEDULES.values()} | _calls("enqueue")
    assert named
    for path in sorted(named):
        assert callable(import_string(path)), path
        assert path.rsplit(".", 2)[1] in {"tasks", "reactions"}, path


def test_every_event_that_is_published_is_wired():
    published = _calls("publish")
    assert published
    assert published <= SUBSCRIPTIONS.keys()


def test_status_is_assigned_in_services_only():
    models = {"appointment", "payment", "refund", "prescription", "delivery", "event"}
    wrong = []
    for path in _sources():
        # The demo writes a past that no service would allow.
        if {"services.py", "services", "demo"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for target in node.targets if isinstance(node, ast.Assign) else []:
                owner = getattr(getattr(target, "value", None), "id", "")
                if getattr(target, "attr", "") == "status" and owner in models:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_there_is_no_second_door():
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert "wagtail.api.v2" not in settings.INSTALLED_APPS


@pytest.mark.parametrize("app", sorted(CARE))
def test_no_care_model_is_in_the_cms_or_an_index(app):
    for model in apps.get_app_config(app).get_models():
        assert not issubclass(model, index.Indexed), model
        assert model not in get_snippet_models(), model


def test_every_url_name_in_templates_resolves():
    resolver = get_resolver()
    known = set()

    def walk(patterns, prefix):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                walk(pattern.url_patterns, space)
            elif pattern.name:
                known.add(f"{prefix}{pattern.name}")

    walk(resolver.url_patterns, "")
    walk(get_resolver(settings.CMS_URLCONF).url_patterns, "")
    missing = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"{%\s*url\s+[\"']([\w:.-]+)[\"']", text):
            if name not in known:
                missing.setdefault(str(path.relative_to(ROOT)), set()).add(name)
    assert missing == {}


def test_permissions_that_are_asked_for_are_registered():
    asked = _calls("has_perm")
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"require\([\w.]+,\s*\"([\w.]+)\"", text))
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"{%\s*may\s+\"([\w.]+)\"", text))
    ours = {name for name in asked if name.split(".")[0] in CARE | {"clinic"}}
    assert ours
    assert ours <= registered_permissions()


def test_every_topic_imports_alone():
    for path in sorted(ROOT.glob("*/*/models.py")):
        if path.parts[-3] in OURS:
            importlib.import_module(f"{path.parts[-3]}.{path.parts[-2]}.models")


def test_no_template_has_inline_script_handler_or_style():
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        # Messages and papers are not pages: mail programs know no style sheets.
        if {"notifications", "pdf.html"} & set(path.parts):
            continue
        text = re.sub(
            r"{#.*?#}|{% comment.*?endcomment %}", "", path.read_text(), flags=re.S
        )
        if re.search(r"<[^>{]+\s(style|on[a-z]+)=[\"']", text):
            wrong.append(str(path.relative_to(ROOT)))
        wrong += [
            str(path.relative_to(ROOT))
            for tag in re.findall(r"<script[^>]*>", text)
            if "src=" not in tag and "nonce=" not in tag
        ]
    assert wrong == []
