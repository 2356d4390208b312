"""A service reached from another address of this machine (127.0.0.2), through a real Caddy or socat."""

import asyncio
import ipaddress
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from readmission.client import InferenceClient, Retries
from readmission.clients.data_service import DataServiceClient
from readmission.errors import (
    ConfigurationError,
    InvalidInputError,
    NotFoundError,
    PlatformError,
    UnavailableError,
)
from readmission.local.programs.expose import declare, exposables, plan
from readmission.local.state.folder import StateFolder
from readmission.settings import DataServiceSettings, ExposeSettings, PortSettings, Settings, TlsSettings
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.web.wall import Wall
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
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings(port: int) -> Settings:
    return Settings(_env_file=None, data_service=DataServiceSettings(port=port), ports=PortSettings(mlflow=port))


def answers(listen: int, *, plain: bool) -> bool:
    """True once it listens, and has a certificate to show."""
    try:
        with socket.create_connection(("127.0.0.2", listen), 10, ("127.0.0.2", 0)) as connection:
            if not plain:
                ssl._create_unverified_context().wrap_socket(connection).close()
    except OSError:
        return False
    return True


@contextmanager
def exposing(
    port: int, *allow: str, state: Path, service: str = "mlflow", options: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    listen = free_port()
    command = [sys.executable, "-c", "import sys; from readmission.cli import main; sys.exit(main())", "expose"]
    command += [service, "--address", "127.0.0.2", "--port", str(listen), "--unauthenticated", *options]
    command += [part for network in allow for part in ("--allow", network)]
    name = "READMISSION_UI__PORT" if service == "ui" else f"READMISSION_PORTS__{service.upper()}"
    environment = dict(os.environ) | {name: str(port), "READMISSION_STATE_DIR": str(state)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and process.poll() is None:
            if answers(listen, plain="--plain" in options):
                break
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()[1]
        yield process, listen
    finally:
        process.terminate()
        process.communicate(timeout=20)


def root_certificate(state: Path) -> Path:
    """What callers of that machine trust."""
    return StateFolder(state).tls / "pki" / "authorities" / "local" / "root.crt"


@contextmanager
def calling(listen: int, source: str, state: Path | None, host: str = "127.0.0.2") -> Iterator[httpx.Client]:
    """A client of another address, by TLS if it is told whose state folder to trust."""
    verify = ssl.create_default_context(cafile=root_certificate(state)) if state else False
    transport = httpx.HTTPTransport(local_address=source, verify=verify)
    url = f"{'https' if state else 'http'}://{host}:{listen}"
    with httpx.Client(base_url=url, transport=transport, trust_env=False, timeout=10) as client:
        yield client


def ask(listen: int, source: str, state: Path | None) -> httpx.Response:
    with calling(listen, source, state) as client:
        return client.get("/")


@pytest.mark.parametrize("plain", [True, False])
def test_only_named_networks_come_through(plain: bool, tmp_path: Path) -> None:
    allowed, options = ("127.0.0.2/32", "127.0.7.0/24"), ["--plain"] if plain else []
    trusted = None if plain else tmp_path
    with service(200) as port, exposing(port, *allowed, state=tmp_path, options=options) as (process, listen):
        for source in ("127.0.0.2", "127.0.7.9"):
            assert ask(listen, source, trusted).text == "here"
        for source in ("127.0.0.3", "127.0.8.1"):
            with pytest.raises(httpx.TransportError):
                ask(listen, source, trusted)
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.1", listen)) != 0, "it listens on the one address it was given"
        process.terminate()
        process.wait(timeout=20)
        with socket.socket() as gone:
            assert gone.connect_ex(("127.0.0.2", listen)) != 0, "nothing is left listening"


AS_MLFLOW_AND_BOTO = """
import os, boto3, requests
from readmission.settings import load_settings
settings = load_settings()
url = settings.s3_endpoint_url
s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
print(requests.get(url).text, s3.get_object(Bucket="bucket", Key="key")["Body"].read().decode())
"""


def test_other_parts_are_believed_by_the_ca_file_and_by_it_alone(tmp_path: Path) -> None:
    with service(200) as port, exposing(port, "127.0.0.0/8", state=tmp_path) as (_, listen):
        url = f"https://127.0.0.2:{listen}"
        plain = Settings(_env_file=None, s3_endpoint_url=url, mlflow_tracking_uri=url, aws_access_key_id=SecretStr("a"),
                         aws_secret_access_key=SecretStr("b"))  # fmt: skip
        trusting = plain.model_copy(update={"tls": TlsSettings(ca_file=root_certificate(tmp_path))})
        for read in (read_data_service, read_mlflow, read_s3, read_inference_service):
            with pytest.raises(UnavailableError, match="does not answer"):
                read(plain)
            if read is read_s3:
                read(trusting)
                continue
            with pytest.raises((UnavailableError, ValueError)) as answered:
                read(trusting)
            assert "does not answer" not in str(answered.value), "it answers, but not in JSON"

        environment = os.environ | {"MLFLOW_S3_ENDPOINT_URL": url, "READMISSION_STATE_DIR": str(tmp_path / "none")}
        believing = environment | {"READMISSION_TLS__CA_FILE": str(root_certificate(tmp_path))}
        for given, printed in ((environment, ""), (believing, "here here\n")):
            done = subprocess.run(
                [sys.executable, "-c", AS_MLFLOW_AND_BOTO], env=given, capture_output=True, text=True, check=False
            )
            assert done.stdout == printed, done.stderr


def read_data_service(settings: Settings) -> None:
    with DataServiceClient(settings.s3_endpoint_url, None, settings.trust) as client:
        client.read_dataset()


def read_mlflow(settings: Settings) -> None:
    RegistryReader(settings, "model").find_alias("champion")


def read_s3(settings: Settings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        RegistryReader(settings, "model").fetch_file("s3://bucket/model", "file", Path(folder) / "file")
        assert (Path(folder) / "file").read_text() == "here"


def read_inference_service(settings: Settings) -> None:
    once = Retries(attempts=1)
    with InferenceClient(settings.s3_endpoint_url, retries=once, verify=settings.trust) as client:
        client.list_models()


def test_a_ca_file_that_holds_none_is_named(tmp_path: Path) -> None:
    for content in (None, "nothing"):
        if content:
            (tmp_path / "ca.pem").write_text(content)
        with pytest.raises(ConfigurationError, match=r"TLS__CA_FILE.*ca\.pem"):
            _ = Settings(_env_file=None, tls=TlsSettings(ca_file=tmp_path / "ca.pem")).trust


def test_strangers_fail_in_the_handshake(tmp_path: Path) -> None:
    trusting = ssl._create_unverified_context()
    with service(200) as port, exposing(port, "127.0.0.2", state=tmp_path) as (_, listen):
        for source in ("127.0.0.2", "127.0.0.3"):
            with socket.create_connection(("127.0.0.2", listen), 10, (source, 0)) as connection:
                if source == "127.0.0.2":
                    trusting.wrap_socket(connection).close()
                else:
                    with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
                        trusting.wrap_socket(connection)


def test_nothing_but_tls_is_answered_and_only_by_whom_the_caller_trusts(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    allowed = "127.0.0.2"
    with (
        service(200) as port,
        exposing(port, allowed, state=here) as (_, listen),
        exposing(port, allowed, state=elsewhere),
    ):
        assert ask(listen, "127.0.0.2", None).status_code == 400
        with pytest.raises(httpx.ConnectError, match=r"(?i)verify"):
            ask(listen, "127.0.0.2", elsewhere)
        assert stat.S_IMODE(StateFolder(here).tls.stat().st_mode) == 0o700


def test_all_that_one_machine_exposes_is_trusted_by_one_file_however_they_start(tmp_path: Path) -> None:
    with service(200) as port, ExitStack() as stack:
        with ThreadPoolExecutor(3) as pool:  # all at once, in a new state folder
            opened = [exposing(port, "127.0.0.2", state=tmp_path) for _ in range(3)]
            ports = [listen for _, listen in pool.map(stack.enter_context, opened)]
        assert [ask(listen, "127.0.0.2", tmp_path).text for listen in ports] == ["here"] * 3


def test_callers_may_use_further_names(tmp_path: Path) -> None:
    options = ["--name", "Training.Localhost"]
    with service(200) as port, exposing(port, "127.0.0.2", state=tmp_path, options=options) as (_, listen):
        context = ssl.create_default_context(cafile=root_certificate(tmp_path))
        for name, is_there in (("training.localhost", True), ("other.localhost", False)):
            with (
                socket.create_connection(("127.0.0.2", listen), 10, ("127.0.0.2", 0)) as connection,
                nullcontext() if is_there else pytest.raises(ssl.SSLError),
            ):
                context.wrap_socket(connection, server_hostname=name).close()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for 127.0.0.2 that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.2"))])
    made = builder.add_extension(own, critical=False).sign(key, hashes.SHA256())
    files = folder / f"{name}.pem", folder / f"{name}-key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    return files


def test_a_certificate_of_ones_own_is_shown(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "given")
    options = ["--certificate", str(chain), "--certificate-key", str(key)]
    with service(200) as port, exposing(port, "127.0.0.2", state=tmp_path / "state", options=options) as (_, listen):
        with (
            socket.create_connection(("127.0.0.2", listen), 10, ("127.0.0.2", 0)) as connection,
            ssl._create_unverified_context().wrap_socket(connection) as encrypted,
        ):
            assert encrypted.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(chain.read_text())
        assert not root_certificate(tmp_path / "state").exists(), "no CA is made that nobody needs"


def test_a_wrong_certificate_or_name_is_named(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "one")
    other = certificate(tmp_path, "two")[1]
    missing = tmp_path / "missing.pem"
    for wrong, expected in (
        ({"certificate": chain}, "needs its key"),
        ({"certificate": chain, "certificate_key": missing}, "missing.pem"),
        ({"certificate": chain, "certificate_key": other}, "no certificate"),
        ({"certificate": key, "certificate_key": key}, "no certificate"),
        ({"names": ["ho st"]}, "no host name"),
        ({"names": ["*"]}, "no host name"),
        ({"names": ["a.example"], "plain": True}, "--plain"),
    ):
        with pytest.raises(InvalidInputError, match=expected):
            plan(settings(1), "airflow", "127.0.0.2", None, ["10.0.0.0/8"], told_twice=False, **wrong)
    with pytest.raises(InvalidInputError, match="does not speak HTTP"):
        plan(settings(1), "postgres", "127.0.0.2", None, ["10.0.0.0/8"], told_twice=False, names=["a.example"])


def test_what_a_request_held_is_not_logged_if_the_service_is_away(tmp_path: Path) -> None:
    with exposing(free_port(), "127.0.0.2", state=tmp_path, service="ui") as (process, listen):
        with calling(listen, "127.0.0.2", tmp_path) as client:
            answer = client.get("/predictions/an-id", headers={"X-API-Key": "a-key"})
        assert answer.status_code == 502
        process.terminate()
        _, log = process.communicate(timeout=20)
    assert "connection refused" in log
    assert "a-key" not in log
    assert "an-id" not in log


@contextmanager
def page(asked: threading.Event) -> Iterator[int]:
    """Our wall before a stream of events, whose second event comes once the first was ``asked`` about."""

    async def stream(_: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            while not asked.is_set():
                await asyncio.sleep(0.01)
            yield "data: second\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def press(_: Request) -> PlainTextResponse:
        asked.set()
        return PlainTextResponse("pressed")

    routes = [Route("/stream", stream), Route("/press", press, methods=["POST"])]
    exposed = ExposeSettings(service="ui", address="127.0.0.2", allow=("127.0.0.2",), port=1)
    server = uvicorn.Server(
        uvicorn.Config(
            Wall(Starlette(routes=routes), Settings(_env_file=None, expose=(exposed,))), port=0, log_level="error"
        )
    )
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        asked.set()
        server.should_exit = True
        thread.join()
        listening.close()


def test_the_wall_and_a_stream_of_events_work_through_it(tmp_path: Path) -> None:
    asked = threading.Event()
    with (
        page(asked) as port,
        exposing(port, "127.0.0.2", state=tmp_path, service="ui") as (_, listen),
        calling(listen, "127.0.0.2", tmp_path) as client,
    ):
        foreign = client.post("/press", headers={"Origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        assert client.post("/press", headers={"Host": "elsewhere.example"}).status_code == 421
        assert not asked.is_set()
        with client.stream("GET", "/stream") as answer:
            lines = answer.iter_lines()
            assert next(lines) == "data: first"
            own = client.post("/press", headers={"Origin": f"https://127.0.0.2:{listen}"})
            assert own.text == "pressed"
            assert "data: second" in list(lines)


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


def test_the_supervisor_is_told_how_to_encrypt() -> None:
    entry = {
        "service": "inference-service", "address": "127.0.0.2", "port": 9800, "allow": ["192.0.2.0/24"],
        "names": ["readmission.hospital.example"], "certificate": "/etc/c.pem", "certificate_key": "/etc/k.pem",
    }  # fmt: skip
    exposed = ExposeSettings.model_validate(entry)
    settings = Settings(_env_file=None, expose=(exposed, exposed.model_copy(update={"plain": True})))
    encrypted, plain = declare(settings)
    assert encrypted.command[9:] == (
        "--name", "readmission.hospital.example", "--certificate", "/etc/c.pem", "--certificate-key", "/etc/k.pem",
    )  # fmt: skip
    assert (encrypted.url, plain.url) == ("https://127.0.0.2:9800", "127.0.0.2:9800")
    assert plain.command[-1] == "--plain"
    assert "readmission.hospital.example" in settings.allowed_hosts, "the services answer to that name"
