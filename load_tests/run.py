"""`make load`: run Locust, prove that nothing acknowledged is lost, print the table."""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from load_tests.command import asked_command, locust_command, locust_environment, read_arguments
from load_tests.docs_page import describe_circumstances, write_page
from load_tests.known_risks import ask_alone, write_known
from load_tests.prove_stored import prove_stored
from load_tests.report import TOTALS, draw_history, figures_of, make_table, read_totals
from load_tests.thresholds import broken_thresholds, read_bounds
from readmission.errors import ReadmissionError
from readmission.settings import Settings, load_settings


def main() -> int:
    """Run; 0 only if every bound was kept and nothing is lost."""
    arguments = read_arguments()
    try:
        settings = load_settings()
    except ReadmissionError as error:
        sys.stderr.write(f"load: {error.message}\n")
        return error.exit_code
    folder = arguments.results or Path("artifacts/load") / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    if arguments.join:
        return run_locust(arguments, settings, folder)
    reader = settings.serving_database.reader_url
    if reader is None:
        sys.stderr.write("load: READMISSION_SERVING_DATABASE__READER_URL is not set: run `make up`, or set it\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    circumstances = describe_circumstances()
    try:
        write_known(folder, ask_alone(arguments.host or settings.inference_service.url))
    except ReadmissionError as error:
        sys.stderr.write(f"load: {error.message}\n")
        return error.exit_code
    code = run_locust(arguments, settings, folder)
    totals = read_totals(folder)
    if totals is None:
        sys.stderr.write("load: nothing was sent, so there is nothing to report\n")
        return code or 1
    proof = prove_stored(folder, reader.get_secret_value())
    table = make_table(totals, arguments.users, proof, asked_command(arguments))
    (folder / "table.md").write_text(table, encoding="utf-8")
    picture = draw_history(folder)
    sys.stdout.write(f"\n{table}\nreport.html, {TOTALS}, {picture.name}, table.md: {folder}\n")
    broken = broken_thresholds(figures_of(totals), read_bounds())
    for line in broken:
        sys.stderr.write(f"load: {line}\n")
    if not proof.holds:
        sys.stderr.write(f"load: the proof of storage fails: {proof}\n")
    code = code or (0 if proof.holds and not broken else 1)
    if arguments.docs and code == 0:
        sys.stdout.write(f"written: {write_page(table, picture, circumstances)}\n")
    elif arguments.docs:
        sys.stderr.write("load: a failed run is not written to the docs\n")
    return code


def run_locust(arguments: argparse.Namespace, settings: Settings, folder: Path) -> int:
    """Locust's exit code; Ctrl-C is Locust's to answer, the report still follows."""
    command, environment = locust_command(arguments, settings, folder), locust_environment(arguments, folder)
    with subprocess.Popen(command, env=environment) as locust:
        while True:
            try:
                return locust.wait()
            except KeyboardInterrupt:
                continue


if __name__ == "__main__":
    sys.exit(main())
