"""How whoever is signed in is found again with every request."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.users.models import User
from accounts.users.queries import user_by_key


class SignInBackend(AuthenticationBackend):
    """allauth's, which asks for the user with a prepared statement."""

    def get_user(self, user_id: int) -> User | None:
        user = user_by_key(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
