from datetime import date
from io import BytesIO

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Patient
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.jobs import run_jobs
from tests.second_factors import code_of, keep, with_app

pytestmark = pytest.mark.django_db
PROFILE = "/portal/account/"
PICTURE = "/portal/account/picture/"
SETTINGS = "/portal/account/settings/"
MAYA = {
    "first_name": "Maya",
    "last_name": "Thornbury",
    "birth_date_day": "2",
    "birth_date_month": "5",
    "birth_date_year": "1990",
    "sex": "FEMALE",
    "phone": "07700 900555",
    "address": " 14 Canal Street \r\n\r\n Westhaven",
    "language": "pt",
}


@pytest.fixture(autouse=True)
def _clinical_files(monkeypatch, tmp_path):
    """Pictures of this test in a folder of its own."""
    field = Patient._meta.get_field("picture")
    monkeypatch.setattr(field, "storage", FileSystemStorage(tmp_path, base_url=None))


@pytest.fixture
def newcomer():
    user = UserFactory(first_name="", last_name="")
    assign_role(actor=None, user=user, role=Role.PATIENT)
    return user


def upload(name="me.png", kind="PNG", color="red"):
    written = BytesIO()
    Image.new("RGB", (700, 500), color).save(written, kind)
    return {"picture": SimpleUploadedFile(name, written.getvalue())}


def test_the_account_needs_signing_in(client):
    for path in (PROFILE, SETTINGS):
        assert client.get(path).url == f"/account/sign-in/?next={path}"
    assert client.post(PICTURE).status_code == 302


def test_a_newcomer_says_who_they_are_and_goes_on(client, newcomer):
    client.force_login(newcomer)
    assert "Tell us who you are" in client.get(PROFILE).content.decode()
    assert client.post(PROFILE, MAYA).url == "/portal/"
    patient = Patient.objects.get(user=newcomer)
    assert patient.full_name == "Maya Thornbury"
    assert patient.birth_date == date(1990, 5, 2)
    assert patient.phone == "+447700900555"
    assert patient.address == "14 Canal Street\nWesthaven"
    assert patient.language == "pt"
    assert client.get("/portal/").status_code == 200


def test_wrong_answers_keep_everything_typed(client, newcomer):
    client.force_login(newcomer)
    wrong = MAYA | {"phone": "12", "birth_date_month": "13", "last_name": ""}
    page = client.post(PROFILE, wrong).content.decode()
    for words in (
        "Enter a phone number we can text",
        "Enter a month of birth",
        "Enter your last name",
    ):
        assert words in page
    for typed in ('value="12"', 'value="13"', 'value="Maya"', "14 Canal Street"):
        assert typed in page
    assert not Patient.objects.exists()


def test_a_patient_changes_their_details(client, ann):
    client.force_login(ann)
    assert client.get(PROFILE).context["form"].initial["first_name"] == "Ann"
    assert client.post(PROFILE, MAYA).url == PROFILE
    ann.patient.refresh_from_db()
    assert ann.patient.last_name == "Thornbury"
    assert Entry.objects.filter(verb="patient.changed", actor=ann).exists()


def test_fields_that_nobody_asked_for_are_ignored(client, ann, zoe):
    client.force_login(ann)
    number = ann.patient.number
    client.post(PROFILE, MAYA | {"user": zoe.pk, "number": "P-1", "email": "x@y.zz"})
    ann.patient.refresh_from_db()
    assert (ann.patient.user, ann.patient.number) == (ann, number)
    assert ann.patient.email == ann.email


def test_staff_have_a_name_and_no_record(client, desk):
    client.force_login(desk)
    page = client.get(PROFILE).content.decode()
    assert "Date of birth" not in page
    client.post(PROFILE, {"first_name": "Desiree", "last_name": "Front"})
    desk.refresh_from_db()
    assert desk.get_full_name() == "Desiree Front"
    assert not Patient.objects.exists()


