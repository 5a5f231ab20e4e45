import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from foundation.encryption.keyring import (
    Unopened,
    is_weak,
    key_id,
    keyring,
    new_key,
    read_keyring,
)
from tests.factories.kms_server import kms_server


@pytest.fixture
def kms(monkeypatch):
    with kms_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
        yield server


def _ring(*names):
    return ",".join(f"{name}:{new_key()}" for name in (*names, "index"))


def test_a_value_opens_only_where_it_was_sealed():
    ring = keyring()
    token = ring.seal(b"Migraine", b"table.column:row")
    assert ring.open(token, b"table.column:row") == b"Migraine"
    for elsewhere in (b"table.column:other", b"table.other:row", b"other.column:row"):
        with pytest.raises(Unopened):
            ring.open(token, elsewhere)


def test_every_changed_bit_is_noticed():
    ring = keyring()
    head, _, body = ring.seal(b"50 mg", b"here").rpartition(":")
    raw = base64.b64decode(body)
    for place in range(len(raw)):
        bent = bytearray(raw)
        bent[place] ^= 1
        with pytest.raises(Unopened):
            ring.open(f"{head}:{base64.b64encode(bent).decode()}", b"here")


def test_the_same_text_is_sealed_differently_each_time():
    ring = keyring()
    assert len({ring.seal(b"x", b"here") for _ in range(50)}) == 50


@pytest.mark.parametrize("open_text", ["", "Migraine", "mc1:x", "mc2:tests:AAAA"])
def test_what_was_never_sealed_is_not_taken_for_a_value(open_text):
    with pytest.raises(Unopened):
        keyring().open(open_text, b"here")


def test_the_first_key_seals_and_the_others_open(settings):
    old, new = f"old:{new_key()}", f"new:{new_key()}"
    index = f"index:{new_key()}"
    settings.ENCRYPTION_KEYS = f"{old},{index}"
    token, blind = keyring().seal(b"x", b""), keyring().blind("x", b"")
    settings.ENCRYPTION_KEYS = f"{new}\n{old}\n{index}\n"
    assert keyring().open(token, b"") == b"x"
    assert key_id(keyring().seal(b"x", b"")) == "new"
    assert keyring().blind("x", b"") == blind
    settings.ENCRYPTION_KEYS = f"{new},{index}"
    with pytest.raises(Unopened, match="'old' is not in the keyring"):
        keyring().open(token, b"")


def test_keys_for_fields_and_for_files_are_not_the_same(settings):
    settings.ENCRYPTION_KEYS = _ring("a")
    token = keyring().seal(b"0" * 32, b"here")
    raw = base64.b64decode(token.rsplit(":", 1)[1])
    with pytest.raises(Unopened):
        keyring().unwrap("a", raw, b"here")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:short,index:short",
        "a:{short},index:{other}",
        "a:{key}",
        "index:{key}",
        "A key:{key},index:{other}",
        "a:{key},a:{other},index:{third}",
        "a:vault:{key},index:{other}",
    ],
)
def test_a_keyring_that_is_not_whole_is_refused(text):
    short = base64.b64encode(os.urandom(31)).decode()
    text = text.format(key=new_key(), other=new_key(), third=new_key(), short=short)
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        read_keyring(text)


def test_one_key_under_two_names_is_refused():
    twin = new_key()
    with pytest.raises(ImproperlyConfigured, match="same"):
        read_keyring(f"a:{twin},index:{twin}")


def test_examples_and_words_are_weak_keys_and_random_ones_are_not(settings):
    assert is_weak(settings.ENCRYPTION_KEYS)
    assert is_weak(f"a:{base64.b64encode(bytes(32)).decode()}")
    assert not any(is_weak(_ring("a", "b")) for _ in range(200))


def test_make_key_writes_what_the_keyring_reads(settings, capsys):
    call_command("make_key", "2026a")
    call_command("make_key", "index")
    settings.ENCRYPTION_KEYS = capsys.readouterr().out
    assert keyring().active == "2026a"


def test_kms_opens_the_keys_and_is_asked_once(kms, settings, capsys):
    call_command("make_key", "2026a", "--kms", "alias/clinic")
    call_command("make_key", "index", "--kms", "alias/clinic")
    written = capsys.readouterr().out
    settings.ENCRYPTION_KEYS = written
    kms.calls.clear()
    token = keyring().seal(b"x", b"here")
    assert keyring().open(token, b"here") == b"x"
    assert kms.calls == ["Decrypt", "Decrypt"]
    assert not is_weak(written)


def test_kms_does_not_open_a_key_under_another_name(kms, capsys):
    call_command("make_key", "2026a", "--kms", "alias/clinic")
    other = capsys.readouterr().out.strip().replace("2026a", "2027a")
    with pytest.raises(ImproperlyConfigured, match="AWS KMS does not open"):
        read_keyring(f"{other},index:{new_key()}")
