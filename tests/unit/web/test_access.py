"""Keys, rights, rates and rotation, through the same middleware the services run."""

import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from readmission.cli import app as cli
from readmission.cli import register_verbs
from readmission.errors import ConfigurationError
from readmission.settings import AccessSettings
from readmission.web.access import AccessControl, CheckAccess, is_loopback, refuse_open_bind
from readmission.web.key_file import KeyFile, key_line, make_key, parse_keys
from readmission.web.rate_limit import RateLimit

ADMIN = SecretStr("the-admin-key")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("through")(scope, receive, send)


def scopes_of(method: str, path: str) -> frozenset[str]:
    return frozenset({{"/predict": "predict", "/outcomes": "outcomes"}.get(path, "promote")})


async def ask(access: AccessControl, path: str, key: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(CheckAccess(answer, access, scopes_of))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.post(path, headers={} if key is None else {b"X-API-Key": key.encode("latin-1")})


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    made = {scope: make_key() for scope in ("predict", "outcomes", "admin")}
    file = tmp_path / "keys"
    file.write_text("# who, what, hash\n" + "".join(key_line(s, frozenset({s}), k) + "\n" for s, k in made.items()))
    return file, made


def run(coroutine: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    import asyncio

    return asyncio.run(coroutine)


def test_without_a_key_file_only_the_administrator_is_asked() -> None:
    access = AccessControl(AccessSettings(), ADMIN)
    assert run(ask(access, "/predict")).status_code == 200
    refused = run(ask(access, "/models/rollback"))
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert run(ask(access, "/models/rollback", "wrong")).status_code == 401
    assert run(ask(access, "/models/rollback", ADMIN.get_secret_value())).status_code == 200
    for no_key in (None, SecretStr("")):
        nobody = AccessControl(AccessSettings(), no_key)
        assert [run(ask(nobody, "/models/rollback", given)).status_code for given in (None, "", "x")] == [401] * 3


def test_a_key_opens_what_its_scope_says_and_no_more(keys: tuple[Path, dict[str, str]]) -> None:
    file, made = keys
    access = AccessControl(AccessSettings(keys_file=file), ADMIN)
    expected = {
        "predict": (200, 403, 403),
        "outcomes": (403, 200, 403),
        "admin": (200, 200, 200),
    }
    for scope, statuses in expected.items():
        got = tuple(run(ask(access, p, made[scope])).status_code for p in ("/predict", "/outcomes", "/models/rollback"))
        assert got == statuses, scope
    assert run(ask(access, "/predict")).status_code == 401
    assert run(ask(access, "/predict", made["predict"] + "x")).status_code == 401
    assert run(ask(access, "/predict", "über")).status_code == 401
    assert run(ask(access, "/models/rollback", ADMIN.get_secret_value())).status_code == 200
    for path in ("/healthz", "/readyz", "/metrics"):
        assert run(ask(access, path)).status_code == 200
    unknown = run(ask(access, "/predict", "secret-looking")).text
    assert "secret-looking" not in unknown


def test_keys_rotate_without_a_restart(keys: tuple[Path, dict[str, str]], caplog: pytest.LogCaptureFixture) -> None:
    file, made = keys
    known = KeyFile(file)
    new = make_key()
    replaced = file.with_name("next")
    replaced.write_text(key_line("next", frozenset({"predict"}), new) + "\n")
    replaced.replace(file)  # as Kubernetes and editors do it
    known.look_again()
    assert known.find(new) is not None
    assert known.find(made["predict"]) is None
    file.write_text("broken line\n")
    with caplog.at_level(logging.ERROR):
        known.look_again()
    assert known.find(new) is not None, "a slip in the file locks nobody out"
    assert "old ones stay" in caplog.text
    file.write_text("")
    os.utime(file, (1, 1))
    known.look_again()
    assert known.find(new) is None, "an emptied file takes every key back"


@pytest.mark.parametrize(
    "line", ["only-a-name", "name predict nothash", "name everything " + "0" * 64, "a b c d", "n predict " + "A" * 64]
)
def test_a_wrong_line_is_named_without_its_hash(line: str) -> None:
    with pytest.raises(ConfigurationError, match="keys, line 2") as error:
        parse_keys(f"# first\n{line}\n", "keys")
    assert "0" * 64 not in error.value.message


def test_a_missing_or_empty_key_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        AccessControl(AccessSettings(keys_file=tmp_path / "none"), ADMIN)
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigurationError, match="no API key"):
        AccessControl(AccessSettings(keys_file=tmp_path / "empty"), ADMIN)


def test_each_caller_has_a_rate_of_its_own() -> None:
    now = [0.0]
    limit = RateLimit(per_second=2, burst=3, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    assert limit.take("a") == pytest.approx(0.5)
    assert limit.take("b") == 0
    now[0] = 0.5
    assert limit.take("a") == 0
    assert limit.take("a") > 0
    now[0] = 60
    assert [limit.take("a") == 0 for _ in range(4)] == [True, True, True, False]


def test_too_fast_is_answered_429_and_when_to_come_back(keys: tuple[Path, dict[str, str]]) -> None:
    file, made = keys
    access = AccessControl(AccessSettings(keys_file=file, requests_per_second=0.001, burst=2), ADMIN)
    statuses = [run(ask(access, "/predict", made["predict"])).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert run(ask(access, "/predict", made["predict"])).headers["retry-after"] == "1"
    assert run(ask(access, "/predict", made["admin"])).status_code == 200


def test_nobody_listens_beyond_loopback_for_anybody(keys: tuple[Path, dict[str, str]]) -> None:
    refuse_open_bind("inference-service", "127.0.0.1", AccessSettings())
    refuse_open_bind("inference-service", "0.0.0.0", AccessSettings(keys_file=keys[0]))
    refuse_open_bind("inference-service", "0.0.0.0", AccessSettings(without_keys=True))
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):
        with pytest.raises(ConfigurationError, match="KEYS_FILE"):
            refuse_open_bind("inference-service", host, AccessSettings())
    assert [is_loopback(host) for host in ("127.0.0.2", "::1", "localhost", "localhost.example.org")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_make_key_prints_the_key_once_and_keeps_its_hash(tmp_path: Path) -> None:
    register_verbs()
    file = tmp_path / "keys"
    done = CliRunner().invoke(cli, ["make-key", "ward-3", "--scope", "predict", "--file", str(file)])
    key = done.output.strip()
    assert done.exit_code == 0
    assert key not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeyFile(file).find(key) is not None
