"""Every page, and what opening it leaves in the access log: who → the entries.

Whoever is not named sees nothing of anybody and leaves no reading; a refusal leaves an
entry of its own (`test_pages`). Ann is Dr Lee's patient, Zoe is Dr Roy's; Gus acts for
Ann, in everything, and has chosen nobody; the addresses are those of Ann's things. A
new page belongs in here, or among those that only act.
"""

PAGES: dict[str, dict[str, list[str]]] = {
    "health:healthz": {},
    "health:readyz": {},
    "metrics:metrics": {},
    "notifications:preference_settings": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "notifications:failed": {
        "desk medical_admin": [
            "Ann lists: identity messages",
            "Zoe lists: identity messages",
        ],
    },
    "notifications:retry": {},
    "notifications:settle": {},
    "notifications:outbox": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann lists: messages",
            "Zoe lists: messages",
        ],
    },
    "notifications:outbox_message": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann views: messages"
        ],
    },
    "notifications:outbox_html": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann views: messages"
        ],
    },
    "notifications:twilio_reply": {},
    "notifications:notices": {
        "ann": ["Ann views: messages"],
    },
    "notifications:notices_read": {},
    "notifications:notice_open": {},
    "account_login": {},
    "account_request_login_code": {},
    "account_confirm_login_code": {},
    "account_signup": {},
    "account_email_verification_sent": {},
    "account_logout": {},
    "account_inactive": {},
    "account_reset_password": {},
    "account_confirm_password_reset_code": {},
    "account_complete_password_reset": {},
    "account_password_reset_completed": {},
    "account_reauthenticate": {},
    "account_email": {},
    "account_change_password": {},
    "account_set_password": {},
    "account_sessions": {},
    "account_end_session": {},
    "account_keep_session": {},
    "account_session": {},
    "account_session_stay": {},
    "account_session_back": {},
    "account_resend": {},
    "factors:check": {},
    "factors:again": {},
    "factors:set_up": {},
    "factors:add_app": {},
    "factors:add_passkey": {},
    "factors:add_email": {},
    "factors:add_text": {},
    "factors:passkey_begin": {},
    "factors:passkey_prove": {},
    "factors:passkey_register_begin": {},
    "factors:passkey_register": {},
    "factors:security": {},
    "tokens:authorise": {},
    "tokens:metadata": {},
    "applications:list": {},
    "machine_keys:list": {},
    # To a browser the API shows nothing; programs are in portal/api/tests/test_api.py.
    "api:me": {},
    "api:appointments": {},
    "api:work_appointments": {},
    "api:free_times": {},
    "api:openapi-json": {},
    "api:api-root": {},
    "api_nothing": {},
    "factors:backup_codes": {},
    "recovery:lost": {},
    "recovery:begin_anew": {},
    "google_login": {},
    "google_callback": {},
    "facebook_login": {},
    "facebook_callback": {},
    "openid_connect_login": {},
    "openid_connect_callback": {},
    "socialaccount_login_cancelled": {},
    "socialaccount_login_error": {},
    "socialaccount_signup": {},
    "socialaccount_connections": {},
    "cms_access:enter": {},
    "cms_access:cms": {},
    "cms_access:cms_page": {},
    "policy_reports:list": {},
    "policy_reports:take": {},
    "accounts:emergency_ask": {},
    "accounts:emergency_accesses": {
        # Dr Roy opened Ann's record in an emergency, Dr Lee Zoe's.
        "roy": ["Ann views: emergency identity"],
        "lee": ["Zoe views: emergency identity"],
        "medical_admin": [
            "Ann lists: emergency identity",
            "Zoe lists: emergency identity",
        ],
    },
    "accounts:emergency_access": {
        "roy medical_admin": ["Ann views: emergency identity"],
    },
    "accounts:emergency_own": {
        "ann": ["Ann views: emergency identity"],
        "gus": ["Gus views: identity"],
    },
    "accounts:profile": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "accounts:consent_answer": {},
    "accounts:change_picture": {},
    "accounts:picture": {},
    "accounts:settings": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "accounts:consents": {
        "ann": ["Ann views: consents identity"],
        "gus": ["Gus views: identity"],
    },
    "accounts:consent_text": {},
    "accounts:patient_consents": {
        # Allergies stand in the patient's header.
        "lee medical_admin": ["Ann views: consents identity prescriptions"],
    },
    "accounts:consent_texts": {},
    "accounts:consent_text_edit": {},
    "accounts:family": {
        "ann": ["Ann views: identity proxies"],
        # Gus acts for Ann.
        "gus": ["Ann lists: identity proxies", "Gus lists: identity"],
    },
    "accounts:proxy_invite": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "accounts:proxy_ask": {},
    "accounts:proxy_invitation": {},
    "accounts:proxy": {
        "lee desk medical_admin": ["Ann views: identity proxies"],
    },
    "accounts:proxy_scopes": {
        "ann gus": ["Ann views: identity proxies"],
    },
    "accounts:proxy_age": {},
    "portal:home": {
        "ann": ["Ann views: appointments consents identity messages prescriptions"],
        "gus": ["Gus views: identity"],
    },
    "exports:own": {},
    "guest_links:ask": {},
    "guest_links:asked": {},
    "erasures:own": {
        # With the record that was merged into hers.
        "ann": ["Ann lists: identity", "Robin lists: identity"],
        "gus": ["Gus views: identity"],
    },
    "erasures:erasures": {},
    "legal_holds:holds": {
        "medical_admin": ["Ann lists: identity", "Zoe lists: identity"],
    },
    "merges:duplicates": {
        "desk medical_admin": [
            "Ann lists: identity",
            "Zoe lists: identity",
            # The records that went into theirs.
            "Robin lists: identity",
            "Robin lists: identity",
        ],
    },
    "merges:merge": {
        "desk medical_admin": ["Ann lists: identity", "Robin lists: identity"],
    },
    "accounts:restriction": {
        "ann": ["Ann views: identity restrictions"],
        "gus": ["Gus views: identity"],
    },
    "accounts:restrictions": {
        "medical_admin": [
            "Ann lists: identity restrictions",
            "Zoe lists: identity restrictions",
        ],
    },
    "accounts:restriction_one": {
        # Allergies stand in the patient's header.
        "medical_admin": ["Ann views: identity prescriptions restrictions"],
    },
    "erasures:erasure": {
        "medical_admin": ["Ann views: identity"],
    },
    "exports:progress": {},
    "portal:access": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    # A visit that has only begun is nothing to review.
    "booking:review_own": {},
    "booking:doctor_reviews": {},
    "booking:reviews": {},
    "workspace:audit": {
        # The list of staff to choose from shows accounts.
        "biller": ["- views: accounts"],
        "medical_admin admin": ["- views: access_log accounts"],
    },
    "breaches:list": {
        "medical_admin admin": ["- views: access_log"],
    },
    "breaches:new": {
        # The list of staff to choose from shows accounts.
        "medical_admin admin": ["- views: accounts"],
    },
    "breaches:breach": {
        # Administrators see numbers alone.
        "medical_admin": ["- views: access_log", "Ann views: identity"],
        "admin": ["- views: access_log"],
    },
    "breaches:edit": {
        "medical_admin admin": ["- views: access_log accounts"],
    },
    "breaches:told": {},
    "portal:health": {
        "ann": [
            "Ann views: amendments appointments documents forms identity payments"
            " prescriptions"
        ],
        "gus": ["Gus views: identity"],
    },
    "workspace:settings": {},
    "workspace:location_close": {},
    "workspace:licences": {},
    "clinic:locations": {},
    "clinic:location_new": {},
    "clinic:location": {},
    "clinic:booking_rules": {},
    "clinic:room_new": {},
    "clinic:room": {},
    "clinic:equipment_new": {},
    "clinic:equipment": {},
    "clinic:capabilities": {},
    "clinic:specialties": {},
    "clinic:specialty_new": {},
    "clinic:specialty": {},
    "clinic:people": {
        "medical_admin admin": ["- views: accounts"],
    },
    "clinic:invite": {},
    "clinic:person": {
        "medical_admin admin": ["- views: accounts"],
    },
    "clinic:person_end": {
        "admin": ["- views: accounts"],
    },
    "clinic:person_suspend": {
        "admin": ["- views: accounts"],
    },
    "clinic:visit_types": {},
    "clinic:visit_type_new": {},
    "clinic:visit_type": {},
    "clinic:doctors": {},
    "clinic:doctor_new": {
        # The list of accounts of doctors to choose from.
        "medical_admin admin": ["- views: accounts"],
    },
    "clinic:doctor": {
        "medical_admin admin": ["- views: accounts"],
    },
    "clinic:credentials": {
        "medical_admin admin": ["- views: accounts"],
    },
    "clinic:credential": {},
    "clinic:own_credentials": {},
    "clinic:closures": {},
    "workspace:holidays": {},
    "workspace:day": {
        "lee": ["Ann views: appointments identity prescriptions"],
        "roy": ["Zoe views: appointments identity prescriptions"],
    },
    "workspace:day_of": {
        "lee": ["Ann views: appointments identity prescriptions"],
        "roy": ["Zoe views: appointments identity prescriptions"],
    },
    "workspace:requests": {},
    "workspace:schedule": {
        "lee": ["Ann views: appointments identity"],
        "roy": ["Zoe views: appointments identity"],
    },
    "workspace:calendar": {
        "desk medical_admin": [
            "Ann lists: appointments identity",
            "Zoe lists: appointments identity",
        ],
    },
    "workspace:hours": {},
    # Nobody's visit lies outside the hours here; what the page shows of those that do
    # is in portal/dashboards/strays/tests/test_strays.py.
    "workspace:strays": {},
    "workspace:disruptions": {},
    "booking:feed": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "booking:work_feed": {},
    "booking:imports": {},
    # Read by a secret that nobody of the cast has: booking/feeds/tests/test_feeds.py.
    "booking:feed_file": {},
    # A visit that nobody cancelled leads on.
    "booking:manage_instead": {},
    "workspace:hours_week": {},
    "workspace:hours_off": {},
    "workspace:hours_extra": {},
    "workspace:desk": {
        "desk biller medical_admin": [
            "Ann lists: appointments identity payments",
            "Zoe lists: appointments identity payments",
        ],
    },
    "workspace:desk_book": {
        "desk medical_admin": [
            "Ann lists: identity",
            "Gus lists: identity",
            "Zoe lists: identity",
        ],
    },
    "workspace:desk_register": {},
    "workspace:patients": {
        "lee": ["Ann views: identity"],
        "desk biller medical_admin": [
            "Ann lists: identity",
            "Gus lists: identity",
            "Zoe lists: identity",
        ],
    },
    "workspace:patient": {
        "lee medical_admin": [
            "Ann views: amendments appointments documents forms identity"
            " prescriptions proxies"
        ],
        "desk": ["Ann views: appointments identity payments proxies"],
        "biller": ["Ann views: appointments identity payments"],
    },
    "workspace:patient_edit": {
        "desk": ["Ann views: identity"],
        # Allergies stand in the patient's header.
        "medical_admin": ["Ann views: identity prescriptions"],
    },
    "workspace:appointment": {
        "lee medical_admin": [
            "Ann views: amendments appointments documents forms identity payments"
            " prescriptions"
        ],
        "desk biller": ["Ann views: appointments identity payments"],
    },
    "workspace:overbook": {
        "desk": ["Ann views: identity"],
        # Allergies stand in the patient's header.
        "lee medical_admin": ["Ann views: identity prescriptions"],
    },
    "workspace:visit_time": {
        # Allergies stand in the patient's header.
        "lee medical_admin": ["Ann views: appointments identity prescriptions"],
        "desk": ["Ann views: appointments identity"],
    },
    # Its address alone leads on; what it shows is in
    # portal/dashboards/visit_times/tests/test_visit_places.py.
    "workspace:visit_place": {},
    "booking:doctor_times": {},
    "booking:next_free": {},
    "booking:directory": {},
    "booking:appointments": {
        "ann": ["Ann views: appointments identity"],
    },
    "booking:appointment": {
        "ann gus": ["Ann views: amendments appointments identity"],
    },
    "booking:wishes": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "booking:appointment_cancel": {},
    "booking:appointment_move": {},
    "booking:appointment_move_check": {},
    "booking:appointment_calendar": {
        "ann gus": ["Ann exports: appointments identity"],
    },
    "booking:find": {},
    "booking:manage": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann views: appointments identity"
        ],
    },
    "booking:manage_cancel": {},
    "booking:manage_move": {},
    "booking:manage_move_check": {},
    "booking:manage_calendar": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann exports: appointments identity"
        ],
    },
    "booking:here_link": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann views: appointments identity"
        ],
    },
    "booking:here_own": {
        "ann gus": ["Ann views: appointments identity"],
    },
    "booking:here_door": {
        "ann gus": ["Ann views: appointments identity"],
    },
    # Numbers and rooms, about nobody.
    "booking:screen": {},
    "workspace:queue": {
        "lee": ["Ann views: appointments identity payments"],
        "roy": ["Zoe views: appointments identity payments"],
        "desk medical_admin": [
            "Ann lists: appointments identity payments",
            "Zoe lists: appointments identity payments",
        ],
    },
    "workspace:walk_in": {
        "desk medical_admin": [
            "Ann lists: identity",
            "Gus lists: identity",
            "Zoe lists: identity",
        ],
    },
    "workspace:queue_room": {
        "lee desk medical_admin": ["Ann views: appointments identity"],
    },
    # Every visit fits; that those that do not are logged,
    # portal/dashboards/occupancy/tests/test_occupancy.py says.
    "workspace:occupancy": {},
    # Numbers, about nobody.
    "workspace:oversight": {},
    # Who works here when, about no patient.
    "workspace:rota": {},
    "workspace:my_week": {},
    "workspace:shift": {},
    "workspace:shift_new": {"medical_admin admin": ["- views: accounts"]},
    "workspace:days_off": {"medical_admin admin": ["- views: accounts"]},
    "workspace:queue_rules": {},
    "workspace:queue_rules_at": {},
    "workspace:screens": {},
    "workspace:screen_end": {},
    "workspace:poster": {},
    "booking:waitlist": {
        "ann": ["Ann views: appointments identity"],
        "gus": ["Gus views: identity"],
    },
    "booking:waitlist_join": {
        "ann": ["Ann views: identity"],
        "gus": ["Gus views: identity"],
    },
    "booking:waitlist_entry": {
        "ann gus": ["Ann views: appointments identity"],
    },
    "booking:waitlist_leave": {
        "ann gus": ["Ann views: appointments identity"],
    },
    "booking:waitlist_sooner": {},
    "booking:offer": {
        "ann gus": ["Ann views: appointments identity"],
    },
    "booking:offer_managed": {
        "visitor ann gus lee roy nurse desk biller medical_admin admin editor": [
            "Ann views: appointments identity"
        ],
    },
    "workspace:waitlist": {
        "lee": ["Ann views: appointments identity"],
        "roy": ["Zoe views: appointments identity"],
        "desk medical_admin": [
            "Ann lists: appointments identity",
            "Zoe lists: appointments identity",
        ],
    },
    "workspace:waitlist_offers": {
        "lee": ["Ann views: appointments identity"],
        "roy": ["Zoe views: appointments identity"],
        "desk medical_admin": [
            "Ann lists: appointments identity",
            "Zoe lists: appointments identity",
        ],
    },
    "workspace:waitlist_add": {
        "desk medical_admin": [
            "Ann lists: identity",
            "Gus lists: identity",
            "Zoe lists: identity",
        ],
    },
    "workspace:waitlist_withdraw": {
        "desk medical_admin": ["Ann views: appointments identity"],
    },
    "workspace:waitlist_rules": {},
    "booking:draft_start": {},
    "billing:pay_managed": {},
    "billing:pay_managed_return": {},
    "billing:pay_appointment": {},
    "billing:pay_appointment_return": {},
    "billing:receipt": {
        "ann gus desk biller": ["Ann views: appointments identity payments"],
    },
    "billing:stripe_webhook": {},
    "billing:payments": {
        "desk biller": [
            "Ann lists: appointments identity payments",
            "Zoe lists: appointments identity payments",
        ],
    },
    "billing:follow_up": {
        "desk biller": [
            "Ann lists: appointments identity payments",
            "Zoe lists: appointments identity payments",
        ],
    },
    "billing:payment": {
        "desk biller": ["Ann views: appointments identity payments"],
    },
    "records:documents": {
        "ann": ["Ann views: amendments documents identity"],
        "gus": ["Gus views: identity"],
    },
    "records:medicines": {
        "ann": ["Ann views: identity prescriptions"],
        "gus": ["Gus views: identity"],
    },
    # Leads on to the file, by an address that opens for minutes.
    "records:download": {},
    "records:file": {
        "ann gus lee medical_admin": ["Ann downloads: documents"],
    },
    "records:patient_documents": {
        "lee medical_admin": ["Ann views: amendments documents identity prescriptions"],
        "desk": ["Ann views: identity"],
    },
    "records:prescription_write": {
        "lee": ["Ann views: identity prescriptions"],
    },
    "records:prescription": {
        "ann gus lee medical_admin": ["Ann views: amendments identity prescriptions"],
    },
    "records:prescription_rewrite": {
        "lee": ["Ann views: identity prescriptions"],
    },
    "records:prescription_check": {},
    "records:own_amendments": {
        "ann": ["Ann views: amendments identity"],
        "gus": ["Gus views: identity"],
    },
    "records:amendment_ask": {
        # What a correction can be asked of.
        "ann": ["Ann views: appointments documents identity prescriptions"],
        "gus": ["Gus views: identity"],
    },
    "records:own_amendment": {
        "ann gus": ["Ann views: amendments identity"],
    },
    "records:amendments": {
        "lee": ["Ann views: amendments identity"],
        "medical_admin": [
            "Ann lists: amendments identity",
            "Zoe lists: amendments identity",
        ],
    },
    "records:amendment": {
        # Allergies stand in the patient's header.
        "lee medical_admin": ["Ann views: amendments identity prescriptions"],
    },
    "records:visit_forms": {
        "ann gus": ["Ann views: appointments forms identity"],
    },
    "records:form_page": {
        "ann gus": ["Ann views: appointments forms identity"],
    },
    "records:form_check": {
        "ann gus": ["Ann views: appointments forms identity"],
    },
    "records:own_response": {
        "ann gus": ["Ann views: appointments forms identity"],
    },
    "records:response": {
        # Allergies stand in the patient's header.
        "lee medical_admin": ["Ann views: appointments forms identity prescriptions"],
    },
    # Whether forms are sent, never what was answered.
    "records:forms_code": {
        "lee desk medical_admin": ["Ann views: appointments identity"],
    },
    "records:questionnaires": {},
    "records:questionnaire_new": {},
    "records:questionnaire": {},
    "records:questionnaire_preview": {},
    "records:questionnaire_item_new": {},
    "records:questionnaire_item": {},
    "records:questionnaire_arrange": {},
    "records:questionnaire_publish": {},
    "records:questionnaire_begin": {},
    "records:questionnaire_stop": {},
    "search:search": {},
    "search:suggestions": {},
    "sitemap": {},
    "favicon": {},
    "robots": {},
    "security_txt": {},
    "wagtailcore_login": {},
}

