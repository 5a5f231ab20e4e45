import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from foundation.encryption.keyring import Unopened, keyring, new_key
from foundation.encryption.storage import EncryptedStorage
from foundation.encryption.streams import PIECE

ROOT = Path(__file__).resolve().parents[3]
LETTER = b"Dear Ann, your result is in. " * 40_000


@pytest.fixture
def storage(tmp_path):
    return EncryptedStorage(
        "django.core.files.storage.FileSystemStorage",
        {"location": tmp_path, "base_url": None},
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_disk_holds_a_sealed_file_and_its_wrapped_key(storage, tmp_path):
    name = storage.save("documents/ab/abcd", ContentFile(LETTER))
    assert list(_files(tmp_path)) == [name, f"{name}.tests.key"]
    assert all(b"result" not in content for content in _files(tmp_path).values())
    with storage.open(name) as file:
        assert file.read() == LETTER
        assert file.size == storage.size(name) == len(LETTER)
        file.seek(PIECE - 3)
        assert file.read(6) == LETTER[PIECE - 3 : PIECE + 3]
    assert storage.listdir("documents/ab")[1] == ["abcd"]


def test_two_files_with_the_same_content_share_nothing(storage, tmp_path):
    for name in ("one", "two"):
        storage.save(name, ContentFile(LETTER))
    found = _files(tmp_path)
    assert found["one"] != found["two"]


def test_a_file_moved_under_another_name_does_not_open(storage, tmp_path):
    storage.save("hers", ContentFile(b"Ann's"))
    storage.save("his", ContentFile(b"Gus's"))
    for end in ("", ".tests.key"):
        (tmp_path / f"hers{end}").replace(tmp_path / f"his{end}")
    with pytest.raises(Unopened):
        storage.open("his")


def test_a_file_without_its_key_does_not_open(storage, tmp_path):
    storage.save("a", ContentFile(LETTER))
    (tmp_path / "a.tests.key").unlink()
    with pytest.raises(Unopened):
        storage.open("a")


def test_deleting_leaves_nothing_behind(storage, tmp_path):
    name = storage.save("a", ContentFile(LETTER))
    storage.delete(name)
    assert _files(tmp_path) == {}
    assert not storage.exists(name)


def test_shredding_writes_over_the_key_before_it_goes(storage, tmp_path):
    """Seen by a second name for the same bytes, as an undelete would find them."""
    name = storage.save("torn", ContentFile(LETTER))
    key = tmp_path / f"{name}.tests.key"
    before = key.read_bytes()
    (tmp_path / "found-again").hardlink_to(key)
    for _ in range(2):
        storage.shred(name)
    assert list(_files(tmp_path)) == ["found-again"]
    after = (tmp_path / "found-again").read_bytes()
    assert len(after) == len(before)
    assert after != before


def test_a_save_whose_key_cannot_be_kept_leaves_nothing_behind(storage, tmp_path):
    (tmp_path / "a.tests.key").write_bytes(b"in the way")
    with pytest.raises(Unopened):
        storage.save("a", ContentFile(LETTER))
    assert "a" not in _files(tmp_path)


def test_a_taken_name_is_not_written_over(storage):
    first = storage.save("a", ContentFile(b"one"))
    second = storage.save("a", ContentFile(b"two"))
    assert first != second
    assert storage.open(first).read() == b"one"


def test_rewrapping_writes_small_files_only_and_the_old_key_can_go(
    storage, tmp_path, settings
):
    index = f"index:{new_key()}"
    old, new = f"old:{new_key()}", f"new:{new_key()}"
    settings.ENCRYPTION_KEYS = f"{old},{index}"
    storage.save("documents/a", ContentFile(LETTER))
    sealed = _files(tmp_path)["documents/a"]
    settings.ENCRYPTION_KEYS = f"{new},{old},{index}"
    assert list(storage.stale()) == ["documents/a"]
    storage.rewrap("documents/a")
    assert list(storage.stale()) == []
    settings.ENCRYPTION_KEYS = f"{new},{index}"
    assert storage.open("documents/a").read() == LETTER
    assert _files(tmp_path)["documents/a"] == sealed
    assert list(_files(tmp_path)) == ["documents/a", "documents/a.new.key"]


def test_a_rewrapping_that_was_cut_off_loses_nothing(storage, tmp_path, settings):
    index = f"index:{new_key()}"
    old, new = f"old:{new_key()}", f"new:{new_key()}"
    settings.ENCRYPTION_KEYS = f"{old},{index}"
    storage.save("a", ContentFile(LETTER))
    settings.ENCRYPTION_KEYS = f"{new},{old},{index}"
    (tmp_path / "a.new.key").write_bytes(b"half")
    assert storage.open("a").read() == LETTER
    storage.rewrap("a")
    assert keyring().active == "new"
    assert list(_files(tmp_path)) == ["a", "a.new.key"]
    assert storage.open("a").read() == LETTER


GIGABYTE = """
import django, hashlib, resource, sys
django.setup()
from django.core.files.base import File
from foundation.encryption.storage import EncryptedStorage

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

class Zeros(File):
    size = 1 << 30
    def open(self, mode=None): return self
    def chunks(self, chunk_size=None):
        block = bytes(chunk_size)
        for _ in range(self.size // chunk_size):
            yield block

storage = EncryptedStorage(
    "django.core.files.storage.FileSystemStorage", {"location": sys.argv[1]}
)
storage.save("warm", File(open("/etc/hostname", "rb")))
storage.open("warm").read()
before = peak()
name = storage.save("big", Zeros(None, "big"))
total = 0
with storage.open(name) as file:
    for chunk in file.chunks(1 << 20):
        total += len(chunk)
print(total, round(peak() - before, 1))
"""


@pytest.mark.slow
def test_a_gigabyte_goes_through_in_constant_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", GIGABYTE, str(tmp_path)],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "portal.settings.test", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    total, growth = done.stdout.split()
    assert int(total) == 1 << 30
    assert float(growth) < 16, f"{growth} MB"
