"""Who acts for whom, and for whom is this page?"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.patients.models import Patient
from accounts.patients.permissions import acted_for_by, is_own
from accounts.patients.queries import patient_of
from accounts.proxies.models import AgeRule, Proxy, ProxyQuerySet, born_too_late
from accounts.users.models import User
from foundation.formats import local

_SALT = "accounts.proxies.invitation"
# Where a session keeps for whom its user acts.
KEY = "viewing"


# --- For whom a page is ---------------------------------------------------------------


def viewed_proxy(request: HttpRequest) -> Proxy | None:
    """By what right this request shows another person's things; None: one's own.

    Chosen before and kept in the session, but asked anew at each request: whatever has
    ended is not there. Without a choice no query.
    """
    if not hasattr(request, "_viewed_proxy"):
        request._viewed_proxy = _chosen(request)  # type: ignore[attr-defined]
    found: Proxy | None = request._viewed_proxy  # type: ignore[attr-defined]
    return found


def _chosen(request: HttpRequest) -> Proxy | None:
    session = getattr(request, "session", None)
    user = getattr(request, "user", AnonymousUser())
    if session is None or not user.is_authenticated or KEY not in session:
        return None
    try:
        public_id = UUID(str(session[KEY]))
    except ValueError:
        return None
    return _in_force(user).filter(public_id=public_id).first()


def _in_force(user: Any) -> ProxyQuerySet:
    return acted_for_by(user).select_related("patient", "user")


def show_as(request: HttpRequest, patient: Patient | None) -> None:
    """This page is about one thing of this patient: it says so on top and in the log,
    whomever the session has chosen. For one's own it says nothing."""
    if patient is None or not request.user.is_authenticated:
        return
    if is_own(request.user, patient):
        request._viewed_proxy = None  # type: ignore[attr-defined]
        return
    chosen = viewed_proxy(request)
    if chosen is None or chosen.patient_id != patient.pk:
        found = _in_force(request.user).filter(patient=patient).first()
        request._viewed_proxy = found  # type: ignore[attr-defined]


def viewed_patient(request: HttpRequest) -> Patient | None:
    """Whose pages these are: the person acted for, else one's own record, if any."""
    proxy = viewed_proxy(request)
    if proxy is not None:
        return proxy.patient
    user = request.user
    return patient_of(user) if isinstance(user, User) else None


def viewed_or_404(request: HttpRequest, scope: str) -> Patient:
    """`viewed_patient`, for a page of this scope. Raises Http404 where there is nobody
    and where acting for them does not reach so far."""
    proxy, patient = viewed_proxy(request), viewed_patient(request)
    if patient is None or (proxy is not None and scope not in proxy.scopes):
        raise Http404
    return patient


def patient_key(request: HttpRequest) -> str:
    """Stands in forms that name nobody, so that one that was opened for somebody else
    is noticed: see `is_for_viewed`."""
    proxy = viewed_proxy(request)
    return str(proxy.patient.public_id) if proxy and proxy.patient else "me"


def is_for_viewed(request: HttpRequest) -> bool:
    """Whether a posted form was opened for the person that the session has now. In
    another tab somebody else may have been chosen meanwhile."""
    return request.POST.get("viewing", "me") == patient_key(request)


# --- Family and carers ----------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """Everything on the page of family and carers."""

    acting_for: list[Proxy]
    acting_for_me: list[Proxy]
    invitations: list[Proxy]
    invited: list[Proxy]
    asked: list[Proxy]
    requests: list[Proxy]
    over: list[Proxy]


def family_of(user: User, *, at: datetime) -> Family:
    """Both sides of one person: whom they act for and who acts for them; invitations to
    them and theirs; what they asked for and what is asked of them; what is over."""
    mine = Proxy.objects.select_related("patient__user", "user").order_by("-pk")
    waiting = mine.waiting(at)
    invited, asked = Proxy.Status.INVITED, Proxy.Status.ASKED
    in_force = mine.in_force(at)
    sides = Q(user=user) | Q(patient__user=user)
    return Family(
        acting_for=list(in_force.filter(user=user)),
        acting_for_me=list(in_force.filter(patient__user=user)),
        invitations=list(waiting.filter(status=invited).filter(_to(user))),
        invited=list(waiting.filter(status=invited, patient__user=user)),
        asked=list(waiting.filter(status=asked, user=user)),
        requests=list(waiting.filter(status=asked, patient__user=user)),
        over=list(
            mine.filter(sides)
            .exclude(pk__in=in_force.values("pk"))
            .exclude(pk__in=waiting.values("pk"))[:20]
        ),
    )


def _to(user: User) -> Q:
    return Q(email__iexact=user.email)


def proxies_of(patient: Patient, *, at: datetime) -> list[Proxy]:
    """Who acts for the patient at `at` or asks to, for the patient's page at work."""
    rows = Proxy.objects.filter(patient=patient).select_related("user", "patient")
    now = rows.in_force(at).order_by("starts_at", "pk")
    asked = rows.waiting(at).filter(status=Proxy.Status.ASKED).order_by("pk")
    return [*now, *asked]


def find_named(number: str, birth_date: date) -> Patient | None:
    """The patient with this whole number, if they were born then. Spaces, dashes and
    capitals do not matter."""
    words = "".join(one for one in number.upper() if one.isalnum())
    typed = f"{words[:1]}-{words[1:5]}-{words[5:]}" if len(words) == 9 else number
    return Patient.objects.filter(
        number__iexact=typed.strip(), birth_date=birth_date, merged_into=None
    ).first()


# --- Ages -----------------------------------------------------------------------------


def age_rule() -> AgeRule:
    """The clinic's age; the defaults where none was set."""
    return AgeRule.objects.filter(pk=1).first() or AgeRule(pk=1)


def is_under_age(patient: Patient, *, at: datetime) -> bool:
    """Whether the clinic's rule leaves decisions to others at `at`."""
    return Patient.objects.filter(
        pk=patient.pk, birth_date__gt=born_too_late(at)
    ).exists()


def comes_of_age(birth_date: date, rule: AgeRule) -> date:
    """The first day on which somebody born then decides themselves. Born on 29
    February, that is 1 March where the year has no such day."""
    year = birth_date.year + rule.age
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def today_at_clinic(at: datetime) -> date:
    """The date at `at` by the clinic's calendar."""
    return local(at, age_rule().time_zone).date()


# --- Invitations ----------------------------------------------------------------------


def invitation_path(proxy: Proxy) -> str:
    """The address in an invitation's mail. It opens nothing by itself: whoever follows
    it signs in with the address that was invited."""
    token = signing.Signer(salt=_SALT).sign(proxy.public_id.hex)
    return reverse("accounts:proxy_invitation", args=[token])


def invitation_url(proxy: Proxy) -> str:
    """`invitation_path` with the site in front."""
    return f"{settings.SITE_URL}{invitation_path(proxy)}"


def read_invitation(token: str, *, at: datetime) -> Proxy | None:
    """The invitation behind a mail's link; None when it is forged, answered or too
    old."""
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    rows = Proxy.objects.waiting(at).select_related("patient", "user")
    return rows.filter(public_id=public_id, status=Proxy.Status.INVITED).first()
