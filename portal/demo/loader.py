"""Loads the demo clinic: everything or nothing, the same at each loading of a day."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from django.db import connection, transaction

from accounts.models import User
from audit.services import record
from clinic.models import Location
from clinic_pages.models import LocationPage
from clinic_pages.renditions import make_renditions
from portal.demo import (
    advice,
    consents,
    credentials,
    doubles,
    factors,
    facts,
    families,
    forms,
    front,
    histories,
    messages,
    money,
    papers,
    people,
    quiet,
    reviews,
    rooms,
    rota,
    site,
    visits,
    waiting,
)
from portal.demo.content import load
from portal.demo.world import World

Say = Callable[[str], None]


def is_loaded() -> bool:
    """Whether a clinic is there already, this one or another."""
    return Location.objects.exists()


def password() -> str:
    """The one password of all demo accounts."""
    found: str = load().people["password"]
    return found


def load_demo(*, at: datetime, say: Say) -> World:
    """Fill an empty database, as of the moment `at` (aware, UTC).

    Tells of each step through `say`. Files of pictures and papers go to their storages,
    payments also into the books of the payment sandbox.
    """
    world = World(load(), at, make_password(password()), say)
    with transaction.atomic():
        with quiet.quietly():
            _load_care(world)
            _load_pages(world)
        with _step(say, "Search index"):
            quiet.build_indexes()
        record(actor=None, verb="demo.loaded", subject=_admin(world))
        # Constraints that wait for the end of the transaction speak now, by name.
        connection.check_constraints()
    with _step(say, "Pictures of the home page"):
        for page in LocationPage.objects.live():
            make_renditions(page)
    for cache in caches.all():
        cache.clear()
    return world


def _load_care(world: World) -> None:
    say = world.say
    with _step(say, "Places, doctors and hours"):
        facts.load_facts(world)
    with _step(say, "People and their accounts"):
        people.load_staff(world)
        people.load_patients(world)
        families.load_families(world)
        factors.load_factors(world)
        credentials.load_credentials(world)
        consents.load_consents(world)
    with _step(say, "Two months of appointments"):
        planned = visits.plan_visits(world)
        changes = histories.tell(world, planned)
        histories.save(world, planned, changes)
    with _step(say, "Payments and refunds"):
        money.load_money(world, changes)
    with _step(say, "Letters and prescriptions"):
        papers.load_papers(world)
    with _step(say, "Forms before visits"):
        forms.load_forms(world)
    with _step(say, "Messages"):
        messages.load_messages(world, changes)
    with _step(say, "Waiting list and moves"):
        waiting.load_waiting(world)
        rooms.break_room(world)
    with _step(say, "Reviews and double records"):
        reviews.load_reviews(world)
        doubles.load_doubles(world)
    with _step(say, "The rota"):
        rota.load_rota(world)


def _load_pages(world: World) -> None:
    say = world.say
    with _step(say, "Pages and portraits"):
        tree = site.load_site(world)
    with _step(say, "Health articles"):
        advice.load_articles(tree)
        front.load_front(tree)


def _admin(world: World) -> User:
    return world.users["alma.reyes@larkfield.example"]


@contextmanager
def _step(say: Say, words: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    say(f"    {words:<30} {time.monotonic() - begun:5.1f} s")
