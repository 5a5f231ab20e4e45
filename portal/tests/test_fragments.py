from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path

from accounts.models import User
from clinic_pages.shells import Holes
from foundation import doors
from portal.fragments import answer
from tests.servers import free_port, serving

OPEN = doors.everybody("parts", "read")


@OPEN
def echo(request):
    asked = "|".join(f"{name}={value}" for name, value in sorted(request.GET.items()))
    marks = (
        f"{request.method} {request.path} {asked} {bool(request.htmx)} "
        f"{request.headers['HX-Current-URL']}"
    )
    return HttpResponse(marks)


@OPEN
def named(request, pk):
    return HttpResponse(f"part {pk}")


@OPEN
def who(request):
    return HttpResponse(getattr(request.user, "email", "nobody"))


@OPEN
def form(request):
    return HttpResponse(get_token(request))


@OPEN
def missing(request):
    raise Http404


@OPEN
def forbidden(request):
    raise PermissionDenied


@OPEN
def elsewhere(request):
    return HttpResponseRedirect("/account/sign-in/")


@OPEN
def broken(request):
    raise RuntimeError("the engine failed")


@OPEN
def broken_query(request):
    User.objects.raw("SELECT nonsense FROM nowhere")[0]


urlpatterns = [
    path("echo/", echo, name="echo"),
    path("named/<int:pk>/", named, name="named"),
    path("who/", who, name="who"),
    path("form/", form, name="form"),
    path("missing/", missing, name="missing"),
    path("forbidden/", forbidden, name="forbidden"),
    path("elsewhere/", elsewhere, name="elsewhere"),
    path("broken/", broken, name="broken"),
    path("broken_query/", broken_query, name="broken_query"),
]

LINK = '<a class="btn btn-secondary" href="/doctors/">See times</a>'


@pytest.fixture(autouse=True)
def _parts(settings):
    settings.ROOT_URLCONF = "portal.tests.test_fragments"


@pytest.fixture
def request_of():
    def make(address="/page/", user=None):
        request = RequestFactory().get(address)
        request.user = user
        return request

    return make


def show(request, tag):
    words = 'link="/doctors/" words="See times"'
    text = Template("{% load fragments %}{% fragment " + f"{tag} {words}" + " %}")
    return text.render(Context({"request": request}))


def test_a_part_is_called_by_the_name_of_its_address(request_of):
    assert "part 7" in show(request_of(), '"named" 7')


def test_a_part_is_asked_as_htmx_would_from_the_page(request_of):
    html = show(request_of("/page/?a=1"), '"echo"')
    assert "GET /echo/  True http://testserver/page/?a=1" in html


def test_questions_are_handed_on_where_asked(request_of):
    page = request_of("/page/?visit=video&page=2")
    own = show(page, '"echo" specialty="skin" location=""')
    both = show(page, '"echo" specialty="skin" passes_query=True')
    assert "/echo/ specialty=skin True" in own
    assert "/echo/ page=2|specialty=skin|visit=video True" in both


def test_several_values_are_several_answers_to_a_question(request_of):
    page = request_of()
    context = Context({"request": page, "several": ["a", "b"]})
    html = Template(
        '{% load fragments %}{% fragment "echo" doctor=several link="/" words="x" %}'
    ).render(context)
    assert 'data-live="/echo/?doctor=a&amp;doctor=b"' in html


def test_the_part_sees_the_visitor(request_of, ann):
    assert "ann@example.org" in show(request_of(user=ann), '"who"')


@pytest.mark.parametrize(
    "name", ["missing", "forbidden", "elsewhere", "broken", "no_such_name"]
)
def test_a_link_stands_where_a_part_has_no_answer(request_of, name):
    assert LINK in show(request_of(), f'"{name}"')


def test_a_failing_query_does_not_spoil_the_page(request_of, db):
    assert LINK in show(request_of(), '"broken_query"')
    assert User.objects.count() == 0


def test_a_failure_is_logged_and_a_refusal_is_not(request_of, caplog):
    show(request_of(), '"forbidden"')
    assert caplog.records == []
    show(request_of(), '"broken"')
    assert [record.message for record in caplog.records] == [
        "The part at /broken/ failed"
    ]


def test_an_address_of_another_site_is_not_called(request_of):
    assert answer(request_of(), "https://evil.example/echo/") is None


def test_a_form_in_a_part_sets_its_cookie(request_of):
    page = request_of()
    show(page, '"form"')
    assert page.META["CSRF_COOKIE_NEEDS_UPDATE"]


def test_two_forms_share_one_secret(request_of):
    page = request_of()
    show(page, '"form"')
    first = page.META["CSRF_COOKIE"]
    show(page, '"form"')
    assert page.META["CSRF_COOKIE"] == first


def test_in_a_page_that_is_kept_it_leaves_a_hole(request_of):
    page = request_of()
    page.holes = Holes()
    html = show(page, '"named" 7')
    assert html == f"<!--{page.holes.mark}:0-->"
    assert "part 7" in page.holes.fills[0](request_of())


def test_what_a_part_is_asked_with_is_escaped(request_of):
    html = show(request_of('/page/?q="><script>'), '"missing" passes_query=True')
    assert "<script>" not in html


class Site(BaseHTTPRequestHandler):
    """A site on loopback that keeps what it was asked with."""

    asked: ClassVar[list[dict[str, str]]] = []

    def do_GET(self):
        type(self).asked.append({"path": self.path, **self.headers})
        status = {"/gone/": 404, "/away/": 302}.get(self.path.partition("?")[0], 200)
        self.send_response(status)
        self.send_header("Location", "/account/sign-in/")
        self.end_headers()
        self.wfile.write(b"Tue 09:15")

    def log_message(self, *_):
        pass


@pytest.fixture
def site(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    with serving(server):
        settings.FETCH_FRAGMENTS = True
        settings.SITE_URL = "https://clinic.example.org"
        settings.SITE_INTERNAL_URL = f"http://127.0.0.1:{server.server_port}"
        Site.asked.clear()
        yield Site


def test_the_cms_asks_the_site_as_a_stranger(site, rf, editor):
    asking = rf.get("/", headers={"cookie": "cms-session=secret", "accept": "x"})
    asking.user = editor
    assert answer(asking, "/part/?limit=3") == "Tue 09:15"
    (asked,) = site.asked
    assert asked["path"] == "/part/?limit=3"
    assert asked["Host"] == "clinic.example.org"
    assert asked["X-Forwarded-Proto"] == "https"
    assert "Cookie" not in asked
    assert "Authorization" not in asked


@pytest.mark.parametrize("path", ["/gone/", "/away/"])
def test_what_the_site_refuses_has_a_link_in_its_place(site, rf, path):
    assert answer(rf.get("/"), path) is None
    assert len(site.asked) == 1


def test_a_site_that_is_away_has_a_link_in_its_place(settings, rf):
    settings.FETCH_FRAGMENTS = True
    settings.SITE_INTERNAL_URL = f"http://127.0.0.1:{free_port()}"
    assert answer(rf.get("/"), "/part/") is None


def test_the_cms_never_calls_a_view_of_the_site(site, rf, settings, db):
    settings.ROOT_URLCONF = __name__
    assert answer(rf.get("/"), "/broken/") == "Tue 09:15"
