"""The site and the CMS as they run: two programs, two hosts, two database roles."""

import http.client
import re
from contextlib import ExitStack
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import connection

from accounts.users.services import deactivate_user
from clinic_pages.models import DoctorIndexPage
from tests.factories.clinic import OfferingFactory
from tests.factories.pages import index, standard_page
from tests.second_factors import VerifiedClient
from tests.servers import free_port, running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Answer:
    def __init__(self, url, response):
        self.url, self.status = url, response.status
        self.headers = response.headers
        self.text = response.read().decode(errors="replace")


class Browser:
    """Keeps the cookies of each host apart and follows redirects, as browsers do."""

    def __init__(self, ports):
        self.ports = ports
        self.cookies = {}
        self.visited = []

    def ask(self, url, form=None, hops=10):
        parts = urlsplit(url)
        jar = self.cookies.setdefault(parts.netloc, {})
        link = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
        headers = {
            "Host": parts.netloc,
            "Cookie": "; ".join(f"{k}={v}" for k, v in jar.items()),
        }
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        method = "GET" if form is None else "POST"
        link.request(method, path, urlencode(form or {}), headers)
        answer = Answer(url, link.getresponse())
        link.close()
        self.visited.append((answer.status, url))
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                jar[name] = morsel.value
        if answer.status in {301, 302, 303} and hops:
            return self.ask(urljoin(url, answer.headers["Location"]), hops=hops - 1)
        return answer


def connected():
    """Who is connected to this database, beside this thread: (process, role)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, usename FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename IS NOT NULL "
            "AND pid <> pg_backend_pid()"
        )
        return set(cursor.fetchall())


class Clinic:
    def __init__(self, site, cms, before):
        self.site, self.cms, self.before = site, cms, before

    def browser_of(self, user):
        """With a session on the site, and none in the CMS."""
        client = VerifiedClient()
        client.force_login(user)
        browser = Browser([])
        host = urlsplit(self.site).netloc
        browser.cookies[host] = {"sessionid": client.cookies["sessionid"].value}
        return browser

    def inside(self, user):
        """In the CMS, by the way that editors go."""
        browser = self.browser_of(user)
        door = browser.ask(f"{self.cms}/cms/")
        assert door.url == f"{self.cms}/cms/enter/", browser.visited
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', door.text)[1]
        desk = browser.ask(f"{self.cms}/cms/enter/", {"csrfmiddlewaretoken": token})
        assert (desk.status, desk.url) == (200, f"{self.cms}/cms/")
        return browser


@pytest.fixture
def clinic(transactional_db):
    site_port, cms_port = free_port(), free_port()
    site, cms = f"http://localhost:{site_port}", f"http://cms.localhost:{cms_port}"
    both = {
        "SITE_URL": site,
        "CMS_URL": cms,
        "SITE_INTERNAL_URL": f"http://127.0.0.1:{site_port}",
    }
    # A thread of an earlier test may have kept its connection.
    before = connected()
    with ExitStack() as running:
        running.enter_context(running_web(port=site_port, WEB_PROCESSES="2", **both))
        running.enter_context(
            running_web(
                "portal.cms.wsgi:application",
                port=cms_port,
                WEB_PROCESSES="1",
                **both,
            )
        )
        yield Clinic(site, cms, before)


def test_two_programs_and_what_opens_where(clinic, editor, dr_lee, admin):
    page = standard_page()
    OfferingFactory(doctor=dr_lee.doctor)
    doctors = index(DoctorIndexPage)
    browser = clinic.inside(editor)
    cms, site = urlsplit(clinic.cms).netloc, urlsplit(clinic.site).netloc

    # Each works as its own role, and none as the owner.
    roles = {role for _, role in connected() - clinic.before}
    assert roles == {"medconsult_web", "medconsult_cms"}

    # Live times come from the site's address, with the editor unknown there.
    for room in ("view_draft/", "edit/"):
        assert browser.ask(f"{clinic.cms}/cms/pages/{page.pk}/{room}").status == 200
    # Its processes load what they need with the first question; editors wait less long.
    for _ in range(4):
        browser.ask(f"{clinic.site}/book/fragments/directory/")
    draft = browser.ask(f"{clinic.cms}/cms/pages/{doctors.pk}/view_draft/")
    assert draft.status == 200
    assert "Dr Min Lee" in draft.text

    # What leads out of the CMS leads to the site.
    public = browser.ask(f"{clinic.cms}/about/")
    assert (public.status, public.url) == (200, f"{clinic.site}/about/")

    # A stolen session of either opens nothing of the other, under either name.
    editors = browser.cookies[cms]["cms-session"]
    thief = Browser([])
    thief.cookies[site] = {"sessionid": editors, "cms-session": editors}
    for path in ("/portal/", "/clinic/", "/clinic/patients/", "/account/sessions/"):
        answer = thief.ask(f"{clinic.site}{path}", hops=0)
        assert answer.status == 302
        assert answer.headers["Location"].startswith("/account/sign-in/")
    doctors_key = clinic.browser_of(dr_lee).cookies[site]["sessionid"]
    for key in (doctors_key, browser.cookies[site]["sessionid"]):
        thief = Browser([])
        thief.cookies[cms] = {"sessionid": key, "cms-session": key}
        answer = thief.ask(f"{clinic.cms}/cms/pages/", hops=0)
        assert answer.status == 302
        assert answer.headers["Location"].startswith(f"{clinic.site}/account/cms/")

    # A doctor who is signed in on the site gets no further than its refusal.
    refused = clinic.browser_of(dr_lee).ask(f"{clinic.cms}/cms/")
    assert refused.status == 403
    assert refused.url.startswith(f"{clinic.site}/account/cms/")

    # The hosts do not answer for each other.
    for port, host in ((urlsplit(clinic.cms).port, site), (cms_port(clinic), "evil")):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        link.request("GET", "/cms/", headers={"Host": host})
        assert link.getresponse().status == 400
        link.close()
    assert thief.ask(f"{clinic.site}/cms/images/", hops=0).headers["Location"] == (
        f"{clinic.cms}/cms/images/"
    )

    # Suspended on the site is out of the CMS with the next request.
    assert browser.ask(f"{clinic.cms}/cms/", hops=0).status == 200
    deactivate_user(actor=admin, user=editor, at=None)
    assert browser.ask(f"{clinic.cms}/cms/", hops=0).status == 302


def cms_port(clinic):
    return urlsplit(clinic.cms).port
