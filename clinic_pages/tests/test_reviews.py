from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPagePermissionError
from wagtail.models import TaskState, WorkflowState

from accounts.users.models import Role
from accounts.users.services import assign_role
from clinic_pages.models import ArticleIndexPage, HealthArticle
from clinic_pages.models.reviews import a_review_later, clinical_review
from clinic_pages.services import NoReviewer, publish_reviewed
from clinic_pages.tasks import publish_scheduled
from foundation.urlconfs import looked_up_in
from tests.factories.accounts import UserFactory
from tests.factories.clinic import DoctorFactory
from tests.factories.pages import (
    TODAY,
    article,
    draft_article,
    index,
    standard_page,
)


@pytest.fixture(autouse=True)
def in_the_cms():
    """What the tests do by hand, the CMS does: its mails lead into it."""
    with looked_up_in(settings.CMS_URLCONF):
        yield


@pytest.fixture
def superuser(admin):
    admin.is_superuser = True
    admin.save()
    return admin


def submitted(author):
    """A draft that waits for its clinical review."""
    page = draft_article()
    page.save_revision(user=author)
    page.get_workflow().start(page, author)
    return page


def act(client, page, action, **data):
    """Press a button of the review in the CMS."""
    state = WorkflowState.objects.get().current_task_state
    name = "wagtailadmin_pages:workflow_action"
    return client.post(reverse(name, args=[page.pk, action, state.pk]), data)


def test_every_article_goes_through_the_clinical_review(author):
    page = draft_article()
    assert page.get_workflow() == clinical_review()
    assert [type(task).__name__ for task in page.get_workflow().tasks.specific()] == [
        "ClinicalReviewTask"
    ]
    assert standard_page().get_workflow().name == "Publisher's approval"


def test_a_reviewer_approves_and_the_article_goes_live(client, author, reviewer):
    page = submitted(author)
    client.force_login(reviewer)
    act(client, page, "approve")
    page.refresh_from_db()
    today = timezone.localdate()
    assert page.live
    assert (page.last_reviewed_date, page.next_review_date) == (
        today,
        a_review_later(today),
    )
    assert TaskState.objects.get().revision == page.live_revision


def test_the_reviewers_name_is_stamped_where_they_are_a_doctor(
    client, author, reviewer
):
    doctor = DoctorFactory(user=reviewer)
    page = submitted(author)
    client.force_login(reviewer)
    act(client, page, "approve")
    page.refresh_from_db()
    assert page.reviewer == doctor


def test_a_review_date_that_lies_ahead_is_kept(client, author, reviewer):
    page = draft_article(next_review_date=timezone.localdate() + timedelta(days=90))
    page.save_revision(user=author)
    page.get_workflow().start(page, author)
    client.force_login(reviewer)
    act(client, page, "approve")
    page.refresh_from_db()
    assert page.next_review_date == timezone.localdate() + timedelta(days=90)


def test_a_reviewer_asks_for_changes(client, author, reviewer):
    page = submitted(author)
    client.force_login(reviewer)
    act(client, page, "reject", comment="Name the dose.")
    page.refresh_from_db()
    assert not page.live
    assert TaskState.objects.get().comment == "Name the dose."
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_NEEDS_CHANGES


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.PUBLISHER, Role.ADMIN])
def test_nobody_else_approves(client, role, author):
    page = submitted(author)
    other = UserFactory()
    assign_role(actor=None, user=other, role=role)
    client.force_login(other)
    act(client, page, "approve")
    page.refresh_from_db()
    assert not page.live


def test_a_superuser_does_not_approve_either(client, superuser, author):
    page = submitted(author)
    client.force_login(superuser)
    act(client, page, "approve")
    page.refresh_from_db()
    assert not page.live


def test_nobody_approves_what_they_handed_in(client, reviewer):
    assign_role(actor=None, user=reviewer, role=Role.PUBLISHER)
    page = submitted(reviewer)
    client.force_login(reviewer)
    act(client, page, "approve")
    page.refresh_from_db()
    assert not page.live


def test_only_the_task_of_reviewing_counts(db, author, editor):
    """An approval by a publisher is none, although it ends a workflow."""
    page = draft_article()
    revision = page.save_revision(user=author)
    workflow = standard_page().get_workflow()
    workflow.start(page, author)
    state = TaskState.objects.get()
    with pytest.raises(PublishPagePermissionError):
        state.specific.approve(user=editor)
    page.refresh_from_db()
    assert not page.live
    assert revision.pk


def publish_by_button(client, page):
    client.post(
        f"/cms/pages/{page.pk}/edit/",
        {
            "title": "Headaches",
            "slug": "headaches",
            "summary": "New words.",
            "body-count": "1",
            "body-0-deleted": "",
            "body-0-order": "0",
            "body-0-type": "callout",
            "body-0-value-kind": "info",
            "body-0-value-heading": "New words",
            "body-0-value-text": '{"blocks":[{"key":"a","text":"x","type":"unstyled",'
            '"depth":0,"inlineStyleRanges":[],"entityRanges":[]}],"entityMap":{}}',
            "sources-count": "0",
            "author_name": "Someone",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
            "action-publish": "1",
        },
    )


def publish_in_bulk(client, page):
    client.post(f"/cms/bulk/wagtailcore/page/publish/?id={page.pk}", {"next": "/cms/"})


def publish_by_code(client, page):
    user = client.session.get("_auth_user_id")
    assert user
    with pytest.raises(PublishPagePermissionError):
        page.get_latest_revision().publish()


def publish_a_copy(client, page):
    parent = index(ArticleIndexPage)
    client.post(
        f"/cms/pages/{page.pk}/copy/",
        {
            "new_title": "Copy",
            "new_slug": "copy",
            "new_parent_page": str(parent.pk),
            "publish_copies": "on",
            "copy_subpages": "",
        },
    )


