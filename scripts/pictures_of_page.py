"""Take the pictures of the page in docs/pictures from the running system: `pictures_of_page.py [FOLDER]`.

The patients in them are the contract's made-up examples, and variations of them; nobody's data is shown. For plots
with something in them, run it while or after `make load`.
"""

import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from load_tests.encounters import pool
from readmission.settings import load_settings

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MOST_BYTES = 200_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
BROKEN: dict[int, dict[str, Any]] = {4: {"time_in_hospital": 40}, 9: {"age": "about 70"}, 15: {"insulin": "More"}}


def main() -> int:
    """Take all pictures; each is small enough for a README."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("Chromium is not installed: `make system-deps`\n")
        return 2
    url = f"http://127.0.0.1:{load_settings().ui.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, language, size, act, look in VIEWS:
            page = browser.new_page(viewport=size, locale=language, color_scheme=look)  # type: ignore[arg-type]
            page.set_default_timeout(240_000)
            page.goto(f"{url}/{language}/")
            page.locator("#header .chip:not(.off)").wait_for()
            act(page)
            # A form longer than the window is shown as a window shows it: button and answer stay in view.
            save(page.screenshot(full_page=size is WIDE and act is not show_patient), folder / f"{name}.png")
            page.close()
        browser.close()
    return 0


def show_patient(page: Page) -> None:
    """The answer to an example, with its reasons."""
    page.locator(".examples-box summary").click()
    page.locator("#example-frequent-visitor").click()
    page.locator("#reasons tbody tr").first.wait_for()
    page.mouse.move(0, 0)


def show_phone(page: Page) -> None:
    """The same on a phone: the answer, brought into view."""
    show_patient(page)
    page.locator("#result").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('answer').scrollIntoView()")


def show_ward(page: Page) -> None:
    """A list with three broken rows."""
    rows = [{"encounter_id": 1000 + number, **row} for number, row in enumerate(pool()[:120], start=1)]
    for number, change in BROKEN.items():
        rows[number - 1].update(change)
    path = Path(tempfile.mkdtemp(prefix="readmission-pictures-")) / "ward-list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="?")
        writer.writeheader()
        writer.writerows({name: "?" if value is None else value for name, value in row.items()} for row in rows)
    page.locator("#tabs [role=tab]").nth(1).click()
    page.locator("#ward-file input[type=file]").set_input_files(path)
    page.locator("#ward-start").click()
    page.locator("#ward-summary [role=status]").wait_for()
    page.locator("#ward-problem-table").get_by_text("(time_in_hospital)").last.wait_for()
    shutil.rmtree(path.parent)


def show_ward_on_phone(page: Page) -> None:
    """The same on a phone: the table, brought into view."""
    show_ward(page)
    page.evaluate("document.getElementById('ward-results').scrollIntoView()")


def show_models(page: Page) -> None:
    """The live version and its history."""
    page.locator("#tabs [role=tab]").nth(2).click()
    page.locator("#models .live").wait_for()


def show_operations(page: Page) -> None:
    """Plots and pipeline."""
    page.locator("#tabs [role=tab]").nth(3).click()
    page.locator("#plots .card").first.wait_for()
    page.locator("#pipeline table").wait_for()


View = tuple[str, str, dict[str, int], Callable[[Page], None], str]
VIEWS: tuple[View, ...] = (
    ("page-patient", "en", WIDE, show_patient, "light"),
    ("page-patient-dark", "en", WIDE, show_patient, "dark"),
    ("page-patient-es", "es", WIDE, show_patient, "light"),
    ("page-phone", "en", PHONE, show_phone, "light"),
    ("page-phone-ward", "en", PHONE, show_ward_on_phone, "dark"),
    ("page-ward-list", "en", WIDE, show_ward, "light"),
    ("page-ward-list-es", "es", WIDE, show_ward, "light"),
    ("page-models", "en", WIDE, show_models, "light"),
    ("page-operations", "en", WIDE, show_operations, "light"),
)


def save(png: bytes, path: Path) -> None:
    """Write a picture with as many colours as fit the size a README may carry."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colors in (256, 128, 64, 32):
        image.quantize(colors, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            break
    sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
