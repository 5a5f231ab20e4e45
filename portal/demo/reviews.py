"""What patients of the demo say about their visits. Deals with dice of its own, so that
nothing else of the demo changes."""

from datetime import timedelta
from random import Random
from typing import Any

from booking.appointments.models import Status
from booking.models import Appointment, Review, ReviewAsk
from booking.reviews.models import Answer, Waited
from booking.reviews.queries import standing
from clinic.doctors.services import set_reviews
from portal.demo.content import read_toml
from portal.demo.world import SEED, World

_ADMIN = "martin.keogh@larkfield.example"
# Of ten who had a visit so many say something; of these the newest are not read yet.
_SPEAK, _UNREAD = 0.45, 5
_STARS, _OFTEN = (5, 4, 3, 2), (55, 28, 11, 6)
_WAITED = {
    5: (Waited.ON_TIME, Waited.ON_TIME, Waited.QUARTER),
    4: (Waited.ON_TIME, Waited.QUARTER),
    3: (Waited.QUARTER, Waited.HALF),
    2: (Waited.HALF, Waited.LONGER),
}
_AGREE = {
    5: (Answer.YES,),
    4: (Answer.YES, Answer.YES, Answer.PARTLY),
    3: (Answer.YES, Answer.PARTLY),
    2: (Answer.PARTLY, Answer.NO),
}


def load_reviews(world: World) -> None:
    """Reviews of the visits of the last weeks, most of them read and shown."""
    words = read_toml("reviews.toml")
    dice = Random(SEED)  # noqa: S311 it deals out the demo  # nosec B311
    visits = Appointment.objects.filter(
        status=Status.COMPLETED, patient__isnull=False, ends_at__lte=world.at
    ).order_by("starts_at", "pk")
    had = list(visits.filter(ends_at__lte=world.at - timedelta(days=2)))
    # So that a worker that begins now asks none of them.
    ReviewAsk.objects.bulk_create(
        ReviewAsk(appointment=visit, asked_at=world.at) for visit in visits
    )
    told: set[Any] = set()
    reviews = [
        _review(visit, words, dice, told) for visit in had if dice.random() < _SPEAK
    ]
    _decide(world, sorted(reviews, key=lambda one: one.written_at), words, dice)
    Review.objects.bulk_create(reviews)
    for doctor in world.doctors.values():
        count, average = standing(doctor.pk)
        set_reviews(doctor_id=doctor.pk, count=count, average=average)


def _review(visit: Any, words: Any, dice: Random, told: set[Any]) -> Review:
    stars = dice.choices(_STARS, _OFTEN)[0]
    said = next(one["comments"] for one in words["say"] if one["stars"] == stars)
    # Nobody says of one doctor what another has said.
    comment = dice.choice(said)
    if (visit.doctor_id, comment) in told:
        comment = ""
    told.add((visit.doctor_id, comment))
    written_at = visit.ends_at + timedelta(hours=dice.randint(2, 47))
    return Review(
        appointment=visit,
        doctor_id=visit.doctor_id,
        stars=stars,
        waited=dice.choice(_WAITED[stars]),
        listened=dice.choice(_AGREE[stars]),
        again=dice.choice(_AGREE[stars]),
        comment=comment,
        written_at=written_at,
    )


def _decide(world: World, reviews: list[Review], words: Any, dice: Random) -> None:
    """All but the newest are read; one of them is not shown."""
    for review in reviews[:-_UNREAD]:
        review.status, review.decided_by = Review.Status.SHOWN, world.users[_ADMIN]
        review.decided_at = min(review.written_at + timedelta(hours=20), world.at)
        review.words = review.comment
        reply = words["replies"].get(str(review.stars), "")
        if reply and review.comment and dice.random() < 0.7:
            review.reply, review.replied_at = reply, review.decided_at
    if len(reviews) > _UNREAD:
        hidden = reviews[0]
        hidden.status, hidden.words, hidden.reply = Review.Status.HIDDEN, "", ""
        hidden.comment = words["hidden"]["comment"]
        hidden.reason = words["hidden"]["reason"]
