"""The real page in a real Chromium, over a real inference service with a real (small) model."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import RunningPostgres, free_port, run_postgres
from tests.integration.inference_service.conftest import (
    SOURCE,
    Registry,
    Service,
    answers,
    record_as_promoted,
    registry,
    services,
    wait_until,
)
from tests.made_up_model import make_model_folder
from tests.small_model import SmallModel

__all__ = ["registry"]

ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
READY_SECONDS = 180
DEADLINE_MS = 120_000
"""Of every wait; not a claim: the machine may be busy."""
ADMIN_KEY = "let-me-roll-back"
NOBODY = "http://127.0.0.1:9"
"""An address at which nobody answers."""
EVIDENCE: dict[str, Any] = {"champion": {"auroc_30d": 0.61}, "challenger": {"auroc_30d": 0.66}}
CARD = "# Card\n\n## Intended use\n\nPlan a discharge.\n\n## Performance\n\n|a|b|\n"
CARD_PAGE = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>Card</title><h1 id='top'>The card of this model</h1>"
    "<script>document.getElementById('top').textContent = 'A script ran'</script></html>"
)
"""A card with a script in it, as someone with a hand on the registry could have made one."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium; `make system-deps` installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed: `make system-deps`")
    return found


@pytest.fixture(scope="session")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A server of the browser tests' own: other tests drop the shared one's database."""
    from readmission.storage.postgres.migrate import migrate

    with run_postgres(tmp_path_factory.mktemp("browser-state")) as server:
        for part in ("pipeline", "serving"):
            migrate(part, server.url("readmission_migrator"))
        yield server


@pytest.fixture(scope="session")
def inference(
    own_postgres: RunningPostgres, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that answers with a model trained on made-up rows; the admin key is ``let-me-roll-back``.

    Two versions of it were promoted, the second against the first.
    """
    folder = tmp_path_factory.mktemp("page")
    manifest, manifest_sha256 = make_model_folder(folder / "model")
    model = SmallModel(folder / "model", manifest, manifest_sha256).with_card(CARD, CARD_PAGE)
    before: str | None = None
    for evidence in ({}, EVIDENCE):
        version = registry.register(model)
        record_as_promoted(registry.on(own_postgres), version, before, evidence)
        before = version
    registry.point_alias("champion", version)
    with services(own_postgres, registry, folder) as make:
        yield make("champion", READMISSION_INFERENCE_SERVICE__ADMIN_KEY=ADMIN_KEY).start()


@contextmanager
def serving(service: str, folder: Path, url: str, **settings: str) -> Iterator[None]:
    """A process of ours; ends with the block."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": SOURCE,
        "READMISSION_STATE_DIR": str(folder),
        # Not those of a platform that happens to run on this machine.
        "READMISSION_UI__PROMETHEUS_URL": NOBODY,
        "READMISSION_AIRFLOW__URL": NOBODY,
        **{f"READMISSION_{name}": value for name, value in settings.items()},
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    log = folder / f"{service}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from readmission.cli import main; main()", "serve", service],
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: answers(f"{url}/readyz"), f"{service} answers; its log: {log}", READY_SECONDS)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def exporter_port() -> int:
    """Where the page looks for the metrics exporter; nobody listens there unless ``metrics_exporter`` started it."""
    return free_port()


@pytest.fixture(scope="session")
def page_url(inference: Service, exporter_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running page."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serving(
        "ui",
        tmp_path_factory.mktemp("ui"),
        url,
        UI__PORT=str(port),
        UI__METRICS_EXPORTER_URL=f"http://127.0.0.1:{exporter_port}",
        INFERENCE_SERVICE__URL=inference.url,
    ):
        yield url


@pytest.fixture
def metrics_exporter(own_postgres: RunningPostgres, exporter_port: int, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Starts the metrics exporter where the page looks for it, until the end of the test."""
    reader = own_postgres.url("readmission_reader").get_secret_value()
    with ExitStack() as running:
        yield lambda: running.enter_context(
            serving(
                "metrics-exporter",
                tmp_path,
                f"http://127.0.0.1:{exporter_port}",
                METRICS_EXPORTER__PORT=str(exporter_port),
                DATABASE__URL=reader,
                SERVING_DATABASE__URL=reader,
            )
        )


class Visitor:
    """A browser window that notes every request it makes and every error its console shows."""

    def __init__(
        self, browser: Any, url: str, language: str = "en-US", width: int = 1360, height: int = 1000, **options: Any
    ) -> None:
        self.context = browser.new_context(
            locale=language, viewport={"width": width, "height": height}, accept_downloads=True, **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(DEADLINE_MS)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.url = url

    def open(self, path: str = "/") -> Any:
        """Go to the page and wait until its form stands and the live model is known."""
        self.page.goto(self.url + path)
        self.page.locator("#assess").wait_for()
        self.page.locator("#header .chip:not(.off)").wait_for()
        return self.page

    def assess(self) -> None:
        """Ask, and wait for the answer to this question: one before it may stand there still."""
        self.page.locator("#assess").click()
        self.page.locator("#assess:not([aria-busy])").wait_for()

    def take_example(self, name: str) -> None:
        """Fill the form with an example and wait for its answer."""
        self.page.locator(".examples-box summary").click()
        self.page.locator(f"#example-{name}").click()
        self.page.locator("#result .card.result").wait_for()

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page for people who look at the test's run."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    def foreign_requests(self) -> list[str]:
        """Requests that left this machine."""
        local = {"127.0.0.1", "localhost", None, ""}
        return [url for url in self.requests if urlsplit(url).hostname not in local]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Any]:
    """One Chromium for the tests of a file: while Playwright runs, no other test can run an event loop."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=DEADLINE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, headless=True, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Any, page_url: str) -> Iterator[Any]:
    """Opens windows; after the test, none of them may have asked another machine or raised an error."""
    opened: list[Visitor] = []

    def new(**options: Any) -> Visitor:
        opened.append(Visitor(browser, page_url, **options))
        return opened[-1]

    yield new
    for visitor in opened:
        visitor.context.close()
    assert [visitor.foreign_requests() for visitor in opened] == [[] for _ in opened]
    assert [visitor.errors for visitor in opened] == [[] for _ in opened]
