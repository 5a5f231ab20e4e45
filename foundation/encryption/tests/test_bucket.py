"""The same storage on a real S3 server."""

import urllib.error
import urllib.request

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from foundation.encryption.keyring import new_key
from foundation.encryption.streams import PIECE
from portal.settings.environment import clinical_storage
from tests.factories.s3_server import s3_server

pytestmark = pytest.mark.slow
SECRET = b"Her name is Marigold Quint. " * 400_000


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def storage(bucket, settings, monkeypatch, tmp_path):
    """The settings' own storage, made from the environment alone."""
    monkeypatch.setenv("CLINICAL_BUCKET", bucket.name)
    monkeypatch.setenv("CLINICAL_BUCKET_ENDPOINT", bucket.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings.STORAGES = {**settings.STORAGES, "clinical": clinical_storage(tmp_path)}
    return storages["clinical"]


def _objects(bucket) -> dict[str, bytes]:
    listed = bucket.client.list_objects_v2(Bucket=bucket.name).get("Contents", [])
    return {
        row["Key"]: bucket.client.get_object(Bucket=bucket.name, Key=row["Key"])[
            "Body"
        ].read()
        for row in listed
    }


def test_a_large_file_is_sealed_encrypted_again_and_comes_back(storage, bucket):
    name = storage.save("documents/ab/large", ContentFile(SECRET))
    head = bucket.client.head_object(Bucket=bucket.name, Key=name)
    assert head["ServerSideEncryption"] == "AES256"
    assert all(b"Marigold" not in held for held in _objects(bucket).values())
    with storage.open(name) as file:
        assert file.size == storage.size(name) == len(SECRET)
        file.seek(5 * PIECE - 4)
        assert file.read(8) == SECRET[5 * PIECE - 4 : 5 * PIECE + 4]
        file.seek(0)
        assert file.read() == SECRET


def test_the_bucket_is_closed_to_the_public(storage, bucket):
    name = storage.save("closed", ContentFile(b"x"))
    for path in (f"/{bucket.name}/{name}", f"/{bucket.name}/{name}.tests.key"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(bucket.endpoint + path, timeout=10)  # noqa: S310
        assert refused.value.code == 403
    with pytest.raises(ValueError, match="no address"):
        storage.url(name)


def test_deleting_takes_the_key_along(storage, bucket):
    name = storage.save("documents/gone", ContentFile(b"x"))
    storage.delete(name)
    assert [key for key in _objects(bucket) if "gone" in key] == []
    assert not storage.exists(name)


def test_the_bucket_keeps_versions(storage, bucket):
    name = storage.save("kept", ContentFile(b"x"))
    storage.delete(name)
    versions = bucket.client.list_object_versions(Bucket=bucket.name, Prefix=name)
    assert {row["Key"] for row in versions["Versions"]} >= {name}


def test_shredding_takes_every_version_along(storage, bucket):
    """Of the file and of its keys, also of those that rotation left behind; files with
    names that begin alike stay."""
    name, alike = storage.save("torn", ContentFile(b"x")), "torn-alike"
    storage.save(alike, ContentFile(b"y"))
    storage.rewrap(name)
    storage.shred(name)
    storage.shred(name)
    left = bucket.client.list_object_versions(Bucket=bucket.name, Prefix="torn")
    kept = {row["Key"] for row in left.get("Versions", [])}
    assert kept == {alike, f"{alike}.tests.key"}
    assert storage.open(alike).read() == b"y"


def test_keys_rotate_in_a_bucket_too(storage, bucket, settings):
    index = f"index:{new_key()}"
    old, new = f"old:{new_key()}", f"new:{new_key()}"
    settings.ENCRYPTION_KEYS = f"{old},{index}"
    storage.save("turning/a", ContentFile(SECRET))
    settings.ENCRYPTION_KEYS = f"{new},{old},{index}"
    assert list(storage.stale("turning")) == ["turning/a"]
    storage.rewrap("turning/a")
    settings.ENCRYPTION_KEYS = f"{new},{index}"
    assert storage.open("turning/a").read() == SECRET
    assert list(storage.stale("turning")) == []