@pytest.mark.parametrize(
    "way", [publish_by_button, publish_in_bulk, publish_by_code, publish_a_copy]
)
@pytest.mark.parametrize("who", ["editor", "superuser"])
def test_no_way_around_the_review(client, request, db, who, way):
    page = article()
    before = page.live_revision
    page.summary = "Words that nobody checked."
    page.save_revision()
    client.force_login(request.getfixturevalue(who))
    way(client, page)
    live = HealthArticle.objects.live()
    assert [one.summary for one in live] == ["What helps, and when to get seen."]
    page.refresh_from_db()
    assert page.live_revision == before


@pytest.mark.parametrize("who", ["editor", "superuser"])
def test_a_new_article_cannot_be_published_while_it_is_made(client, request, who):
    client.force_login(request.getfixturevalue(who))
    parent = index(ArticleIndexPage)
    form = client.get(f"/cms/pages/add/clinic_pages/healtharticle/{parent.pk}/")
    assert form.status_code == 200
    assert "action-publish" not in form.content.decode()
    client.post(
        f"/cms/pages/add/clinic_pages/healtharticle/{parent.pk}/",
        {
            "title": "Rash",
            "slug": "rash",
            "summary": "x",
            "body-count": "0",
            "sources-count": "0",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
            "action-publish": "1",
        },
    )
    assert not HealthArticle.objects.live().exists()


def test_what_was_approved_goes_live_when_it_is_due(
    client, author, reviewer, monkeypatch
):
    page = draft_article()
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision(user=author)
    page.get_workflow().start(page, author)
    client.force_login(reviewer)
    act(client, page, "approve")
    page.refresh_from_db()
    assert not page.live
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    publish_scheduled()
    page.refresh_from_db()
    assert page.live


def test_a_publisher_may_take_an_article_off(client, editor):
    page = article()
    client.force_login(editor)
    client.post(f"/cms/pages/{page.pk}/unpublish/")
    page.refresh_from_db()
    assert not page.live


def test_an_author_publishes_nothing(client, author):
    page = standard_page(live=False)
    client.force_login(author)
    form = client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert "action-publish" not in form
    assert "action-submit" in form


def test_a_publisher_publishes_other_pages_directly(client, editor):
    page = standard_page(live=False)
    client.force_login(editor)
    form = client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert "action-publish" in form


def test_loading_content_goes_through_the_review_too(author, editor, reviewer):
    page = draft_article()
    with pytest.raises(NoReviewer):
        publish_reviewed(
            article=page,
            author=author,
            reviewer=editor,
            reviewed_date=TODAY,
            next_review_date=TODAY,
        )
    assert not HealthArticle.objects.live().exists()
    publish_reviewed(
        article=page,
        author=author,
        reviewer=reviewer,
        reviewed_date=TODAY,
        next_review_date=TODAY + timedelta(days=365),
    )
    live = HealthArticle.objects.live().get()
    assert live.last_reviewed_date == TODAY


def test_reviewers_hear_of_what_waits_for_them(author, reviewer, mailoutbox):
    submitted(author)
    assert [message.to for message in mail.outbox] == [[reviewer.email]]
    assert "Headaches" in mailoutbox[0].subject


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 3, 16), date(2027, 3, 16)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_a_review_falls_due_a_year_later(day, later):
    assert a_review_later(day) == later


@pytest.fixture
def due(db):
    """Articles overdue, due today, due soon, and due in a year."""
    today = timezone.localdate()
    for title, days in (("Overdue", -3), ("Today", 0), ("Soon", 10), ("Later", 365)):
        article(
            title=title,
            slug=title.lower(),
            reviewed=today - timedelta(days=100),
            due=today + timedelta(days=days),
        )


@pytest.mark.parametrize("who", ["author", "editor", "reviewer", "admin"])
def test_reviews_due_are_listed_for_every_editor(client, request, due, who):
    client.force_login(request.getfixturevalue(who))
    report = client.get("/cms/reports/reviews/").content.decode()
    for words in ("Overdue", "3 days overdue", "Today", "Soon", "in 10 days"):
        assert words in report
    assert "Later" not in report
    assert "3 days overdue" in client.get("/cms/").content.decode()


def test_the_report_can_be_taken_away_as_a_table(client, editor, due):
    client.force_login(editor)
    answer = client.get("/cms/reports/reviews/", {"export": "csv"})
    lines = answer.getvalue().decode().splitlines()
    assert lines[0] == "Title,Reviewer,Last reviewed,Next review"
    assert [line.split(",")[0] for line in lines[1:]] == ["Overdue", "Today", "Soon"]


def test_the_report_asks_the_same_number_of_questions(
    client, editor, db, django_assert_max_num_queries
):
    client.force_login(editor)
    today = timezone.localdate()

    def add(number):
        article(title=f"A{number}", slug=f"a{number}", due=today, reviewed=today)

    add(1)
    client.get("/cms/reports/reviews/")
    with django_assert_max_num_queries(40) as few:
        client.get("/cms/reports/reviews/")
    add(2)
    add(3)
    with django_assert_max_num_queries(len(few)):
        client.get("/cms/reports/reviews/")


def test_an_overdue_article_says_so_to_its_editor_only(client, editor, due):
    page = HealthArticle.objects.get(slug="overdue")
    client.force_login(editor)
    banner = "The clinical review of this article is due"
    assert banner in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    later = HealthArticle.objects.get(slug="later")
    assert banner not in client.get(f"/cms/pages/{later.pk}/edit/").content.decode()
    assert banner not in client.get("/articles/overdue/").content.decode()
