"""python -m foundation.calendars QUESTION < file: one object of JSON."""

import json
import sys

from foundation.apart import limit
from foundation.calendars.reading import Unread, read


def main(question: str) -> int:
    limit()
    asked = json.loads(question)
    said = {"periods": [], "skipped": 0, "refusal": ""}
    try:
        said["periods"], said["skipped"] = read(
            sys.stdin.buffer.read(),
            zone=asked["zone"],
            window=tuple(asked["window"]),
            own=asked["own"],
            owners=asked["owners"],
        )
    except Unread as unread:
        said["refusal"] = str(unread)
    except (MemoryError, RecursionError):
        return 1
    json.dump(said, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
