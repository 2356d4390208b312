"""How long a ward list takes on the page, from the click to the whole answer, beside the page of another checkout.

    make up
    python -m benchmarks.ward_list --against ../before --rows 10000

Both pages run on this machine, ask the running platform's inference service, and are driven by one Chromium in turns.
Every run stores its rows, as a ward's list would: use a platform that may be cleaned.
"""

import argparse
import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from load_tests.encounters import pool
from readmission.settings import load_settings

HERE = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY_SECONDS, DEADLINE_MS = 120, 240_000
DONE = "#ward-summary .figures, #ward-summary [role=status], #ward-summary [role=alert]"


def main() -> int:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--against", type=Path, required=True, help="checkout with the other page")
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("Chromium is not installed: `make system-deps`\n")
        return 2
    checkouts = {"other": asked.against.resolve(), "this": HERE}
    seconds: dict[str, list[float]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ward = write_list(Path(folder) / "ward.csv", asked.rows)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with (
            serve_page(checkouts["other"], Path(folder) / "other") as other,
            serve_page(checkouts["this"], Path(folder) / "this") as this,
        ):
            for _ in range(asked.rounds):
                for name, url in (("other", other), ("this", this)):
                    seconds[name].append(score(browser, url, ward, asked.rows))
                    sys.stderr.write(f"{name}: {seconds[name][-1]:.1f} s\n")
        browser.close()
    for name, found in seconds.items():
        each = ", ".join(f"{one:.1f}" for one in found)
        sys.stdout.write(f"{name}: median {median(found):.1f} s of {each} ({asked.rows:,} rows)\n")
    return 0


def write_list(path: Path, rows: int) -> Path:
    """A list of made-up encounters."""
    known = pool()
    names = ["encounter_id", *dict.fromkeys(name for row in known for name in row)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="?")
        writer.writeheader()
        for number in range(rows):
            row = {"encounter_id": number + 1, **known[number % len(known)]}
            writer.writerow({name: "?" if value is None else value for name, value in row.items()})
    return path


@contextmanager
def serve_page(checkout: Path, state: Path) -> Iterator[str]:
    """The page of a checkout, on a free port, asking the platform's inference service."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    state.mkdir()
    service = load_settings().inference_service
    key = service.api_key.get_secret_value() if service.api_key else ""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("READMISSION_")},
        "PYTHONPATH": str(checkout / "src"),
        "READMISSION_STATE_DIR": str(state),
        "READMISSION_UI__PORT": str(port),
        "READMISSION_INFERENCE_SERVICE__URL": service.url,
        **({"READMISSION_INFERENCE_SERVICE__API_KEY": key} if key else {}),
    }
    program = [sys.executable, "-c", "from readmission.cli import main; main()", "serve", "ui"]
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(program, env=environment, stdout=log, stderr=log, cwd=state)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/readyz"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the page of {checkout} does not answer: {(state / 'log').read_text()[-500:]}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/en/"
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def score(browser: Browser, url: str, ward: Path, rows: int) -> float:
    """Seconds from the click until all rows are on the page."""
    page: Any = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.set_default_timeout(DEADLINE_MS)
    page.goto(url)
    page.locator("#header .chip:not(.off)").wait_for()
    page.get_by_role("tab", name="Ward list").click()
    page.locator("#ward-file input[type=file]").set_input_files(ward)
    page.wait_for_timeout(3000)  # the old page uploads the file when it is chosen; this one at the click
    began = time.monotonic()
    page.locator("#ward-start").click()
    page.locator(DONE).first.wait_for()
    page.wait_for_function(
        "rows => document.querySelector('#ward-summary').innerText.replace(/\\s+/g, ' ').includes(rows)",
        arg=f"{rows:,} scored and stored",
    )
    took = time.monotonic() - began
    page.close()
    return took


if __name__ == "__main__":
    sys.exit(main())
