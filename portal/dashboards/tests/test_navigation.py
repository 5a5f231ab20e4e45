"""The way through the portal and the workspace."""

import pytest
from django.urls import reverse

from portal.dashboards.navigation import PORTAL, _marked


@pytest.mark.parametrize(
    "page", ["factors:security", "account_sessions", "accounts:settings"]
)
def test_every_page_of_the_account_marks_the_account(page):
    rows = [(*row, "") for row in PORTAL]
    marked = [item.label for item in _marked(reverse(page), rows, 0) if item.current]
    assert marked == ["Account"]


@pytest.mark.parametrize("page", ["records:own_amendments", "records:amendment_ask"])
def test_corrections_lie_in_the_health_record(page):
    rows = [(*row, "") for row in PORTAL]
    marked = [item.label for item in _marked(reverse(page), rows, 0) if item.current]
    assert marked == ["Health record"]
