"""Files in a bucket that may be out of reach: then it says so, and soon.

Loaded only where a bucket is configured, since boto3 takes its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from foundation.outages import asking

NAME = "the storage of files"


class Overloaded(Exception):
    """It answered that it cannot answer (5xx)."""


class Bucket(S3Storage):
    """As S3Storage, but raises `foundation.outages.Away` where nobody answers."""

    def _open(self, name: str, mode: str = "rb") -> File:
        with _answering():
            file: Any = super()._open(name, mode)
            if mode == "rb":
                # Fetched now: the first read would be too late to say anything.
                file.file  # noqa: B018
            return file

    def _save(self, name: str, content: File) -> str:
        with _answering():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with _answering():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _answering():
            super().delete(name)

    def size(self, name: str) -> int:
        with _answering():
            return int(super().size(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(path)
            return folders, files


@contextmanager
def _answering() -> Iterator[None]:
    with asking(NAME, silence=(HTTPClientError, Unreachable, Overloaded)):
        try:
            yield
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
                raise Overloaded from error
            raise
