"""python -m foundation.inspection KIND < file: a line of JSON, then the clean file."""

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module

from foundation.inspection import PORTRAIT
from foundation.inspection.limits import Unfit

# Bytes of address space: with what the libraries map, less than 300 MB are resident.
MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 8
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
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
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
