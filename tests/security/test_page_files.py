"""No visitor of the page reads a file of the machine, or makes the page fetch an address of their choosing."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from readmission.services.ui.words import LANGUAGES
from tests.security.conftest import LonelyPage

SECRET = "the-owner-password-of-this-test"
SESSION = "aaaaaaaaaa1"


@pytest.fixture
def secret_file(lonely_page: LonelyPage) -> Path:
    path = lonely_page.state / "secrets.json"
    path.write_text(json.dumps({"readmission_owner": SECRET}), encoding="utf-8")
    return path


@pytest.fixture(params=LANGUAGES)
def visitor(lonely_page: LonelyPage, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{lonely_page.url}/{request.param}", timeout=20, trust_env=False) as client:
        yield client


def events_with_inputs(visitor: httpx.Client) -> list[tuple[int, int]]:
    """Each event of the page that takes input: its number, and how many inputs."""
    config = visitor.get("/config").json()
    found = [(each["id"], len(each["inputs"])) for each in config["dependencies"] if each["inputs"]]
    assert found, "the page has events"
    return found


def join(visitor: httpx.Client, event: int, data: list[Any], session: str = SESSION) -> httpx.Response:
    body = {"data": data, "fn_index": event, "session_hash": session, "trigger_id": None, "event_data": None}
    return visitor.post("/gradio_api/queue/join", json=body)


def drain(visitor: httpx.Client, session: str = SESSION) -> str:
    """Everything the page says about this session's events until the last one is done."""
    said = []
    with visitor.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
        for line in stream.iter_lines():
            said.append(line)
            if "close_stream" in line or "process_completed" in line:
                break
    return "\n".join(said)


def file_data(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_in(each)


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "nested"])
def test_a_path_of_the_machine_is_never_read(visitor: httpx.Client, secret_file: Path, nested: bool) -> None:
    """The attack as it was found: a path as input, a deep link of the session, the copy fetched."""
    for event, inputs in events_with_inputs(visitor):
        for path in (str(secret_file), "/etc/passwd", "/proc/self/environ"):
            payload: Any = {"deep": [file_data(path)]} if nested else file_data(path)
            answer = join(visitor, event, [payload] * inputs)
            if answer.status_code == 200:
                drain(visitor)
        link = visitor.get("/gradio_api/deep_link", params={"session_hash": SESSION})
        said = link.text
        if link.status_code == 200:
            config = visitor.get("/config", params={"deep_link": link.json()})
            said += config.text
            for text in strings_in(config.json() if config.status_code == 200 else None):
                if text.startswith("/"):
                    said += visitor.get(f"/gradio_api/file={quote(text)}").text
        assert SECRET not in said
        assert "root:x:0" not in said


def test_every_event_goes_through_the_queue(visitor: httpx.Client) -> None:
    """Else its button would do nothing: the way around the queue is closed."""
    assert [
        each["id"] for each in visitor.get("/config").json()["dependencies"] if each["backend_fn"] and not each["queue"]
    ] == []


def test_a_path_that_never_ends_is_refused_at_the_door(visitor: httpx.Client) -> None:
    event, inputs = events_with_inputs(visitor)[0]
    assert join(visitor, event, [file_data("/dev/zero")] * inputs).status_code == 403
    assert visitor.get("/config").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link?session_hash=aaaaaaaaaa1",
        "/config?deep_link=aaaaaaaaaaa",
        "/?deep_link=aaaaaaaaaaa",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/proxy=http://127.0.0.1:9/",
        "/gradio_api/custom_component/a/server/b/c",
        "/gradio_api/vibe-code",
        "/gradio_api/runs",
        "/monitoring/summary",
        "/gradio_api/stream/a/1/2/playlist-file",
    ],
)
def test_what_the_page_does_not_use_is_not_there(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["run/score", "run/predict", "call/score", "api/score", "process_recording", "vibe-edit", "component_server"],
)
def test_calls_around_the_queue_are_not_there(visitor: httpx.Client, path: str) -> None:
    assert visitor.post(f"/gradio_api/{path}", json={"data": []}).status_code == 404


@pytest.mark.parametrize("way", ["file_data", "file_route"])
def test_the_page_fetches_no_address_a_visitor_names(visitor: httpx.Client, way: str) -> None:
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(2)

        def listen() -> None:
            try:
                server.accept()[0].close()
                called.set()
            except TimeoutError:
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        address = f"http://localhost:{server.getsockname()[1]}/x.csv"
        if way == "file_data":
            event, inputs = events_with_inputs(visitor)[0]
            assert join(visitor, event, [file_data(address)] * inputs).status_code == 403
        else:
            assert visitor.get(f"/gradio_api/file={address}").status_code in (403, 404)
        listener.join()
    assert not called.is_set()


def test_dots_and_escapes_do_not_leave_the_upload_folder(lonely_page: LonelyPage, secret_file: Path) -> None:
    """Raw, since a client library would tidy the path up."""
    host, port = urlsplit(lonely_page.url).hostname, urlsplit(lonely_page.url).port
    uploaded = httpx.post(
        f"{lonely_page.url}/en/gradio_api/upload", files={"files": ("list.csv", b"a;b\n1;2\n")}, trust_env=False
    ).json()[0]
    up = "/..%2f" * 12
    for path in (
        f"{uploaded}/{'../' * 12}{secret_file}",
        f"{uploaded}{up}{quote(str(secret_file), safe='')}",
        f"%2e%2e/{secret_file}",
        str(secret_file),
        f"//{secret_file}",
    ):
        with socket.create_connection((host, port), timeout=10) as raw:
            raw.sendall(
                f"GET /en/gradio_api/file={path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
            )
            said = b"".join(iter(lambda: raw.recv(65536), b""))
        assert not said.startswith(b"HTTP/1.1 200")
        assert SECRET.encode() not in said


def test_an_upload_is_still_served_to_its_visitor(visitor: httpx.Client) -> None:
    """The control: what a visitor uploaded can be fetched, so the refusals above are not a page that is broken."""
    path = visitor.post("/gradio_api/upload", files={"files": ("list.csv", b"a;b\n1;2\n")}).json()[0]
    assert visitor.get(f"/gradio_api/file={path}").text == "a;b\n1;2\n"
    assert Path(path).stat().st_mode & 0o077 == 0 or Path(path).parents[1].stat().st_mode & 0o077 == 0


def test_uploads_lie_in_a_folder_of_the_page_alone(visitor: httpx.Client) -> None:
    path = Path(visitor.post("/gradio_api/upload", files={"files": ("list.csv", b"a;b\n")}).json()[0])
    folder = next(parent for parent in path.parents if parent.name.startswith("readmission-page-"))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_full_queue_says_so(lonely_page: LonelyPage, visitor: httpx.Client) -> None:
    """Waiting events are bounded, so a visitor cannot fill the page's memory with them."""
    config = visitor.get("/config").json()
    load = next(each["id"] for each in config["dependencies"] if any(to[1] == "load" for to in each["targets"]))
    # An inference service that takes the call and stays silent keeps the first event busy.
    with socket.create_server(("127.0.0.1", lonely_page.inference_port), backlog=16):
        statuses = {join(visitor, load, [], f"flood{number:06d}").status_code for number in range(260)}
    assert statuses == {200, 503}
    assert visitor.get("/config").status_code == 200
