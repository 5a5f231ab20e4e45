"""What stands in the side bar, for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.users.models import EDITORIAL_ROLES, Role
from accounts.users.permissions import has_role, roles_of
from notifications.notices.queries import unread_count


@dataclass(frozen=True)
class Item:
    """A place to go. `tab` is the short word of the phone's bar, empty: not there."""

    label: str
    url: str
    icon: str
    current: bool = False
    tab: str = ""
    group: str = ""
    count: int = 0


# label, URL name, icon, word of the phone's bar
PORTAL = (
    ("Home", "portal:home", "home", "Home"),
    ("Appointments", "booking:appointments", "calendar", "Visits"),
    ("Notices", "notifications:notices", "bell", "Notices"),
    ("Health record", "portal:health", "heart", "Health"),
    ("Medicines", "records:medicines", "pill", ""),
    ("Documents", "records:documents", "file-text", ""),
    ("Account", "accounts:profile", "user", "Account"),
)

# label, URL name, icon, word of the phone's bar, group, roles
CLINIC = (
    ("My day", "workspace:day", "sun", "Day", "", (Role.DOCTOR,)),
    ("Schedule", "workspace:schedule", "calendar", "Week", "", (Role.DOCTOR,)),
    ("Requests", "workspace:requests", "inbox", "Requests", "", (Role.DOCTOR,)),
    ("Front desk", "workspace:desk", "clipboard", "Desk", "",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN, Role.NURSE)),
    ("Patients", "workspace:patients", "users", "Patients", "",
     (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Failed messages", "notifications:failed", "alert", "", "Follow up",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Payments", "billing:payments", "card", "Payments", "Follow up",
     (Role.BILLING, Role.RECEPTIONIST)),
    ("My hours", "workspace:hours", "clock", "", "Settings", (Role.DOCTOR,)),
    ("Clinic", "clinic:settings", "settings", "Clinic", "Settings",
     (Role.ADMIN, Role.MEDICAL_ADMIN)),
    ("Notices", "notifications:notices", "bell", "", "Settings", tuple(Role)),
)  # fmt: skip


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav_items` for the portal and the workspace, `account_items` for the menu under
    the name, `user_role` in words. Worked out only where a template asks."""
    return {
        "nav_items": SimpleLazyObject(lambda: _items(request)),
        "account_items": SimpleLazyObject(lambda: _account_items(request)),
        "user_role": SimpleLazyObject(lambda: _role(request)),
    }


def _items(request: HttpRequest) -> list[Item]:
    if not has_role(request.user, *_WORKING):
        new = unread_count(request.user)
        rows = [(*row, "", tuple(Role)) for row in PORTAL]
    else:
        new = unread_count(request.user)
        rows = [row for row in CLINIC if has_role(request.user, *row[5])]
    return _marked(request.path, rows, new)


_WORKING = tuple(role for role in Role if role not in {Role.PATIENT, *EDITORIAL_ROLES})


def _marked(path: str, rows: Sequence[tuple[Any, ...]], new: int) -> list[Item]:
    urls = [reverse(row[1]) for row in rows]
    here = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [
        Item(
            label=label,
            url=url,
            icon=icon,
            current=url == here,
            tab=tab,
            group=group,
            count=new if name == "notifications:notices" else 0,
        )
        for (label, name, icon, tab, group, _), url in zip(rows, urls, strict=True)
    ]


def _account_items(request: HttpRequest) -> list[Item]:
    items = []
    if has_role(request.user, Role.PATIENT):
        items.append(Item("My health", reverse("portal:home"), "heart"))
    items.append(Item("Account", reverse("accounts:profile"), "user"))
    if has_role(request.user, *EDITORIAL_ROLES, Role.ADMIN):
        items.append(Item("Website", reverse("wagtailadmin_home"), "globe"))
    return items


def _role(request: HttpRequest) -> str:
    """The user's roles in words, but for being a patient."""
    held = {role for role, _ in roles_of(request.user)} - {Role.PATIENT}
    return ", ".join(str(Role(role).label) for role in Role if role in held)
