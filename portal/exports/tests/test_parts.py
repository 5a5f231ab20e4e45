"""A copy that takes longer than one job: made part by part, one file for its owner."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment
from portal.exports import services
from portal.exports.models import Export, ExportPart
from portal.exports.queries import Archive, Person, Progress, kinds, whole
from portal.exports.queries.zipping import Sink, entries_of, go_on
from portal.exports.services import (
    GIVEN_UP,
    ask_export,
    collect_export,
    fail_export,
    remove_export,
    sweep_exports,
)
from portal.holdings.queries import records_of
from tests.factories.booking import AppointmentFactory
from tests.factories.records import DocumentFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
AT = timezone.now()
COLLECT = "portal.exports.tasks.collect"


@pytest.fixture
def papers(clinical_files, ann):
    """Three files and a visit."""
    AppointmentFactory(patient=ann.patient, starts_at=AT + timedelta(days=2))
    return [
        DocumentFactory(patient=ann.patient, is_shared_with_patient=True)
        for _ in range(3)
    ]


def at_once():
    """No time at all: each job writes the least there is."""
    return True


def collect(export, at=AT):
    collect_export(export=export, at=at, is_over=at_once)
    export.refresh_from_db()


def to_the_end(export):
    """Runs job after job; how many it took."""
    for number in range(1, 200):
        collect(export, at=AT + timedelta(seconds=number))
        if export.status != Export.Status.COLLECTING:
            return number
    raise AssertionError("It never ends.")


def held(folder):
    return [path for path in (folder / "exports").rglob("*") if path.is_file()]


def opened(export):
    data = whole(export).read()
    assert len(data) == export.size
    return zipfile.ZipFile(io.BytesIO(data))


def in_one_go(user):
    person = Person(user=user, patients=records_of(user))
    archive = Archive(person, at=AT, on_step=lambda done: None)
    return zipfile.ZipFile(io.BytesIO(b"".join(archive.chunks())))


def test_job_by_job_it_becomes_the_same_archive(ann, papers):
    export = ask_export(actor=ann, at=AT)
    jobs = to_the_end(export)
    units = len(kinds()) + len(papers)
    assert jobs == units + 1
    assert (export.status, export.done, export.total) == ("READY", units, units)
    made, expected = opened(export), in_one_go(ann)
    assert made.testzip() is None
    assert made.namelist() == expected.namelist()
    # The export itself, and the log of it, are younger than the other archive's rows.
    moving = {"data/exports.json", "data/access_log.json", "sheets/access_log.csv"}
    said = {"manifest.json", "index.html", "fhir/bundle.json"}
    for name in set(made.namelist()) - moving - said:
        assert made.read(name) == expected.read(name), name
    manifest = json.loads(made.read("manifest.json"))
    assert manifest["counts"]["files"] == len(papers)
    assert manifest["files_that_we_could_not_open"] == []
    page = made.read("index.html").decode()
    for holding in kinds().values():
        assert holding.title.replace("'", "&#x27;") in page


@pytest.mark.parametrize("is_over", [at_once, lambda: False])
def test_a_long_table_goes_on_in_another_file_and_another_job(
    ann, papers, monkeypatch, is_over
):
    monkeypatch.setattr("portal.exports.queries.archive.MOST_IN_FILE", 2)
    monkeypatch.setattr("portal.exports.queries.archive.MOST_ON_PAGE", 3)
    for days in range(3, 7):
        AppointmentFactory(patient=ann.patient, starts_at=AT + timedelta(days=days))
    export = ask_export(actor=ann, at=AT)
    for number in range(200):
        at = AT + timedelta(seconds=number)
        collect_export(export=export, at=at, is_over=is_over)
        export.refresh_from_db()
        if export.status != Export.Status.COLLECTING:
            break
    made = opened(export)
    assert made.testzip() is None
    names = ["appointments", "appointments-2", "appointments-3"]
    found = [name for name in made.namelist() if "/appointments" in name]
    assert sorted(found) == sorted(
        [f"data/{name}.json" for name in names]
        + [f"sheets/{name}.csv" for name in names]
    )
    rows = [json.loads(made.read(f"data/{name}.json")) for name in names]
    assert [len(some) for some in rows] == [2, 2, 1]
    visits = Appointment.objects.filter(patient=ann.patient).order_by("pk")
    said = [row["reference"] for some in rows for row in some]
    assert said == [visit.reference for visit in visits]
    sheets = [made.read(f"sheets/{name}.csv").decode() for name in names]
    assert [len(sheet.splitlines()) for sheet in sheets] == [3, 3, 2]
    assert all(one in "".join(sheets) for one in said)
    assert json.loads(made.read("manifest.json"))["counts"]["appointments"] == 5
    page = made.read("index.html").decode()
    assert "And 2 more" in page
    assert "the numbered files that go on from it" in page


def test_a_table_that_just_fits_has_one_file(ann, papers, monkeypatch):
    monkeypatch.setattr("portal.exports.queries.archive.MOST_IN_FILE", 1)
    found = in_one_go(ann).namelist()
    assert [name for name in found if "/appointments" in name] == [
        "data/appointments.json",
        "sheets/appointments.csv",
    ]


def test_each_part_queues_the_next_and_the_page_says_how_far(client, ann, papers):
    export = ask_export(actor=ann, at=AT)
    before = len([job for job in queued_jobs() if job[0] == COLLECT])
    collect(export)
    assert export.status == Export.Status.COLLECTING
    assert export.is_between
    after = [job for job in queued_jobs() if job[0] == COLLECT]
    assert len(after) == before + 1
    assert after[-1][1] == {"export_id": export.pk}
    client.force_login(ann)
    page = client.get(reverse("exports:progress")).text
    assert f"1 of {len(kinds()) + len(papers)} kinds of data and files" in page


def test_a_job_with_time_makes_it_in_one(ann, papers, clinical_files):
    export = ask_export(actor=ann, at=AT)
    collect_export(export=export, at=AT)
    export.refresh_from_db()
    assert export.status == Export.Status.READY
    assert not ExportPart.objects.exists()


def test_killed_in_any_part_it_goes_on_from_the_last_whole_one(
    ann, papers, clinical_files, monkeypatch
):
    """A worker dies in the middle of every second part."""
    export = ask_export(actor=ann, at=AT)
    note, killed, at = services._note, 0, AT

    def die(rows, done):
        raise KeyboardInterrupt

    for number in range(200):
        monkeypatch.setattr(services, "_note", note if number % 2 else die)
        # As late as the queue hands it out anew.
        at += timedelta(seconds=61)
        try:
            collect(export, at=at)
        except KeyboardInterrupt:
            killed += 1
        export.refresh_from_db()
        if export.status == Export.Status.READY:
            break
    assert killed > 5
    made = opened(export)
    assert made.testzip() is None
    assert made.namelist() == in_one_go(ann).namelist()
    # Nothing half written is left.
    parts = export.parts.count()
    assert len(held(clinical_files)) == 2 * (parts + 1)


def test_two_workers_at_once_make_no_part_twice(ann, papers, clinical_files):
    export = ask_export(actor=ann, at=AT)
    collect(export)
    # Both read it before either began.
    one, two = Export.objects.get(), Export.objects.get()
    assert services._claim(one, AT) is not None
    assert services._claim(two, AT) is None
    assert ExportPart.objects.count() == 1


@pytest.mark.parametrize(
    ("last_step", "is_over"), [("_pause", at_once), ("_finish", lambda: False)]
)
def test_a_worker_that_comes_back_late_adds_nothing(
    ann, papers, clinical_files, monkeypatch, settings, last_step, is_over
):
    """The queue took it for dead, and another made the next part meanwhile: neither a
    part of the late one's nor all that it made gets between those of the other."""
    export = ask_export(actor=ann, at=AT)
    late = AT + timedelta(seconds=settings.Q_CLUSTER["timeout"])
    real = getattr(services, last_step)

    def comes_late(*given):
        monkeypatch.setattr(services, last_step, real)
        collect(Export.objects.get(), at=late)
        return real(*given)

    monkeypatch.setattr(services, last_step, comes_late)
    collect_export(export=export, at=AT, is_over=is_over)
    export.refresh_from_db()
    assert (export.status, ExportPart.objects.count()) == ("COLLECTING", 1)
    # The sealed part and its key.
    assert len(held(clinical_files)) == 2
    to_the_end(export)
    made = opened(export)
    assert made.testzip() is None
    assert made.namelist() == in_one_go(ann).namelist()


