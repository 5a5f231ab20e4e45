"""`.env.example` and the code name the same variables."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = [
    *(ROOT / "portal" / "settings").glob("*.py"),
    ROOT / "deploy" / "gunicorn.conf.py",
    ROOT / "portal" / "management" / "commands" / "dev.py",
]
FUNCTIONS = {"read", "read_bool", "read_int", "read_list", "read_secret", "free_port"}
# Django's own and libpq's, set by whoever starts it; not a choice of the clinic's.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PGHOST"}


def literals(functions: set[str]) -> set[str]:
    """The names that are passed first, as literals, to one of these functions."""
    return {
        call.args[0].value
        for path in READERS
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and ast.unparse(call.func).removeprefix("os.environ.") in functions
        and re.fullmatch(r"[A-Z_]+", str(call.args[0].value))
    }


def described() -> dict[str, bool]:
    """Each variable of the example, and whether a comment stands in its paragraph."""
    found: dict[str, bool] = {}
    for paragraph in (ROOT / ".env.example").read_text().split("\n\n"):
        explained = False
        for line in paragraph.splitlines():
            if name := re.match(r"#?([A-Z_]+)=", line):
                found[name[1]] = explained
            elif line.startswith("# "):
                explained = True
    return found


def test_env_example_names_every_variable_that_is_read_and_no_other():
    # A family is read by its prefix; the example shows some of its members.
    families = tuple(literals({"read_all"}))
    members = {name for name in described() if name.startswith(families)}
    read = literals({*FUNCTIONS, "get"}) - NOT_OURS
    assert set(described()) == read | members
    assert [f for f in families if not any(m.startswith(f) for m in members)] == []


def test_env_example_explains_every_variable():
    assert [name for name, explained in described().items() if not explained] == []
