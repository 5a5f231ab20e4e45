"""How often anything may be done: the one table of limits.

Signing in, resets and proving one's identity are counted by allauth as well, per
account (ACCOUNT_RATE_LIMITS in the settings), and codes that we send at the end of this
file. The limits here are per person where somebody is signed in, and per address in any
case; a clinic's waiting room may share one address, so those are wide.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS = frozenset({"GET", "HEAD"})
ALL = WRITES | READS


@dataclass(frozen=True)
class Limit:
    """`person` and `address` say how often in `seconds`, `token` how often with one app
    or machine that acts for a person; `views` are URL names, or their beginnings where
    they end with a star. With `session` a browser that is signed in is counted by
    itself first, so that one which was stolen uses up a part of it only. With
    `only_with` addresses count that have this parameter, such as a report that is taken
    as a file."""

    name: str
    person: int
    address: int
    seconds: int
    methods: frozenset[str]
    views: tuple[str, ...]
    token: int = 0
    session: int = 0
    only_with: str = ""

    def holds_for(self, request: HttpRequest) -> bool:
        """Whether this request is counted."""
        match = request.resolver_match
        if match is None or request.method not in self.methods:
            return False
        if self.only_with and not request.GET.get(self.only_with):
            return False
        return any(
            match.view_name == view
            or (view.endswith("*") and match.view_name.startswith(view[:-1]))
            for view in self.views
        )

    @property
    def factor(self) -> float:
        """Tests and measurements may widen or narrow all limits together."""
        return float(settings.RATE_LIMIT_FACTOR)


# what            person  address  seconds  methods  views
LIMITS = (
    Limit("sign-in", 30, 60, 60, WRITES,
          ("account_login", "account_signup", "account_confirm_*", "account_reset_*",
           "account_complete_*", "account_email_verification_sent",
           "wagtailcore_authenticate_with_password")),
    Limit("second step", 120, 240, 60, WRITES, ("factors:*",), session=30),
    Limit("recovery", 10, 40, 600, WRITES, ("recovery:*",)),
    # Each sends a message to somebody who has not asked for it.
    Limit("invitations", 20, 60, 3600, WRITES,
          ("clinic:invite", "accounts:proxy_invite", "accounts:proxy_ask")),
    Limit("account", 120, 240, 60, WRITES,
          ("account_*", "accounts:*", "notifications:preference_*",
           "guest_links:*", "tokens:authorise", "tokens:end", "machine_keys:*",
           "applications:*"), session=30),
    Limit("booking", 30, 120, 60, WRITES,
          ("booking:draft_start", "booking:draft_time", "booking:draft_details",
           "booking:draft_check", "booking:draft_extend", "workspace:desk_book",
           "workspace:desk_register")),
    # A page is kept each time that somebody stops typing.
    Limit("forms", 120, 480, 60, WRITES, ("records:form_*", "records:visit_forms")),
    Limit("copies", 10, 40, 3600, WRITES, ("exports:*", "erasures:*", "legal_holds:*")),
    Limit("typing", 120, 240, 60, WRITES, ("booking:draft_*",)),
    Limit("visits", 30, 60, 60, WRITES,
          ("booking:appointment_*", "booking:manage_*", "booking:find",
           "booking:waitlist*", "booking:offer*", "booking:here*",
           "booking:feed", "booking:work_feed", "merges:*",
           "booking:review*", "booking:import*")),
    Limit("paying", 20, 60, 60, WRITES, ("billing:pay*",)),
    Limit("uploads", 20, 40, 60, WRITES,
          ("records:documents", "records:patient_documents",
           "accounts:change_picture")),
    Limit("uploads begun", 20, 40, 60, WRITES,
          ("records:own_uploads", "records:patient_uploads")),
    # A whole day's documents take a thousand parts.
    Limit("parts of uploads", 240, 600, 60, ALL, ("records:upload",)),
    Limit("downloads", 60, 240, 60, READS,
          ("records:download", "booking:appointment_calendar",
           "booking:draft_calendar", "billing:receipt", "exports:download")),
    # The bytes of a document; browsers may ask for them piece by piece.
    Limit("files", 120, 480, 60, READS, ("records:file",)),
    Limit("reports as files", 20, 40, 600, READS,
          ("workspace:audit", "portal:access", "breaches:breach"), only_with="as"),
    # Calendars come again every few minutes; one clinic's doctors share an address.
    Limit("calendar feeds", 60, 240, 60, READS, ("booking:feed_file",)),
    Limit("free times", 120, 600, 60, READS,
          ("booking:directory", "booking:doctor_times", "booking:next_free",
           "booking:doctor_reviews")),
    Limit("search", 60, 300, 60, READS, ("search:search", "workspace:patients",
          "merges:duplicates")),
    Limit("suggestions", 180, 600, 60, READS, ("search:suggestions",)),
    # Pages that keep themselves up to date, many of them on a clinic's one address.
    Limit("own turn", 60, 1200, 60, READS, ("booking:here_link", "booking:here_own")),
    Limit("displays", 60, 600, 60, READS, ("booking:screen",)),
    Limit("signed links", 30, 60, 60, READS,
          ("notifications:short_link*", "accounts:claim", "booking:manage*",
           "accounts:proxy_invitation", "guest_links:link",
           "booking:offer_managed", "booking:review_link",
           "notifications:preference_off")),
    Limit("API", 240, 1200, 60, READS, ("api:*",), token=120),
    Limit("tokens", 120, 120, 60, WRITES, ("tokens:token", "tokens:revoke")),
    Limit("reports", 30, 30, 60, WRITES, ("policy_reports:take",)),
    Limit("webhooks", 1200, 1200, 60, WRITES,
          ("billing:stripe_webhook", "notifications:twilio_*", "anymail:*")),
)  # fmt: skip


# Codes that people ask us to send, such as to sign in: how many, in how many seconds,
# the shortest first. One browser that their owner knows is counted by itself, and so is
# each network from which others ask; all of these together have more, so that whoever
# asks without end uses up nothing of the owner's elsewhere. Not widened by the factor:
# they keep mailboxes from being flooded.
CODES_OF_ONE = ((3, 60), (8, 900))
CODES_OF_ALL = ((40, 900),)
# Each text costs money, so there is a day's worth too; a new password gives another.
TEXTS_OF_ONE = (*CODES_OF_ONE, (20, 86_400))
TEXTS_OF_ALL = (*CODES_OF_ALL, (60, 86_400))


def limit_of(request: HttpRequest) -> Limit | None:
    """The limit that a request falls under: the first in the table that names it."""
    return next((limit for limit in LIMITS if limit.holds_for(request)), None)
