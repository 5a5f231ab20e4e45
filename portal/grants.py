"""What each program may do in the database. What is not written here, nobody may.

The owner migrates and keeps house; no program is the owner. Two roles serve people:

- `web`, of the site and the worker. It changes rows and no table: no DDL, no TRUNCATE,
  no triggers. The log of acts it can only read and add to.
- `cms`, of the editors' desk. It has the public wing's tables, reads the clinic's
  facts, and has no grant on anything about patients, on the site's sessions or on jobs.
  Of people it sees what the views in the schema `cms` show.

`manage.py grant_roles` makes it so, and a test refuses a table that stands in no line.
The first word is for web, the second for cms.
"""

READ = "SELECT"
ADD = "SELECT, INSERT"
END = "SELECT, DELETE"
ALL = "SELECT, INSERT, UPDATE, DELETE"
NONE = ""

# What an act was. Neither when, nor which number it has: whoever holds the program can
# neither make up what happened last month nor break the chain with a number twice.
LOG = "SELECT, INSERT ({})".format(
    ", ".join(
        [
            *("actor_id", "role", "on_behalf_of_id", "patient_id", "verb", "action"),
            *("category", "subject_type", "subject_id", "purpose", "outcome"),
            *("address", "agent", "request_id", "session_ref", "view", "detail"),
        ]
    )
)

# What the CMS pushes down to the clinic's facts (clinic_pages.receivers), by column.
IDENTITY = "SELECT, INSERT, UPDATE ({})".format(
    ", ".join(
        [
            *("name", "strapline", "brand_colour", "logo_url", "phone", "email"),
            *("emergency_number", "urgent_number", "legal_line"),
            *("privacy_note", "privacy_url"),
        ]
    )
)
FACE = "SELECT, UPDATE (page_path, photo_url, topics)"
TOPICS = "SELECT, UPDATE (topics)"

