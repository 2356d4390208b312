"""What Caddy is told when it carries a service out of this machine by TLS, and where its certificates come from."""

import fcntl
import re
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readmission.errors import InvalidInputError

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_IDLE_SECONDS = 2
"""Caddy drops an idle connection before the service behind does (uvicorn: 5 s), so no request meets a closed one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Tls:
    """How a service is reached by TLS.

    Attributes:
        folder: what Caddy keeps, its own CA above all; all exposed services share it.
        names: host names callers use besides the address.
        certificate: a certificate of one's own; None if Caddy's CA issues one.
    """

    folder: Path
    names: tuple[str, ...] = ()
    certificate: Certificate | None = None

    @property
    def root_certificate(self) -> Path:
        """The certificate of Caddy's CA: what callers must trust. Caddy writes it at its first start."""
        return self.folder / "pki" / "authorities" / "local" / "root.crt"

    def configure(self, address: str, port: int, service_port: int, allowed: tuple[str, ...]) -> dict[str, Any]:
        """Caddy's JSON configuration.

        The networks are checked twice: strangers fail in the handshake, and no route answers them.
        """
        host = f"[{address}]" if ":" in address else address
        peers = {"remote_ip": {"ranges": list(allowed)}}
        policy: dict[str, Any] = {"match": peers, "default_sni": address}
        tls: dict[str, Any]
        pki: dict[str, Any] = {}
        if self.certificate is None:
            subjects = [address, *self.names]
            tls = {
                "certificates": {"automate": subjects},
                "automation": {"policies": [{"subjects": subjects, "issuers": [{"module": "internal"}]}]},
            }
            authority = {"name": "readmission", "install_trust": False}
            pki = {"pki": {"certificate_authorities": {"local": authority}}}
        else:
            files = {"certificate": str(self.certificate.chain), "key": str(self.certificate.key), "tags": ["given"]}
            tls = {"certificates": {"load_files": [files]}}
            policy |= {"certificate_selection": {"any_tag": ["given"]}}
        forward = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"127.0.0.1:{service_port}"}],
            "transport": {"protocol": "http", "keep_alive": {"idle_timeout": f"{_IDLE_SECONDS}s"}},
        }
        server = {
            "listen": [f"{host}:{port}"],
            "protocols": ["h1", "h2"],  # h3 would listen on UDP
            "read_header_timeout": "10s",
            "automatic_https": {"disable": True},  # neither port 80 nor certificates from outside
            "tls_connection_policies": [policy],
            "routes": [
                {"match": [peers], "handle": [forward], "terminal": True},
                {"handle": [{"handler": "static_response", "abort": True}]},
            ],
        }
        return {
            "admin": {"disabled": True, "config": {"persist": False}},
            "storage": {"module": "file_system", "root": str(self.folder)},
            # What it logs of a request holds keys (X-API-Key) and ids.
            "logging": {"logs": {"default": {"level": "WARN", "encoder": _WITHOUT_REQUESTS}}},
            "apps": {"http": {"grace_period": "5s", "servers": {"exposed": server}}, "tls": tls} | pki,
        }

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Wait for others of this machine that start: two at once would each make a CA, and one would be lost."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


_WITHOUT_REQUESTS = {"format": "filter", "wrap": {"format": "json"}, "fields": {"request": {"filter": "delete"}}}


def caddy() -> Path:
    """The binary, as the wheel installs it."""
    return Path(sys.executable).parent / "caddy"


def check_names(names: list[str]) -> tuple[str, ...]:
    """The names, in small letters.

    Raises:
        InvalidInputError: one is no host name or address.
    """
    lowered = tuple(name.lower() for name in names)
    for name in lowered:
        if not _NAME.fullmatch(name):
            raise InvalidInputError(f"{name!r} is no host name: --name readmission.hospital.example")
    return lowered


def check_certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    """A certificate and its key, if both are given and belong together.

    Raises:
        InvalidInputError: one is missing or cannot be read, or the key is another certificate's.
    """
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise InvalidInputError("a certificate needs its key: --certificate chain.pem --certificate-key key.pem")
    chain, key = chain.expanduser().absolute(), key.expanduser().absolute()
    for file in (chain, key):
        if not file.is_file():
            raise InvalidInputError(f"there is no file {file}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password=lambda: "")
    except OSError as error:
        raise InvalidInputError(
            f"{chain} and {key} are no certificate (PEM, the issuers' after it) and its key without a password: {error}"
        ) from error
    return Certificate(chain, key)
