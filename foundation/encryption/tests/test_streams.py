import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.encryption.keyring import Unopened
from foundation.encryption.streams import (
    PIECE,
    TAG,
    OpenedStream,
    SealedStream,
    plain_size,
    sealed_pieces,
)

KEY = bytes(range(32))
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 17]


def _seal(plain: bytes, step: int = 65_536) -> bytes:
    parts = (plain[at : at + step] for at in range(0, len(plain), step))
    return b"".join(sealed_pieces(parts, KEY))


def _open(sealed: bytes) -> OpenedStream:
    return OpenedStream(io.BytesIO(sealed), len(sealed), KEY)


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(size):
    plain = os.urandom(size)
    sealed = _seal(plain)
    assert plain_size(len(sealed)) == size
    assert io.BufferedReader(_open(sealed)).read() == plain
    assert size < 50 or plain[:50] not in sealed


@pytest.mark.parametrize("step", [1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_pieces_of_any_size_make_the_same_file(step):
    plain = bytes(2 * PIECE + 99)
    assert _seal(plain, step) == _seal(plain)


def test_a_stream_gives_what_the_pieces_give():
    plain = os.urandom(PIECE + 5)
    stream = io.BufferedReader(SealedStream(iter([plain]), KEY), PIECE)
    assert stream.read() == _seal(plain)


@given(st.integers(0, 2 * PIECE + 50), st.integers(0, 3000))
def test_any_place_can_be_read_by_itself(at, length):
    plain = _PLAIN
    stream = io.BufferedReader(_open(_SEALED))
    stream.seek(at)
    assert stream.read(length) == plain[at : at + length]


_PLAIN = os.urandom(2 * PIECE + 50)
_SEALED = _seal(_PLAIN)


@pytest.mark.parametrize(
    "cut",
    [1, TAG, PIECE + TAG, PIECE + 2 * TAG, len(_SEALED) - PIECE - TAG],
)
def test_a_file_cut_short_is_noticed(cut):
    with pytest.raises(Unopened):
        io.BufferedReader(_open(_SEALED[:-cut])).read()


def test_nothing_left_of_a_file_is_noticed():
    with pytest.raises(Unopened):
        io.BufferedReader(_open(b"")).read()


def test_pieces_in_another_order_are_noticed():
    size = PIECE + TAG
    swapped = _SEALED[size : 2 * size] + _SEALED[:size] + _SEALED[2 * size :]
    with pytest.raises(Unopened):
        io.BufferedReader(_open(swapped)).read()


def test_a_piece_left_out_or_added_is_noticed():
    size = PIECE + TAG
    for bent in (
        _SEALED[size:],
        _SEALED[:size] + _SEALED[2 * size :],
        _SEALED + _SEALED[-size:],
        _SEALED[:size] + _SEALED,
    ):
        with pytest.raises(Unopened):
            io.BufferedReader(_open(bent)).read()


@given(st.integers(0, len(_SEALED) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at, bits):
    bent = bytearray(_SEALED)
    bent[at] ^= bits
    with pytest.raises(Unopened):
        io.BufferedReader(_open(bytes(bent))).read()
