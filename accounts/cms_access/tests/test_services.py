from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.cms_access.models import CmsSession, Ticket
from accounts.cms_access.services import digest, issue_ticket, redeem_ticket
from accounts.users.models import Role
from accounts.users.services import assign_role, deactivate_user, remove_role
from audit.models import Entry
from tests.cms import open_cms

AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
HOST = "cms.example.org"
STATE = "what the browser was given"


def ticket_for(user, **changed):
    given = {"host": HOST, "state": digest(STATE), "at": AT}
    return issue_ticket(actor=user, **(given | changed))


def redeem(ticket, **changed):
    given = {"state": STATE, "host": HOST, "at": AT + timedelta(seconds=59)}
    return redeem_ticket(ticket=ticket, **(given | changed))


def test_a_ticket_lets_its_person_in_once(editor):
    ticket = ticket_for(editor)
    assert redeem(ticket) == editor
    assert redeem(ticket) is None


def test_tickets_are_long_and_only_digests_are_kept(editor):
    tickets = {ticket_for(editor) for _ in range(3)}
    assert len(tickets) == 3
    # 32 bytes, as base64.
    assert {len(ticket) for ticket in tickets} == {43}
    kept = str(list(Ticket.objects.values_list("digest", "state")))
    assert not any(ticket in kept for ticket in tickets)
    assert STATE not in kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "another browser's"},
        {"state": ""},
        {"host": "evil.example.org"},
        {"at": AT + timedelta(seconds=60)},
    ],
)
def test_a_ticket_that_is_shown_wrongly_is_lost(editor, wrong):
    ticket = ticket_for(editor)
    assert redeem(ticket, **wrong) is None
    assert redeem(ticket) is None


def test_what_is_no_ticket_opens_nothing(editor):
    ticket_for(editor)
    for guess in ("", "x", digest("x"), Ticket.objects.get().digest):
        assert redeem(guess) is None
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    "who", ["ann", "dr_lee", "nurse", "desk", "biller", "medical_admin"]
)
def test_nobody_else_gets_a_ticket(request, who):
    with pytest.raises(PermissionDenied):
        ticket_for(request.getfixturevalue(who))
    assert not Ticket.objects.exists()


def test_a_ticket_is_worth_nothing_when_the_role_or_the_account_is_gone(
    editor, author, admin
):
    first, second = ticket_for(editor), ticket_for(author)
    # Past the services, which delete the tickets as well.
    editor.role_assignments.all().delete()
    type(author).objects.filter(pk=author.pk).update(is_active=False)
    assert redeem(first) is None
    assert redeem(second) is None


def test_old_tickets_are_swept_and_entering_is_logged(editor, author):
    ticket_for(editor)
    ticket_for(author, at=AT + timedelta(minutes=2))
    assert [row.user_id for row in Ticket.objects.all()] == [author.pk]
    assert Entry.objects.filter(verb="cms.entered", actor=editor).count() == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda user, admin: remove_role(actor=admin, user=user, role=Role.PUBLISHER),
        lambda user, admin: assign_role(actor=admin, user=user, role=Role.AUTHOR),
        lambda user, admin: deactivate_user(actor=admin, user=user, at=AT),
    ],
    ids=["role taken", "role given", "suspended"],
)
def test_changing_a_role_or_suspending_ends_what_is_open(
    client, editor, author, admin, act
):
    for user in (editor, author):
        open_cms(client, user)
        ticket_for(user)
    act(editor, admin)
    assert [row.user_id for row in CmsSession.objects.all()] == [author.pk]
    assert [row.user_id for row in Ticket.objects.all()] == [author.pk]


def test_signing_out_of_the_site_or_of_a_device_ends_it_too(client, editor):
    client.force_login(editor)
    open_cms(client, editor)
    client.post("/account/sessions/end/", {"others": "1"})
    assert not CmsSession.objects.exists()
    open_cms(client, editor)
    client.post("/account/sign-out/")
    assert not CmsSession.objects.exists()


def test_a_new_password_ends_it_too(client, editor):
    editor.set_password("correct horse battery staple")
    editor.save()
    client.force_login(editor)
    open_cms(client, editor)
    new = "another horse, another battery"
    answer = client.post(
        "/account/password/",
        {
            "oldpassword": "correct horse battery staple",
            "password1": new,
            "password2": new,
        },
    )
    assert answer.status_code == 302
    editor.refresh_from_db()
    assert editor.check_password(new)
    assert not CmsSession.objects.exists()


def test_what_is_kept_of_a_session_does_not_open_it(client, editor):
    open_cms(client, editor)
    key = client.cookies["cms-session"].value
    row = CmsSession.objects.get()
    assert key not in (row.session_key, row.session_data)
    client.cookies["cms-session"] = row.session_key
    assert len(key) >= 32
