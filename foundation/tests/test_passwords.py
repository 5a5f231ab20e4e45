"""What is guessed first is refused; what is one's own choice is not."""

import pytest

from foundation.passwords import common_passwords, is_too_easy, normalised

KNOWN = ["MedConsult", "Larkfield Clinic", "maya@example.org", "Maya", "Thornbury"]


def test_the_list_is_long_enough():
    assert len(common_passwords()) >= 10_000


@pytest.mark.parametrize(
    "pad",
    [
        "{0}",
        "{0}{0}",
        "{0}{0}{0}",
        "{0}123456789",
        "{0}1234567890123",
        "123456{0}123456",
        "{0}!!!!!!!!",
        "{0}2026",
        "{0}-{0}",
        "{0}qwertyuiop",
        "{0}00000000",
        "{0}_19900101",
    ],
)
def test_common_passwords_stay_refused_when_they_are_padded(pad):
    missed = [
        word
        for word in sorted(common_passwords())[::7]
        if len(word) > 2 and not is_too_easy(pad.format(word))
    ]
    assert missed == []


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "P@ssw0rdP@ssw0rd",
        "Password12345678!",
        "correcthorsebatterystaple",
        "Correct-Horse-Battery-Staple",
        "123456789012345",
        "987654321098765",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "zxcvbnmasdfghjkl",
        "1990010119900101",
        "19850314-19850314",
        "summerdragon2026",
        "iloveyouprincess",
        "MedConsult2026!",
        "larkfieldclinic1",
        "maya@example.org",
        "MayaThornbury1986",
        "thornburythornbury",
        "      1234567890",
    ],
)
def test_expected_ones_are_refused(password):
    assert is_too_easy(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "harbour-lamp-porridge",
        "quiet-otter-lantern",
        "four quiet herons wade",
        "xk7#qm2p",
        "7392 0184 6650 192",
        "пароль-длинный-медведь",
        "🐙🦊🐻🦉🐢🦋🐝🐞",
        "日本語の長い合言葉です",
        "glacier thimble oboe",
        "the rain on an old tin roof over Bergen",
    ],
)
def test_ones_own_choice_is_not(password):
    assert not is_too_easy(password, KNOWN)


def test_a_very_long_one_is_looked_at_quickly():
    assert not is_too_easy("glacier thimble oboe " * 40 + "end")
    assert is_too_easy("password" * 500)


def test_one_word_typed_on_two_keyboards_is_one_word():
    assert normalised("ﬁne ①") == normalised("fine 1")
    assert normalised("e\u0301") == normalised("\u00e9")
