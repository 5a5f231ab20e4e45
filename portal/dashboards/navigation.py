"""What stands in the side bar and on top, for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.emergency_access.models import EmergencyAccess
from accounts.emergency_access.queries import open_to
from accounts.proxies.models import Scope
from accounts.proxies.queries import Choice, choices_of, reaches, viewing_of
from accounts.users.models import CARE_ROLES, EDITORIAL_ROLES, STAFF_ROLES, Role
from accounts.users.permissions import has_role, roles_of
from accounts.users.queries import signed_in_user
from clinic.doctors.models import Doctor
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
    ("Family and carers", "accounts:family", "users", ""),
)

# What acting for somebody must reach for a room; the others are open to all.
SCOPES = {
    "booking:appointments": (Scope.BOOK,),
    "notifications:notices": (Scope.MESSAGES,),
    "portal:health": (Scope.RECORDS, Scope.MONEY),
    "records:medicines": (Scope.RECORDS,),
    "records:documents": (Scope.RECORDS,),
}
# Pages about oneself, for whomever one acts, and those among them that are not.
SHARED_PAGES = ("accounts:consents", "accounts:consent_answer")
OWN_PAGES = ("accounts:", "factors:", "account_", "notifications:pref", "portal:access")

# Who is no patient has an account all the same.
EDITORS = tuple(
    row for row in PORTAL if row[0] in {"Notices", "Account", "Family and carers"}
)

MOST_TABS = 5

# Whoever is booked by name: doctors, and nurses with visits of their own.
SEEING = "SEEING"

# label, URL name, icon, word of the phone's bar, group, roles
CLINIC = (
    ("My day", "workspace:day", "sun", "Day", "", (SEEING,)),
    ("Schedule", "workspace:schedule", "week", "Week", "", (SEEING,)),
    ("Requests", "workspace:requests", "inbox", "Requests", "",
     (SEEING, Role.MEDICAL_ADMIN)),
    ("Front desk", "workspace:desk", "clipboard", "Desk", "",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Calendar", "workspace:calendar", "week", "", "",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Queue", "workspace:queue", "users", "Queue", "",
     (SEEING, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Visits", "workspace:desk", "clipboard", "Visits", "",
     (Role.NURSE, Role.BILLING)),
    ("Waiting list", "workspace:waitlist", "clock", "", "",
     (SEEING, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("My week", "workspace:my_week", "calendar-check", "", "",
     (Role.NURSE, Role.RECEPTIONIST, Role.BILLING, Role.MEDICAL_ADMIN)),
    ("Rota", "workspace:rota", "id-card", "", "", tuple(STAFF_ROLES)),
    ("Patients", "workspace:patients", "users", "Patients", "",
     (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST, Role.BILLING, Role.MEDICAL_ADMIN)),
    ("Away or late", "workspace:disruptions", "alert", "", "Follow up",
     (SEEING, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Outside hours", "workspace:strays", "calendar-x", "", "Follow up",
     (SEEING, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("All locations", "workspace:oversight", "pin", "", "Follow up",
     (Role.MEDICAL_ADMIN, Role.ADMIN)),
    ("Rooms and equipment", "workspace:occupancy", "door", "", "Follow up",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Payments", "billing:payments", "card", "Payments", "Follow up",
     (Role.BILLING, Role.RECEPTIONIST)),
    ("Emergency access", "accounts:emergency_accesses", "alert", "", "Follow up",
     tuple(STAFF_ROLES)),
    ("Corrections", "records:amendments", "edit", "", "Follow up",
     (Role.DOCTOR, Role.MEDICAL_ADMIN)),
    ("Reviews", "booking:reviews", "message", "", "Follow up",
     (Role.MEDICAL_ADMIN,)),
    ("Restrictions", "accounts:restrictions", "lock", "", "Follow up",
     (Role.MEDICAL_ADMIN,)),
    ("Failed messages", "notifications:failed", "alert", "", "Follow up",
     (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("Access log", "workspace:audit", "shield", "", "Follow up",
     (Role.MEDICAL_ADMIN, Role.BILLING, Role.ADMIN)),
    ("Erasures", "erasures:erasures", "trash", "", "Follow up",
     (Role.MEDICAL_ADMIN, Role.ADMIN)),
    ("Imported calendars", "booking:imports", "calendar", "", "Settings",
     (SEEING, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)),
    ("My hours", "workspace:hours", "clock", "", "Settings", (SEEING,)),
    ("Clinic", "workspace:settings", "settings", "Clinic", "Settings",
     (Role.ADMIN, Role.MEDICAL_ADMIN)),
    ("Edit pages", "cms_access:cms", "globe", "Website", "Website", (Role.ADMIN,)),
)  # fmt: skip


def navigation(request: HttpRequest) -> dict[str, Any]:
    """What the portal's and the workspace's frame needs, worked out only where a
    template asks: `nav_items`, `account_items` for the menu under the name,
    `user_role` in words, `unread` notices, `search_url` for who finds patients,
    `emergencies`, the records that are open to the user in an emergency now, `viewing`,
    for whom they act on this page, `viewing_choices`, for whom they may, and
    `is_own_page`, where it is about themselves all the same. `own_place` is where
    somebody who lost their way is at home, None for strangers."""
    return {
        "nav_items": SimpleLazyObject(lambda: _items(request)),
        "account_items": SimpleLazyObject(lambda: _account_items(request)),
        "user_role": SimpleLazyObject(lambda: _role(request)),
        "unread": SimpleLazyObject(lambda: unread_count(request.user)),
        "search_url": SimpleLazyObject(lambda: _search_url(request)),
        "emergencies": SimpleLazyObject(lambda: _emergencies(request)),
        "viewing": SimpleLazyObject(lambda: viewing_of(request)),
        "viewing_choices": SimpleLazyObject(lambda: _choices(request)),
        "is_own_page": SimpleLazyObject(lambda: _is_own_page(request)),
        "own_place": SimpleLazyObject(lambda: _own_place(request)),
    }


def _own_place(request: HttpRequest) -> Item | None:
    # The editors' desk may not ask who has which room on the site; and what is refused
    # before it is known who asks has no user.
    user = getattr(request, "user", None)
    if settings.IN_CMS or user is None or not user.is_authenticated:
        return None
    return next(iter(_items(request)), None)


def _items(request: HttpRequest) -> list[Item]:
    if not has_role(request.user, *STAFF_ROLES):
        acts = viewing_of(request) is not None
        new = 0 if acts else unread_count(request.user)
        is_patient = acts or has_role(request.user, Role.PATIENT)
        rooms = [
            row
            for row in (PORTAL if is_patient else EDITORS)
            if row[1] not in SCOPES or reaches(request, *SCOPES[row[1]])
        ]
        return _marked(request.path, [(*row, "") for row in rooms], new)
    held = _held(request.user)
    rows: dict[str, tuple[str, ...]] = {}
    for *row, roles in CLINIC:
        if held & set(roles):
            # Of two names for one place the first counts.
            rows.setdefault(row[1], tuple(row))
    return _marked(request.path, list(rows.values()), 0)


def _held(user: Any) -> set[str]:
    """The user's roles, with SEEING for whoever is booked by name."""
    held = {role for role, _ in roles_of(user)}
    if Role.DOCTOR in held or (
        Role.NURSE in held and Doctor.objects.filter(user=user).exists()
    ):
        held.add(SEEING)
    return held


