"""Who may see, book and change which appointment."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.patients.permissions import (
    TREATING_ROLES,
    acted_on_by,
    acts_on,
    known_by,
    treats,
)
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from booking.appointments.models import Appointment, AppointmentQuerySet
from clinic.visit_types.models import Offering
from foundation.permissions import predicate

M = TypeVar("M", bound=Model)

# They run the clinic's time at their places, for every doctor.
DESK_ROLES = (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)


def _is_own(user: Any, appointment: Appointment, scope: str = Scope.BOOK) -> bool:
    """The patient's, or that of who acts for them in this scope."""
    return acts_on(user, appointment.patient, scope)


def _is_doctors(user: Any, appointment: Appointment) -> bool:
    # Nurses are booked by name too.
    return has_role(user, *TREATING_ROLES) and appointment.doctor.user_id == user.pk


def _at_the_desk(user: Any, appointment: Appointment) -> bool:
    return has_role(user, *DESK_ROLES, place_id=appointment.location.place_id)


@predicate("booking.view_appointment")
def can_view(user: Any, appointment: Appointment) -> bool:
    """The patient, the doctor, who treats the patient, the desk there, billing."""
    return (
        _is_doctors(user, appointment)
        or _at_the_desk(user, appointment)
        or has_role(user, Role.BILLING)
        or _is_own(user, appointment)
        or (
            appointment.patient is not None
            and known_by(user).filter(patient=appointment.patient).exists()
        )
    )


def visible_to(user: Any) -> AppointmentQuerySet:
    """The appointments that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Appointment.objects.none()
    at_work = _at_work(user)
    if at_work is None:
        return Appointment.objects.all()
    own = Q(patient__in=acted_on_by(user, Scope.BOOK))
    return Appointment.objects.filter(own | at_work)


def visible_at_work(user: Any) -> AppointmentQuerySet:
    """Those of them that `user` sees by what they do here, and not because somebody is
    theirs or themselves."""
    if not user.is_authenticated or not user.is_active:
        return Appointment.objects.none()
    at_work = _at_work(user)
    if at_work is None:
        return Appointment.objects.all()
    return Appointment.objects.filter(at_work)


def _at_work(user: Any) -> Q | None:
    """None where nothing is kept from them."""
    if has_role(user, Role.BILLING):
        return None
    places = places_of(user, *DESK_ROLES)
    if places is None:
        return None
    seen = Q(location__place__in=places)
    if has_role(user, *TREATING_ROLES):
        seen |= Q(doctor__user=user)
    return seen | Q(patient__in=known_by(user).values("patient_id"))


@predicate("booking.view_desk")
def can_view_desk(user: Any, subject: object) -> bool:
    """The day's list. Each line in it is asked for by `visible_to`."""
    return has_role(user, *DESK_ROLES, Role.NURSE, Role.BILLING)


@predicate("booking.view_calendar")
def can_view_calendar(user: Any, subject: object) -> bool:
    """Everybody's time at the user's places. Each visit in it is asked for by
    `visible_at_work`; one's own calendar is `booking.have_calendar`."""
    return has_role(user, *DESK_ROLES)


@predicate("booking.view_queue")
def can_view_queue(user: Any, subject: object) -> bool:
    """The day's queue: the desk all of its places, who sees patients their own. Each
    line in it is asked for by `visible_at_work`."""
    return has_role(user, *DESK_ROLES, *TREATING_ROLES)


@predicate("booking.view_reason")
def can_view_reason(user: Any, appointment: Appointment) -> bool:
    """Why somebody comes is for them, their doctor and who treats them. Who acts for
    them needs the record for it."""
    return (
        _is_own(user, appointment, Scope.RECORDS)
        or _is_doctors(user, appointment)
        or (appointment.patient is not None and treats(user, appointment.patient))
    )


@predicate("booking.cancel_appointment")
def can_cancel(user: Any, appointment: Appointment) -> bool:
    """The patient; for the clinic, the doctor and the desk."""
    return _is_own(user, appointment) or can_move(user, appointment)


@predicate("booking.answer_requests")
def can_answer_requests(user: Any, subject: object) -> bool:
    """The page of what waits. Each request is asked for by `approve_appointment`."""
    return has_role(user, *TREATING_ROLES, Role.MEDICAL_ADMIN)


@predicate("booking.approve_appointment")
def can_approve(user: Any, appointment: Appointment) -> bool:
    """Requests are answered by the doctor who is asked, or medical administration."""
    return _is_doctors(user, appointment) or has_role(
        user, Role.MEDICAL_ADMIN, place_id=appointment.location.place_id
    )


@predicate("booking.move_appointment")
def can_move(user: Any, appointment: Appointment) -> bool:
    """Arrived, done, missed: the doctor and the desk there."""
    return _is_doctors(user, appointment) or _at_the_desk(user, appointment)


@predicate("booking.book_for_patient")
def can_book_for_patient(user: Any, subject: object) -> bool:
    """The desk books for anybody; asked about an offering, at its own places."""
    place_id = subject.location.place_id if isinstance(subject, Offering) else None
    return has_role(user, *DESK_ROLES, place_id=place_id)


@predicate("booking.grant_follow_up")
def can_grant_follow_up(user: Any, appointment: Appointment) -> bool:
    """The desk may charge a visit there as a follow-up; doctors set no prices."""
    return _at_the_desk(user, appointment)


@predicate("booking.overbook")
def can_overbook(user: Any, subject: object) -> bool:
    """Give a time twice: the doctor their own, the desk at its places. Asked about
    nothing: whether there may be such a time."""
    if not isinstance(subject, Offering):
        return has_role(user, *TREATING_ROLES, *DESK_ROLES)
    is_own = has_role(user, *TREATING_ROLES) and subject.doctor.user_id == user.pk
    return is_own or has_role(user, *DESK_ROLES, place_id=subject.location.place_id)


def overbookable_by(user: Any) -> QuerySet[Offering]:
    """What `user` can overbook; the list form of `can_overbook`."""
    rows = Offering.objects.filter(
        is_active=True, visit_type__is_active=True, location__is_active=True
    )
    return at_work_of(user, rows)


def at_work_of(user: Any, rows: QuerySet[M]) -> QuerySet[M]:
    """Of rows with a doctor and a location those at the places of whose desk `user` is,
    and the own ones of who treats."""
    places = places_of(user, *DESK_ROLES)
    if places is None:
        return rows
    mine = Q(location__place__in=places)
    if has_role(user, *TREATING_ROLES):
        mine |= Q(doctor__user=user)
    return rows.filter(mine)
