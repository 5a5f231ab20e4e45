"""Each family of addresses that is limited by itself, from outside: one is allowed, the
next is not, and everything else goes on."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.limits.queries import LIMITS
from tests.factories.breaches import BreachFactory
from tests.factories.records import DocumentFactory
from tests.second_factors import VerifiedClient

pytestmark = pytest.mark.django_db
REFUSED = 429


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """No span ends between two requests."""
    now = timezone.now().replace(minute=5, second=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def one_only(settings):
    """Narrow all limits so far that `family` lets a person do it once."""

    def narrow(family):
        (limit,) = [one for one in LIMITS if one.name == family]
        settings.RATE_LIMIT_FACTOR = 1 / (limit.session or limit.person)

    return narrow


def browser(user):
    client = VerifiedClient()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", ["/account/security/forget/{}/", "/account/factor/"])
def test_the_second_step(one_only, ann, path):
    one_only("second step")
    client = browser(ann)
    address = path.format(ann.public_id)
    assert client.post(address).status_code != REFUSED
    assert client.post(address).status_code == REFUSED
    assert client.get("/account/security/").status_code == 200


def test_recovery_by_address_where_nobody_is_signed_in(settings):
    (limit,) = [one for one in LIMITS if one.name == "recovery"]
    settings.RATE_LIMIT_FACTOR = 1 / limit.address
    client = Client()
    path = reverse("recovery:begin_anew", args=["made-up"])
    assert client.post(path).status_code == 404
    assert client.post(path).status_code == REFUSED
    assert client.post(reverse("recovery:lost")).status_code == REFUSED
    assert client.get(path).status_code == 404
    assert Client(REMOTE_ADDR="203.0.113.9").post(path).status_code == 404


def test_recovery_that_staff_start(one_only, desk, ann, dr_lee):
    one_only("recovery")
    client = browser(desk)
    path = reverse("recovery:patient", args=[ann.patient.public_id])
    assert client.post(path).status_code != REFUSED
    assert client.post(path).status_code == REFUSED


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("admin", "clinic:invite"),
        ("ann", "accounts:proxy_invite"),
        ("ann", "accounts:proxy_ask"),
    ],
)
def test_invitations(one_only, request, who, name):
    one_only("invitations")
    client = browser(request.getfixturevalue(who))
    path = reverse(name)
    assert client.post(path, {"email": "x"}).status_code != REFUSED
    answer = client.post(path, {"email": "kept@example.org"})
    assert answer.status_code == REFUSED
    assert "kept@example.org" in answer.text
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("who", "name", "kind"),
    [
        ("medical_admin", "workspace:audit", "csv"),
        ("medical_admin", "workspace:audit", "pdf"),
        ("ann", "portal:access", "csv"),
    ],
)
def test_reports_that_are_taken_as_files(one_only, request, who, name, kind):
    one_only("reports as files")
    client = browser(request.getfixturevalue(who))
    path = reverse(name)
    assert client.get(path, {"as": kind}).status_code == 200
    assert client.get(path, {"as": kind}).status_code == REFUSED
    # Reading them on the page is reading.
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "pdf", "people"])
def test_the_files_of_a_breach(one_only, medical_admin, kind):
    one_only("reports as files")
    client = browser(medical_admin)
    path = reverse("breaches:breach", args=[BreachFactory().public_id])
    assert client.get(path, {"as": kind}).status_code == 200
    assert client.get(path, {"as": kind}).status_code == REFUSED
    assert client.get(path).status_code == 200


def test_the_bytes_of_documents(one_only, ann):
    document = DocumentFactory(patient=ann.patient, uploaded_by=ann)
    one_only("files")
    client = browser(ann)
    (limit,) = [one for one in LIMITS if one.name == "files"]
    assert limit.person > 60
    path = reverse("records:file", args=[document.public_id, "made-up"])
    # Whether the address opens it or not: guessing is counted too.
    assert client.get(path).status_code == 404
    assert client.get(path).status_code == REFUSED
