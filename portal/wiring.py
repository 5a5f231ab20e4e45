"""What happens elsewhere when something happens here.

Event → jobs. The only place where apps are joined; it imports nothing, so it can join
anything. Every subscriber runs in the worker, apart from the others, and may run twice.
"""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "booking.appointment_requested": ["booking.appointments.tasks.send_requested"],
    "booking.appointment_approved": ["booking.appointments.tasks.send_approved"],
    "booking.appointment_declined": [
        "booking.appointments.tasks.send_declined",
        "booking.waitlist.tasks.offer_freed_time",
    ],
    "booking.appointment_confirmed": [
        "booking.appointments.tasks.send_confirmation",
        "records.responses.tasks.send_asked",
    ],
    "booking.appointment_cancelled": [
        "booking.appointments.tasks.send_cancelled",
        "booking.reminders.tasks.withdraw_reminders",
        "booking.moves.tasks.close_moves",
        "booking.waitlist.tasks.offer_freed_time",
        "billing.refunds.tasks.settle_cancellation",
        "billing.settlements.tasks.close_checkouts",
    ],
    "booking.appointment_arrived": [],
    "booking.appointment_completed": [],
    "booking.appointment_missed": [],
    "booking.review_answered": ["booking.reviews.tasks.tell_answered"],
    "booking.turn_called": ["booking.queue.tasks.send_called"],
    "booking.visit_moved": [
        "booking.moves.tasks.send_moved",
        "booking.waitlist.tasks.offer_time_left",
    ],
    "booking.visit_handed_over": ["booking.moves.tasks.send_handed_over"],
    "booking.doctor_away": ["booking.disruptions.tasks.cancel_visits"],
    "booking.doctor_late": ["booking.disruptions.tasks.send_late"],
    "booking.delay_ended": ["booking.disruptions.tasks.send_on_time"],
    "booking.stray_offered": ["booking.strays.tasks.send_offered"],
    "booking.calendar_unread": ["booking.imports.tasks.tell_unread"],
    "booking.calendar_hits": ["booking.imports.tasks.tell_hits"],
    "booking.move_asked": ["booking.moves.tasks.send_asked"],
    "booking.move_declined": [
        "booking.moves.tasks.send_declined",
        "booking.waitlist.tasks.offer_time_left",
    ],
    "booking.move_expired": [
        "booking.moves.tasks.send_expired",
        "booking.waitlist.tasks.offer_time_left",
    ],
    "booking.hold_expired": [
        "booking.appointments.tasks.send_hold_expired",
        "booking.waitlist.tasks.offer_freed_time",
        "billing.settlements.tasks.close_checkouts",
    ],
    "billing.follow_up_granted": [
        "billing.follow_ups.tasks.send_granted",
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
    "audit.log_broken": [
        "portal.reactions.alert_administrators",
    ],
    "accounts.proxy_invited": ["portal.proxies.reactions.send_invitation"],
    "accounts.proxy_asked": ["portal.proxies.reactions.tell_of_request"],
    "accounts.proxy_begun": ["portal.proxies.reactions.tell_of_beginning"],
    "accounts.proxy_ends_soon": ["portal.proxies.reactions.tell_of_end_soon"],
    "accounts.proxy_scopes_asked": ["portal.proxies.reactions.tell_of_wish"],
    "accounts.proxy_scopes_changed": ["portal.proxies.reactions.tell_of_change"],
    "accounts.proxy_ended": ["portal.proxies.reactions.tell_of_end"],
    "accounts.restriction_asked": ["portal.restrictions.reactions.tell_of_request"],
    "accounts.restriction_decided": ["portal.restrictions.reactions.tell_of_answer"],
    "accounts.restriction_ends": ["portal.restrictions.reactions.tell_of_end"],
    "accounts.reset_ready": [
        "portal.reactions.send_reset_link",
    ],
    "accounts.sign_in_changed": [
        "portal.reactions.tell_about_sign_in",
    ],
    "accounts.staff_invited": [
        "portal.reactions.invite_staff",
    ],
    "accounts.device_added": [
        "portal.reactions.tell_of_new_device",
    ],
    "accounts.emergency_opened": [
        "portal.reactions.tell_of_emergency_access",
    ],
    "accounts.user_joined": [
        "portal.reactions.welcome_user",
    ],
    "clinic_pages.schedule_held_back": ["portal.cms.tasks.tell_held_back"],
    "clinic.credential_ends": [
        "portal.reactions.tell_of_credential",
    ],
    "clinic.doctor_paused": [
        "portal.dashboards.clinic_settings.tasks.tell_of_paused_doctor",
    ],
    "clinic.grant_asked": [
        "portal.reactions.tell_administrators",
    ],
    "portal.erasure_asked": ["portal.erasures.tasks.tell_asked"],
    "portal.erasure_decided": ["portal.erasures.tasks.tell_decided"],
    "portal.erasure_released": ["portal.erasures.tasks.carry_out"],
    "portal.export_asked": [
        "portal.exports.tasks.collect",
        "portal.exports.tasks.tell_asked",
    ],
    "portal.records_merged": ["portal.merges.tasks.tell_merged"],
    "portal.merge_undone": ["portal.merges.tasks.tell_parted"],
    "portal.guest_link_asked": ["portal.guest_links.tasks.send"],
    "portal.export_ready": ["portal.exports.tasks.tell_ready"],
    "records.amendment_asked": ["records.amendments.tasks.send_asked"],
    "records.amendment_answered": ["records.amendments.tasks.send_answered"],
    "records.document_added": ["records.documents.tasks.scan_document"],
    "records.prescription_signed": [
        "records.prescriptions.tasks.file_prescription",
    ],
    "records.prescription_ended": [
        "records.prescriptions.tasks.file_prescription",
    ],
}
