"""The download, against a real local server that gives the archive, half of it, or something else."""

import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from readmission.dataset import resolve_dataset
from readmission.errors import DatasetError
from readmission.settings import Settings
from tests.conftest import free_port
from tests.unit.dataset.made_up import csv_text


class Stand(BaseHTTPRequestHandler):
    """Gives ``server.answer``: status, body, and the length it claims."""

    def do_GET(self) -> None:
        status, body, claimed = self.server.answer  # type: ignore[attr-defined]
        self.server.asked += 1  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("Content-Length", str(claimed))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def stand() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    server.asked = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def settings(tmp_path: Path, dataset: str, port: int) -> Settings:
    url = f"http://127.0.0.1:{port}/archive.zip"
    return Settings(state_dir=tmp_path / "state", dataset=dataset, dataset_url=url, synthetic_rows=200)


def give(server: ThreadingHTTPServer, body: bytes, status: int = 200, claimed: int | None = None) -> None:
    server.answer = (status, body, len(body) if claimed is None else claimed)  # type: ignore[attr-defined]


def cached_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "state" / "dataset").iterdir())


def test_the_real_archive_is_downloaded_once_with_progress(
    stand: ThreadingHTTPServer, real_dataset: Path, tmp_path: Path
) -> None:
    give(stand, real_dataset.read_bytes())
    wanted = settings(tmp_path, "auto", stand.server_port)
    told: list[tuple[str, int, int | None]] = []
    first = resolve_dataset(wanted, lambda *each: told.append(each))
    assert first.kind == "uci"
    size = real_dataset.stat().st_size
    assert ("download", size, size) in told
    stand.answer = (500, b"", 0)  # type: ignore[attr-defined]
    assert resolve_dataset(wanted).sha256 == first.sha256
    assert stand.asked == 1  # type: ignore[attr-defined]
    assert cached_files(tmp_path) == [f"{first.sha256}.csv"]
    first.csv_path.write_bytes(first.csv_path.read_bytes()[:-1])
    with pytest.raises(DatasetError, match="answered 500"):
        resolve_dataset(settings(tmp_path, "uci", stand.server_port))
    assert cached_files(tmp_path) == []


@pytest.mark.parametrize("dataset", ["uci", "auto"])
@pytest.mark.parametrize(
    ("case", "says"),
    [("html", "is not a whole zip archive"), ("other", "expected the published"), ("gone", "answered 404")],
)
def test_a_wrong_answer_is_an_error_and_leaves_nothing(
    stand: ThreadingHTTPServer, tmp_path: Path, dataset: str, case: str, says: str
) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("diabetic_data.csv", csv_text(5))
    if case == "other":
        give(stand, other.read_bytes())
    else:
        give(stand, b"<html>please sign in</html>", status=404 if case == "gone" else 200)
    with pytest.raises(DatasetError, match=says):
        resolve_dataset(settings(tmp_path, dataset, stand.server_port))
    assert cached_files(tmp_path) == []


def test_a_broken_download_leaves_nothing(stand: ThreadingHTTPServer, tmp_path: Path) -> None:
    give(stand, b"PK\x03\x04 the first half", claimed=5_000)
    with pytest.raises(DatasetError, match="cannot be reached"):
        resolve_dataset(settings(tmp_path, "uci", stand.server_port))
    assert cached_files(tmp_path) == []


def test_without_a_network_auto_is_synthetic_and_stays_so(
    stand: ThreadingHTTPServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = resolve_dataset(settings(tmp_path, "auto", free_port()))
    assert (first.kind, first.rows) == ("synthetic", 200)
    assert "SYNTHETIC" in first.note
    assert "SYNTHETIC" in caplog.text
    give(stand, b"")
    later = resolve_dataset(settings(tmp_path, "auto", stand.server_port))
    assert (later.kind, later.sha256) == ("synthetic", first.sha256)
    assert stand.asked == 0  # type: ignore[attr-defined]


def test_without_a_network_uci_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be reached"):
        resolve_dataset(settings(tmp_path, "uci", free_port()))


def test_an_address_that_is_none_is_an_error(tmp_path: Path) -> None:
    wanted = Settings(state_dir=tmp_path / "state", dataset="uci", dataset_url="not an address")
    with pytest.raises(DatasetError):
        resolve_dataset(wanted)