TABLES: dict[str, tuple[str, str]] = {
    # The log of acts: no UPDATE, no DELETE, and no number or time of one's own choice.
    "audit_entry": (LOG, NONE),
    # Functions of the owner's write these two, when entries are added and committed.
    "audit_seal": (READ, NONE),
    "audit_waiting": (NONE, NONE),
    # People and signing in
    "accounts_user": (ALL, NONE),
    "accounts_user_groups": (ALL, READ),
    "accounts_user_user_permissions": (ALL, READ),
    "accounts_roleassignment": (ALL, NONE),
    "accounts_place": (ALL, NONE),
    "accounts_patient": (ALL, NONE),
    "accounts_carerelation": (ALL, NONE),
    "accounts_ticket": ("SELECT, INSERT, DELETE", END),
    "accounts_cmssession": (END, ALL),
    "account_emailaddress": (ALL, NONE),
    "account_emailconfirmation": (ALL, NONE),
    "accounts_session": (ALL, NONE),
    "accounts_device": (ALL, NONE),
    "accounts_emergencyaccess": (ALL, NONE),
    "accounts_proxy": (ALL, NONE),
    "accounts_agerule": (ALL, NONE),
    "accounts_consenttext": (ALL, NONE),
    # Only added to; a merge moves what was said, an erasure takes the address away.
    "accounts_consent": ("SELECT, INSERT, UPDATE (patient_id, address)", NONE),
    "accounts_authenticatorapp": (ALL, NONE),
    "accounts_backupcode": (ALL, NONE),
    "accounts_codefactor": (ALL, NONE),
    "accounts_sentcode": (ALL, NONE),
    "accounts_remembereddevice": (ALL, NONE),
    "accounts_reset": (ALL, NONE),
    "accounts_application": (ALL, NONE),
    "accounts_authorisation": (ALL, NONE),
    "accounts_accesstoken": (ALL, NONE),
    "accounts_refreshtoken": (ALL, NONE),
    "accounts_machinekey": (ALL, NONE),
    "accounts_restriction": (ALL, NONE),
    "accounts_tries": (ALL, NONE),
    "django_otp_webauthn_webauthnattestation": (ALL, NONE),
    "django_otp_webauthn_webauthncredential": (ALL, NONE),
    "django_otp_webauthn_webauthnuserhandle": (ALL, NONE),
    "socialaccount_socialaccount": (ALL, NONE),
    "socialaccount_socialapp": (READ, NONE),
    "socialaccount_socialtoken": (ALL, NONE),
    # Django's own table of sessions: nobody keeps one there.
    "django_session": (NONE, NONE),
    "portal_erasure": (ALL, NONE),
    "portal_export": (ALL, NONE),
    "portal_exportpart": (ALL, NONE),
    "portal_legalhold": (ALL, NONE),
    "portal_merge": (ALL, NONE),
    "portal_movedrow": (ALL, NONE),
    "portal_differentpeople": (ALL, NONE),
    "portal_guestlink": (ALL, NONE),
    "portal_retentionrun": (ADD, NONE),
    "portal_tally": (ALL, NONE),
    "portal_breach": (ALL, NONE),
    "portal_policyreport": (ALL, NONE),
    # The clinic's facts
    "clinic_capability": (ALL, NONE),
    "clinic_clinicidentity": (ALL, IDENTITY),
    "clinic_closure": (ALL, READ),
    "clinic_credential": (ALL, NONE),
    "clinic_credentialwarning": (ALL, NONE),
    "clinic_daysoff": (ALL, NONE),
    "clinic_equipment": (ALL, NONE),
    "clinic_equipment_capabilities": (ALL, NONE),
    "clinic_grant": (ALL, NONE),
    "clinic_licencerule": (ALL, NONE),
    "clinic_doctor": (ALL, FACE),
    "clinic_doctor_specialties": (ALL, READ),
    "clinic_location": (ALL, READ),
    "clinic_offering": (ALL, READ),
    "clinic_openinghours": (ALL, READ),
    "clinic_outage": (ALL, NONE),
    "clinic_resourcehours": (ALL, NONE),
    "clinic_room": (ALL, NONE),
    "clinic_room_capabilities": (ALL, NONE),
    "clinic_shift": (ALL, NONE),
    "clinic_specialty": (ALL, TOPICS),
    "clinic_visittype": (ALL, READ),
    "clinic_visittype_equipment_needs": (ALL, NONE),
    "clinic_visittype_room_needs": (ALL, NONE),
    "clinic_visittype_specialties": (ALL, READ),
    # Care
    "notifications_delivery": (ALL, NONE),
    "notifications_preference": (ALL, NONE),
    "booking_alternative": (ALL, NONE),
    "booking_appointment": (ALL, NONE),
    "booking_availabilityexception": (ALL, NONE),
    "booking_break": (ALL, NONE),
    "booking_busytime": (ALL, NONE),
    "booking_disruption": (ALL, NONE),
    "booking_draft": (ALL, NONE),
    "booking_move": (ALL, NONE),
    "booking_feed": (ALL, NONE),
    "booking_freedtime": (ALL, NONE),
    "booking_importedcalendar": (ALL, NONE),
    "booking_offer": (ALL, NONE),
    "booking_queuerules": (ALL, NONE),
    "booking_reminder": (ALL, NONE),
    "booking_review": (ALL, NONE),
    "booking_reviewask": (ALL, NONE),
    "booking_screen": (ALL, NONE),
    "booking_statuschange": (ALL, NONE),
    "booking_straydecision": (ALL, NONE),
    "booking_timewishes": (ALL, NONE),
    "booking_turn": (ALL, NONE),
    "booking_turnchange": (ALL, NONE),
    "booking_waitlistentry": (ALL, NONE),
    "booking_waitlistrules": (ALL, NONE),
    "booking_workinghours": (ALL, NONE),
    "records_amendment": (ALL, NONE),
    "records_document": (ALL, NONE),
    "records_prescription": (ALL, NONE),
    "records_prescriptionitem": (ALL, NONE),
    "records_questionnaire": (ALL, NONE),
    "records_questionnaire_visit_types": (ALL, NONE),
    "records_questionnaireitem": (ALL, NONE),
    "records_questionnaireresponse": (ALL, NONE),
    "records_upload": (ALL, NONE),
    "records_uploadpart": (ALL, NONE),
    "billing_finding": (ALL, NONE),
    "billing_payment": (ALL, NONE),
    "billing_providerevent": (ALL, NONE),
    "billing_refund": (ALL, NONE),
    # The public wing. The worker publishes what is due, so the site's role writes too.
    "home_homepage": (ALL, ALL),
    "clinic_pages_articleindexpage": (ALL, ALL),
    "clinic_pages_clinicalreviewtask": (ALL, ALL),
    "clinic_pages_clinicalreviewtask_groups": (ALL, ALL),
    "clinic_pages_clinicsettings": (ALL, ALL),
    "clinic_pages_contentversion": (ALL, ALL),
    "clinic_pages_doctorindexpage": (ALL, ALL),
    "clinic_pages_doctorpage": (ALL, ALL),
    "clinic_pages_healtharticle": (ALL, ALL),
    "clinic_pages_healtharticle_specialties": (ALL, ALL),
    "clinic_pages_locationindexpage": (ALL, ALL),
    "clinic_pages_locationpage": (ALL, ALL),
    "clinic_pages_menus": (ALL, ALL),
    "clinic_pages_picture": (ALL, ALL),
    "clinic_pages_picturerendition": (ALL, ALL),
    "clinic_pages_pricepage": (ALL, ALL),
    "clinic_pages_specialtyindexpage": (ALL, ALL),
    "clinic_pages_specialtypage": (ALL, ALL),
    "clinic_pages_standardpage": (ALL, ALL),
    # Wagtail
    "wagtailcore_collection": (ALL, ALL),
    "wagtailcore_collectionviewrestriction": (ALL, ALL),
    "wagtailcore_collectionviewrestriction_groups": (ALL, ALL),
    "wagtailcore_comment": (ALL, ALL),
    "wagtailcore_commentreply": (ALL, ALL),
    "wagtailcore_groupapprovaltask": (ALL, ALL),
    "wagtailcore_groupapprovaltask_groups": (ALL, ALL),
    "wagtailcore_locale": (ALL, ALL),
    "wagtailcore_modellogentry": (ALL, ALL),
    "wagtailcore_page": (ALL, ALL),
    "wagtailcore_pagelogentry": (ALL, ALL),
    "wagtailcore_pagesubscription": (ALL, ALL),
    "wagtailcore_pageviewrestriction": (ALL, ALL),
    "wagtailcore_pageviewrestriction_groups": (ALL, ALL),
    "wagtailcore_referenceindex": (ALL, ALL),
    "wagtailcore_revision": (ALL, ALL),
    "wagtailcore_task": (ALL, ALL),
    "wagtailcore_taskstate": (ALL, ALL),
    "wagtailcore_uploadedfile": (ALL, ALL),
    "wagtailcore_workflow": (ALL, ALL),
    "wagtailcore_workflowcontenttype": (ALL, ALL),
    "wagtailcore_workflowpage": (ALL, ALL),
    "wagtailcore_workflowstate": (ALL, ALL),
    "wagtailcore_workflowtask": (ALL, ALL),
    "wagtailadmin_admin": (READ, READ),
    "wagtailadmin_editingsession": (ALL, ALL),
    "wagtailadmin_formstate": (ALL, ALL),
    "wagtailusers_userprofile": (ALL, ALL),
    "wagtaildocs_document": (ALL, ALL),
    "wagtailimages_image": (ALL, ALL),
    "wagtailimages_rendition": (ALL, ALL),
    "wagtailembeds_embed": (ALL, ALL),
    "wagtailredirects_redirect": (ALL, ALL),
    "wagtailsearch_indexentry": (ALL, ALL),
    "taggit_tag": (ALL, ALL),
    "taggit_taggeditem": (ALL, ALL),
    # Who may do what in the CMS, and which site it is, is decided by migrations.
    "wagtailcore_groupcollectionpermission": (READ, READ),
    # What is allowed on a page goes when the page does.
    "wagtailcore_grouppagepermission": (READ, END),
    "wagtailcore_groupsitepermission": (READ, READ),
    "wagtailcore_site": (READ, READ),
    # A door that is closed: nobody reads or adds a token.
    "wagtailcore_apitoken": (NONE, NONE),
    # Django
    "auth_group": (ADD, READ),
    "auth_group_permissions": (READ, READ),
    "auth_permission": (READ, READ),
    "django_content_type": (READ, READ),
    "django_migrations": (READ, NONE),
    # The queue and the cache hold code to whoever reads them: not for the CMS.
    "django_q_ormq": (ALL, NONE),
    "django_q_schedule": (ALL, NONE),
    "django_q_task": (ALL, NONE),
    "cache": (ALL, NONE),
}

# What the CMS sees of people, by column: a view stands in for the table. Everybody has
# a row, because pages name those who wrote them, but only editors have a name in it.
# Columns that stand in neither list are empty, so a new one is shown to nobody.
ABOUT_EVERYBODY = {"id", "public_id", "created_at", "updated_at", "is_active"}
# Of editors, with what stands there for others (SQL).
ABOUT_EDITORS = {
    "email": "''",
    "first_name": "'Somebody'",
    "last_name": "'else'",
    "time_zone": "''",
    "language": "'en'",
    "is_superuser": "false",
    # From then on no role counts: the CMS must know it too.
    "access_ends_at": "NULL",
}
# Nobody's password, and none that could be right.
ABOUT_NOBODY = {"password": "'!'"}
