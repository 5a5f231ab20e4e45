from uuid import UUID

import pytest

from foundation.uuids import read_uuid

KEY = UUID("0b9f5c1e-4f0a-4c57-9a43-5a2d6b8e7f10")


@pytest.mark.parametrize("typed", [KEY, str(KEY), KEY.hex.upper(), f"{{{KEY}}}"])
def test_an_id_is_read_however_it_is_written(typed):
    assert read_uuid(typed) == KEY


@pytest.mark.parametrize("typed", ["", None, "me", KEY.hex[1:], "é" * 32, "0" * 5000])
def test_what_names_none_is_none(typed):
    assert read_uuid(typed) is None
