"""Who acts for whom in the demo: Maya for her daughter, others for their parents."""

from datetime import timedelta

from accounts.models import Patient, Proxy, User
from accounts.proxies.models import Scope
from portal.demo.world import World

_DESK = "rosa.delgado@larkfield.example"


def load_families(world: World) -> None:
    """Maya acts for a child, whom the desk confirmed, and for an old patient, in some
    things; she has invited somebody, and somebody asks to act for her. No dice: what
    comes after must not change."""
    maya, children, old, others = _cast(world)
    everything = [scope.value for scope in Scope]
    since = world.at - timedelta(days=90)
    shared = {"starts_at": since, "lapses_at": since + timedelta(days=30)}
    Proxy.objects.create(
        patient=children[0],
        user=maya.user,
        status=Proxy.Status.ACTIVE,
        relation=Proxy.Relation.PARENT,
        scopes=everything,
        ground=Proxy.Ground.MINOR,
        confirmed_by=world.users[_DESK],
        document_seen="Birth certificate",
        until_age=True,
        **shared,
    )
    Proxy.objects.create(
        patient=old[0],
        user=maya.user,
        status=Proxy.Status.ACTIVE,
        relation=Proxy.Relation.CHILD,
        scopes=[Scope.BOOK, Scope.MESSAGES],
        ground=Proxy.Ground.PATIENT,
        **shared,
    )
    Proxy.objects.create(
        patient=maya,
        status=Proxy.Status.INVITED,
        relation=Proxy.Relation.SPOUSE,
        scopes=[Scope.BOOK],
        email="jonas.thornbury@example.org",
        lapses_at=world.at + timedelta(days=29),
    )
    Proxy.objects.create(
        patient=maya,
        user=others[0],
        status=Proxy.Status.ASKED,
        relation=Proxy.Relation.CARER,
        scopes=[Scope.BOOK, Scope.MESSAGES],
        asked_number=maya.number,
        reason="I drive Maya to her visits while her leg heals.",
        lapses_at=world.at + timedelta(days=28),
    )
    Proxy.objects.create(
        patient=children[1],
        user=others[1],
        status=Proxy.Status.ASKED,
        relation=Proxy.Relation.PARENT,
        scopes=everything,
        asked_number=children[1].number,
        reason="I am the child's mother. I bring the birth certificate.",
        lapses_at=world.at + timedelta(days=27),
    )


def _cast(
    world: World,
) -> tuple[Patient, list[Patient], list[Patient], list[User]]:
    """Maya, children under 14, patients over 70, and other patients' accounts."""
    born = world.today.year
    children = [one for one in world.patients if born - one.birth_date.year < 14]
    old = [
        one for one in world.patients if born - one.birth_date.year > 70 and one.user
    ]
    grown = [
        one.user
        for one in world.patients[1:]
        if one.user and 25 < born - one.birth_date.year < 60
    ]
    return world.maya, children, old, grown
