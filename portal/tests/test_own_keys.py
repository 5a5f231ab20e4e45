"""The demo's own keys."""

import stat

from foundation.encryption.keyring import is_weak, read_keyring
from portal.settings.environment import own_keys


def test_the_demo_makes_its_keys_once_and_for_itself_alone(tmp_path):
    path = tmp_path / "var" / "encryption.keys"
    keys = own_keys(path)
    assert read_keyring(keys).active == "demo"
    assert not is_weak(keys)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert own_keys(path) == keys
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_two_demos_have_different_keys(tmp_path):
    assert own_keys(tmp_path / "one") != own_keys(tmp_path / "two")
