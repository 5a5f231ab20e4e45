"""Telling those who have to answer, and those who have asked. What it is about stands
where one must sign in."""

from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role, User
from clinic.identity.queries import current
from foundation.formats import local, plain_date
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_patient, recipient_for_user
from records.amendments.models import Amendment


def send_asked(amendment_id: int) -> None:
    """Tell medical administration that a request waits, and until when."""
    row = Amendment.objects.filter(pk=amendment_id).first()
    if row is None or row.status != Amendment.Status.ASKED:
        return
    due = plain_date(local(row.due_at, current().time_zone))
    for user in User.objects.filter(
        role_assignments__role=Role.MEDICAL_ADMIN, is_active=True
    ).distinct():
        notify(
            event="amendment_asked",
            recipient=recipient_for_user(user),
            context={"due": due},
            at=timezone.now(),
            dedupe_key=f"amendment-asked:{row.pk}:{user.pk}",
            link=reverse("records:amendment", args=[row.public_id]),
        )


def send_answered(amendment_id: int) -> None:
    """Tell the patient that there is an answer."""
    row = Amendment.objects.select_related("patient__user").filter(pk=amendment_id)
    found = row.first()
    if found is None or found.status == Amendment.Status.ASKED:
        return
    notify(
        event="amendment_answered",
        recipient=recipient_for_patient(found.patient),
        context={},
        at=timezone.now(),
        dedupe_key=f"amendment-answered:{found.pk}",
        link=reverse("records:own_amendment", args=[found.public_id]),
    )
