"""Ids of others, sent to every form: refused or ignored, and nothing of theirs changes.

Zoe and her Dr Roy try it on Ann and Dr Lee; who works at the Harbour tries it on Canal
Street. First as the thing that an address is about, then in each box that names
something, of forms that work with ids of one's own.
"""

import re
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from accounts.models import Patient
from accounts.proxies.queries import KEY
from foundation.doors import Who
from portal.doors import addresses, opens
from tests.access_log.test_pages import KIND_OF, address, facts_of
from tests.foreign.changes import changes_of, label
from tests.foreign.forms import forms_in
from tests.second_factors import VerifiedClient

pytestmark = pytest.mark.django_db

# What an address is about, where the walk over the pages does not know it.
ABOUT = {
    "account_unlink": (1,),
    "booking:import_read": ("outside",),
    "booking:import_remove": ("outside",),
    "booking:review": ("review",),
    "factors:remove_app": ("authenticator.pk",),
    "factors:remove_code": ("codes.pk",),
    "machine_keys:answer": ("machine_key",),
    "machine_keys:end": ("machine_key",),
    "machine_keys:take": ("machine_key",),
    "merges:compare": ("visit.patient", "merge.merged"),
    "records:prescription_act": ("unsigned", "sign"),
    "tokens:end": ("app",),
    "workspace:disruption_end": ("away",),
    "workspace:disruption_settle": ("away",),
    "workspace:follow_up_grant": ("soon",),
    "workspace:hours_undo": ("time_off",),
    "workspace:move": ("visit", "arrive"),
}
# Whoever has the address has the right: it bears a signature or a secret.
KEYED = re.compile(
    "booking:(manage|here_link|offer_managed|review_link|feed_file|screen$)"
    "|billing:pay_managed|recovery:begin_anew|accounts:(claim|proxy_invitation)"
    "|guest_links:link|notifications:(preference_off|twilio_report|short_link)"
    "|wagtail.*_with_password|cms_access:"
)
# About nobody, and open to everybody whom the door lets in.
NOBODYS = {
    "booking:here_door": "a location's door: who comes in says who they are",
    "accounts:consent_text_edit": "a purpose",
    "openid_connect_login": "a provider",
    "factors:remove_passkey": "accounts/factors/tests/test_passkeys.py has passkeys",
}
# What everybody of a role may do everywhere, by docs/permissions.md: "all".
EVERYWHERE = re.compile(
    "clinic:|applications:|machine_keys:|records:questionnaire"
    "|workspace:(location|doctor|person|room)_"
)
# What stands at a place, so that who works at another must not reach it.
PLACED = {
    *("visit", "soon", "asked", "had", "waits", "offer", "screen", "payment", "event"),
    *("finding", "refund", "shift", "outage", "away", "review", "merge", "outside"),
    *("room", "equipment", "location", "days_off"),
}


class Attacker(SimpleNamespace):
    """Somebody with things of their `own`; whatever leads to `roots` is not theirs."""

    def browser(self):
        browser = VerifiedClient(raise_request_exception=False)
        browser.force_login(self.user)
        return browser

    def tries(self, there):
        """Whether the door lets in, to what is not for everybody there. Who works
        elsewhere is one stranger more at doors that ask for no role."""
        if EVERYWHERE.match(there.name) or not opens(there.door, self.user):
            return False
        return self.kinds is None or there.door.who is Who.PERMITTED

    def sends(self, browser, path, fields):
        """The answer, the tables in which something of others changed, and all that
        did. The session is as it was before."""
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
        answer, changed = changes_of(lambda: self._sent(browser, path, fields))
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        theirs = {one.table for one in changed if one.leads_to & self.roots}
        return answer, theirs, {one.table for one in changed}

    def _sent(self, browser, path, fields):
        """Some forms are answered by what it would do, and a button to do it."""
        answer = browser.post(path, fields)
        if answer.status_code == 200 and not answer.streaming:
            for form in forms_in(path, answer.text):
                if "confirmed" in form.fields and form.action == path:
                    return browser.post(path, form.fields)
        return answer


@pytest.fixture
def attackers(sides):
    ann = [sides.ann.user, sides.ann.visit.patient]
    lee = [sides.ann.seen_by, sides.ann.seen_by.doctor]
    street = [sides.ann.visit.location]
    found = {
        "zoe": Attacker(user=sides.zoe.user, own=sides.zoe, roots=ann, kinds=None),
        "dr_roy": Attacker(
            user=sides.zoe.seen_by, own=sides.zoe, roots=ann + lee, kinds=None
        ),
    }
    for name, user in vars(sides.staff).items():
        found[name] = Attacker(user=user, own=sides.bea, roots=street, kinds=PLACED)
    for name, one in found.items():
        one.name = name
        one.theirs = sides.ann
        one.roots = {label(thing) for thing in one.roots}
    return found


def path_of(name, own, facts):
    """The address, about what is `own`."""
    if name in ABOUT:
        return reverse(name, args=[_named(own, word) for word in ABOUT[name]])
    if re.match("booking:draft_|billing:payment_pay", name):
        return reverse(name, args=[own.draft.token])
    return address(name, own, facts)