def _marked(path: str, rows: Sequence[tuple[str, ...]], new: int) -> list[Item]:
    """The rows as items, the one that `path` lies under marked; five tabs at most."""
    if path.startswith("/account/"):
        # Security and devices lie beside the account whose pages they are.
        path = reverse("accounts:profile")
    if path.startswith(reverse("records:own_amendments")):
        path = reverse("portal:health")
    if path.startswith("/portal/forms/"):
        # What is asked before a visit belongs to it.
        path = reverse("booking:appointments")
    tabs = [row[1] for row in rows if row[3]][:MOST_TABS]
    urls = [reverse(row[1]) for row in rows]
    here = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [
        Item(
            label=label,
            url=url,
            icon=icon,
            current=url == here,
            tab=tab if name in tabs else "",
            group=group,
            count=new if name == "notifications:notices" else 0,
        )
        for (label, name, icon, tab, group), url in zip(rows, urls, strict=True)
    ]


def _account_items(request: HttpRequest) -> list[Item]:
    items = []
    if has_role(request.user, *STAFF_ROLES):
        items.append(Item("Notices", reverse("notifications:notices"), "bell"))
        if has_role(request.user, Role.PATIENT):
            items.append(Item("My health", reverse("portal:home"), "heart"))
    items.append(Item("Account", reverse("accounts:profile"), "user"))
    if has_role(request.user, *EDITORIAL_ROLES):
        items.append(Item("Website", reverse("cms_access:cms"), "globe"))
    return items


def _choices(request: HttpRequest) -> list[Choice]:
    return choices_of(request.user) if request.user.is_authenticated else []


def _is_own_page(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or match.view_name in SHARED_PAGES:
        return False
    return match.view_name.startswith(OWN_PAGES)


def _search_url(request: HttpRequest) -> str:
    at_work = has_role(request.user, *CARE_ROLES)
    return reverse("workspace:patients") if at_work else ""


def _emergencies(request: HttpRequest) -> list[EmergencyAccess]:
    # A page of an error may be shown to a visitor in this frame.
    if not has_role(request.user, *STAFF_ROLES):
        return []
    return open_to(signed_in_user(request), at=timezone.now())


def _role(request: HttpRequest) -> str:
    """The user's roles in words, but for being a patient."""
    held = {role for role, _ in roles_of(request.user)} - {Role.PATIENT}
    return ", ".join(str(Role(role).label) for role in Role if role in held)
