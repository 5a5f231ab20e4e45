"""What happens elsewhere when something happens here.

Event → jobs. The only place where apps are joined; it imports nothing, so it can join
anything. Every subscriber runs in the worker, apart from the others, and may run twice.
"""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "booking.appointment_requested": [],
    "booking.appointment_approved": [],
    "booking.appointment_declined": [],
    "booking.appointment_confirmed": [],
    "booking.appointment_cancelled": [
        "billing.refunds.tasks.settle_cancellation",
        "billing.settlements.tasks.close_checkouts",
    ],
    "booking.appointment_arrived": [],
    "booking.appointment_completed": [],
    "booking.appointment_missed": [],
    "booking.hold_expired": [
        "billing.settlements.tasks.close_checkouts",
    ],
    "billing.payment_succeeded": [
        "billing.payments.tasks.send_receipt",
    ],
    "billing.payment_failed": [
        "billing.payments.tasks.send_failure",
    ],
    "billing.payment_returned": [
        "billing.payments.tasks.send_return",
    ],
    "billing.payment_refunded": [
        "billing.refunds.tasks.send_notice",
    ],
    "accounts.patients_merged": [],
    "accounts.staff_invited": [
        "portal.reactions.invite_staff",
    ],
    "accounts.user_joined": [
        "portal.reactions.welcome_user",
    ],
    "records.document_added": [],
    "records.prescription_signed": [
        "records.prescriptions.tasks.file_prescription",
    ],
    "records.prescription_ended": [
        "records.prescriptions.tasks.file_prescription",
    ],
}
