"""Health articles with their clinical review, and some that are still on their way."""

from datetime import datetime, time, timedelta
from typing import Any

from wagtail.models import TaskState

from accounts.models import User
from clinic_pages.models import HealthArticle
from clinic_pages.models.reviews import a_review_later, clinical_review
from clinic_pages.services import publish_reviewed
from portal.demo import markup
from portal.demo.content import Prose, days_before
from portal.demo.people import doctor_email
from portal.demo.pictures.still_lives import article_picture
from portal.demo.site import Tree, make_picture
from portal.demo.world import World

_WRITER = "tess.marlowe@larkfield.example"
_REVIEWER = "harriet.whitlock@larkfield.example"
# A published article whose new version a reviewer has sent back.
_SENT_BACK = "sleep"


def load_articles(tree: Tree) -> None:
    """Published articles, one of which has changes asked for, and unpublished ones."""
    world = tree.world
    for prose in world.content.articles:
        article = _add(tree, prose)
        reviewed = days_before(world.today, prose.matter["reviewed_days_ago"])
        publish_reviewed(
            article=article,
            author=_author_user(world, prose),
            reviewer=world.users[doctor_email(world.facts(prose.matter["reviewer"]))],
            reviewed_date=reviewed,
            next_review_date=a_review_later(reviewed),
        )
        _backdate(article, world.moment(reviewed, time(11, 20)))
    for prose in world.content.unpublished:
        article = _add(tree, prose)
        writer = _author_user(world, prose)
        article.save_revision(user=writer)
        if prose.matter["state"] == "in_review":
            _hand_in(article, writer)
    _send_back(tree)


def _add(tree: Tree, prose: Prose) -> HealthArticle:
    """A draft below the list of articles."""
    world, matter = tree.world, prose.matter
    title = matter["title"]
    picture = make_picture(
        f"Drawing for: {title}",
        article_picture(matter["picture"], matter["tone"]),
        prose.slug,
    )
    article = HealthArticle(
        title=title,
        slug=prose.slug,
        search_description=matter["summary"][:250],
        search_image=picture,
        summary=matter["summary"],
        also_known_as=matter.get("also_known_as", ""),
        picture=picture,
        body=article_body(prose.text),
        sources=[
            {
                "type": "source",
                "value": {
                    "title": source["title"],
                    "publisher": source["publisher"],
                    "address": source["url"],
                    "year": None,
                },
            }
            for source in matter["sources"]
        ],
        author=world.doctors.get(matter["author"]),
        author_name=_outside_author(world, matter),
        reviewer=world.doctors.get(matter.get("reviewer", "")),
        live=False,
        owner=_author_user(world, prose),
    )
    article.specialties = [world.specialties[slug] for slug in matter["specialties"]]
    tree.pages["articles"].add_child(instance=article)
    tree.pages[article.slug] = article
    return article


def article_body(text: str) -> list[markup.Block]:
    """The blocks of an article; its care cards stand under a heading of their own."""
    found = markup.blocks(text)
    first = next(
        (n for n, block in enumerate(found) if block["type"] == "care_card"), None
    )
    if first is not None:
        heading = {"type": "text", "value": "<h2>When to get help</h2>"}
        found.insert(first, heading)
    return found


def _outside_author(world: World, matter: dict[str, Any]) -> str:
    """The name of an author who is none of the doctors."""
    if matter["author"] in world.doctors:
        return ""
    return str(world.users[_WRITER])


def _author_user(world: World, prose: Prose) -> User:
    author = prose.matter["author"]
    if author in world.doctors:
        return world.users[doctor_email(world.facts(author))]
    return world.users[_WRITER]


def _backdate(article: HealthArticle, at: datetime) -> None:
    """Let the CMS show the review on the day it was made."""
    rows = HealthArticle.objects.filter(pk=article.pk)
    rows.update(
        first_published_at=at, last_published_at=at, latest_revision_created_at=at
    )
    article.revisions.update(created_at=at - timedelta(days=2))
    TaskState.objects.filter(revision__in=article.revisions.all()).update(
        started_at=at - timedelta(days=2), finished_at=at
    )


def _hand_in(article: HealthArticle, author: User) -> None:
    workflow = clinical_review()
    assert workflow is not None  # noqa: S101 made by a migration
    workflow.start(article, author)


def _send_back(tree: Tree) -> None:
    """A new version is handed in and sent back with a question."""
    writer, reviewer = tree.world.users[_WRITER], tree.world.users[_REVIEWER]
    article = HealthArticle.objects.get(slug=_SENT_BACK)
    article.summary = f"{article.summary} Now with advice for people on shifts."
    article.save_revision(user=writer)
    _hand_in(article, writer)
    state = article.current_workflow_state.current_task_state.specific
    state.reject(
        user=reviewer,
        comment="Good. Which study is the advice on night shifts from? Add it to the "
        "sources.",
    )
