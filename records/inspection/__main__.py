"""python -m records.inspection TYPE < file: one line of JSON, then the clean file."""

import json
import resource
import sys

from records.inspection.limits import Unfit
from records.inspection.papers import clean_pdf
from records.inspection.pictures import clean_picture

# Bytes of address space: with what the libraries map, less than 300 MB are resident.
MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 8


def main(content_type: str) -> int:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    content = sys.stdin.buffer.read()
    clean = clean_pdf if content_type == "application/pdf" else clean_picture
    refusal, made = "", b""
    try:
        made = clean(content)
    except Unfit as unfit:
        refusal = str(unfit)
    except MemoryError:
        return 1
    sys.stdout.buffer.write(json.dumps({"refusal": refusal}).encode() + b"\n" + made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
