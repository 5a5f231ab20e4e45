"""Every recurring job, by name. `manage.py sync_schedules` writes them to the queue.

Each is (dotted path, cron line in UTC). Jobs find their own work, so a missed run is
made good by the next.
"""

SCHEDULES: dict[str, tuple[str, str]] = {
    "Expire holds and requests that have lapsed": (
        "booking.appointments.tasks.expire_lapsed",
        "* * * * *",
    ),
    "Send reminders that are due": (
        "booking.reminders.tasks.send_due_reminders",
        "* * * * *",
    ),
    "Send messages that are due": (
        "notifications.dispatch.tasks.deliver_due",
        "* * * * *",
    ),
    "Finish payments and refunds": (
        "billing.settlements.tasks.chase_unfinished",
        "* * * * *",
    ),
    "Compare the payment provider's books with ours": (
        "billing.reconciliation.tasks.reconcile_payments",
        "7 * * * *",
    ),
    "Put pages up and take them down when they are due": (
        "clinic_pages.tasks.publish_scheduled",
        "* * * * *",
    ),
    "Scan documents that wait for it": (
        "records.documents.tasks.scan_waiting",
        "* * * * *",
    ),
    "Forget unfinished bookings": (
        "booking.drafts.tasks.sweep_drafts",
        "23 * * * *",
    ),
}
