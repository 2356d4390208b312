"""Make a service of this machine reachable from others, for the networks that may come.

HTTP leaves by TLS (Caddy, see :mod:`readmission.local.programs.tls`), PostgreSQL through socat. Both listen on one
address; the service itself stays on loopback. A service that asks for neither a key nor a login is exposed only on a
second, explicit request.
"""

import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx

from readmission.errors import ConfigurationError, InvalidInputError, NotFoundError, PlatformError
from readmission.local.programs.program import Program
from readmission.local.programs.tls import Tls, caddy, check_certificate, check_names
from readmission.local.state.folder import StateFolder
from readmission.settings import ExposeSettings, Settings

_WIDEST_PREFIX = {4: 8, 6: 16}
"""IP version to the shortest prefix that may come: a private network's (10.0.0.0/8), or a provider's."""


@dataclass(frozen=True, slots=True)
class Exposable:
    """A service, its port here, and what it asks callers for.

    ``keys`` and ``login, perhaps`` depend on how it was started, so it is asked; ``nobody`` never asks.
    """

    name: str
    port: int
    asks: str
    speaks_http: bool = True


@dataclass(frozen=True, slots=True)
class Exposure:
    """One forwarding: ``address``:``port`` here leads to the service on loopback, for ``allowed`` networks only.

    Attributes:
        tls: how it is encrypted; None if bytes pass through as they are.
    """

    service: Exposable
    address: str
    port: int
    allowed: tuple[str, ...]
    tls: Tls | None

    @property
    def url(self) -> str:
        """What callers use."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"https://{host}:{self.port}" if self.tls else f"{host}:{self.port}"

    def command(self, folder: Path) -> list[str]:
        """The command line; what the program reads is written into ``folder``."""
        return self._socat(folder) if self.tls is None else self._caddy(folder, self.tls)

    def _caddy(self, folder: Path, tls: Tls) -> list[str]:
        config = folder / "caddy.json"
        configured = tls.configure(self.address, self.port, self.service.port, self.allowed)
        config.write_text(json.dumps(configured), encoding="utf-8")
        return [str(caddy()), "run", "--config", str(config)]

    def _socat(self, folder: Path) -> list[str]:
        """With lists of TCP wrappers (``hosts_access(5)``): socat's own ``range`` knows one network only."""
        version = ipaddress.ip_address(self.address).version
        host = f"[{self.address}]" if version == 6 else self.address
        allow, deny = folder / "allow", folder / "deny"
        allow.write_text("".join(f"socat: {_in_table(network)}\n" for network in self.allowed), encoding="utf-8")
        deny.write_text("ALL: ALL\n", encoding="utf-8")
        listen = f"TCP{version}-LISTEN:{self.port},bind={host},reuseaddr,fork,max-children=256"
        listen += f",tcpwrap=socat,allow-table={allow},deny-table={deny}"
        return ["socat", "-d", listen, f"TCP4:127.0.0.1:{self.service.port}"]


def exposables(settings: Settings) -> dict[str, Exposable]:
    """Every service that can be exposed."""
    ports = settings.ports
    known = (
        Exposable("inference-service", settings.inference_service.port, "keys"),
        Exposable("data-service", settings.data_service.port, "keys"),
        Exposable("airflow", ports.airflow, "login"),
        Exposable("postgres", ports.postgres, "password", speaks_http=False),
        Exposable("s3", ports.s3, "signature"),
        Exposable("mlflow", ports.mlflow, "login, perhaps"),
        Exposable("ui", settings.ui.port, "nobody"),
        Exposable("metrics-exporter", settings.metrics_exporter.port, "nobody"),
        Exposable("prometheus", ports.prometheus, "nobody"),
        Exposable("alertmanager", ports.alertmanager, "nobody"),
        Exposable("pushgateway", ports.pushgateway, "nobody"),
        Exposable("locust", ports.locust, "nobody"),
    )
    return {service.name: service for service in known}


def find(settings: Settings, name: str) -> Exposable:
    """A service by its name.

    Raises:
        NotFoundError: there is no such service.
    """
    services = exposables(settings)
    if name not in services:
        raise NotFoundError(f"there is no service {name}; there are {', '.join(services)}")
    return services[name]


def plan(
    settings: Settings,
    name: str,
    address: str,
    port: int | None,
    allowed: list[str],
    *,
    told_twice: bool,
    plain: bool = False,
    names: Sequence[str] = (),
    certificate: Path | None = None,
    certificate_key: Path | None = None,
) -> Exposure:
    """What to forward, checked.

    Args:
        settings: of this machine.
        name: the service.
        address: the address of this machine to listen on.
        port: the port to listen on; the service's own where it is None.
        allowed: the networks (CIDR) that may come.
        told_twice: expose it even if it requires neither a key nor a login.
        plain: HTTP without TLS, for a network that is encrypted already.
        names: host names callers use besides the address; the certificate holds them.
        certificate: a certificate of one's own (PEM); Caddy's CA issues one if it is None.
        certificate_key: its private key.

    Raises:
        NotFoundError: there is no such service.
        InvalidInputError: an address, network, name or certificate is wrong, or no network is allowed.
        ConfigurationError: the service asks nobody who calls, and was not told twice.
        PlatformError: Caddy or socat is missing.
    """
    service = find(settings, name)
    networks = _networks(address, allowed)
    tls = None
    if service.speaks_http and not plain:
        given = check_certificate(certificate, certificate_key)
        tls = Tls(StateFolder(settings.state_dir.expanduser().absolute()).tls, check_names(list(names)), given)
    elif names or certificate or certificate_key:
        reason = "--plain" if plain else f"{name} does not speak HTTP"
        raise InvalidInputError(f"{reason}: neither names nor a certificate are of use")
    if not told_twice and not _asks(service):
        raise ConfigurationError(
            f"{name} asks nobody for a key or a login: whoever reaches it may use it. Give it keys or a login "
            "(docs/how-to/expose.md), or say --unauthenticated as well"
        )
    if tls is None and shutil.which("socat") is None:
        raise PlatformError("socat is missing: `make system-deps`, or apt-get install socat")
    if tls is not None and not caddy().is_file():
        raise PlatformError("caddy is missing: `make setup`, or pip install 'readmission[local]'")
    return Exposure(service, address, port or service.port, networks, tls)


