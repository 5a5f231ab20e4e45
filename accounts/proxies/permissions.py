"""Who may see that somebody acts for a patient, agree to it and end it.

What acting opens is asked of `accounts.patients.permissions`: `acts_on`.
"""

from typing import Any

from django.db.models import Q

from accounts.patients.permissions import is_own, known_by
from accounts.proxies.models import Proxy, ProxyQuerySet
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate

# They agree in the place of who can't, after they saw a document.
CONFIRMING_ROLES = (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)


def _is_side(user: Any, proxy: Proxy) -> bool:
    mine = proxy.user_id is not None and proxy.user_id == user.pk
    return mine or is_own(user, proxy.patient)


@predicate("accounts.view_proxy")
def can_view(user: Any, proxy: Proxy) -> bool:
    """Both sides; the desk, and who treats the patient, because they meet them."""
    if _is_side(user, proxy):
        return True
    if proxy.patient is None:
        return False
    if has_role(user, *CONFIRMING_ROLES):
        return True
    return known_by(user).filter(patient=proxy.patient).exists()


def visible_to(user: Any) -> ProxyQuerySet:
    """What `user` may see of it; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Proxy.objects.none()
    seen = Q(user=user) | Q(patient__user=user)
    if has_role(user, *CONFIRMING_ROLES):
        seen |= Q(patient__isnull=False)
    seen |= Q(patient__in=known_by(user).values("patient_id"))
    return Proxy.objects.filter(seen)


@predicate("accounts.confirm_proxy")
def can_confirm(user: Any, proxy: Proxy) -> bool:
    """The desk and medical administration, but nobody where they are a side."""
    if proxy.patient is None or _is_side(user, proxy):
        return False
    return has_role(user, *CONFIRMING_ROLES)


@predicate("accounts.end_proxy")
def can_end(user: Any, proxy: Proxy) -> bool:
    """Either side, at once and without a reason, and the desk."""
    if _is_side(user, proxy):
        return True
    return proxy.patient is not None and has_role(user, *CONFIRMING_ROLES)
