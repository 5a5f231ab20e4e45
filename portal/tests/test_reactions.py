import re
from pathlib import Path

import allauth.account
import pytest
from django.template.loader import get_template

from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from portal.adapters import MAILS
from portal.reactions import invite_staff, welcome_user

pytestmark = pytest.mark.django_db
# Sent only with settings that this house does not use.
UNUSED = {"email_confirm", "password_reset_key", "base"}


def test_every_mail_of_allauth_has_words_of_ours():
    # Its templates are listed beside its code.
    root = Path(allauth.account.__file__).parent.parent / "templates"
    theirs = {
        re.sub(r"_(subject|message|notification)$", "", f.stem)
        for app in ("account", "socialaccount")
        for f in (root / app / "email").iterdir()
    }
    assert theirs - UNUSED == set(MAILS)
    for event in MAILS.values():
        for name in ("subject.txt", "body.txt", "body.html"):
            get_template(f"notifications/{event}/{name}")


def test_welcoming_twice_sends_once(ann):
    welcome_user(user_id=ann.pk)
    welcome_user(user_id=ann.pk)
    assert Delivery.objects.filter(event="account_welcome", user=ann).count() == 2
    assert {d.channel for d in Delivery.objects.all()} == {"EMAIL", "IN_APP"}


def test_nobody_to_welcome_is_no_error(db):
    welcome_user(user_id=123456)
    invite_staff(user_id=123456)
    assert not Delivery.objects.exists()


def test_who_was_shut_out_meanwhile_is_not_invited(desk):
    type(desk).objects.filter(pk=desk.pk).update(is_active=False)
    invite_staff(user_id=desk.pk)
    assert not Delivery.objects.exists()


def test_an_invitation_says_the_roles_and_how_to_sign_in(desk):
    invite_staff(user_id=desk.pk)
    invite_staff(user_id=desk.pk)
    (mail,) = Delivery.objects.all()
    assert (mail.to_address, mail.event) == (desk.email, "account_invited")
    assert "Receptionist" in mail.body_text
    assert "/account/sign-in/" in mail.body_text
    assert "/account/sign-in/" in mail.body_html
    assign_role(actor=None, user=desk, role=Role.BILLING)
    invite_staff(user_id=desk.pk)
    assert Delivery.objects.count() == 2
