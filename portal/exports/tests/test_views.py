"""The page about one's copy, and who gets the file."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from portal.exports.models import Export
from portal.exports.services import ask_export, collect_export
from tests.jobs import run_jobs

OWN = reverse("exports:own")


def ready(user, ago=timedelta(0)) -> Export:
    at = timezone.now() - ago
    export = ask_export(actor=user, at=at)
    collect_export(export=export, at=at)
    export.refresh_from_db()
    return export


def address(export) -> str:
    return reverse("exports:download", args=[export.public_id])


def test_from_asking_to_the_file(client, clinical_files, ann):
    client.force_login(ann)
    assert reverse("exports:own") in client.get(reverse("accounts:settings")).text
    assert "Ask for a copy" in client.get(OWN).text
    answer = client.post(OWN, follow=True)
    assert "We are collecting your data" in answer.text
    assert "<progress" in answer.text
    assert reverse("exports:progress") in answer.text
    run_jobs()
    page = client.get(OWN).text
    assert "Your copy is ready" in page
    assert "<progress" not in page
    export = Export.objects.get()
    answer = client.get(address(export))
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    body = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(body)) as zipped:
        assert "index.html" in zipped.namelist()
    (entry,) = Entry.objects.filter(action="EXPORT")
    assert (entry.actor, entry.verb) == (ann, "export.downloaded")
    client.post(reverse("exports:remove", args=[export.public_id]))
    assert "Your last copy is deleted" in client.get(OWN).text


def test_asking_needs_a_fresh_proof(unverified_client, ann):
    """A session alone, such as one that was stolen, asks for nothing."""
    unverified_client.force_login(ann)
    answer = unverified_client.post(OWN)
    assert answer.status_code == 403
    assert not Export.objects.exists()
    assert unverified_client.get(OWN).status_code == 200


def test_fetching_needs_a_fresh_proof(unverified_client, clinical_files, ann):
    export = ready(ann)
    unverified_client.force_login(ann)
    answer = unverified_client.get(address(export))
    assert answer.status_code == 403
    assert "zip" not in answer["Content-Type"]
    assert not Entry.objects.filter(verb="export.downloaded").exists()


def test_another_persons_copy_is_not_there(client, clinical_files, ann, zoe):
    export = ready(ann)
    client.force_login(zoe)
    assert client.get(address(export)).status_code == 404
    remove = reverse("exports:remove", args=[export.public_id])
    assert client.post(remove).status_code == 404
    export.refresh_from_db()
    assert export.status == Export.Status.READY


def test_who_works_here_has_no_way_to_it(
    client, clinical_files, ann, dr_lee, desk, medical_admin, admin
):
    export = ready(ann)
    for user in (dr_lee, desk, medical_admin, admin):
        client.force_login(user)
        assert client.get(address(export)).status_code == 403
        assert client.get(OWN).status_code == 403


def test_after_a_day_it_opens_no_more_swept_or_not(client, clinical_files, ann):
    export = ready(ann, ago=timedelta(hours=24))
    client.force_login(ann)
    assert client.get(address(export)).status_code == 404
    assert "Your last copy is deleted" in client.get(OWN).text
    assert "Download" not in client.get(OWN).text


def test_a_second_one_is_refused_kindly(client, clinical_files, ann):
    ready(ann)
    client.force_login(ann)
    answer = client.post(OWN, follow=True)
    assert "A copy is being made or is ready already" in answer.text


def test_the_page_says_when_it_did_not_work(client, ann):
    Export.objects.create(user=ann, status="FAILED")
    client.force_login(ann)
    page = client.get(OWN).text
    assert "It did not work" in page
    assert "Ask for a copy" in page


@pytest.mark.parametrize("name", ["exports:own", "exports:progress"])
def test_visitors_are_sent_to_sign_in(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert "/account/sign-in/" in answer["Location"]
