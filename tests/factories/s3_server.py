"""A real S3 server on this machine: signatures, multipart, encryption, versions."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers import free_port

START_SECONDS = 90


@dataclass(frozen=True)
class Bucket:
    """A private, versioned bucket, and a client that may do everything with it."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str
    client: Any


@contextmanager
def s3_server(folder: Path) -> Iterator[Bucket]:
    """Starts SeaweedFS with everything below `folder` and makes a bucket."""
    access, secret = "clinic", secrets.token_hex(16)
    config = folder / "s3.json"
    config.write_text(
        json.dumps(
            {
                "identities": [
                    {
                        "name": "clinic",
                        "credentials": [{"accessKey": access, "secretKey": secret}],
                        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                    }
                ]
            }
        )
    )
    # A port's sister for gRPC is ten thousand above by default, so all are named.
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
             "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc")  # fmt: skip
    ports = {name: free_port() for name in names}
    log = (folder / "weed.log").open("wb")
    server = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "weed"),
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-s3",
            "-s3.iam=false",
            # Catalogues of tables, at fixed ports that another server may have.
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={config}",
            "-master.volumeSizeLimitMB=512",
            "-master.telemetry=false",
            "-volume.max=20",
            *(f"-{name}={port}" for name, port in ports.items()),
        ],
        env=os.environ | {"WEED_S3_SSE_KEK": secrets.token_hex(32)},
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
    )
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"},
            connect_timeout=2,
            retries={"total_max_attempts": 1},
        ),
    )
    try:
        _make_bucket(client, server, folder)
        yield Bucket("clinical", endpoint, access, secret, client)
    finally:
        # It takes its time on SIGTERM, and nothing in it is kept.
        server.send_signal(signal.SIGKILL)
        server.wait(timeout=10)
        log.close()


def _make_bucket(client: Any, server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            client.create_bucket(Bucket="clinical")
            client.put_object(Bucket="clinical", Key="first", Body=b"1")
            client.delete_object(Bucket="clinical", Key="first")
            client.put_bucket_versioning(
                Bucket="clinical", VersioningConfiguration={"Status": "Enabled"}
            )
        except (BotoCoreError, ClientError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError((folder / "weed.log").read_text()[-2000:])
