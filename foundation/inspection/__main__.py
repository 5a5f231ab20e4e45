"""python -m foundation.inspection KIND < file: a line of JSON, then the clean file."""

import json
import sys
from collections.abc import Callable
from importlib import import_module

from foundation.apart import limit
from foundation.inspection import PORTRAIT
from foundation.inspection.limits import Unfit

KINDS = {
    "application/pdf": ("papers", "clean_pdf"),
    PORTRAIT: ("pictures", "clean_portrait"),
}


def cleaner(kind: str) -> Callable[[bytes], bytes]:
    """What makes a clean copy of a file of that kind. Loaded when it is known which:
    the other library takes as long to load as most files take to open."""
    module, name = KINDS.get(kind, ("pictures", "clean_picture"))
    library = import_module(f"foundation.inspection.{module}")
    found: Callable[[bytes], bytes] = getattr(library, name)
    return found


def main(kind: str) -> int:
    limit()
    content = sys.stdin.buffer.read()
    refusal, made = "", b""
    try:
        made = cleaner(kind)(content)
    except Unfit as unfit:
        refusal = str(unfit)
    except MemoryError:
        return 1
    sys.stdout.buffer.write(json.dumps({"refusal": refusal}).encode() + b"\n" + made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