# Pages on the way to a booking. They open in the browser that began it, for a visitor.
DRAFT_PAGES: dict[str, list[str]] = {
    "booking:draft_reason": [],
    "booking:draft_time": [],
    "booking:draft_zone": [],
    "booking:draft_details": [],
    "booking:draft_save": [],
    "booking:draft_extend": [],
    "booking:draft_check": [],
    "booking:draft_confirmed": ["Ann views: appointments identity"],
    "booking:draft_calendar": ["Ann exports: appointments identity"],
    "billing:payment_pay": [],
    "billing:payment_return": [],
}

# Addresses that only act: GET shows nothing of anybody.
ACTS = {
    "notifications:twilio_report",
    "account_unlink",
    "accounts:emergency_end",
    "accounts:proxy_act",
    "accounts:proxy_close",
    "accounts:proxy_more",
    "accounts:proxy_more_desk",
    "accounts:viewing",
    "factors:remove_app",
    "factors:remove_code",
    "factors:remove_passkey",
    "factors:forget",
    "tokens:token",
    "tokens:revoke",
    "tokens:end",
    "applications:end",
    "machine_keys:answer",
    "machine_keys:end",
    "machine_keys:take",
    "recovery:staff",
    "recovery:patient",
    "clinic:person_reinstate",
    "workspace:person_leaving",
    "workspace:doctor_change",
    "workspace:location_change",
    "clinic:credential_end",
    "clinic:grant_answer",
    "clinic:role_remove",
    "clinic:offering_add",
    "clinic:offering_stop",
    "clinic:closure_reopen",
    "clinic:location_reopen",
    "clinic:room_reopen",
    "clinic:equipment_close",
    "clinic:equipment_reopen",
    "clinic:capability_remove",
    "workspace:rota_copy",
    "workspace:shift_skip",
    "workspace:shift_end",
    "workspace:days_off_end",
    "workspace:outage_add",
    "workspace:outage_end",
    "workspace:visit_fit",
    "workspace:room_close",
    "clinic:specialty_close",
    "clinic:specialty_reopen",
    "booking:import_read",
    "booking:import_remove",
    "workspace:hours_undo",
    "workspace:strays_settle",
    "workspace:disrupt_away",
    "workspace:disrupt_late",
    "workspace:disruption_end",
    "workspace:disruption_settle",
    "workspace:closure_add",
    "workspace:approve",
    "workspace:decline",
    "workspace:approve_move",
    "workspace:visit_hour",
    "workspace:decline_move",
    "booking:appointment_move_withdraw",
    "booking:manage_move_withdraw",
    "workspace:cancel",
    "workspace:follow_up_grant",
    "workspace:change",
    "workspace:move",
    "billing:payment_check",
    "billing:payment_close",
    "billing:refund_retry",
    "billing:event_retry",
    "billing:finding_settle",
    "records:document_remove",
    "records:own_uploads",
    "records:patient_uploads",
    "records:upload",
    "exports:remove",
    "erasures:withdraw",
    "legal_holds:lift",
    "merges:different",
    "accounts:restriction_withdraw",
    "erasures:release",
    "erasures:kept",
    "records:prescription_act",
}

# Not asked for here, and why.
ELSEWHERE = {
    "media_pictures": "editors' pictures, in the demo and tests only",
    "wagtaildocs_serve": "editors' files; the wall keeps data of people out of them",
    "wagtaildocs_authenticate_with_password": "of the CMS",
    "wagtailcore_authenticate_with_password": "of the CMS",
    "wagtail_serve": "editors' pages load nothing of people; parts are listed above",
    "booking:review_link": "booking/reviews/tests/test_views.py: the visit was had",
    "booking:review": "booking/reviews/tests/test_views.py: it needs a review",
    "merges:compare": "portal/merges/tests/test_views.py: it is about two patients",
    "guest_links:link": "portal/guest_links/tests/test_guest_links.py: it is used once",
    "workspace:disruption": (
        "portal/dashboards/disruptions/tests/test_disruptions.py: it needs a day off"
    ),
    "exports:download": "portal/exports/tests/test_views.py: it needs a file",
    "notifications:preference_off": "a signed link to one's own preference",
    "notifications:short_link": "sends on to a page that is listed above",
    "notifications:short_link_off": "one's own preference",
    "notifications:outbox_file": "development only",
    "accounts:claim": "shows a masked address; test_capture looks at it",
}
