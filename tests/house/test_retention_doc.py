"""docs/retention.md is what the rules say."""

import os
import re
from pathlib import Path

from django.conf import settings

from portal.retention.queries import table

FILE = Path(settings.BASE_DIR) / "docs" / "retention.md"
PLACE = re.compile(r"(<!-- retention -->\n).*?(<!-- end -->)", re.S)


def test_the_written_periods_are_what_the_rules_say():
    text = FILE.read_text("utf-8")
    printed = PLACE.sub(lambda match: f"{match[1]}{table()}\n{match[2]}", text)
    # `make permissions` writes what this test then reads.
    if os.environ.get("WRITE_PERMISSIONS"):
        FILE.write_text(printed, "utf-8")
        return
    assert text == printed, "docs/retention.md: run make permissions"
    assert text.count("\n| ") > 12
