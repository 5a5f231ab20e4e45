import json

import pytest
from django.test import Client
from django.utils import timezone

from portal.policy_reports.models import PolicyReport
from portal.policy_reports.services import MOST_A_DAY

pytestmark = pytest.mark.django_db
TAKE, LIST = "/policy-reports/", "/clinic/settings/policy-reports/"


def send(data, kind="application/csp-report"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(TAKE, body, content_type=kind).status_code


def old(**fields):
    return {
        "csp-report": {
            "document-uri": "http://testserver/account/sign-in/?next=/ann/",
            "violated-directive": "script-src 'self'",
            "blocked-uri": "https://evil.example/x.js?name=ann",
            "script-sample": "Ann has eczema",
            "referrer": "http://testserver/portal/secret/",
            **fields,
        }
    }


def test_a_report_is_counted_and_says_nothing_of_anybody():
    assert send(old()) == 204
    assert send(old()) == 204
    row = PolicyReport.objects.get()
    assert (row.page, row.directive, row.blocked, row.count) == (
        "account_login",
        "script-src",
        "https://evil.example",
        2,
    )
    everything = str(PolicyReport.objects.values().get())
    assert not any(word in everything for word in ("ann", "eczema", "secret", "x.js"))


def test_the_newer_spelling_is_read_too():
    body = {"effectiveDirective": "img-src", "blockedURL": "inline", "documentURL": "x"}
    sent = [{"type": "csp-violation", "body": body}] * 3
    assert send(sent, "application/reports+json") == 204
    assert PolicyReport.objects.get().count == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"nothing", b"[]", b"{}", b"[1]", b'{"csp-report": 5}', b"\xff\xfe",
     b'{"csp-report": {"violated-directive": "<script>"}}', b"[" * 15_000],
)  # fmt: skip
def test_nonsense_is_refused(body):
    assert send(body) == 400
    assert not PolicyReport.objects.exists()


def test_what_is_too_large_is_refused():
    assert send(b"x" * 16_001) == 413


def test_nobody_fills_the_disk():
    now = timezone.now()
    PolicyReport.objects.bulk_create(
        PolicyReport(
            day=now.date(), page="x", directive="img-src", blocked=str(n), last_at=now
        )
        for n in range(MOST_A_DAY)
    )
    assert send(old()) == 204
    assert PolicyReport.objects.count() == MOST_A_DAY


def test_an_address_may_not_report_without_end(settings):
    settings.RATE_LIMIT_FACTOR = 1 / 15
    assert [send(old()) for _ in range(3)] == [204, 204, 429]


@pytest.mark.parametrize(
    ("cast", "status"), [("admin", 200), ("desk", 403), ("ann", 403), ("editor", 403)]
)
def test_administrators_read_them(client, request, cast, status):
    send(old())
    client.force_login(request.getfixturevalue(cast))
    answer = client.get(LIST)
    assert answer.status_code == status
    assert ("https://evil.example" in answer.content.decode()) is (status == 200)
