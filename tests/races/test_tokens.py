"""Two who bring the same code or token at once."""

import pytest
from django.utils import timezone

from accounts.models import AccessToken, Authorisation
from accounts.tokens.services import NotGranted, redeem_code, refresh
from tests.apps import HOME, App
from tests.races.conftest import at_once
from tests.second_factors import VerifiedClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CROWD = 8


@pytest.fixture
def app(transactional_db):
    return App()


def outcomes_of(act):
    """How many got tokens; everybody else was refused, and nothing broke."""
    outcomes = at_once([act] * CROWD)
    wrong = [one.error for one in outcomes if not isinstance(one.error, NotGranted)]
    assert [error for error in wrong if error is not None] == []
    return sum(one.error is None for one in outcomes)


def is_over():
    held = Authorisation.objects.get()
    return held.ended_because == "REUSED"


def test_of_many_with_one_code_one_gets_tokens_and_none_keeps_them(app, ann):
    code = app.is_let_in(VerifiedClient(), ann)["code"]

    def act():
        return redeem_code(
            application=app.row,
            code=code,
            verifier=app.verifier,
            redirect_uri=HOME,
            at=timezone.now(),
        )

    assert outcomes_of(act) == 1
    assert AccessToken.objects.count() == 1
    assert is_over()


def test_of_many_with_one_refresh_token_one_gets_the_next_and_none_keeps_it(app, ann):
    token = app.tokens(VerifiedClient(), ann)["refresh_token"]

    def act():
        return refresh(application=app.row, token=token, scopes=None, at=timezone.now())

    assert outcomes_of(act) == 1
    assert AccessToken.objects.count() == 2
    assert is_over()
