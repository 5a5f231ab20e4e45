"""What strangers send is opened in a process of its own, with little to spend.

It gets no secrets, no database, little memory and little time; if it dies, nothing came
of it and the site goes on. The package that opens has a `__main__`, whose first act is
`limit`.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# No secret of ours is in there, and libraries find nothing to configure.
BARE = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
# Bytes of address space, much of which is what the libraries map.
MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 8


def run_apart(
    package: str, question: str, content: bytes, *, seconds: float
) -> bytes | None:
    """What `python -m package question` writes when `content` is its input; None where
    it died, or took longer than `seconds`. The work itself may take CPU_SECONDS; on a
    busy machine those take longer to come."""
    try:
        done = subprocess.run(  # noqa: S603 arguments are ours
            [sys.executable, "-m", package, question],
            input=content,
            capture_output=True,
            timeout=seconds,
            cwd=ROOT,
            env=BARE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout


def limit() -> None:
    """Let this process have no more than that: it writes no file and leaves no core."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