def _named(own, word):
    if not isinstance(word, str) or not hasattr(own, word.split(".")[0]):
        return word
    for part in word.split("."):
        own = getattr(own, part)
    return getattr(own, "public_id", own)


def kind_of(name):
    about = ABOUT.get(name)
    return str(about[0]).split(".")[0] if about else KIND_OF.get(name, name)


def posts():
    """The addresses that take a form and whose path names something."""
    return [
        there
        for there in addresses()
        if there.door and "POST" in there.door.methods and "<" in there.route
        if not KEYED.match(there.name) and there.name not in NOBODYS
    ]


def test_no_address_is_about_anothers_thing(attackers):
    tried, wrong = set(), {}
    facts = facts_of(attackers["zoe"].theirs)
    facts |= {"soon": attackers["zoe"].theirs.soon}
    for who, one in attackers.items():
        browser = one.browser()
        for there in posts():
            if not one.tries(there):
                continue
            path = path_of(there.name, one.theirs, facts)
            answer, theirs, _ = one.sends(browser, path, {})
            is_foreign = one.kinds is None or kind_of(there.name) in one.kinds
            is_foreign &= f"{who} {there.name}" != "dr_roy accounts:emergency_end"
            if theirs or (is_foreign and answer.status_code not in {403, 404}):
                wrong[f"{who} {there.name}"] = (answer.status_code, theirs)
            tried.add(there.name)
    assert wrong == {}
    assert len(tried) > 90, sorted(tried)


# They end one's own session, and name nothing.
ONES_OWN = {"account_logout", "account_keep_session"}
# Whoever is at a desk puts patients on any list: docs/permissions.md, "all".
EVERYBODYS = {"desk workspace:waitlist_add"}
# Forms that change nothing here, whoever sends them: a file has to come along, somebody
# outside to be asked, or they say again what is so already.
IDLE = {
    "zoe booking:waitlist_join",
    "desk workspace:waitlist_add",
    "zoe booking:waitlist_entry",
    "zoe records:documents",
    "dr_roy booking:imports",
    "dr_roy records:patient_documents",
    "dr_roy records:prescription_write",
}
# Pages with forms that name something, and of which visit.
PAGES = {
    "zoe": """accounts:consents accounts:family account_sessions factors:security
        booking:waitlist_entry booking:wishes booking:waitlist_join?service={service}
        booking:appointment/soon booking:appointment_move/soon booking:review_own/had
        records:amendment_ask records:documents records:visit_forms/soon
        records:form_page notifications:notices""",
    "dr_roy": """workspace:disruptions workspace:hours booking:imports workspace:queue
        workspace:overbook workspace:visit_time/soon
        workspace:visit_place/soon?starts_at=2031-01-06T10:00Z workspace:strays
        workspace:appointment/soon workspace:appointment/asked workspace:patient
        records:prescription_write records:patient_documents""",
    "desk": """workspace:desk_book?patient={patient}&offering={offering}
        workspace:walk_in?patient={patient} workspace:queue_room workspace:occupancy
        workspace:waitlist_add?patient={patient}&service={service} workspace:screens
        workspace:visit_place/soon?starts_at=2031-01-06T10:00Z workspace:disruptions
        booking:imports workspace:appointment/soon""",
    "biller": "billing:payment billing:follow_up",
    "medical_admin": """workspace:shift_new workspace:days_off
        booking:review workspace:queue_rules_at""",
}
# Boxes that are empty until a page before it, a script or somebody else fills them; and
# such as no form of ours has, in case one listens to more than it shows.
UNASKED = (
    *("patient", "user", "owner", "doctor", "room", "location", "offering"),
    *("appointment", "visit", "document", "upload", "viewing", "actor"),
)


def ids():
    """What each public id and slug of the care side names: {id: (table, column)}."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label.startswith(("wagtail", "taggit")):
            continue
        for column in ("public_id", "slug"):
            if column in {field.name for field in model._meta.concrete_fields}:
                rows = model._base_manager.values_list(column, flat=True)
                found |= dict.fromkeys(map(str, rows), (model, column))
    return found


def named_in(form, known):
    """The boxes that name something, with one value of each kind that they take, as
    (box, value, id)."""
    for box, values in form.fields.items():
        kinds = {}
        for value in [*values, *form.choices.get(box, [])]:
            name = value.rpartition(":")[2]
            if name in known:
                kinds.setdefault(known[name], (box, value, name))
        yield from kinds.values()


def foreign(model, column, theirs):
    """The id of one of that kind that is theirs; nobody's, where they have none."""
    row = theirs.get(model)
    return str(getattr(row, column)) if row else str(uuid4())


