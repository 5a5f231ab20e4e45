"""People who booked without an account reach their data, and nobody else's."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import Patient, User
from accounts.patients.services import AlreadyClaimed
from accounts.users.services import join_user
from audit.models import Entry
from notifications.models import Delivery
from portal.erasures.services import (
    ask_erasure,
    carry_out,
    decide_erasure,
    release_erasure,
)
from portal.exports.services import ask_export, collect_export
from portal.guest_links.models import GuestLink
from portal.guest_links.queries import link_url, read_link
from portal.guest_links.services import (
    OPENS_FOR,
    LinkOver,
    NotTheirs,
    ask_link,
    forget_links,
    use_link,
)
from portal.guest_links.tasks import send
from portal.models import Erasure, Export
from tests.factories.accounts import PatientFactory
from tests.jobs import run_jobs
from tests.saying import said

pytestmark = pytest.mark.django_db
ASK = reverse("guest_links:ask")
WHY = "They ask for it, and nothing stands in the way."
EMAIL = "guest@example.org"


@pytest.fixture
def guest(db):
    return PatientFactory(first_name="Otto", last_name="Guest", email=EMAIL, user=None)


@pytest.fixture
def account(db):
    """Whoever reads the guest's mail, signed in with a code that was sent there."""
    return _signed_up(EMAIL)


def _signed_up(email):
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    join_user(user=user)
    return user


def mail_to(email):
    return Delivery.objects.filter(event="guest_link", to_address=email).get()


def test_the_link_goes_to_the_address_and_a_second_run_sends_none(guest):
    link = ask_link(email=EMAIL, at=timezone.now())
    for _ in range(2):
        send(link_id=link.pk)
    mail = mail_to(EMAIL)
    assert link_url(link) in mail.body_text
    assert "Otto" not in said(mail.body_text + mail.subject)


def test_who_asks_learns_nothing_whatever_the_address(client, guest, ann):
    """The same page, the same work, for a guest, a patient, and nobody."""
    answers = []
    for email in (EMAIL, ann.email, "nobody@example.org"):
        cache.clear()
        before = len(_jobs())
        answer = client.post(ASK, {"email": email}, follow=True)
        page = re.sub(r"nonce=\S+|value=\"[^\"]{64}\"", "", answer.text)
        answers.append((answer.redirect_chain, len(_jobs()) - before, _plain(page)))
    assert answers[0] == answers[1] == answers[2]
    run_jobs()
    assert "This link leads to your data" in mail_to(EMAIL).body_text
    assert "There is an account with it" in mail_to(ann.email).body_text
    assert "We hold nothing for it" in mail_to("nobody@example.org").body_text
    assert len({mail.subject for mail in Delivery.objects.all()}) == 1


def _jobs():
    return list(OrmQ.objects.all())


def _plain(page):
    return page[page.index("<h1") : page.index("</main")]


def test_it_opens_for_a_day_and_once(guest, account):
    at = timezone.now()
    link = ask_link(email=EMAIL, at=at)
    token = link_url(link).rstrip("/").rpartition("/")[2]
    assert read_link(token, at=at + OPENS_FOR - timedelta(seconds=1)) == link
    assert read_link(token, at=at + OPENS_FOR) is None
    assert read_link(token[:-1], at=at) is None
    with pytest.raises(LinkOver):
        use_link(actor=account, link=link, patient=guest, at=at + OPENS_FOR)
    use_link(actor=account, link=link, patient=guest, at=at)
    guest.refresh_from_db()
    assert guest.user == account
    assert read_link(token, at=at) is None
    with pytest.raises(LinkOver):
        use_link(actor=account, link=link, patient=guest, at=at)


def test_asking_and_using_stand_in_the_log(guest, account):
    link = ask_link(email=EMAIL, at=timezone.now())
    use_link(actor=account, link=link, patient=guest, at=timezone.now())
    entries = Entry.objects.filter(verb__startswith="guest_link.").order_by("pk")
    assert list(entries.values_list("verb", "actor", "patient_id")) == [
        ("guest_link.asked", None, None),
        ("guest_link.used", account.pk, guest.pk),
    ]
    assert EMAIL not in str(list(entries.values()))


