import io
import json
import logging

import pytest
from django_q.tasks import async_task

from audit.models import Entry
from portal.logs import json_lines, plain_lines
from portal.masking import masked

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines():
    """Everything that is logged from now on, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_lines())
    root, access = logging.getLogger(), logging.getLogger("portal.requests")
    level, access_level = root.level, access.level
    root.addHandler(handler)
    root.setLevel("INFO")
    access.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)
    access.setLevel(access_level)


def test_a_request_leaves_one_line_with_its_view_and_nothing_that_was_typed(
    client, ann, lines
):
    client.force_login(ann)
    answer = client.get("/search/?q=Quillwort", headers={"X-Request-ID": "forged"})
    (line,) = [one for one in lines() if one["logger"] == "portal.requests"]
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("milliseconds") > 0
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "portal.requests",
        "request_id": answer["X-Request-ID"],
        "method": "GET",
        "view": "search:search",
        "status": answer.status_code,
        "user": str(ann.public_id),
    }
    assert "Quillwort" not in str(lines())
    assert "forged" not in str(lines())


def test_the_access_log_knows_the_request_by_the_same_id(client, ann):
    client.force_login(ann)
    answer = client.get("/portal/")
    assert Entry.objects.filter(request_id=answer["X-Request-ID"]).exists()


def test_an_address_that_is_not_there_is_not_told(client, lines):
    client.get("/nowhere/maya@example.org/?q=Quillwort")
    told = str(lines())
    assert "Not Found" in told
    assert "maya" not in told
    assert "nowhere" not in told


def test_nor_is_one_in_another_script(client, lines):
    """Django escapes such letters, so they do not look like the address any more."""
    client.get("/größe/Fußpilz/")
    told = str(lines())
    assert "Not Found: wagtail_serve" in told
    assert "pilz" not in told


def test_a_line_about_nobody_carries_no_request(client, lines):
    client.get("/healthz").close()
    logging.getLogger("later").info("Between requests.")
    (line,) = [one for one in lines() if one["logger"] == "later"]
    assert "request_id" not in line


def note(patient_id: int) -> None:
    logging.getLogger("work").info("Working.")


def test_lines_of_a_job_say_which_job_and_its_ids(lines):
    async_task(f"{__name__}.note", patient_id=12, sync=True, save=False)
    (line,) = [one for one in lines() if one["logger"] == "work"]
    assert line["job"] == f"{__name__}.note"
    assert line["patient_id"] == 12
    assert line["job_id"]
    logging.getLogger("later").info("Nothing runs.")
    assert not {"job", "patient_id"} & set(lines()[-1])


def test_what_a_record_carries_besides_is_not_written(lines):
    logging.getLogger("work").info("Saved.", extra={"diagnosis": "Quillwort"})
    assert "Quillwort" not in str(lines())


def test_a_traceback_is_one_line_and_tells_no_row(lines):
    try:
        raise ValueError("refused\nDETAIL:  Failing row contains (7, Ann, Quillwort).")
    except ValueError:
        logging.getLogger("work").exception("It failed for maya@example.org.")
    (line,) = [one for one in lines() if one["logger"] == "work"]
    assert "ValueError: refused" in line["exception"]
    assert line["event"] == "It failed for [e-mail]."
    assert "Quillwort" not in str(line)


def test_a_refusal_is_a_line_and_no_traceback(client, ann, lines):
    client.force_login(ann)
    assert client.get("/clinic/desk/").status_code == 403
    (line,) = [one for one in lines() if one["logger"] == "django.request"]
    assert line["event"].endswith("workspace:desk")
    assert "exception" not in line
    assert "exc_info" not in line


def test_people_at_a_terminal_read_words():
    record = logging.LogRecord("work", 30, "", 1, "It is %s.", ("late",), None)
    assert plain_lines().format(record).endswith("Z warning work It is late.")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("to maya.o'hara+x@clinic.example.org now", "to [e-mail] now"),
        ("to maya%40example.org", "to [e-mail]"),
        ("row 0b0e1a52-7c3f-4a6e-9d52-3f0c6a1f4b11 is", "row [id] is"),
        ("row 0b0e1a527c3f4a6e9d523f0c6a1f4b11 is", "row [id] is"),
        (
            "at https://x.org/a?name=Ann&b=2 now",
            "at https://x.org/a?[removed] now",
        ),
        ("GET /a/b/?name=Ann failed", "GET /a/b/?[removed] failed"),
        ("Error handling request /a/Ann/?b=2", "Error handling request [address]"),
        ("DETAIL:  Key (email)=(Ann) exists.", "DETAIL: [removed]"),
        ("Was it 3/4? Yes.", "Was it 3/4? Yes."),
    ],
)
def test_what_has_a_shape_is_masked(said, told):
    assert masked(said) == told
