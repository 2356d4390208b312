"""In Grafana's place where no registry can be reached: says so, and answers the health check."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SAID = b"A stand-in: no Grafana here. Its dashboards are in deploy/grafana/dashboards.\n"


class Page(BaseHTTPRequestHandler):
    """The same text for every path."""

    def do_GET(self) -> None:
        """Answer it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(SAID)))
        self.end_headers()
        self.wfile.write(SAID)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 3000), Page).serve_forever()
