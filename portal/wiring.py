"""What happens elsewhere when something happens here.

Event → jobs. The only place where apps are joined; it imports nothing, so it can join
anything. Every subscriber runs in the worker, apart from the others, and may run twice.
"""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "booking.appointment_requested": [],
    "booking.appointment_approved": [],
    "booking.appointment_declined": [],
    "booking.appointment_confirmed": [],
    "booking.appointment_cancelled": [],
    "booking.appointment_arrived": [],
    "booking.appointment_completed": [],
    "booking.appointment_missed": [],
    "booking.hold_expired": [],
    "billing.payment_succeeded": [],
    "billing.payment_failed": [],
    "billing.payment_refunded": [],
    "accounts.staff_invited": [],
    "accounts.user_joined": [],
    "records.document_added": [],
    "records.prescription_signed": [
        "records.prescriptions.tasks.file_prescription",
    ],
    "records.prescription_ended": [
        "records.prescriptions.tasks.file_prescription",
    ],
}
