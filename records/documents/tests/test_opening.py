"""The address that opens a file: one person, session, file and method, minutes."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.users.models import User
from audit.models import Entry
from records.documents.queries import opening_token, opens
from tests.factories.accounts import CareRelationFactory
from tests.factories.records import DocumentFactory, png
from tests.second_factors import VerifiedClient


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def document(ann):
    return DocumentFactory(patient=ann.patient)


def _address(client: Client, document) -> str:
    asked = client.get(reverse("records:download", args=[document.public_id]))
    assert asked.status_code == 302
    return asked["Location"]


def _signed_in(user: User) -> Client:
    client = VerifiedClient()
    client.force_login(user)
    return client


def _opened() -> int:
    return Entry.objects.filter(verb="document.downloaded").count()


def test_the_address_opens_the_file_and_every_opening_is_logged(ann, document):
    client = _signed_in(ann)
    address = _address(client, document)
    assert _opened() == 0
    for count in (1, 2):
        response = client.get(address)
        assert b"".join(response.streaming_content) == png()
        assert response["Content-Length"] == str(len(png()))
        assert _opened() == count


def test_after_five_minutes_it_is_gone(ann, document, monkeypatch):
    client = _signed_in(ann)
    address = _address(client, document)
    later = {"seconds": 297}
    real = time.time
    monkeypatch.setattr(
        "django.core.signing.time.time", lambda: real() + later["seconds"]
    )
    assert client.get(address).status_code == 200
    later["seconds"] = 302
    assert client.get(address).status_code == 404
    assert _opened() == 1


def test_somebody_else_who_may_see_the_file_cannot_use_the_address(
    ann, dr_lee, document
):
    address = _address(_signed_in(ann), document)
    doctor = _signed_in(dr_lee)
    assert doctor.get(address).status_code == 404
    assert doctor.get(_address(doctor, document)).status_code == 200


def test_another_session_of_the_same_person_cannot_use_it(ann, document):
    address = _address(_signed_in(ann), document)
    assert _signed_in(ann).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_it_opens_no_other_file_of_the_same_person(ann, document):
    client = _signed_in(ann)
    other = DocumentFactory(patient=ann.patient)
    address = _address(client, document)
    wrong = address.replace(str(document.public_id), str(other.public_id))
    assert client.get(wrong).status_code == 404


@pytest.mark.parametrize("method", ["head", "post", "put", "delete", "options"])
def test_it_knows_no_other_method(ann, document, method):
    client = _signed_in(ann)
    address = _address(client, document)
    expected = 404 if method == "head" else 405
    assert getattr(client, method)(address).status_code == expected
    assert _opened() == 0


def test_any_changed_sign_closes_it(ann, document):
    client = _signed_in(ann)
    address = _address(client, document)
    token = address.rstrip("/").rsplit("/", 1)[1]
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        bent = token[:place] + other + token[place + 1 :]
        assert client.get(address.replace(token, bent)).status_code == 404, place
    assert _opened() == 0


def test_it_closes_when_the_permission_ends(dr_lee, ann, document):
    doctor = _signed_in(dr_lee)
    address = _address(doctor, document)
    CareRelationFactory._meta.model.objects.all().delete()
    assert doctor.get(address).status_code == 404


@pytest.mark.parametrize("change", [{"state": "QUARANTINED"}, {"state": "REFUSED"}])
def test_it_closes_when_the_file_is_not_clean(ann, document, change):
    client = _signed_in(ann)
    address = _address(client, document)
    type(document).objects.filter(pk=document.pk).update(**change)
    assert client.get(address).status_code == 404


def test_nothing_in_it_names_the_person_the_session_or_the_file(ann, document):
    client = _signed_in(ann)
    address = _address(client, document)
    for secret in (client.session.session_key, "letter", "eye", "Ann"):
        assert secret.lower() not in address.lower()


def test_the_answer_can_do_nothing_and_is_kept_nowhere(ann, document):
    client = _signed_in(ann)
    response = client.get(_address(client, document))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].replace(" ", "") in (
        "private,no-store",
        "no-store,private",
    )


@pytest.mark.parametrize("other", ["person", "session", "file", "method"])
def test_each_thing_that_the_token_is_bound_to_counts_alone(ann, zoe, document, other):
    right = {"document": document, "user": ann, "session": "s", "method": "GET"}
    token = opening_token(**right)
    assert opens(token, **right)
    wrong = {
        "person": {"user": zoe},
        "session": {"session": "t"},
        "file": {"document": DocumentFactory(patient=ann.patient)},
        "method": {"method": "POST"},
    }[other]
    assert not opens(token, **{**right, **wrong})
