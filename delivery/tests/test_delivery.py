"""What a release is made of: against the lock files as they are, read another way."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from delivery.advisories import CLEAN, FOUND, NOT_CHECKED, NoData, notice, warnings_for
from delivery.licences import PAGE, is_free_to_use, licensed, page
from delivery.parts import ROOT, Part, asset_parts, locked, python_parts
from delivery.sbom import sbom
from tests.servers import serving


@pytest.fixture(scope="module")
def parts():
    return licensed()


def test_every_locked_package_is_a_part_and_nothing_else_is(parts):
    lock = (ROOT / "requirements.txt").read_text()
    pinned = set(re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", lock, re.MULTILINE))
    assets = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = {("pypi", name, version) for name, version in pinned} | {
        ("npm", path.split("node_modules/")[-1], entry["version"])
        for path, entry in assets.items()
        if path
    }
    assert {(one.kind, one.name, one.version) for one in parts} == wanted
    assert len(parts) == len({one.purl for one in parts}) > 150


def test_each_part_can_be_told_from_a_forged_one(parts):
    assert [one.purl for one in parts if not one.digests] == []
    hashes = (ROOT / "requirements.txt").read_text().count("--hash=sha256:")
    python = [one for one in parts if one.kind == "pypi"]
    assert sum(len(one.digests) for one in python) == hashes


def test_who_needs_whom_is_read_from_the_lock():
    django, asgiref = python_parts(
        "django[argon2]==5.2 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via\n"
        "    #   -r requirements.in\n"
        "asgiref==3.9 ; python_version > '3' \\\n    --hash=sha256:" + "b" * 64 + "\n"
        "    # via django\n"
    )
    assert (django.needs, asgiref.needs) == ({"asgiref"}, set())
    assert (asgiref.version, asgiref.digests) == ("3.9", [("SHA-256", "b" * 64)])


def test_what_only_builds_the_assets_is_told_apart():
    lock = {
        "": {"devDependencies": {"sass": "1", "htmx.org": "2"}},
        "node_modules/sass": {"version": "1", "dependencies": {"a": "1"}},
        "node_modules/htmx.org": {"version": "2", "dependencies": {"b": "1"}},
        "node_modules/a": {"version": "1"},
        "node_modules/b": {"version": "1"},
        # Another version of the same, for the builder alone.
        "node_modules/sass/node_modules/b": {"version": "0"},
    }
    lock["node_modules/sass"]["dependencies"]["b"] = "0"
    served = {(one.name, one.version) for one in asset_parts({"packages": lock})
              if one.served}  # fmt: skip
    assert served == {("htmx.org", "2"), ("b", "1")}


def test_every_licence_is_known_and_lets_a_clinic_use_it(parts):
    told = {f"{one.name}: {one.licence or 'unknown'}" for one in parts
            if not is_free_to_use(one.licence)}  # fmt: skip
    assert told == set()


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("MIT", True),
        ("MIT AND Apache-2.0", True),
        ("(GPL-2.0-or-later OR MPL-1.1)", True),
        ("MIT AND AGPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("", False),
    ],
)
def test_what_binds_the_clinic_is_not_let_in(expression, answer):
    assert is_free_to_use(expression) is answer


def test_the_page_of_licences_is_as_the_locks_are(parts):
    """`make licences` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page(parts)


def test_the_list_of_parts_is_cyclonedx_and_hangs_together(parts):
    told = sbom(parts)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", told["serialNumber"])
    refs = {one["bom-ref"] for one in told["components"]} | {"medconsult"}
    assert {one["ref"] for one in told["dependencies"]} == refs
    needed = {ref for one in told["dependencies"] for ref in one["dependsOn"]}
    assert needed == refs - {"medconsult"}
    by_name = {one["name"]: one for one in told["components"]}
    assert by_name["django"]["purl"].startswith("pkg:pypi/django@5.2")
    assert by_name["django"]["scope"] == "required"
    assert by_name["@alpinejs/csp"]["purl"].startswith("pkg:npm/%40alpinejs/csp@")
    assert by_name["@alpinejs/csp"]["scope"] == "required"
    assert by_name["esbuild"]["scope"] == "excluded"
    assert by_name["django"]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert by_name["packaging"]["licenses"][0]["expression"].count(" OR ") == 1
    # The same locks, the same list; another lock, another one.
    assert sbom(parts) == told
    assert sbom(parts[1:])["serialNumber"] != told["serialNumber"]


