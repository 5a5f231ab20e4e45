"""What patients are told of forms: once with the booking, once before the visit, and
never what a form is about."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from booking.appointments.services.telling import manage_path
from booking.models import Appointment
from notifications.models import Delivery
from records.responses.tasks import remind, send_asked
from records.responses.tests.conftest import next_visit
from records.responses.tests.test_services import fill
from tests.factories.accounts import PatientFactory


def told(**by):
    return Delivery.objects.filter(event="forms_asked", channel="EMAIL", **by)


def test_with_the_booking_it_is_said_once_without_saying_what(ann, visit, form):
    for _ in range(2):
        send_asked(appointment_id=visit.pk)
    message = told().get()
    assert message.link == reverse("records:visit_forms", args=[visit.public_id])
    for words in (message.subject, message.body_text, message.body_html):
        assert form.title not in words
        assert visit.visit_type.name not in words


def test_nothing_is_said_where_nothing_is_to_be_filled_in(ann, visit, form):
    fill(ann, visit, form)
    send_asked(appointment_id=visit.pk)
    assert not told().exists()


def test_a_guest_is_led_to_the_visits_page_which_opens_no_answers(visit, form):
    guest = PatientFactory(user=None, email="guest@example.org")
    Appointment.objects.filter(pk=visit.pk).update(patient=guest)
    send_asked(appointment_id=visit.pk)
    visit.refresh_from_db()
    assert told().get().link == manage_path(visit)


def test_who_has_not_answered_by_the_day_before_is_reminded_once(
    ann, dr_lee, visit, form
):
    def booked(days, hours):
        found = next_visit(ann, dr_lee, days=days, kind=visit.visit_type)
        at = timezone.now() - timedelta(hours=hours)
        Appointment.objects.filter(pk=found.pk).update(confirmed_at=at)
        return found

    soon = booked(1, 48)
    # Told a moment ago; far ahead still; answered.
    booked(1.1, 1)
    booked(4, 48)
    for _ in range(2):
        remind()
    key = f"forms:{soon.pk}:soon"
    assert told(dedupe_key__startswith=key).count() == 1
    assert told().count() == 1
