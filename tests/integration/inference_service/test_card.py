"""GET /models/{version}/card and `readmission card`, over the real MLflow and S3."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from readmission.cli import app, register_verbs
from readmission.errors import NotFoundError
from readmission.settings import load_settings
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Gate, Registry, Service, services
from tests.small_model import SmallModel

CARD = "# Card\n\n## Intended use\n\nTo be read.\n"
PAGE = "<!doctype html><title>Card</title><script>document.title = 'run'</script><h1>Card of the version</h1>"
Models = Callable[[float], SmallModel]


@pytest.fixture(scope="module")
def versions(serving_database: RunningPostgres, registry: Registry, models: Models) -> dict[str, str]:
    """Numbers of a version that is live, of another with a card, and of one without."""
    numbers = {
        "live": registry.register(models(0.0).with_card(CARD, PAGE)),
        "other": registry.register(models(1.0).with_card(CARD.replace("read", "compared"), PAGE)),
        "bare": registry.register(models(2.0)),
    }
    registry.make_live("card", numbers["live"])
    return numbers


@pytest.fixture(scope="module")
def gate(registry: Registry) -> Gate:
    """The way to the registry, which a test may shut."""
    found = Gate(registry.url)
    found.open()
    return found


@pytest.fixture(scope="module")
def service(
    serving_database: RunningPostgres,
    registry: Registry,
    versions: dict[str, str],
    gate: Gate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    with services(serving_database, registry, tmp_path_factory.mktemp("service")) as make:
        yield make("card", MLFLOW_TRACKING_URI=gate.url).start()


def read(service: Service, version: str, accept: str | None = None) -> httpx.Response:
    headers = {} if accept is None else {"accept": accept}
    return service.client.get(f"/models/{version}/card", headers=headers)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/markdown"),
        ("*/*", "text/markdown"),
        ("text/markdown", "text/markdown"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/markdown;q=0.1, text/html", "text/html"),
    ],
)
def test_accept_chooses_the_form(
    service: Service, versions: dict[str, str], accept: str | None, media_type: str
) -> None:
    for version in ("live", "other"):
        answer = read(service, versions[version], accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert ("<h1>" in answer.text) == (media_type == "text/html")


def test_nothing_in_a_stored_card_may_run(service: Service, versions: dict[str, str]) -> None:
    headers = read(service, versions["live"], "text/html").headers
    policy = {part.strip() for part in headers["content-security-policy"].split(";")}
    assert {"default-src 'none'", "sandbox", "base-uri 'none'", "form-action 'none'"} <= policy
    assert not any(part.startswith("script-src") for part in policy)
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_is_said_clearly(service: Service, versions: dict[str, str]) -> None:
    for version, detail in ((versions["bare"], "has no card"), ("999999", "no such version"), ("..", "")):
        answer = read(service, version)
        assert answer.status_code == 404
        assert detail in answer.json()["detail"]
    assert read(service, versions["live"], "image/png").status_code == 406
    assert read(service, versions["live"], "image/png").headers["content-type"] == "application/problem+json"


def test_a_changed_card_is_not_shown(service: Service, registry: Registry, versions: dict[str, str]) -> None:
    registry.break_file(versions["other"], "model_card.html", b"<h1>Another card</h1>")
    answer = read(service, versions["other"], "text/html")
    assert answer.status_code == 503
    assert "model_card.html" in answer.json()["detail"]
    assert read(service, versions["other"], "text/markdown").status_code == 200


def test_the_live_card_is_there_without_a_registry(service: Service, versions: dict[str, str], gate: Gate) -> None:
    gate.shut()
    try:
        assert read(service, versions["live"]).text == CARD
        assert read(service, versions["other"]).status_code == 503
    finally:
        gate.open()


def test_a_damaged_local_copy_gives_way_to_the_registry(service: Service, versions: dict[str, str]) -> None:
    copies = service.state_dir / "inference_service" / "models" / "versions"
    (copy,) = copies.glob(f"{versions['live']}-*/model_card.md")
    copy.write_text("# Another card\n")
    assert read(service, versions["live"]).text == CARD


def test_the_verb_prints_a_card_or_writes_it(
    serving_database: RunningPostgres,
    registry: Registry,
    versions: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (registry.service_environment | registry.gate.environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("READMISSION_STATE_DIR", str(tmp_path))
    database = serving_database.url("readmission_serving").get_secret_value()
    monkeypatch.setenv("READMISSION_SERVING_DATABASE__URL", database)
    load_settings.cache_clear()
    register_verbs()
    run = CliRunner()
    registry.point_alias("champion", versions["other"])  # the record decides which is live, not the alias
    try:
        assert run.invoke(app, ["card"]).stdout == CARD
        assert run.invoke(app, ["card", versions["other"]]).stdout == CARD.replace("read", "compared")
        assert run.invoke(app, ["card", "--output", str(tmp_path / "card.html")]).exit_code == 0
        assert (tmp_path / "card.html").read_text() == PAGE
        assert run.invoke(app, ["card", "--output", str(tmp_path / "card.md")]).exit_code == 0
        assert (tmp_path / "card.md").read_text() == CARD
        for unknown in ("999999", versions["bare"]):
            assert isinstance(run.invoke(app, ["card", unknown]).exception, NotFoundError)
    finally:
        load_settings.cache_clear()
