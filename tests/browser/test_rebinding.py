"""DNS rebinding in a real browser: an attacker's name leads to this machine, and his page reads nothing of ours."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import FLAGS
from tests.integration.inference_service.conftest import Service

EVIL = "evil.example"
WAITS = 1200
"""Of a tenth of a second: a deadline for what the browser has seen already."""
FETCH = """async ([url, method]) => {
    const options = method === "GET" ? {} : {method, body: "{}", headers: {"content-type": "text/plain"}};
    try {
        const answer = await fetch(url, options);
        return [answer.status, await answer.text()];
    } catch (error) {
        return [0, String(error)];
    }
}"""


class _EvilPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Free prizes</title>")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def evil_port() -> Iterator[int]:
    """A site of the attacker's, on this machine since there is no other."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _EvilPage)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def rebound(chromium_path: str) -> Iterator[Any]:
    """A browser in which the attacker's name leads to this machine."""
    from playwright.sync_api import sync_playwright

    rules = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    flags = [flag for flag in FLAGS if not flag.startswith("--host-resolver-rules")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, headless=True, args=[*flags, rules])
        yield browser.new_page()
        browser.close()


def test_a_page_whose_name_was_rebound_reads_nothing(rebound: Any, inference: Service, page_url: str) -> None:
    """After rebinding, the attacker's page and our service are one origin to the browser: it may read all it gets."""
    for port, path in ((inference.port, "/models"), (urlsplit(page_url).port, "/en/config")):
        rebound.goto(f"http://{EVIL}:{port}{path}")  # what the page's own origin is once the name leads here
        for asked, method in ((path, "GET"), ("/metrics", "GET"), ("/explain", "POST")):
            status, text = rebound.evaluate(FETCH, [f"http://{EVIL}:{port}{asked}", method])
            assert status == 421, (asked, status, text)
            assert "urn:readmission:host-not-allowed" in text
        rebound.goto(f"http://127.0.0.1:{port}{path}")
        status, _ = rebound.evaluate(FETCH, [f"http://127.0.0.1:{port}{path}", "GET"])
        assert status == 200, "the browser reaches the service by its right name: the refusal was of the name"


def test_a_page_of_another_site_changes_nothing(rebound: Any, inference: Service, evil_port: int) -> None:
    """No rebinding: a foreign page posts what needs no leave to be sent."""
    rebound.goto(f"http://{EVIL}:{evil_port}/")
    # The browser hides a refused answer from the page, and from Playwright: only its own protocol tells.
    asked: dict[str, str] = {}
    answered: dict[str, int] = {}
    session = rebound.context.new_cdp_session(rebound)
    session.on("Network.requestWillBeSent", lambda sent: asked.update({sent["requestId"]: sent["request"]["url"]}))
    session.on("Network.responseReceivedExtraInfo", lambda got: answered.update({got["requestId"]: got["statusCode"]}))
    session.send("Network.enable")
    for path in ("/explain", "/outcomes", "/v2/models/readmission/infer", "/predict"):
        url = f"http://127.0.0.1:{inference.port}{path}"
        status, _ = rebound.evaluate(FETCH, [url, "POST"])
        assert status == 0, "the browser let a page read another site's answer"
        [request] = [each for each, at in asked.items() if at == url]
        for _ in range(WAITS):
            if request in answered:
                break
            rebound.wait_for_timeout(100)
        assert answered[request] == 403, path
