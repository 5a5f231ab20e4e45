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
# Django's own, set by whoever starts it; not a choice of the clinic's.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def names_that_are_read() -> set[str]:
    """The first argument of every call that reads a variable by its literal name."""
    return {
        call.args[0].value
        for path in READERS
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and ast.unparse(call.func).removeprefix("os.environ.") in {*FUNCTIONS, "get"}
        and re.fullmatch(r"[A-Z_]+", str(call.args[0].value))
    } - NOT_OURS


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
    assert set(described()) == names_that_are_read()


def test_env_example_explains_every_variable():
    assert [name for name, explained in described().items() if not explained] == []
