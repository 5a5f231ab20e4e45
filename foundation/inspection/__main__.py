"""python -m foundation.inspection KIND < file: a line of JSON, then the clean file."""

import json
import resource
import sys

from foundation.inspection import PORTRAIT
from foundation.inspection.limits import Unfit
from foundation.inspection.papers import clean_pdf
from foundation.inspection.pictures import clean_picture, clean_portrait

# Bytes of address space: with what the libraries map, less than 300 MB are resident.
MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 8
KINDS = {"application/pdf": clean_pdf, PORTRAIT: clean_portrait}


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
        made = KINDS.get(kind, clean_picture)(content)
    except Unfit as unfit:
        refusal = str(unfit)
    except MemoryError:
        return 1
    sys.stdout.buffer.write(json.dumps({"refusal": refusal}).encode() + b"\n" + made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