def attempts(form, known, theirs):
    """(box, all fields) with one id after the other exchanged for another's."""
    for box, value, name in named_in(form, known):
        other = value.replace(name, foreign(*known[name], theirs))
        yield box, {**form.fields, box: [other]}
    extra = {}
    for box in UNASKED:
        if not any(form.fields.get(box, [])):
            kind = next((k for k in theirs if k.__name__.lower() == box), Patient)
            extra[box] = [str(theirs[kind].public_id)]
    yield "unasked", {**form.fields, **extra}


def test_no_box_takes_anothers_thing(attackers):
    facts = facts_of(attackers["zoe"].theirs)
    theirs = {type(thing): thing for thing in reversed(facts.values())}
    forms = forms_of(attackers)
    known = ids()
    tried, idle, wrong = set(), set(), {}
    for one, browser, form in forms:
        name = f"{one.name} {form.view}"
        answer, others, changed = one.sends(browser, form.action, form.fields)
        assert not others, name
        if not changed:
            idle.add(name)
        for box, fields in attempts(form, known, theirs):
            answer, others, _ = one.sends(browser, form.action, fields)
            if (others or answer.status_code >= 500) and name not in EVERYBODYS:
                wrong[f"{name} {box}"] = (answer.status_code, others)
            tried.add(f"{name} {box}")
    assert wrong == {}
    # The others do what they are for, with ids of one's own.
    assert idle <= IDLE
    assert len(forms) > 50
    assert len(tried) > 70, sorted(tried)
    met = {form.view for _, _, form in forms} | {name for _, name, _ in ATTEMPTS}
    bodies = {
        there.name
        for there in addresses()
        if there.door and "POST" in there.door.methods and "<" not in there.route
    }
    assert {name for name in bodies - met if not NAMELESS.match(name)} == set()


def forms_of(attackers):
    """(attacker, browser, form), each form once for each attacker."""
    found = {}
    for who, stops in PAGES.items():
        one = attackers[who]
        browser, facts = one.browser(), facts_of(one.own)
        for stop in stops.split():
            for form in forms_on(browser, stop, one.own, facts):
                if form.view not in ONES_OWN:
                    found.setdefault((who, form.kind), (one, browser, form))
    return list(found.values())


# Forms that pages show at times only: (who, address, what is sent).
ATTEMPTS = (
    ("zoe", "accounts:viewing", {"proxy": "proxy"}),
    ("desk", "merges:different", {"one": "own soon.patient", "other": "soon.patient"}),
    ("dr_roy", "workspace:disruption_settle", {"visit": "soon"}),
    ("dr_roy", "workspace:strays_settle", {"visit": "soon"}),
    (
        "desk",
        "workspace:desk_book",
        {"patient": "soon.patient", "offering": "offering"},
    ),
)
# Forms whose boxes name nothing: words, times and codes; or that the door keeps to
# administration, which has no places.
NAMELESS = re.compile(
    "account_|accounts:(profile|change_picture|settings|emergency_ask|proxy_(ask|age)"
    "|proxy_invite|restrictions?$)|applications:|billing:stripe_webhook|breaches:new"
    "|booking:(draft_start|feed|find|work_feed)|clinic:|cms_access:|erasures:|exports:"
    "|factors:|(google|facebook)_login|guest_links:ask|legal_holds:holds|machine_keys:"
    "|notifications:(preference_settings|twilio_reply)|policy_reports:take|recovery:lost"
    "|records:(own_uploads|questionnaire_new)|socialaccount_signup|tokens:|wagtail_serve"
    "|workspace:(closure_add|desk_register|holidays|licences|queue_rules|waitlist_rules)"
)


@pytest.mark.parametrize(("who", "name", "sent"), ATTEMPTS)
def test_what_is_shown_at_times_takes_nothing_of_others(attackers, who, name, sent):
    one = attackers[who]
    browser = one.browser()
    fields = {}
    for box, word in sent.items():
        whose = one.own if word.startswith("own ") else one.theirs
        fields[box] = _named(whose, word.removeprefix("own "))
    path = path_of(name, one.own, facts_of(one.own))
    before = dict(browser.session)
    answer, others, _ = one.sends(browser, path, fields)
    assert (answer.status_code < 500, others) == (True, set())
    assert browser.session.get(KEY) == before.get(KEY)


def forms_on(browser, stop, own, facts):
    """The forms of a page about one's own things."""
    place, _, question = stop.partition("?")
    name, _, which = place.partition("/")
    if which:
        facts = {**facts, "visit": getattr(own, which)}
    question = question.format(
        service=own.visit.visit_type.slug,
        patient=own.visit.patient.public_id,
        offering=own.offering.public_id,
    )
    page = path_of(name, own, facts) + (f"?{question}" if question else "")
    answer = browser.get(page)
    assert answer.status_code == 200, page
    mine = {own.visit.doctor.slug, own.visit.location.slug}
    return [_of_ones_own(form, mine) for form in forms_in(page, answer.text)]


def _of_ones_own(form, mine):
    """The form, with one's own doctor and place chosen where there is a choice."""
    chosen = {
        box: [value]
        for box, values in form.choices.items()
        for value in values
        if value.rpartition(":")[2] in mine
    }
    return replace(form, fields=form.fields | chosen)
