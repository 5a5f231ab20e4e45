import pytest

from foundation.browsers import browser_words

MOZILLA = "Mozilla/5.0 "
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            MOZILLA + "(Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0",
            "Firefox on Windows",
        ),
        (
            MOZILLA + f"(Windows NT 10.0; Win64; x64) {CHROME} Edg/140.0",
            "Edge on Windows",
        ),
        (MOZILLA + f"(Linux; Android 16; Pixel) {CHROME}", "Chrome on Android"),
        (
            MOZILLA + f"(iPhone; CPU iPhone OS 26_0) {WEBKIT} Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        (
            MOZILLA + f"(Macintosh; Intel Mac OS X 10_15) {WEBKIT} Safari/605.1.15",
            "Safari on Mac",
        ),
        ("curl/8.5.0", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_browser_words(user_agent, words):
    assert browser_words(user_agent) == words
