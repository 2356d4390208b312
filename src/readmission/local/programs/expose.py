"""Make a service of this machine reachable from others: socat, with a list of who may come.

socat listens on one address and lets only the named networks in; the service itself stays on loopback. What asks
nobody for a key or a login is not exposed unless told twice.
"""

import ipaddress
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from readmission.errors import ConfigurationError, InvalidInputError, NotFoundError, PlatformError
from readmission.local.programs.program import Program
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


@dataclass(frozen=True, slots=True)
class Exposure:
    """One forwarding: ``address``:``port`` here leads to the service on loopback, for ``allowed`` networks only."""

    service: Exposable
    address: str
    port: int
    allowed: tuple[str, ...]

    def command(self, tables: Path) -> list[str]:
        """The command line; writes the lists of who may come into the folder ``tables``.

        The lists are TCP wrappers' (``hosts_access(5)``): socat's own ``range`` knows one network only.
        """
        version = ipaddress.ip_address(self.address).version
        host = f"[{self.address}]" if version == 6 else self.address
        allow, deny = tables / "allow", tables / "deny"
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
        Exposable("postgres", ports.postgres, "password"),
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
    settings: Settings, name: str, address: str, port: int | None, allowed: list[str], *, told_twice: bool
) -> Exposure:
    """What to forward, checked.

    Args:
        settings: of this machine.
        name: the service.
        address: the address of this machine to listen on.
        port: the port to listen on; the service's own where it is None.
        allowed: the networks (CIDR) that may come.
        told_twice: expose it even if it requires neither a key nor a login.

    Raises:
        NotFoundError: there is no such service.
        InvalidInputError: an address or network is wrong, or none is allowed.
        ConfigurationError: the service asks nobody who calls, and was not told twice.
        PlatformError: socat is missing.
    """
    service = find(settings, name)
    networks = _networks(address, allowed)
    if not told_twice and not _asks(service):
        raise ConfigurationError(
            f"{name} asks nobody for a key or a login: whoever reaches it may use it. Give it keys or a login "
            "(docs/how-to/expose.md), or say --unauthenticated as well"
        )
    if shutil.which("socat") is None:
        raise PlatformError("socat is missing: `make system-deps`, or apt-get install socat")
    return Exposure(service, address, port or service.port, networks)


def declare(settings: Settings) -> list[Program]:
    """The forwardings that the local platform keeps, as its settings name them."""
    return [_program(exposed, find(settings, exposed.service)) for exposed in settings.expose]


def _program(exposed: ExposeSettings, service: Exposable) -> Program:
    networks = [part for network in exposed.allow for part in ("--allow", network)]
    return Program(
        f"expose-{service.name}",
        (
            str(Path(sys.executable).parent / "readmission"),
            *("expose", service.name, "--address", exposed.address, "--port", str(exposed.port), *networks),
            *(["--unauthenticated"] if exposed.unauthenticated else []),
        ),
        ready=f"tcp://{exposed.address}:{exposed.port}",
        url=f"{exposed.address}:{exposed.port}",
        waits_for=(f"tcp://127.0.0.1:{service.port}",),
        after_dag="diabetes_model_pipeline" if service.name == "inference-service" else "",
    )


def run(exposure: Exposure) -> int:
    """Forward in the foreground until told to stop; socat's exit code."""
    with tempfile.TemporaryDirectory(prefix="readmission-expose-") as folder:
        program = subprocess.Popen(exposure.command(Path(folder)), stdin=subprocess.DEVNULL)
        previous = signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        try:
            return program.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            program.terminate()
            program.wait()
            signal.signal(signal.SIGTERM, previous)


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
