"""Every recurring job, by name. `manage.py sync_schedules` writes them to the queue.

Each is (dotted path, cron line in UTC). Jobs find their own work, so a missed run is
made good by the next.
"""

SCHEDULES: dict[str, tuple[str, str]] = {
    "Expire holds and requests that have lapsed": (
        "booking.appointments.tasks.expire_lapsed",
        "* * * * *",
    ),
    "End requests for another time that nobody answered": (
        "booking.moves.tasks.expire_moves",
        "* * * * *",
    ),
    "Read imported calendars that are due": (
        "booking.imports.tasks.read_due",
        "* * * * *",
    ),
    "Mark visits that nobody came to": (
        "booking.queue.tasks.mark_overdue",
        "* * * * *",
    ),
    "Send reminders that are due": (
        "booking.reminders.tasks.send_due_reminders",
        "* * * * *",
    ),
    "Ask what visits were like": (
        "booking.reviews.tasks.send_due_asks",
        "13 * * * *",
    ),
    "Remind of forms that are not filled in": (
        "records.responses.tasks.remind",
        "*/15 * * * *",
    ),
    "Cancel what is left of days on which a doctor is away": (
        "booking.disruptions.tasks.go_on",
        "* * * * *",
    ),
    "Offer freed times to those who wait": (
        "booking.waitlist.tasks.sweep_waitlist",
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
    "Give back what is due of visits that nobody came to": (
        "billing.refunds.tasks.settle_missed",
        "17 * * * *",
    ),
    "Compare the payment provider's books with ours": (
        "billing.reconciliation.tasks.reconcile_payments",
        "7 * * * *",
    ),
    "Put pages up and take them down when they are due": (
        "clinic_pages.tasks.publish_scheduled",
        "* * * * *",
    ),
    "Clear up after sessions": (
        "accounts.sessions.tasks.sweep_sessions",
        "41 * * * *",
    ),
    "Forget codes that were sent and work no longer": (
        "accounts.factors.tasks.forget_codes",
        "17,47 * * * *",
    ),
    "Clear up after apps and their tokens": (
        "accounts.tokens.tasks.sweep_tokens",
        "47 * * * *",
    ),
    "Forget what was counted for limits": (
        "portal.limits.tasks.forget_tallies",
        "*/10 * * * *",
    ),
    "Make the coming months of the access log": (
        "audit.seals.tasks.make_coming_months",
        "41 3 * * *",
    ),
    "Keep the head of the access log outside the database": (
        "audit.seals.tasks.export_head",
        "11,41 * * * *",
    ),
    "Check the access log": (
        "audit.seals.tasks.check_log",
        "31 2 * * *",
    ),
    "Warn before licences and insurances end": (
        "clinic.credentials.tasks.warn_of_ends",
        "1 * * * *",
    ),
    "End the access of those who have left": (
        "clinic.staff.tasks.end_employments",
        "*/5 * * * *",
    ),
    "Tell of and note the ends of acting for others": (
        "accounts.proxies.tasks.keep_ends",
        "*/10 * * * *",
    ),
    "Scan documents that wait for it": (
        "records.documents.tasks.scan_waiting",
        "* * * * *",
    ),
    "Destroy files that nobody goes on sending": (
        "records.uploads.tasks.sweep_uploads",
        "*/10 * * * *",
    ),
    "Destroy clinical files that no row names": (
        "portal.orphans.tasks.sweep_orphans",
        "21 4 * * *",
    ),
    "Delete copies of people's data whose day is over": (
        "portal.exports.tasks.sweep_exports",
        "*/10 * * * *",
    ),
    "Forget links to data of guests": (
        "portal.guest_links.tasks.forget_links",
        "17 * * * *",
    ),
    "Finish erasures, and forget the last messages about them": (
        "portal.erasures.tasks.sweep_erasures",
        "*/10 * * * *",
    ),
    "Dispose of what is kept no longer": (
        "portal.retention.tasks.apply_retention",
        "51 1 * * *",
    ),
    "File prescriptions that could not be filed": (
        "records.prescriptions.tasks.file_waiting",
        "*/10 * * * *",
    ),
    "Tell administrators of work that was given up": (
        "portal.health.tasks.tell_of_given_up",
        "* * * * *",
    ),
    "Forget unfinished bookings": (
        "booking.drafts.tasks.sweep_drafts",
        "23 * * * *",
    ),
}
