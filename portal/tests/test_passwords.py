"""The rules for a new password, as somebody meets them who chooses one."""

import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from clinic.identity.models import ClinicIdentity
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ARGON = "django.contrib.auth.hashers.Argon2PasswordHasher"


def refusals(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


def test_a_password_alone_has_fifteen_characters_at_least(ann):
    assert "at least 15" in refusals("zr9-kT-vv2-Qx7", ann)[0]
    assert refusals("zr9-kT-vv2-Qx7w", ann) == []


def test_beside_a_second_factor_eight_are_enough(ann):
    ann.has_second_factor = True
    assert "at least 8" in refusals("xk7#qm2", ann)[0]
    assert refusals("xk7#qm2p", ann) == []


@pytest.mark.parametrize(
    "password",
    [
        "four quiet herons wade",
        "all-small-letters-without-a-digit",
        "739201846650192748",
        "пароль-длинный-медведь",
        "🐙🦊🐻🦉🐢🦋🐝🐞🐌🐙🦊🐻🦉🐢🦋🐝",
        "glacier thimble oboe " + "b9Vx" * 30,
    ],
)
def test_no_kind_of_character_is_asked_for_or_refused(ann, password):
    assert refusals(password, ann) == []
    ann.set_password(password)
    assert ann.check_password(password)
    assert not ann.check_password(password[:-1])


def test_ones_own_names_are_easy_to_guess():
    password = "quillon-zebedee-quillon"
    owner = UserFactory.build(first_name="Quillon", last_name="Zebedee")
    assert "easy to guess" in refusals(password, owner)[0]
    stranger = UserFactory.build(first_name="Ann", last_name="Lee")
    assert refusals(password, stranger) == []


def test_so_are_the_clinics(ann):
    ClinicIdentity.objects.create(pk=1, name="Quillon Zebedee Practice")
    assert "easy to guess" in refusals("quillon-zebedee-quillon", ann)[0]


def test_what_is_typed_on_another_keyboard_fits(ann):
    ann.set_password("cafe\u0301-and-three-more-words")
    assert ann.check_password("caf\u00e9-and-three-more-words")


def test_new_hashes_are_argon2id_as_owasp_asks(settings):
    settings.PASSWORD_HASHERS = [ARGON]
    found = Argon2PasswordHasher().decode(make_password("four quiet herons wade"))
    assert found["variety"] == "argon2id"
    # OWASP: 19 MiB with two rounds, or more.
    assert found["memory_cost"] >= 19 * 1024
    assert found["time_cost"] >= 2


def test_an_old_hash_is_made_new_at_sign_in(ann, settings):
    ann.password = make_password("four quiet herons wade", hasher="md5")
    ann.save()
    settings.PASSWORD_HASHERS = [ARGON, *settings.PASSWORD_HASHERS]
    assert ann.check_password("four quiet herons wade")
    assert User.objects.get(pk=ann.pk).password.startswith("argon2$argon2id$")
    assert not User.objects.get(pk=ann.pk).has_short_password


def test_a_short_one_is_noted(ann):
    ann.set_password("xk7#qm2p")
    assert ann.has_short_password
    ann.set_password("four quiet herons wade")
    assert not ann.has_short_password


@pytest.mark.parametrize("path", ["/account/sign-up/", "/account/reset/"])
def test_asking_takes_as_long_for_strangers(client, ann, settings, path):
    settings.ACCOUNT_RATE_LIMITS = {}
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    times = {ann.email: [], "nobody@example.org": []}
    for number in range(60):
        for email, taken in times.items():
            browser = type(client)()
            began = time.perf_counter()
            browser.post(path, {"email": email})
            taken.append(time.perf_counter() - began)
        # The quickest of each: what a busy machine adds to the others says nothing.
        # Each is asked until it had a quiet moment, too.
        known, unknown = (min(taken) for taken in times.values())
        if number >= 6 and known == pytest.approx(unknown, rel=0.6):
            break
    assert known == pytest.approx(unknown, rel=0.6)