def declare(settings: Settings) -> list[Program]:
    """The forwardings that the local platform keeps, as its settings name them."""
    return [_program(exposed, find(settings, exposed.service)) for exposed in settings.expose]


def _program(exposed: ExposeSettings, service: Exposable) -> Program:
    told = [part for network in exposed.allow for part in ("--allow", network)]
    told += [part for name in exposed.names for part in ("--name", name)]
    for option, file in (("--certificate", exposed.certificate), ("--certificate-key", exposed.certificate_key)):
        told += [option, str(file.expanduser().absolute())] if file else []
    told += ["--plain"] if exposed.plain else []
    told += ["--unauthenticated"] if exposed.unauthenticated else []
    return Program(
        f"expose-{service.name}",
        (
            str(Path(sys.executable).parent / "readmission"),
            *("expose", service.name, "--address", exposed.address, "--port", str(exposed.port), *told),
        ),
        ready=f"tcp://{exposed.address}:{exposed.port}",
        url=f"{'https://' if service.speaks_http and not exposed.plain else ''}{exposed.address}:{exposed.port}",
        waits_for=(f"tcp://127.0.0.1:{service.port}",),
        after_dag="diabetes_model_pipeline" if service.name == "inference-service" else "",
    )


def run(exposure: Exposure) -> int:
    """Forward in the foreground until told to stop; the exit code of Caddy or socat."""
    with tempfile.TemporaryDirectory(prefix="readmission-expose-") as folder:
        command = exposure.command(Path(folder))
        with exposure.tls.starting() if exposure.tls else nullcontext():
            program = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=_environment(exposure.tls))
            previous = signal.signal(signal.SIGTERM, lambda *_: program.terminate())
            try:
                if exposure.tls:
                    _wait_until_listening(exposure, program)
            except KeyboardInterrupt:
                program.terminate()
        try:
            return program.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            program.terminate()
            program.wait()
            signal.signal(signal.SIGTERM, previous)


def _environment(tls: Tls | None) -> Mapping[str, str]:
    # Where Caddy keeps what its configuration does not place.
    own = {} if tls is None else {"XDG_DATA_HOME": str(tls.folder), "XDG_CONFIG_HOME": str(tls.folder)}
    return {**os.environ, **own}


def _wait_until_listening(exposure: Exposure, program: "subprocess.Popen[bytes]") -> None:
    while program.poll() is None:
        with socket.socket(socket.AF_INET6 if ":" in exposure.address else socket.AF_INET) as probe:
            if probe.connect_ex((exposure.address, exposure.port)) == 0:
                return
        time.sleep(0.05)


def _in_table(network: str) -> str:
    parsed = ipaddress.ip_network(network)
    if isinstance(parsed, ipaddress.IPv6Network):
        return f"[{parsed.network_address}]/{parsed.prefixlen}"
    # A mask of all ones matches nothing there: one machine is written without a mask.
    one = parsed.prefixlen == parsed.max_prefixlen
    return str(parsed.network_address) if one else f"{parsed.network_address}/{parsed.netmask}"


def _networks(address: str, allowed: list[str]) -> tuple[str, ...]:
    try:
        listen = ipaddress.ip_address(address)
        networks = [ipaddress.ip_network(network) for network in allowed]
    except ValueError as error:
        raise InvalidInputError(f"not an address or network: {error}") from error
    if not networks:
        raise InvalidInputError("say which networks may come: --allow 192.0.2.0/24, or one machine: --allow 192.0.2.7")
    widest = _WIDEST_PREFIX[listen.version]
    for network in networks:
        if network.version != listen.version:
            raise InvalidInputError(f"{network} and {address} are not of the same IP version")
        if network.prefixlen < widest:
            raise InvalidInputError(f"{network} is too wide: a network of at most /{widest} may come")
    if _addresses(networks) * 2 > 2**listen.max_prefixlen:
        raise InvalidInputError("together these networks are everybody: name the networks that may come")
    return tuple(str(network) for network in networks)


def _addresses(networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> int:
    """How many addresses are in at least one of the networks."""
    four = [each for each in networks if isinstance(each, ipaddress.IPv4Network)]
    six = [each for each in networks if isinstance(each, ipaddress.IPv6Network)]
    collapse = ipaddress.collapse_addresses
    return sum(each.num_addresses for each in collapse(four)) + sum(each.num_addresses for each in collapse(six))


def _asks(service: Exposable) -> bool:
    """True if the running service refuses a stranger. Keys and logins may be off: so it is asked, not believed."""
    if service.asks not in ("keys", "login, perhaps"):
        return service.asks != "nobody"
    try:
        answer = httpx.get(f"http://127.0.0.1:{service.port}/", trust_env=False, timeout=5)
    except httpx.HTTPError as error:
        raise PlatformError(f"{service.name} does not answer on 127.0.0.1:{service.port}; start it first") from error
    return answer.status_code == httpx.codes.UNAUTHORIZED
