"""A visit as a calendar entry."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from booking.appointments.models import Appointment, Status
from clinic.visit_types.models import VisitType
from foundation.formats import local

# The zone's rules are written out for so long before and after the visit.
YEAR = timedelta(days=365)
# They have said yes by booking; no need to ask again.
_COMING = {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
_OVER = (Status.CANCELLED, Status.DECLINED, Status.EXPIRED)


def calendar_file(
    appointment: Appointment,
    *,
    clinic_name: str,
    url: str,
    host: str,
    at: datetime,
    organizer: str = "",
    attendee: str = "",
) -> bytes:
    """An .ics with one event. Same UID for ever, SEQUENCE grows with each change, so
    that calendars update the entry they have. Says nothing about health.

    `url` is where the visit can be seen or cancelled; `host` makes the UID unique.
    Times are the location's, with its zone's rules in the file. With the addresses of
    `organizer` and `attendee` it is an invitation, which mail programs enter, update
    and take out by themselves (RFC 5546); without, a file to download.
    """
    kind = appointment.visit_type
    zone = appointment.location.time_zone
    event = Event()
    event.add("uid", f"{appointment.public_id}@{host}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", local(appointment.starts_at, zone))
    event.add("dtend", local(appointment.ends_at, zone))
    event.add("summary", f"Visit at {clinic_name}")
    event.add("location", vText(_place(appointment)))
    event.add("description", f"Reference {appointment.reference}. {url}")
    event.add("url", url)
    is_over = appointment.status in _OVER
    event.add("status", "CANCELLED" if is_over else "CONFIRMED")
    where = (appointment.location.latitude, appointment.location.longitude)
    if kind.mode == VisitType.Mode.IN_PERSON and None not in where:
        event.add("geo", tuple(map(float, filter(None, where))))
    calendar = Calendar()
    calendar.add("prodid", f"-//{clinic_name}//Booking//EN")
    calendar.add("version", "2.0")
    if organizer and attendee:
        event.add("organizer", _address(organizer, {"CN": clinic_name}))
        event.add("attendee", _address(attendee, _COMING))
    method = "REQUEST" if organizer and attendee else "PUBLISH"
    calendar.add("method", "CANCEL" if is_over else method)
    calendar.add_component(event)
    day = appointment.starts_at.date()
    calendar.add_missing_timezones(first_date=day - YEAR, last_date=day + YEAR)
    return calendar.to_ical()


def _address(address: str, parameters: dict[str, str]) -> vCalAddress:
    return vCalAddress(f"mailto:{address}", params=parameters)


def _place(appointment: Appointment) -> str:
    mode = appointment.visit_type.mode
    if mode != VisitType.Mode.IN_PERSON:
        return VisitType.Mode(mode).label
    place = appointment.location
    return ", ".join(filter(None, [place.name, place.address, place.postcode]))
