"""Run a command with a database, from the Makefile.

python -m portal.postgres run COMMAND…           with DATABASE_URL set for COMMAND
python -m portal.postgres --tests run COMMAND…   on a second server without fsync
python -m portal.postgres psql                   a client on the demo's database
python -m portal.postgres destroy                stop both servers, remove their data
"""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from portal.postgres import DEMO, TESTS, PostgresError
from portal.postgres.server import Server
from portal.settings.environment import load_dotenv


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="portal.postgres")
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("verb", choices=["run", "psql", "destroy"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args(arguments)
    if not asked.tests:
        load_dotenv()
    try:
        if asked.verb == "destroy":
            for folder in (DEMO, TESTS):
                Server(folder).destroy()
            return 0
        server = Server(TESTS if asked.tests else DEMO)
        if asked.verb == "psql":
            return with_database(server, [str(server.program("psql"))])
        return with_database(server, asked.command)
    except PostgresError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def with_database(server: Server, command: list[str]) -> int:
    """Run `command` with DATABASE_URL; the embedded server runs meanwhile.

    A DATABASE_URL that is already set is left alone, and no server is started.
    """
    if os.environ.get("DATABASE_URL"):
        return finish(command, os.environ["DATABASE_URL"])
    url = server.hold()
    try:
        return finish(command, url)
    finally:
        server.release()


def finish(command: list[str], url: str) -> int:
    if command[0].endswith("psql"):
        command = [*command, url]
    child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    # The terminal sends Ctrl-C to the child as well; the child decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
