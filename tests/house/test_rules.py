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


def test_every_rule_is_there_before_any_page_was_asked_for():
    """The worker and commands load no addresses: each app names its topics' rules."""
    missing = []
    for path in sorted(ROOT.glob("*/*/permissions.py")):
        if "@predicate" not in path.read_text(encoding="utf-8"):
            continue
        app, topic = path.relative_to(ROOT).parts[:2]
        apps = (ROOT / app / "apps.py").read_text(encoding="utf-8")
        if f"{app}.{topic}.permissions" not in apps:
            missing.append(f"{app}.{topic}")
    assert missing == []


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


def test_no_page_says_error_twice_in_its_title():
    """The base says it for `form`; a template adds it for what else may be wrong."""
    twice = re.compile(r"block title %}{% if form\.errors(?! or formset)")
    named = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if twice.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_every_title_says_that_there_are_errors():
    """The first thing that readers of screens hear. The base says it for `form`; a page
    with other forms names each of them."""
    silent = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        forms = set(re.findall(r'<c-errsum :form="(\w+)"', text)) - {"form"}
        for one in forms:
            # Those of a set are spoken for by the set.
            named = rf"{{% for {one} in (\w+) %}}" if f"for {one} in" in text else None
            name = re.search(named, text)[1] if named else one
            if not re.search(rf"block title\w* %}}{{% if [^%]*\b{name}\.", text):
                silent.append(f"{path.relative_to(ROOT)}: {one}")
    assert silent == []


RAW = {"execute", "executemany", "raw", "RawSQL", "extra", "SQL"}
# Statements that are put together, and why nothing in them comes from outside. How many
# there are in a file is part of it: one more is looked at anew.
REVIEWED = {
    ("portal/management/commands/grant_roles.py", 1): (
        "the texts of this file with the words of portal.grants; tables, columns and "
        "roles go in as identifiers, by the owner's own command"
    ),
}


def _is_built(node: ast.AST) -> bool:
    """Whether text is put together while the program runs."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mod, ast.Add))
    if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "format":
        return False
    return not _is_composed(getattr(node.func, "value", None))


def _is_composed(node: ast.AST | None) -> bool:
    """Whether it is `sql.SQL("constant")`, into which the driver puts names quoted."""
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "SQL"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
    )


def _dangerous_calls(source: str) -> list[int]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments = [*node.args, *(word.value for word in node.keywords)]
        is_built = called in RAW and any(_is_built(one) for one in arguments[:1])
        # A field to sort or filter by that came with the request.
        fields = called in {"order_by", "filter", "exclude", "values", "annotate"}
        names = [one.value for one in node.args if isinstance(one, ast.Starred)]
        names += [word.value for word in node.keywords if word.arg is None]
        names += node.args if called == "order_by" else []
        asked = fields and any("request." in ast.unparse(one) for one in names)
        if is_built or asked or called in {"extra", "RawSQL"}:
            found.append(node.lineno)
    return found


def test_no_sql_and_no_field_name_is_made_of_input():
    wrong = {
        str(path.relative_to(ROOT)): lines
        for path in _sources()
        # The embedded server's own names, made by the program.
        if "postgres" not in path.parts
        if (lines := _dangerous_calls(path.read_text(encoding="utf-8")))
    }
    assert {(name, len(lines)) for name, lines in wrong.items()} == set(REVIEWED), wrong


@pytest.mark.parametrize(
    "source",
    [
        'cursor.execute(f"select {name}")',
        'cursor.execute("select %s" % name)',
        'cursor.execute("select " + name)',
        'cursor.execute("select {}".format(name))',
        "cursor.execute(sql.SQL(text).format(role))",
        'query = sql.SQL(f"select {name}")',
        'Visit.objects.raw(f"select {name}")',
        'Visit.objects.extra(where=["a"])',
        'Visit.objects.annotate(x=RawSQL("a", []))',
        'Visit.objects.order_by(request.GET["sort"])',
        "Visit.objects.filter(**request.GET.dict())",
    ],
)
def test_the_rule_about_sql_sees_what_it_should(source):
    assert _dangerous_calls(source) == [1]


def test_the_rule_about_sql_lets_names_be_quoted():
    assert not _dangerous_calls(
        'cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(name)))'
    )


# Longer than the house likes, and why they are one thing all the same.
LONG = {
    "portal/settings/base.py": "every setting is found in one place",
    "portal/templatetags/medconsult.py": "a library of tags is one module to Django",
    "portal/demo/papers.py": "the texts of the demo's documents",
    "portal/management/commands/dev.py": "one command, and its programs in turn",
}


def test_a_file_that_holds_too_much_is_split():
    """By noun; see docs/house.md. Tests may be as long as their subject is rich."""
    long = {
        str(path.relative_to(ROOT))
        for path in _sources()
        if len(path.read_text(encoding="utf-8").splitlines()) > 300
    }
    assert long == set(LONG)
