"""Between the first factor and the session: allauth's way of adding a step."""

from typing import Any

from allauth.account.stages import LoginStage, LoginStageController
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from accounts.factors.permissions import has_factor
from accounts.factors.queries import proof_in, remembered_device
from accounts.factors.services import note_proof
from accounts.factors.views.cookies import cookie_of
from accounts.factors.views.sending import send_the_only_one


class FactorStage(LoginStage):
    """Holds a sign-in until the second factor is proved, for everybody who has one.

    Passed at once with a passkey, which is both factors, and on a remembered device.
    Who must have a factor and has none is signed in, to the page that sets one up and
    to no other (`accounts.middleware.FactorDoor`).
    """

    key = "second_factor"
    urlname = "factors:check"

    def handle(self) -> tuple[Any, bool]:
        """The response that interrupts the sign-in, if any, and whether it goes on."""
        user: Any = self.login.user
        if user is None or not has_factor(user):
            return None, True
        if proof_in(self.request.session, user) is not None:
            return None, True
        cookie = cookie_of(self.request, user)
        if cookie and remembered_device(user, cookie, timezone.now()):
            note_proof(
                session=self.request.session, user=user, method="remembered", at=None
            )
            return None, True
        send_the_only_one(self.request, user)
        self.state["password"] = user.get_session_auth_hash()
        self.state["address"] = user.email
        return redirect(self.urlname), True

    def is_outdated(self) -> bool:
        """Whether the password or the address was changed since the first step, or the
        account closed: whoever took it with the old ones has to begin anew."""
        user: Any = self.login.user
        now = (user.get_session_auth_hash(), user.email)
        then = (self.state.get("password"), self.state.get("address"))
        return then != now or not user.is_active


def waiting(request: HttpRequest) -> FactorStage | None:
    """The sign-in of this browser that waits for its second step, if there is one."""
    stage = LoginStageController.enter(request, FactorStage.key)
    if stage is None or not stage.is_outdated():
        return stage
    stage.abort()
    return None
