"""Holdings of the care wing."""

from django.db.models import Q

from portal.holdings.queries.shapes import Fate, Holding

CARE: dict[str, Holding] = {
    "booking.Appointment": Holding(
        kind="appointments",
        title="Your visits",
        patient="patient",
        shown="reference doctor visit_type location starts_at ends_at status price"
        " currency payment_policy free_cancellation_hours late_cancellation_percent"
        " late_cancellation_fee missed_percent missed_fee most_moves free_until_at"
        " is_disturbed is_follow_up follows full_price"
        " reason booked_via created_at confirmed_at moved_at cancelled_by cancelled_at"
        " refund_due is_overbooked overbooked_why room_why",
        hidden="id public_id updated_at patient room equipment_ids clock_offset"
        " busy_starts_at busy_ends_at hold_expires_at hold_extended booked_by"
        " idempotency_key submit_key sequence",
        fate=Fate.KEEP,
        clears="reason overbooked_why room_why",
        basis="records",
    ),
    "booking.StatusChange": Holding(
        kind="visit_changes",
        title="What became of your visits",
        patient="appointment__patient",
        shown="appointment at from_status to_status reason",
        hidden="id public_id actor",
        fate=Fate.KEEP,
        clears="reason",
        basis="records",
    ),
    "booking.Turn": Holding(
        kind="turns",
        title="When you checked in and were called in",
        patient="appointment__patient",
        shown="appointment location day number via is_walk_in checked_in_at called_at",
        hidden="id public_id",
        fate=Fate.KEEP,
        basis="records",
    ),
    "booking.TurnChange": Holding(
        kind="turn_changes",
        title="What became of your turn",
        patient="turn__appointment__patient",
        shown="turn at from_state to_state from_room to_room",
        hidden="id public_id actor",
        fate=Fate.KEEP,
        clears="from_room to_room",
        basis="records",
    ),
    "booking.Move": Holding(
        kind="visit_moves",
        title="Other times for your visits",
        patient="appointment__patient",
        shown="appointment asked_at by is_from_waitlist from_starts_at from_location"
        " to_starts_at to_location from_doctor to_doctor status reason expires_at"
        " answered_at answer",
        hidden="id public_id created_at updated_at actor answered_by hold"
        " idempotency_key",
        fate=Fate.KEEP,
        clears="reason answer",
        basis="records",
    ),
    "booking.Alternative": Holding(
        kind="visits_instead",
        title="What you chose instead of visits that we cancelled",
        patient="appointment__patient",
        shown="appointment chosen by answered_at",
        hidden="id public_id created_at updated_at actor",
        fate=Fate.KEEP,
        basis="records",
    ),
    "booking.Feed": Holding(
        kind="calendar_feeds",
        title="The private address of your visits for calendars",
        patient="patient",
        shown="made_at shows_names last_read_at",
        hidden="id public_id created_at updated_at patient doctor digest",
    ),
    "booking.StrayDecision": Holding(
        kind="visits_outside_hours",
        title="What became of visits that lay outside the doctor's hours",
        patient="appointment__patient",
        shown="appointment starts_at kind reason decided_at",
        hidden="id public_id created_at updated_at actor",
        fate=Fate.KEEP,
        clears="reason",
        basis="records",
    ),
    "booking.Review": Holding(
        kind="reviews",
        title="What you said about your visits",
        patient="appointment__patient",
        shown="appointment doctor stars waited listened again comment words status"
        " written_at decided_at reason reply replied_at",
        hidden="id public_id created_at updated_at decided_by",
        # What people published was theirs; nothing obliges us to keep it.
        fate=Fate.DELETE,
    ),
    "booking.ReviewAsk": Holding(
        patient="appointment__patient",
        note="that we asked about a visit; the message says so",
    ),
    "booking.Draft": Holding(
        kind="unfinished_bookings",
        title="Bookings you began",
        patient="appointment__patient",
        shown="created_at updated_at specialty offering starts_at appointment answers"
        " time_zone",
        hidden="id token for_patient",
    ),
    "booking.Reminder": Holding(
        kind="reminders",
        title="Reminders",
        patient="appointment__patient",
        shown="appointment lead starts_at outcome created_at",
        hidden="id",
    ),
    "booking.WaitlistEntry": Holding(
        kind="waiting_list",
        title="What you waited for",
        patient="patient",
        shown="joined_at doctor specialty visit_type location weekdays parts"
        " earliest_date latest_date notice_hours replaces status ended_at",
        hidden="id public_id created_at updated_at patient joined_by",
    ),
    "booking.Offer": Holding(
        kind="waiting_list_offers",
        title="Times that were offered to you",
        patient="entry__patient",
        shown="entry offering why status offered_at expires_at answered_at",
        hidden="id public_id freed answered_by",
    ),
    "booking.TimeWishes": Holding(
        kind="time_wishes",
        title="What times suit you",
        patient="patient",
        shown="parts weekdays location language wants_suggestions created_at"
        " updated_at",
        hidden="id patient",
    ),
    "booking.Screen": Holding(
        note="a display of the clinic's; who hung it up did so at work",
        fate=Fate.STAY,
    ),
    "booking.FreedTime": Holding(
        note="a time of the clinic's calendar that a visit gave up",
        fate=Fate.STAY,
    ),
    "records.Document": Holding(
        kind="documents",
        title="Your documents",
        patient="patient",
        shown="created_at category title appointment uploaded_by file content_type size"
        " sha256 state removed_at",
        hidden="id public_id updated_at patient scanned_at is_shared_with_patient",
        fate=Fate.KEEP,
        leaves=True,
        basis="records",
    ),
    "records.Upload": Holding(
        patient="patient",
        note="a file on its way, for a day; once it is added it is a document",
    ),
    "records.UploadPart": Holding(
        patient="upload__patient",
        note="a piece of a file on its way",
    ),
    "records.Prescription": Holding(
        kind="prescriptions",
        title="Your prescriptions",
        patient="patient",
        # What a doctor has not signed is a thought, not a prescription.
        only=~Q(status="DRAFT"),
        shown="number doctor appointment status allergies note signed_at expires_date"
        " replaces withdrawn_at withdrawn_reason check_code pdf created_at",
        hidden="id public_id updated_at patient check_index",
        fate=Fate.KEEP,
        leaves=True,
        basis="records",
    ),
    "records.PrescriptionItem": Holding(
        kind="medicines",
        title="Your medicines",
        patient="prescription__patient",
        only=~Q(prescription__status="DRAFT"),
        shown="prescription position medicine form strength directions quantity"
        " quantity_unit repeats",
        hidden="id public_id",
        fate=Fate.KEEP,
        leaves=True,
        basis="records",
    ),
    "records.Amendment": Holding(
        kind="corrections",
        title="Corrections you asked for",
        patient="patient",
        shown="asked_at part appointment document prescription wrong right due_at"
        " status decided_at reason disagreement disagreed_at",
        hidden="id public_id created_at updated_at patient asked_by decided_by",
        fate=Fate.KEEP,
        leaves=True,
        basis="records",
    ),
    "records.QuestionnaireResponse": Holding(
        kind="form_answers",
        title="What you answered before your visits",
        patient="patient",
        shown="appointment questionnaire status answers is_confirmed completed_at"
        " created_at",
        hidden="id public_id updated_at patient key based_on started_by completed_by",
        fate=Fate.KEEP,
        leaves=True,
        basis="records",
    ),
    "records.Questionnaire": Holding(
        note="a form of the clinic's; who published it did so at work",
        fate=Fate.STAY,
    ),
    "records.Questionnaire_visit_types": Holding(
        note="before which visits a form is asked", fate=Fate.STAY
    ),
    "records.QuestionnaireItem": Holding(
        note="what the clinic asks, of nobody in particular", fate=Fate.STAY
    ),
    "billing.Payment": Holding(
        kind="payments",
        title="Your payments",
        patient="patient",
        shown="public_id created_at appointment amount currency provider status"
        " intent_id received paid_at error_code returned",
        hidden="id updated_at patient idempotency_key is_live return_path"
        " session_id session_url session_expires_at flag",
        fate=Fate.KEEP,
        clears="session_url return_path",
        basis="money",
    ),
    "billing.Refund": Holding(
        kind="refunds",
        title="Money that went back",
        patient="payment__patient",
        shown="created_at payment amount reason status refunded_at",
        hidden="id public_id updated_at dedupe_key key_number provider_id error"
        " created_by",
        fate=Fate.KEEP,
        clears="reason",
        basis="money",
    ),
    "billing.ProviderEvent": Holding(
        kind="payment_events",
        title="What the payment provider told us",
        patient="payment__patient",
        shown="created_at payment provider kind handled_at",
        hidden="id public_id updated_at provider_event_id object_id is_live status"
        " attempts error",
        fate=Fate.KEEP,
        basis="money",
    ),
    "billing.Finding": Holding(
        kind="payment_checks",
        title="Where our books and the provider's differed",
        patient="payment__patient",
        shown="created_at payment kind settled_at",
        hidden="id public_id updated_at object_id detail settled_by",
        fate=Fate.KEEP,
        basis="money",
    ),
}

# Editors' work belongs to the clinic's site; it is about pages, and visible there.
EDITORIAL = frozenset({"home", "clinic_pages", "wagtail"})