def test_only_who_reads_that_mail_uses_it(guest, ann):
    link = ask_link(email=EMAIL, at=timezone.now())
    with pytest.raises(NotTheirs):
        use_link(actor=ann, link=link, patient=guest, at=timezone.now())
    guest.refresh_from_db()
    assert guest.user is None
    assert GuestLink.objects.usable(timezone.now()).filter(pk=link.pk).exists()


def test_somebody_elses_record_is_not_reached_with_ones_own_link(guest, account, ann):
    link = ask_link(email=EMAIL, at=timezone.now())
    with pytest.raises(AlreadyClaimed):
        use_link(actor=account, link=link, patient=ann.patient, at=timezone.now())
    ann.patient.refresh_from_db()
    assert ann.patient.user == ann
    # What failed has not used it up.
    use_link(actor=account, link=link, patient=guest, at=timezone.now())


def test_from_the_address_to_copy_and_erasure(
    client, guest, account, medical_admin, admin, clinical_files
):
    """Sign-in itself is tested where it lives; the link leads there and back."""
    client.post(ASK, {"email": EMAIL})
    run_jobs()
    page = re.search(r"/your-data/\S+/", mail_to(EMAIL).body_text)[0]
    for _ in range(2):
        prove = client.get(page)
        assert "E-mail me a code" in prove.text
        assert "Otto" not in said(prove.text)
        assert "g…@example.org" in prove.text
    sent = client.post(page)
    assert sent.url.startswith(reverse("account_confirm_login_code"))
    assert page in sent.url.replace("%2F", "/").replace("%3A", ":")
    client.force_login(account)
    assert "Otto Guest" in client.get(page).text
    wrong = client.post(page, {"patient": str(PatientFactory().public_id)})
    assert wrong.status_code == 422
    assert "Choose who you are" in wrong.text
    done = client.post(page, {"patient": str(guest.public_id)})
    assert done.url == reverse("exports:own")
    assert client.get(page).status_code == 404
    at = timezone.now()
    ask_export(actor=account, at=at)
    collect_export(export=Export.objects.get(), at=at)
    assert Export.objects.get().status == "READY"
    erasure = ask_erasure(actor=account, words="", at=at)
    decide_erasure(
        actor=medical_admin, erasure=erasure, ground="CONSENT", reason=WHY, at=at
    )
    release_erasure(actor=admin, erasure=erasure, at=at)
    carry_out(erasure=erasure, at=at)
    assert Erasure.objects.get().status == "DONE"
    assert not Patient.objects.filter(last_name="Guest").exists()
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_family_shares_an_address_and_one_chooses_oneself(client, guest, account):
    child = PatientFactory(first_name="Mia", last_name="Guest", email=EMAIL, user=None)
    link = ask_link(email=EMAIL, at=timezone.now())
    client.force_login(account)
    url = link_url(link)
    page = url[url.index("/your-data/") :]
    text = client.get(page).text
    assert "Otto Guest" in text
    assert "Mia Guest" in text
    client.post(page, {"patient": str(guest.public_id)})
    child.refresh_from_db()
    assert child.user is None


def test_who_is_signed_in_with_another_address_sees_no_names(client, guest, ann):
    link = ask_link(email=EMAIL, at=timezone.now())
    client.force_login(ann)
    url = link_url(link)
    answer = client.get(url[url.index("/your-data/") :])
    assert answer.status_code == 403
    assert "Otto" not in said(answer.text)
    assert "g…@example.org" in answer.text


def test_a_wrong_address_is_said(client):
    answer = client.post(ASK, {"email": "guest@"})
    assert answer.status_code == 422
    assert "like name@example.com" in answer.text
    assert not GuestLink.objects.exists()


def test_nobody_is_flooded_with_links(client, guest, settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "guest_link": "2/h/key",
    }
    cache.clear()
    codes = [client.post(ASK, {"email": EMAIL}).status_code for _ in range(3)]
    assert codes == [302, 302, 429]
    assert GuestLink.objects.count() == 2


def test_links_that_are_over_are_forgotten():
    at = timezone.now()
    old = ask_link(email=EMAIL, at=at - OPENS_FOR)
    new = ask_link(email=EMAIL, at=at)
    assert forget_links(at=at) == 1
    assert list(GuestLink.objects.all()) == [new]
    assert old != new
