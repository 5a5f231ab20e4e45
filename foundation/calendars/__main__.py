"""python -m foundation.calendars QUESTION < file: one object of JSON."""

import json
import resource
import sys

from foundation.calendars.reading import Unread, read

# Bytes of address space: with what the libraries map, less than 200 MB are resident.
MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 8


def main(question: str) -> int:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    asked = json.loads(question)
    said = {"periods": [], "skipped": 0, "refusal": ""}
    try:
        said["periods"], said["skipped"] = read(
            sys.stdin.buffer.read(),
            zone=asked["zone"],
            window=tuple(asked["window"]),
            own=asked["own"],
        )
    except Unread as unread:
        said["refusal"] = str(unread)
    except (MemoryError, RecursionError):
        return 1
    json.dump(said, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
