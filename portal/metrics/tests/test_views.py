import re
from datetime import timedelta

import pytest
import requests
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ

from audit.seals.services import check_log
from foundation.jobs import enqueue
from portal.health.services import note_worker_seen
from tests.cms import CmsClient
from tests.factories.notifications import DeliveryFactory
from tests.servers import running_web

TOKEN = "a-token-for-tests-that-is-long-enough"


def ask(client, token=TOKEN, **more):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}, **more)


def figure(text: str, name: str) -> float:
    """The sum of all samples of that name."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert found, name
    return sum(float(one) for one in found)


@pytest.mark.django_db
def test_without_a_setting_there_is_no_such_page(client, settings):
    assert not settings.METRICS_TOKEN
    assert ask(client).status_code == 404
    assert ask(client, token="").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "Zürich"])
def test_a_wrong_token_finds_no_page(client, settings, token):
    settings.METRICS_TOKEN = TOKEN
    assert ask(client).status_code == 200
    assert ask(client, token=token).status_code == 404
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_known_addresses_need_no_token_and_others_find_no_page(client, settings):
    settings.METRICS_NETWORKS = ["10.1.0.0/16", "fd00::/8"]
    for address, status in [
        ("10.1.2.3", 200),
        ("fd00::7", 200),
        ("10.2.2.3", 404),
        ("127.0.0.1", 404),
    ]:
        answer = client.get("/metrics", REMOTE_ADDR=address)
        assert answer.status_code == status, address


@pytest.mark.django_db
def test_nobody_becomes_a_known_address_by_saying_so(client, settings):
    settings.METRICS_NETWORKS = ["10.1.0.0/16"]
    answer = client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"})
    assert answer.status_code == 404


@pytest.mark.django_db
def test_the_figures_are_true(client, settings, clinical_files):
    settings.METRICS_TOKEN = TOKEN
    cache.clear()
    now = timezone.now()
    note_worker_seen(at=now - timedelta(seconds=40))
    OrmQ.objects.all().delete()
    enqueue("portal.health.tasks.beat")
    enqueue("portal.health.tasks.beat")
    OrmQ.objects.filter(pk=OrmQ.objects.first().pk).update(
        lock=now - timedelta(minutes=5)
    )
    # This one is in a worker's hands.
    enqueue("portal.health.tasks.beat")
    OrmQ.objects.filter(pk=OrmQ.objects.last().pk).update(
        lock=now + timedelta(minutes=1)
    )
    DeliveryFactory(failed=True)
    DeliveryFactory(send_after=now - timedelta(minutes=1))
    DeliveryFactory(send_after=now + timedelta(hours=1))
    check_log(at=now)
    text = ask(client).text
    assert figure(text, "medconsult_jobs_waiting") == 2
    assert figure(text, "medconsult_oldest_job_seconds") == pytest.approx(300, abs=20)
    assert figure(text, "medconsult_worker_seen_seconds") == pytest.approx(40, abs=20)
    assert figure(text, "medconsult_messages_failed") == 1
    assert figure(text, "medconsult_messages_due") == 1
    assert figure(text, "medconsult_audit_breaks") == 0
    assert figure(text, "medconsult_audit_checked_seconds") < 30
    assert 'medconsult_part_works{part="storage"} 1.0' in text
    assert "scanner" not in text


@pytest.mark.django_db
def test_no_figure_names_anybody_or_what_they_asked_for(client, settings, ann):
    settings.METRICS_TOKEN = TOKEN
    client.force_login(ann)
    client.get("/search/?q=Quillwort")
    client.get("/portal/")
    client.get("/nowhere/Quillwort/")
    client.generic("QUILLWORT", "/")
    text = ask(client).text
    assert 'view="search:search"' in text
    for word in ("Quillwort", "QUILLWORT", "nowhere", "ann@", str(ann.public_id)):
        assert word not in text
    labels = set(re.findall(r"[{,](\w+)=", text))
    assert labels == {"view", "status", "part", "le"}


@pytest.mark.django_db
def test_the_cms_tells_its_own_requests_and_nothing_that_its_role_may_not_read(
    settings,
):
    settings.METRICS_TOKEN = TOKEN
    desk = CmsClient()
    assert desk.get("/metrics").status_code == 404
    desk.get("/cms/left/")
    text = ask(desk).text
    assert 'medconsult_requests_total{status="200",view="cms_left"}' in text
    assert "medconsult_jobs_waiting" not in text
    assert "medconsult_part_works" not in text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_several_processes_answer_with_the_same_sum():
    token = {"Authorization": f"Bearer {TOKEN}"}
    with running_web(METRICS_TOKEN=TOKEN, WEB_PROCESSES="3") as port:
        url = f"http://127.0.0.1:{port}"
        for _ in range(40):
            requests.get(f"{url}/healthz", timeout=30)
        sums = set()
        for _ in range(12):
            answer = requests.get(f"{url}/metrics", headers=token, timeout=30)
            assert answer.status_code == 200, answer.text
            health = 'view="health:healthz"'
            lines = [one for one in answer.text.splitlines() if health in one]
            sums.add(figure("\n".join(lines), "medconsult_requests_total"))
        assert sums == {40}
        assert requests.get(f"{url}/metrics", timeout=30).status_code == 404
