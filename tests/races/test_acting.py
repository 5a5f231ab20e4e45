"""Two at once about one right to act: one agreement, and no act after the end."""

import threading
import time

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Proxy
from accounts.proxies.models import Scope
from accounts.proxies.services import NotActing, accept, end, hold_acting
from tests.factories.proxies import ProxyFactory
from tests.races.conftest import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]


def test_accepting_many_times_at_once_makes_one(ann, gus, no_deadlocks):
    EmailAddress.objects.create(user=gus, email=gus.email, verified=True)
    one, other = (
        ProxyFactory(invited=True, patient=ann.patient, email=gus.email)
        for _ in range(2)
    )
    calls = [
        lambda proxy=proxy: accept(actor=gus, proxy=proxy, at=timezone.now())
        for proxy in [one, other] * 3
    ]
    outcomes = at_once(calls)
    unforeseen = [
        one.error
        for one in outcomes
        if one.error and one.error.__class__.__name__ != "NotAnswerable"
    ]
    assert unforeseen == []
    assert Proxy.objects.filter(status="ACTIVE").count() == 1
    assert Proxy.objects.filter(user=gus, patient=ann.patient).count() == 2


def test_the_end_waits_for_what_is_being_done_and_nothing_comes_after(ann, gus):
    proxy = ProxyFactory(user=gus, patient=ann.patient, scopes=["book"])
    done, started = [], threading.Event()

    def act():
        try:
            with transaction.atomic():
                hold_acting(actor=gus, patient=ann.patient, scope=Scope.BOOK)
                started.set()
                time.sleep(0.5)
                done.append("acted")
        finally:
            connection.close()

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    assert started.wait(10)
    end(actor=ann, proxy=proxy, at=timezone.now())
    done.append("ended")
    thread.join(10)
    assert done == ["acted", "ended"]
    with pytest.raises(NotActing), transaction.atomic():
        hold_acting(actor=gus, patient=ann.patient, scope=Scope.BOOK)
