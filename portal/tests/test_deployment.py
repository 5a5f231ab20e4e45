"""The container files say the same as the settings."""

import re
from pathlib import Path

import yaml
from django.apps import apps
from django.conf import settings

import bootstrap
from portal.postgres.server import COMMON
from portal.tests.test_env_example import described

ROOT = Path(__file__).resolve().parent.parent.parent
OUR_APPS = {a.name for a in apps.get_app_configs() if Path(a.path).parent == ROOT}


def test_the_image_holds_every_app_and_no_secret():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} >= OUR_APPS
    assert "deploy/secrets" in lines
    compiled = (ROOT / "Dockerfile").read_text().split("compileall -q ")[1]
    assert set(re.findall(r"[a-z_]+", compiled.split("USER")[0])) == OUR_APPS


def test_the_image_has_the_libraries_that_a_fresh_machine_gets():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert [name for name in bootstrap.PANGO if name not in dockerfile] == []


def test_the_image_runs_without_root():
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    app = next(stage for stage in stages if " AS app" in stage)
    assert "\nUSER clinic\n" in app
    assert any(
        "nginx-unprivileged" in stage and " AS front" in stage for stage in stages
    )


def test_nginx_takes_what_the_application_takes():
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    limit = re.search(r"client_max_body_size (\d+);", conf)[1]
    assert int(limit) == settings.MAX_REQUEST_BODY


def test_compose_sets_only_variables_that_are_read():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    known = set(described())
    given = compose["services"]["web"]["environment"]
    assert {name.removesuffix("_FILE") for name in given} <= known
    files = {name: value for name, value in given.items() if name.endswith("_FILE")}
    assert set(given) - set(files) == {"DATABASE_WITHOUT_TLS"}
    for value in files.values():
        assert Path(value).name in compose["services"]["web"]["secrets"]


def test_only_the_database_beside_them_is_reached_in_the_clear():
    """And every service that reaches one says so itself."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    reach = {
        name: one["environment"].get("DATABASE_WITHOUT_TLS")
        for name, one in services.items()
        if any("DATABASE_URL" in key for key in one.get("environment", {}))
    }
    assert set(reach) == {"release", "web", "live", "cms", "worker", "backup"}
    assert set(reach.values()) == {"database"}
    assert "ports" not in services["database"]


def test_the_log_of_the_database_names_nobody():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    options = services["database"]["command"][2::2]
    for name in ("log_min_error_statement", "log_error_verbosity"):
        assert f"{name}={COMMON[name]}" in options


def test_each_program_is_given_its_own_secrets_alone():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    given = {name: set(services[name].get("secrets", [])) for name in services}
    site = {"secret_key", "encryption_keys", "web_database_url"}
    assert given["web"] == given["live"] == given["worker"] == site
    assert given["cms"] == {"cms_secret_key", "cms_database_url", "cms_email_url"}
    # Commands of the owner's; the second runs only when it is called by its name.
    owners = [name for name in given if "database_url" in given[name]]
    assert owners == ["release", "backup"]
    assert services["backup"]["profiles"] == ["backup"]
    assert [name for name in given if "backup_key" in given[name]] == ["backup"]
    assert services["cms"]["env_file"] == []
    assert [one.partition(":")[0] for one in services["cms"]["volumes"]] == ["media"]
    variables = services["cms"]["environment"]
    assert {name.removesuffix("_FILE") for name in variables} <= set(described())


def test_nginx_sends_the_cms_host_to_the_cms():
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    assert re.search(
        r'map \$host \$program \{\s+default pages;\s+"~\^cms\\\." desk;', conf
    )
    assert "proxy_pass http://$program;" in (ROOT / "deploy" / "proxy.conf").read_text()


def test_the_worker_may_finish_its_jobs_before_it_is_killed():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    grace = int(compose["services"]["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace > settings.Q_CLUSTER["timeout"] + 5
