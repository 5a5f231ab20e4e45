import pytest
from django.core.checks import run_checks
from django.db import connection


def warnings() -> list[str]:
    found = run_checks(tags=["database"], databases=["default"])
    return [one.msg for one in found if one.id == "database_logs.1"]


@pytest.mark.django_db
def test_the_embedded_database_is_quiet():
    assert warnings() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_error_verbosity", "default"),
        ("log_min_error_statement", "error"),
        ("log_min_error_statement", "warning"),
        ("log_statement", "mod"),
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_min_duration_sample", "500"),
    ],
)
def test_one_that_would_write_down_what_people_typed_is_named(name, value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    (said,) = warnings()
    assert f"{name} is {value}." in said
