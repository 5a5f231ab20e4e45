"""The words and tones of every status: pages, e-mails and exports say the same.

Keys are the values that the models store; tones are those of the tag component
("", success, warning, danger, info, brand, outline).
"""

from typing import NamedTuple


class StatusWords(NamedTuple):
    words: str
    tone: str = ""
    icon: str = ""


STATUSES: dict[str, StatusWords] = {
    # Appointments
    "HELD": StatusWords("Held", "outline", "clock"),
    "REQUESTED": StatusWords("Waiting for the clinic", "warning", "clock"),
    "AWAITING_PAYMENT": StatusWords("Payment due", "warning"),
    "CONFIRMED": StatusWords("Booked", "info"),
    "ARRIVED": StatusWords("Arrived", "success", "check"),
    "IN_CONSULTATION": StatusWords("With doctor", "brand"),
    "COMPLETED": StatusWords("Done"),
    "DECLINED": StatusWords("Declined", "outline"),
    "EXPIRED": StatusWords("Expired", "outline"),
    "CANCELLED": StatusWords("Cancelled", "outline"),
    "MISSED": StatusWords("Missed", "danger"),
    # The day
    "EXPECTED": StatusWords("Expected", "info"),
    "WAITING": StatusWords("Arrived", "success", "check"),
    "IN_ROOM": StatusWords("In the room", "brand", "check"),
    "WITH_DOCTOR": StatusWords("With doctor", "brand"),
    "DONE": StatusWords("Done"),
    # Other times for appointments
    "MOVED": StatusWords("Moved", "info"),
    "HANDED_OVER": StatusWords("Another doctor", "info"),
    "MOVE_ASKED": StatusWords("Another time asked for", "warning", "clock"),
    "MOVE_DECLINED": StatusWords("Other time declined", "outline"),
    "MOVE_EXPIRED": StatusWords("Other time not answered", "outline"),
    "MOVE_WITHDRAWN": StatusWords("Other time withdrawn", "outline"),
    # Requests for corrections
    "ASKED": StatusWords("Waits for an answer", "warning", "clock"),
    "ACCEPTED": StatusWords("Accepted", "success", "check"),
    "DENIED": StatusWords("Not accepted", "outline"),
    # Payments and refunds
    "DUE": StatusWords("Payment due", "warning"),
    "OPEN": StatusWords("Payment due", "warning"),
    "PROCESSING": StatusWords("Processing", "info", "clock"),
    "PAID": StatusWords("Paid", "success"),
    "SUCCEEDED": StatusWords("Paid", "success"),
    "REFUNDED": StatusWords("Refunded"),
    "PARTLY_REFUNDED": StatusWords("Partly refunded"),
    "PENDING": StatusWords("Waiting", "info", "clock"),
    "FREE": StatusWords("Free", "success"),
    "AT_CLINIC": StatusWords("Pay at the clinic"),
    "FLAGGED": StatusWords("Needs a look", "danger", "alert"),
    "RETURNED": StatusWords("Refunded"),
    "REFUND_PENDING": StatusWords("Refund on its way", "info", "clock"),
    "REFUND_FAILED": StatusWords("Refund failed", "danger", "alert"),
    # Messages that were sent
    "NOT_CONFIGURED": StatusWords("Not set up", "outline"),
    "QUEUED": StatusWords("Queued", "info", "clock"),
    "SENT": StatusWords("Sent", "info", "check"),
    "DELIVERED": StatusWords("Delivered", "success", "check"),
    "FAILED": StatusWords("Failed", "danger", "alert"),
    "SKIPPED": StatusWords("Not sent", "outline"),
    # Documents and prescriptions
    "DRAFT": StatusWords("Draft", "outline", "edit"),
    "SIGNED": StatusWords("Signed", "success", "check"),
    "READY": StatusWords("Ready", "success", "check"),
    "REPLACED": StatusWords("Replaced", "outline"),
    "WITHDRAWN": StatusWords("Withdrawn", "danger", "alert"),
    "NEW": StatusWords("New", "info"),
}


def status_words(status: str) -> StatusWords:
    """Words, tone and icon of a status; a plain tag of its own name if unknown."""
    return STATUSES.get(status) or StatusWords(status.replace("_", " ").capitalize())
