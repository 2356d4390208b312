"""A service reached from another address of this machine (127.0.0.2), through a real socat."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from readmission.errors import ConfigurationError, InvalidInputError, NotFoundError, PlatformError
from readmission.local.programs.expose import declare, exposables, plan
from readmission.settings import DataServiceSettings, ExposeSettings, PortSettings, Settings
from tests.conftest import free_port


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def service(status: int) -> Iterator[int]:
    """Something on loopback that answers every request alike."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.status = status  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def settings(port: int) -> Settings:
    return Settings(_env_file=None, data_service=DataServiceSettings(port=port), ports=PortSettings(mlflow=port))


@contextmanager
def exposing(port: int, *allow: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    listen = free_port()
    command = [
        sys.executable,
        "-c",
        "import sys; from readmission.cli import main; sys.exit(main())",
        "expose",
        "mlflow",
    ]
    command += ["--address", "127.0.0.2", "--port", str(listen), "--unauthenticated"]
    command += [part for network in allow for part in ("--allow", network)]
    environment = dict(__import__("os").environ) | {"READMISSION_PORTS__MLFLOW": str(port)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.2", listen)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()[1]
        yield process, listen
    finally:
        process.terminate()
        process.communicate(timeout=20)


def ask(listen: int, source: str) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), trust_env=False, timeout=10) as client:
        return client.get(f"http://127.0.0.2:{listen}/")


def test_only_named_networks_come_through() -> None:
    with service(200) as port, exposing(port, "127.0.0.2/32", "127.0.7.0/24") as (process, listen):
        for source in ("127.0.0.2", "127.0.7.9"):
            assert ask(listen, source).text == "here"
        for source in ("127.0.0.3", "127.0.8.1"):
            with pytest.raises(httpx.TransportError):
                ask(listen, source)
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.1", listen)) != 0, "it listens on the one address it was given"
        process.terminate()
        process.wait(timeout=20)
        with socket.socket() as gone:
            assert gone.connect_ex(("127.0.0.2", listen)) != 0, "nothing is left listening"


def test_what_asks_nobody_is_refused_unless_told_twice() -> None:
    with service(200) as port:
        for name in ("data-service", "mlflow", "ui", "prometheus"):
            with pytest.raises(ConfigurationError, match="--unauthenticated"):
                plan(settings(port), name, "127.0.0.2", None, ["127.0.0.2"], told_twice=False)
        told = plan(settings(port), "data-service", "127.0.0.2", None, ["127.0.0.2"], told_twice=True)
        assert told.port == port


def test_a_service_that_asks_for_keys_or_a_login_is_exposed_at_once() -> None:
    with service(401) as port:
        for name in ("data-service", "mlflow"):
            assert plan(settings(port), name, "127.0.0.2", 7001, ["10.0.0.0/8"], told_twice=False).port == 7001
    with pytest.raises(PlatformError, match="does not answer"):
        plan(settings(free_port()), "data-service", "127.0.0.2", None, ["10.0.0.0/8"], told_twice=False)


@pytest.mark.parametrize(
    ("address", "allow"),
    [("127.0.0.2", []), ("127.0.0.2", ["0.0.0.0/0"]), ("nonsense", ["10.0.0.0/8"]), ("127.0.0.2", ["10.0.0.1/8"]),
     ("127.0.0.2", ["fe80::/10"])],
)  # fmt: skip
def test_bad_addresses_and_networks_are_named(address: str, allow: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        plan(settings(1), "airflow", address, None, allow, told_twice=False)


def test_an_unknown_service_is_told_which_there_are() -> None:
    with pytest.raises(NotFoundError, match="inference-service"):
        plan(settings(1), "nothing", "127.0.0.2", None, ["10.0.0.0/8"], told_twice=False)
    assert {"mlflow", "airflow", "postgres"} <= exposables(Settings(_env_file=None, ports=PortSettings())).keys()


def test_the_setting_reads_a_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"service": "airflow", "address": "127.0.0.2", "port": 9080, "allow": ["192.0.2.0/24"]}
    monkeypatch.setenv("READMISSION_EXPOSE", json.dumps([entry]))
    (exposed,) = Settings(_env_file=None).expose
    assert (exposed.service, exposed.allow, exposed.unauthenticated) == ("airflow", ("192.0.2.0/24",), False)


def test_the_supervisor_keeps_what_the_setting_names() -> None:
    entry = {"service": "inference-service", "address": "127.0.0.2", "port": 9800, "allow": ["192.0.2.0/24"]}
    (program,) = declare(Settings(_env_file=None, expose=(ExposeSettings.model_validate(entry),)))
    assert program.name == "expose-inference-service"
    assert program.command[1:] == (
        "expose", "inference-service", "--address", "127.0.0.2", "--port", "9800", "--allow", "192.0.2.0/24",
    )  # fmt: skip
    assert program.waits_for == ("tcp://127.0.0.1:8000",)