def test_another_phone_number_takes_a_fresh_proof_and_is_told_by_mail(client, ann):
    device = with_app(ann)
    ann.patient.phone = "+447700900001"
    ann.patient.save()
    client.force_login(ann)
    session = client.session
    session["factor"] = session["factor"] | {"at": 0}
    keep(client, session)
    # What is not the number is changed as before, and so is the number in other words.
    same = client.post(PROFILE, MAYA | {"phone": "07700 900001"})
    assert same.status_code == 302
    asked = client.post(PROFILE, MAYA)
    assert asked.status_code == 403
    assert "Confirm that it is you" in asked.text
    assert "14 Canal Street" in asked.text
    ann.patient.refresh_from_db()
    assert ann.patient.phone == "+447700900001"
    run_jobs()
    assert not Delivery.objects.filter(event="account_sign_in_changed").exists()
    proof = {"step_up": "code", "step_up_code": code_of(device)}
    assert client.post(PROFILE, MAYA | proof).status_code == 302
    ann.patient.refresh_from_db()
    assert ann.patient.phone == "+447700900555"
    run_jobs()
    mail = Delivery.objects.get(event="account_sign_in_changed")
    assert mail.user == ann
    assert "Your mobile phone number was changed" in mail.body_text
    assert "900555" not in mail.body_text


def test_a_picture_is_kept_and_shown_to_those_who_may(
    client, ann, zoe, dr_lee, dr_roy, desk, editor
):
    client.force_login(ann)
    assert client.post(PICTURE, upload()).url == PROFILE
    ann.patient.refresh_from_db()
    assert ann.patient.picture.name.startswith("pictures/")
    assert "me" not in ann.patient.picture.name
    shown = f"{PICTURE}{ann.patient.public_id}/"
    answer = client.get(shown)
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    picture = Image.open(BytesIO(b"".join(answer.streaming_content)))
    assert picture.size == (512, 512)
    allowed = {}
    for user in (zoe, dr_lee, dr_roy, desk, editor):
        client.force_login(user)
        allowed[user.first_name] = client.get(shown).status_code
    assert allowed == {"Zoe": 404, "Lee": 200, "Roy": 404, "Desi": 200, "Edda": 404}


def test_a_new_picture_replaces_the_file_of_the_old(
    client, ann, tmp_path, django_capture_on_commit_callbacks
):
    client.force_login(ann)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(PICTURE, upload())
        client.post(PICTURE, upload(color="blue"))
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post(PICTURE, {"remove": "1"})
    assert list((tmp_path / "pictures").iterdir()) == []
    ann.patient.refresh_from_db()
    assert not ann.patient.picture
    assert client.get(f"{PICTURE}{ann.patient.public_id}/").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg/>", b"%PDF-1.7", b"\xff\xd8 broken", b"GIF89a"]
)
def test_what_is_no_picture_is_refused_beside_the_field(client, ann, content):
    client.force_login(ann)
    page = client.post(PICTURE, {"picture": SimpleUploadedFile("a.png", content)})
    assert "Choose a JPEG or PNG picture" in page.content.decode()
    ann.patient.refresh_from_db()
    assert not ann.patient.picture


def test_no_file_chosen_says_so(client, ann):
    client.force_login(ann)
    assert "Choose a picture first" in client.post(PICTURE, {}).content.decode()


def test_the_time_zone_is_kept_for_pages_and_messages(client, ann):
    client.force_login(ann)
    assert client.post(SETTINGS, {"time_zone": "Europe/Athens"}).url == SETTINGS
    ann.refresh_from_db()
    ann.patient.refresh_from_db()
    assert (ann.time_zone, ann.patient.time_zone) == ("Europe/Athens",) * 2
    page = client.post(SETTINGS, {"time_zone": "Mars/Base"}).content.decode()
    assert "Choose a time zone from the list" in page
    client.post(SETTINGS, {"time_zone": "clinic"})
    ann.refresh_from_db()
    assert ann.time_zone == ""


def test_every_page_of_ones_account_leads_to_the_others(client, ann):
    ann.set_unusable_password()
    ann.save()
    client.force_login(ann)
    page = client.get(SETTINGS).content.decode()
    for path in (
        PROFILE,
        "/portal/account/messages/",
        "/account/email/",
        "/account/password/new/",
        "/account/sessions/",
    ):
        assert f'href="{path}"' in page
