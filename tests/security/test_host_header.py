"""DNS rebinding: a request that names a host we do not answer to gets no answer, on any path of any service."""

import pytest

from tests.security.doors import Door, Start

PATHS = {
    "inference-service": ("/models", "/openapi.json", "/metrics", "/healthz", "/nothing"),
    "data-service": ("/dataset", "/splits/train/batches/0", "/metrics", "/healthz", "/nothing"),
    "ui": ("/en/", "/en/config", "/metrics", "/healthz", "/nothing"),
    "metrics-exporter": ("/metrics", "/healthz", "/nothing"),
}
FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "127.0.0.1, evil.example",
    "evil.example#127.0.0.1",
    "",
    "0",
    "2130706433",
)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_on_every_path(door: Door, host: str) -> None:
    for path in PATHS[door.name]:
        answer = door.ask("GET", path, host=host)
        # The web server itself refuses what is no host at all.
        assert answer.status in (400, 421), (path, answer)
        if answer.status == 421:
            assert "urn:readmission:host-not-allowed" in answer.text
            assert "evil" not in answer.text


def test_an_address_that_is_not_loopback_reaches_probes_only(door: Door) -> None:
    """The kubelet and Prometheus name a pod's address; a page cannot, for rebinding takes a name."""
    for host in ("10.1.2.3", "10.1.2.3:8000", "[fd00::1]:8000"):
        for path in PATHS[door.name]:
            wanted = (200,) if path in ("/metrics", "/healthz") else (421,)
            assert door.ask("GET", path, host=host).status in wanted, (host, path)


def test_two_host_headers_name_no_host(door: Door) -> None:
    answer = door.send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n")
    assert answer.status in (400, 421)


def test_loopback_names_are_answered_with_any_port(door: Door) -> None:
    for host in ("127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:9999", f"localhost:{door.port}"):
        assert door.ask("GET", PATHS[door.name][0], host=host).status == 200, host


def test_names_that_were_set_are_answered_too(start_inference: Start) -> None:
    door = start_inference(READMISSION_HTTP__ALLOWED_HOSTS="inference-service, ehr.example")
    assert door.ask("GET", "/models", host="inference-service:8000").status == 200
    assert door.ask("GET", "/models", host="EHR.example").status == 200
    assert door.ask("GET", "/models", host="other.example").status == 421
