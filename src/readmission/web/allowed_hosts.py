"""Which ``Host`` a caller may name.

A page on the web can make its own host name point at 127.0.0.1 (DNS rebinding); its browser then sends our answers
to it as if they were its own. What it cannot change is the name the browser sends along.
"""

import ipaddress
import re
from collections.abc import Iterable

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""The kubelet and Prometheus ask for these by the address of a pod."""
_MOST_REMEMBERED = 1_000


class AllowedHosts:
    """Decides by the ``Host`` header.

    Loopback names and the names given are allowed with any port. Probes also by any address: rebinding needs a name.

    Args:
        names: further names or addresses.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {*_LOOPBACK, *(name.lower() for name in names)}
        self._seen: set[bytes] = set()

    def allow(self, host: bytes, path: str) -> bool:
        """True if a request for ``path`` may name ``host``."""
        if host in self._seen:
            return True
        found = _HOST.fullmatch(host.decode("latin-1").lower())
        if found is None:
            return False
        if found[1] in self._names:
            if len(self._seen) < _MOST_REMEMBERED:
                self._seen.add(host)
            return True
        return path in PROBE_PATHS and _is_address(found[1])


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
