"""The guard of outgoing requests, against servers and a resolver of our own."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from foundation.fetching import (
    Forbidden,
    NotFetched,
    Rules,
    TooLarge,
    TooSlow,
    check_address,
    fetch,
    is_public,
)
from tests.servers import serving


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.headers["Host"], self.path))
        answers = {
            "/feed": (200, {}, b"news"),
            "/big": (200, {}, b"x" * 3000),
            "/inside": (302, {"Location": "http://169.254.169.254/latest/"}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
            "/file": (302, {"Location": "file:///etc/passwd"}, b""),
            "/on": (302, {"Location": "/feed"}, b""),
        }
        if self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(40):
                    self.wfile.write(b".")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                pass
            return
        status, headers, body = answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.seen = []
    with serving(running):
        yield running


@pytest.fixture
def ours(server):
    """Rules and a resolver under which feeds.test is the local server."""
    server.seen.clear()
    rules = Rules(
        schemes=frozenset({"http"}),
        inside=frozenset({"feeds.test"}),
        most_bytes=2000,
        seconds=1,
    )

    def get(path, **extra):
        url = f"http://feeds.test:{server.server_port}{path}"
        return fetch(url, rules=rules, resolver=lambda host, port: ["127.0.0.1"])

    return get


INSIDE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.3.4", "192.168.1.1", "0.0.0.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2001:db8::1", "nonsense", "",
]  # fmt: skip
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is(address):
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_a_harmless_name_that_leads_inside_is_refused(address):
    with pytest.raises(Forbidden):
        check_address("https://feeds.test/", resolver=lambda host, port: [address])


def test_one_address_inside_among_public_ones_is_enough(server):
    with pytest.raises(Forbidden):
        check_address(
            "https://feeds.test/", resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"]
        )


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/",
        "https://user:word@8.8.8.8/", "https://8.8.8.8:22/", "https://8.8.8.8:6379/",
        "https:///nowhere", "//8.8.8.8/", "javascript:alert(1)", "https://8.8.8.8/\r\nX:",
        "https://8.8.8.8\\@127.0.0.1/", "https://[::1", "https://8.8.8.8:99999/", "",
    ],
)  # fmt: skip
def test_other_schemes_ports_and_spellings_are_refused(url):
    with pytest.raises(Forbidden):
        check_address(url, resolver=lambda host, port: ["8.8.8.8"])


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "[::1]"]
)
def test_spellings_of_loopback_are_refused_by_what_they_mean(host):
    with pytest.raises(NotFetched):
        check_address(f"https://{host}/")


def test_a_name_that_changes_its_mind_is_asked_once(server):
    """DNS rebinding: public when it is checked, inside when it is connected to."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    host, _, address = check_address(
        "https://rebind.test/", resolver=lambda host, port: next(answers)
    )
    assert (host, address) == ("rebind.test", "8.8.8.8")


def test_the_connection_goes_to_the_address_that_was_checked(server, ours):
    """The name exists nowhere: only the pinned address can have been used."""
    assert ours("/feed").body == b"news"
    assert server.seen == [(f"feeds.test:{server.server_port}", "/feed")]


def test_a_redirect_is_checked_like_the_first_address(server, ours):
    with pytest.raises(Forbidden):
        ours("/inside")
    with pytest.raises(Forbidden):
        ours("/file")
    assert ours("/on").body == b"news"


def test_redirects_end(ours, server):
    with pytest.raises(NotFetched, match="too many"):
        ours("/loop")
    assert len(server.seen) == 4


def test_what_is_too_large_is_not_read_to_its_end(ours):
    with pytest.raises(TooLarge):
        ours("/big")


def test_a_server_that_drips_is_left(ours):
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        ours("/drip")
    assert time.monotonic() - begun < 2