def _judged(told):
    """What the standard's own schema has against a list of parts; "" for nothing."""
    judge = JsonStrictValidator(SchemaVersion.V1_6)
    return str(judge.validate_str(json.dumps(told)) or "")


def test_the_standards_own_schema_has_nothing_against_it(parts):
    assert _judged(sbom(parts)) == ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(serialNumber="urn:uuid:1"),
        lambda told: told["components"][0].update(type="thing"),
        lambda told: told["components"][0].update(licence="MIT"),
        lambda told: told["components"][0]["hashes"][0].update(content="not hex"),
        lambda told: told["dependencies"].append(dict(told["dependencies"][0])),
    ],
)
def test_the_schema_would_notice(parts, spoil):
    told = json.loads(json.dumps(sbom(parts)))
    spoil(told)
    assert _judged(told)


@contextmanager
def database_of_warnings(known, spoil=lambda told: told, notices=()):
    """A server that speaks OSV's protocol and knows of `known` warnings, of some of
    which it has `notices`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            told = dict(notices).get(self.path.removeprefix("/v1/vulns/"))
            self.answer(404 if told is None else 200, told or {"code": 5})

        def do_POST(self):
            assert self.path == "/v1/querybatch"
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            results = []
            for one in asked["queries"]:
                assert set(one) == {"package", "version"}
                named = (*one["package"].values(), one["version"])
                ids = known.get(named, [])
                results.append({"vulns": [{"id": name} for name in ids]} if ids else {})
            self.answer(200, spoil({"results": results}))

        def answer(self, status, told):
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


def run(url):
    return subprocess.run(
        [sys.executable, "-m", "delivery.advisories"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ADVISORIES_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_warning_is_told_with_the_part_that_it_is_about():
    django = next(one for one in locked() if one.name == "django")
    names = ["GHSA-4", "GHSA-3", "GHSA-2", "GHSA-1"]
    known = {("django", "PyPI", django.version): names}
    soon = f"{datetime.now(UTC) - timedelta(hours=71):%Y-%m-%dT%H:%M:%SZ}"
    rated = {name: {"severity": name} for name in ("CRITICAL", "MODERATE")}
    notices = {
        "GHSA-1": {"published": soon, "database_specific": rated["CRITICAL"]},
        "GHSA-2": {"published": soon, "database_specific": rated["MODERATE"]},
        "GHSA-3": {"published": "2026-03-01T10:00:00.123Z"},
        "GHSA-4": {"published": soon, "database_specific": {"cwe_ids": []}},
    }
    with database_of_warnings(known, notices=notices) as url:
        done = run(url)
    assert done.returncode == FOUND
    first, second, third, fourth, count = done.stdout.splitlines()
    told = f"{django.purl}: GHSA-1 critical, fix due by 20"
    assert first.startswith(told)
    assert "OVERDUE" not in first
    assert second == f"{django.purl}: GHSA-2 moderate"
    third_due = "not rated, fix due by 2026-03-04 10:00 UTC, OVERDUE"
    assert third == f"{django.purl}: GHSA-3 {third_due}"
    assert "GHSA-4 not rated, fix due by 20" in fourth
    assert count == f"{len(locked())} parts checked, 1 with warnings."


def test_a_warning_that_nobody_explains_is_no_data():
    known = {("django", "PyPI", "5.2"): ["GHSA-1"]}
    with database_of_warnings(known) as url, pytest.raises(NoData):
        notice("GHSA-1", url=url)


def test_nothing_is_called_clean_that_was_not_asked_about():
    with database_of_warnings({}) as url:
        done = run(url)
    assert (done.returncode, done.stdout) == (
        CLEAN,
        f"{len(locked())} parts checked, 0 with warnings.\n",
    )
    # Now nobody is there any more.
    done = run(url)
    assert done.returncode == NOT_CHECKED
    assert done.stdout.startswith("Not checked: no data (no answer from 127.0.0.1:")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: {"results": told["results"][1:]},
        lambda told: {"results": [{**told["results"][0], "next_page_token": "x"}]},
        lambda told: {},
        lambda told: [],
    ],
)
def test_half_an_answer_is_none(spoil):
    part = Part("pypi", "django", "5.2")
    with database_of_warnings({}, spoil) as url, pytest.raises(NoData):
        warnings_for([part], url=url)


def test_only_a_server_is_asked(tmp_path):
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "querybatch").write_text('{"results": [{}]}')
    with pytest.raises(NoData):
        warnings_for([Part("pypi", "django", "5.2")], url=tmp_path.as_uri())