def test_what_lies_in_between_is_sealed_and_forgotten(ann, papers, clinical_files):
    export = ask_export(actor=ann, at=AT)
    collect(export)
    collect(export, at=AT + timedelta(seconds=1))
    first, second = ExportPart.objects.order_by("number")
    assert not first.progress
    assert Progress.from_json(second.progress).written == list(kinds())[:2]
    for path in held(clinical_files):
        assert b"account.json" not in path.read_bytes()
    to_the_end(export)
    assert not ExportPart.objects.exclude(progress="").exists()


def test_its_owner_downloads_all_of_it(client, ann, papers):
    export = ask_export(actor=ann, at=AT)
    to_the_end(export)
    client.force_login(ann)
    page = reverse("exports:download", args=[export.public_id])
    answer = client.get(page)
    data = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(data)) == str(export.size)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


@pytest.mark.parametrize("how", ["removed", "failed", "swept", "given up"])
def test_no_part_outlives_it(ann, papers, clinical_files, how):
    export = ask_export(actor=ann, at=AT)
    collect(export)
    collect(export, at=AT + timedelta(seconds=1))
    if how in {"removed", "swept"}:
        to_the_end(export)
    assert held(clinical_files)
    if how == "removed":
        remove_export(actor=ann, export=export)
    elif how == "failed":
        fail_export(export=export)
    else:
        late = GIVEN_UP if how == "given up" else timedelta(days=2)
        sweep_exports(at=AT + late + timedelta(minutes=1))
    assert held(clinical_files) == []
    assert not ExportPart.objects.exists()


def test_offsets_and_directory_go_on():
    """Read by the system's own reader of ZIPs; members of each go stand where the
    directory says."""
    entries, data = [], b""
    for number in range(3):
        sink = Sink(len(data))
        zipped = go_on(sink, entries)
        zipped.writestr(f"{number}.txt", "x" * 1000)
        entries = entries_of(zipped)
        if number == 2:
            zipped.close()
        data += b"".join(sink.take(least=1))
        assert sink.tell() == len(data)
    whole_zip = zipfile.ZipFile(io.BytesIO(data))
    assert whole_zip.testzip() is None
    assert whole_zip.namelist() == ["0.txt", "1.txt", "2.txt"]
