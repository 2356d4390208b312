"""A real HTTP server that can fail in ways the real data service never would: damaged, cut short, lying."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class TinyDataService:
    """Serves CSV batches by split; ``listed`` is what it says of them, ``sent`` what it really sends."""

    def __init__(self, batches: dict[str, list[bytes]], kind: str = "file") -> None:
        self.kind = kind
        self.sha256 = hashlib.sha256(b"".join(csv for split in batches.values() for csv in split)).hexdigest()
        self.batches = batches
        self.sent: dict[tuple[str, int], bytes] = {}
        self.cut_after: int | None = None
        self.pause_after: int | None = None
        self.paused = threading.Event()
        self.resume = threading.Event()
        self.progress: list[tuple[str, str]] = []
        self.url = ""

    def list_batches(self, split: str) -> list[dict[str, Any]]:
        return [
            {"number": i, "rows": csv.count(b"\n") - 1, "sha256": hashlib.sha256(csv).hexdigest()}
            for i, csv in enumerate(self.batches.get(split, []))
        ]


@contextmanager
def serve(service: TinyDataService) -> Iterator[TinyDataService]:
    """Run the service on a free port of 127.0.0.1."""

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def _json(self, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.progress.append((self.path, body["state"]))
            self._json({})

        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            if parts == ["dataset"]:
                self._json({"kind": service.kind, "sha256": service.sha256})
            elif parts[-1] == "batches":
                self._json({"split": parts[1], "batches": service.list_batches(parts[1])})
            else:
                self._batch(parts[1], int(parts[3]))

        def _batch(self, split: str, number: int) -> None:
            content = service.sent.get((split, number), service.batches[split][number])
            self.send_response(200)
            self.send_header("Content-Type", "text/csv")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Batch-SHA256", service.list_batches(split)[number]["sha256"])
            self.end_headers()
            if service.cut_after is not None:
                self.wfile.write(content[: service.cut_after])
                self.close_connection = True
                return
            if service.pause_after is not None:
                self.wfile.write(content[: service.pause_after])
                self.wfile.flush()
                service.paused.set()
                service.resume.wait(60)
                content = content[service.pause_after :]
            self.wfile.write(content)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...  # a client that was killed is part of the test

    server = Server(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        service.resume.set()
        server.shutdown()
        server.server_close()
