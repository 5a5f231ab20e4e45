"""Who acts for whom, and for whom is this page?"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db.models import Exists, Q, Value
from django.db.models.functions import Replace, Upper
from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.patients.models import Patient
from accounts.patients.permissions import acted_for_by, is_own
from accounts.patients.queries import patient_of
from accounts.proxies.models import AgeRule, Proxy, ProxyQuerySet, born_too_late
from accounts.proxies.permissions import visible_to
from accounts.users.models import User
from foundation.formats import local
from foundation.periods import day_number, day_start, moment
from foundation.uuids import read_uuid

_SALT = "accounts.proxies.invitation"
# Where a session keeps for whom its user acts.
KEY = "viewing"


# --- For whom a page is ---------------------------------------------------------------


@dataclass(frozen=True)
class Viewing:
    """A request that shows another person's things, and how far it reaches."""

    public_id: UUID
    patient_id: int
    scopes: tuple[str, ...]

    @cached_property
    def patient(self) -> Patient:
        """Whose things they are. One query, when somebody asks."""
        return Patient.objects.get(pk=self.patient_id)


def viewing_of(request: HttpRequest) -> Viewing | None:
    """By what right this request shows another person's things; None: one's own.

    Chosen before and kept in the session, but asked anew at each request: whatever has
    ended is not there. Without a choice no query.
    """
    if not hasattr(request, "_viewing"):
        request._viewing = _chosen(request)  # type: ignore[attr-defined]
    found: Viewing | None = request._viewing  # type: ignore[attr-defined]
    return found


def _chosen(request: HttpRequest) -> Viewing | None:
    session, user = getattr(request, "session", None), getattr(request, "user", None)
    if session is None or user is None or not user.is_authenticated:
        return None
    if KEY not in session:
        return None
    public_id = read_uuid(session[KEY])
    if public_id is None:
        return None
    return _first(acted_for_by(user).filter(public_id=public_id))


def _first(rows: ProxyQuerySet) -> Viewing | None:
    # Not the rows themselves: who acts is shown by this to nobody but who acts.
    row = rows.values_list("public_id", "patient_id", "scopes").first()
    return Viewing(row[0], row[1], tuple(row[2])) if row else None


def show_as(request: HttpRequest, patient: Patient | None) -> None:
    """This page is about a thing of this patient, or, with None, about one's own: it
    says so on top and in the log, whomever the session has chosen."""
    if not request.user.is_authenticated:
        return
    chosen = viewing_of(request)
    if chosen is not None and patient is not None and chosen.patient_id == patient.pk:
        return
    found = None
    if patient is not None and not is_own(request.user, patient):
        found = _first(acted_for_by(request.user).filter(patient=patient))
    request._viewing = found  # type: ignore[attr-defined]


def viewed_patient(request: HttpRequest) -> Patient | None:
    """Whose pages these are: the person acted for, else one's own record, if any."""
    viewing = viewing_of(request)
    if viewing is not None:
        return viewing.patient
    user = request.user
    return patient_of(user) if isinstance(user, User) else None


def reaches(request: HttpRequest, *scopes: str) -> bool:
    """Whether the page may show one of these: always for one's own."""
    viewing = viewing_of(request)
    return viewing is None or any(scope in viewing.scopes for scope in scopes)


def viewed_or_404(request: HttpRequest, *scopes: str) -> Patient:
    """`viewed_patient`, for a page of one of these scopes. Raises Http404 where there
    is nobody and where acting for them does not reach so far."""
    patient = viewed_patient(request) if reaches(request, *scopes) else None
    if patient is None:
        raise Http404
    return patient


def viewing_mark(request: HttpRequest) -> str:
    """Stands in forms that name nobody, so that one that was opened for somebody else
    is noticed: see `is_for_viewed`."""
    viewing = viewing_of(request)
    return str(viewing.public_id) if viewing else "me"


def is_for_viewed(request: HttpRequest) -> bool:
    """Whether a posted form was opened for the person that the session has now. In
    another tab somebody else may have been chosen meanwhile."""
    return request.POST.get("viewing", "me") == viewing_mark(request)


def still_acts(user: Any, public_id: str) -> bool:
    """Whether what a page was opened by is in force still; an open page asks this each
    second. One query, none for pages about oneself."""
    if not public_id:
        return True
    named = read_uuid(public_id)
    if named is None:
        return False
    return acted_for_by(user).filter(public_id=named).exists()


@dataclass(frozen=True)
class Choice:
    """Somebody for whom one may act, as the switch on top of each page shows them."""

    public_id: UUID
    name: str


def choices_of(user: Any) -> list[Choice]:
    """For whom `user` may act now, by name. One query."""
    rows = acted_for_by(user).order_by("patient__first_name", "pk")
    return [
        Choice(public_id, f"{first} {last}".strip())
        for public_id, first, last in rows.values_list(
            "public_id", "patient__first_name", "patient__last_name"
        )
    ]


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
    # Whoever asks must not learn whether there is such a patient: none is loaded.
    bare = Proxy.objects.select_related("user").order_by("-pk")
    waiting, in_force = mine.waiting(at), mine.in_force(at)
    invited = waiting.filter(status=Proxy.Status.INVITED)
    asked = bare.asked_by(user, at)
    over = bare.filter(Q(user=user) | Q(patient__user=user))
    for others in (in_force, waiting, asked):
        over = over.exclude(pk__in=others.values("pk"))
    return Family(
        acting_for=list(in_force.filter(user=user)),
        acting_for_me=list(in_force.filter(patient__user=user)),
        invitations=list(invited.filter(_to(user))),
        invited=list(invited.filter(patient__user=user)),
        asked=list(asked),
        requests=list(waiting.filter(status=Proxy.Status.ASKED, patient__user=user)),
        over=list(over[:20]),
    )


def _to(user: User) -> Q:
    proved = EmailAddress.objects.filter(
        user=user, email__iexact=user.email, verified=True
    )
    return Q(email__iexact=user.email) & Q(Exists(proved))


def proxies_of(user: Any, patient: Patient, *, at: datetime) -> list[Proxy]:
    """Who acts for the patient at `at`, then who asks to, as far as `user` may see it:
    for the patient's page at work. One query."""
    rows = visible_to(user).filter(patient=patient).select_related("user")
    asked = rows.waiting(at).filter(status=Proxy.Status.ASKED)
    shown = rows.filter(
        Q(pk__in=rows.in_force(at).values("pk")) | Q(pk__in=asked.values("pk"))
    )
    return list(shown.order_by("status", "pk"))


def find_named(number: str, birth_date: date) -> Patient | None:
    """The patient with this whole number, if they were born then. Spaces, dashes and
    capitals do not matter."""
    plain = Upper(Replace("number", Value("-"), Value("")))
    typed = "".join(sign for sign in number.upper() if sign.isalnum())
    rows = Patient.objects.filter(birth_date=birth_date, merged_into=None)
    return rows.annotate(plain_number=plain).filter(plain_number=typed).first()


# --- Ages -----------------------------------------------------------------------------


def age_rule() -> AgeRule:
    """The clinic's age; the defaults where none was set."""
    return AgeRule.objects.filter(pk=1).first() or AgeRule(pk=1)


def is_under_age(patient: Patient | None, *, at: datetime) -> bool:
    """Whether the clinic's rule leaves decisions to others at `at`."""
    if patient is None:
        return False
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


def end_of_day(day: date) -> datetime:
    """The moment at which this day of the clinic's calendar is over."""
    return moment(day_start(age_rule().time_zone, day_number(day) + 1))


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
