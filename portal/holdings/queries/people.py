"""Holdings of the ground floor: people, signing in, messages, the access log."""

from django.db.models import Q

from audit.entries.models import Action
from portal.holdings.queries.shapes import Fate, Holding

OPENS = "opens something, or helps to; it lives for minutes"
WORK = "about somebody's work here, not about a patient"

PEOPLE: dict[str, Holding] = {
    "accounts.User": Holding(
        kind="account",
        title="Your account",
        user="pk",
        shown="email first_name last_name time_zone language has_second_factor"
        " has_code_factor is_active last_login created_at updated_at",
        hidden="id public_id password is_superuser suspended_at access_ends_at"
        " factor_epoch has_short_password",
        # Others' rows point at it: it becomes a pseudonym instead.
        fate=Fate.CLEAR,
        clears="email first_name last_name time_zone language password last_login",
    ),
    "accounts.Patient": Holding(
        kind="patient",
        title="Who you are",
        patient="pk",
        shown="number first_name last_name birth_date sex email phone address"
        " time_zone language picture created_at updated_at",
        hidden="id public_id user merged_into",
        fate=Fate.KEEP,
        clears="first_name last_name birth_date sex email phone address time_zone"
        " language picture user",
        basis="records",
    ),
    "accounts.RoleAssignment": Holding(
        kind="roles",
        title="What you may do here",
        user="user",
        shown="role place created_at",
        hidden="id updated_at user",
    ),
    "accounts.CareRelation": Holding(
        kind="care_relations",
        title="Who treats you",
        patient="patient",
        shown="user source starts_at ends_at",
        hidden="id created_at updated_at patient",
    ),
    "accounts.Consent": Holding(
        kind="consents",
        title="What you said yes and no to",
        patient="patient",
        shown="at purpose decision text via actor relation address sha256",
        hidden="id public_id patient",
        # The proof stays; where it was said from goes.
        fate=Fate.CLEAR,
        clears="address",
    ),
    "accounts.Restriction": Holding(
        kind="restrictions",
        title="Whether your record may be used",
        patient="patient",
        shown="asked_at ground words status reason starts_at lifts_at lift_reason",
        hidden="id public_id created_at updated_at patient asked_by decided_by"
        " lifted_by",
        # That it was asked and answered stays, without words.
        fate=Fate.CLEAR,
        clears="words reason lift_reason",
    ),
    "accounts.ConsentText": Holding(
        note="words of the clinic, with who published them", fate=Fate.STAY
    ),
    "accounts.EmergencyAccess": Holding(
        kind="emergency_access",
        title="Emergency access to your record",
        patient="patient",
        shown="user roles reason starts_at ends_at",
        hidden="id public_id created_at updated_at patient review reviewed_by"
        " reviewed_at review_note",
        fate=Fate.KEEP,
        clears="reason review_note",
        basis="log",
    ),
    "accounts.Session": Holding(
        kind="sessions",
        title="Where you are signed in",
        user="user",
        shown="started_at seen_at expires_at address user_agent is_kept ended_because",
        hidden="id public_id key_hash session_data user device is_staff wrong_proofs",
    ),
    "accounts.Device": Holding(
        kind="devices",
        title="Browsers you signed in with",
        user="user",
        shown="first_seen_at last_seen_at address user_agent",
        hidden="id public_id user token_hash",
    ),
    "accounts.RememberedDevice": Holding(
        kind="remembered_devices",
        title="Browsers that are not asked for the second step",
        user="user",
        shown="browser address created_at expires_at",
        hidden="id public_id updated_at user digest epoch",
    ),
    "accounts.BackupCode": Holding(
        kind="backup_codes",
        title="Your backup codes",
        user="user",
        shown="used_at",
        hidden="id user salt digest",
    ),
    "accounts.CodeFactor": Holding(
        kind="code_factors",
        title="Codes that we send you as a second step",
        user="user",
        shown="kind number created_at rests_until",
        hidden="id public_id updated_at user",
    ),
    "accounts.SentCode": Holding(
        kind="sent_codes",
        title="Codes that we sent you lately",
        user="user",
        shown="kind to created_at expires_at used_at",
        hidden="id public_id updated_at user digest",
    ),
    "accounts.Tries": Holding(
        kind="wrong_codes",
        title="Wrong codes typed",
        user="user",
        shown="failed since told_at cleared_at",
        hidden="id user device",
    ),
    "accounts.Reset": Holding(
        kind="resets",
        title="New beginnings after a lost second step",
        user="user",
        shown="ground created_at works_from expires_at used_at cancelled_at",
        hidden="id public_id updated_at user started_by approved_by needs_approval",
    ),
    "accounts.Ticket": Holding(user="user", note=OPENS),
    "accounts.CmsSession": Holding(user="user", note=OPENS),
    "accounts.User_groups": Holding(user="user", note=WORK),
    "accounts.User_user_permissions": Holding(user="user", note=WORK),
    "account.EmailAddress": Holding(
        kind="email_addresses",
        title="E-mail addresses you proved",
        user="user",
        shown="email verified primary",
        hidden="id user",
    ),
    "account.EmailConfirmation": Holding(user="email_address__user", note=OPENS),
    "socialaccount.SocialAccount": Holding(
        kind="linked_accounts",
        title="Accounts elsewhere that you linked",
        user="user",
        shown="provider uid last_login date_joined extra_data",
        hidden="id user",
    ),
    "socialaccount.SocialToken": Holding(user="account__user", note=OPENS),
    "accounts.AuthenticatorApp": Holding(
        kind="authenticator_apps",
        title="Your authenticator apps",
        user="user",
        shown="name created_at last_used_at",
        hidden="id public_id updated_at user key last_step",
    ),
    "django_otp_webauthn.WebAuthnCredential": Holding(
        kind="passkeys",
        title="Your passkeys",
        user="user",
        shown="name confirmed created_at last_used_at",
        hidden="id user credential_type credential_id public_key transports sign_count"
        " backup_eligible backup_state aaguid credential_id_sha256 discoverable",
    ),
    "django_otp_webauthn.WebAuthnAttestation": Holding(
        user="credential__user", note=OPENS
    ),
    "django_otp_webauthn.WebAuthnUserHandle": Holding(user="user", note=OPENS),
    "accounts.AccessToken": Holding(user="authorisation__user", note=OPENS),
    "accounts.RefreshToken": Holding(user="authorisation__user", note=OPENS),
    "accounts.Authorisation": Holding(
        kind="authorisations",
        title="Programs that you let read your data",
        user="user",
        shown="created_at application name scopes expires_at last_used_at last_address"
        " ended_because",
        hidden="id public_id updated_at user secret_digest audience epoch code_digest"
        " code_expires_at code_used_at code_challenge redirect_uri",
    ),
    "accounts.Application": Holding(note=WORK, fate=Fate.STAY),
    "accounts.MachineKey": Holding(user="user", note=WORK, fate=Fate.STAY),
    "accounts.Proxy": Holding(
        kind="proxies",
        title="Who may act for you, and for whom you may",
        patient="patient",
        user="user",
        is_shared=True,
        shown="created_at user status relation scopes wanted_scopes lapses_at ground"
        " starts_at ends_at until_age",
        # What somebody wrote of themselves is theirs, not the patient's.
        own="reason asked_number",
        hidden="id public_id updated_at patient email document_seen confirmed_by"
        " ended_by warned_at wanted_by wanted_until",
    ),
    "notifications.Delivery": Holding(
        kind="messages",
        title="Messages we sent you",
        patient="patient",
        user="user",
        shown="created_at event channel to_name to_address subject body_text status"
        " sent_at delivered_at read_at",
        # The HTML says the same; links and codes open things.
        hidden="id public_id updated_at dedupe_key kind patient user body_html link"
        " short_code attachments send_after expires_at attempts claimed_at provider_id"
        " error settled_at",
        at_work=Q(event__startswith="account_"),
    ),
    "notifications.Preference": Holding(
        kind="message_preferences",
        title="How you want to be reminded",
        patient="patient",
        user="user",
        shown="channel is_enabled created_at updated_at",
        hidden="id patient user",
    ),
    "audit.Entry": Holding(
        kind="access_log",
        title="Who saw or changed what",
        patient="patient_id",
        user="actor",
        shown="at actor role verb action category outcome purpose",
        own="address agent",
        hidden="id on_behalf_of_id patient_id subject_type subject_id request_id"
        " session_ref view detail",
        at_work=Q(action__in=[Action.SIGN_IN, Action.SIGN_OUT]),
        fate=Fate.STAY,
        basis="log",
    ),
    # People who work here.
    "clinic.Doctor": Holding(note=WORK, fate=Fate.STAY),
    "clinic.Doctor_specialties": Holding(note=WORK, fate=Fate.STAY),
    "clinic.Offering": Holding(note=WORK, fate=Fate.STAY),
    "clinic.Credential": Holding(user="user", note=WORK, fate=Fate.STAY),
    "clinic.CredentialWarning": Holding(
        user="credential__user", note=WORK, fate=Fate.STAY
    ),
    "clinic.Grant": Holding(user="user", note=WORK, fate=Fate.STAY),
    "clinic.Shift": Holding(user="user", note=WORK, fate=Fate.STAY),
    "clinic.DaysOff": Holding(user="user", note=WORK, fate=Fate.STAY),
    "clinic.Outage": Holding(note=WORK, fate=Fate.STAY),
    "booking.Disruption": Holding(note=WORK, fate=Fate.STAY),
    "booking.WorkingHours": Holding(note=WORK, fate=Fate.STAY),
    "booking.Break": Holding(note=WORK, fate=Fate.STAY),
    "booking.AvailabilityException": Holding(note=WORK, fate=Fate.STAY),
    "booking.BusyTime": Holding(note=WORK, fate=Fate.STAY),
    "booking.ImportedCalendar": Holding(note=WORK, fate=Fate.STAY),
}
