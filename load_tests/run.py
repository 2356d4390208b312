"""`make load`: run Locust, prove that nothing acknowledged is lost, print the table."""

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from load_tests.acknowledged import FOLDER_VARIABLE
from load_tests.prove_stored import prove_stored
from load_tests.report import draw_history, make_table, read_totals
from readmission.errors import ReadmissionError
from readmission.settings import Settings, load_settings

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
SCENARIOS = {
    "single": ["SinglePredictions"],
    "ward": ["WardBatches"],
    "explain": ["Explanations"],
    "outcomes": ["Outcomes"],
    "mixed": ["SinglePredictions", "WardBatches", "Explanations", "Outcomes"],
}


def locust_command(arguments: argparse.Namespace, settings: Settings, folder: Path) -> list[str]:
    """Locust's own command line: everything on loopback, results into the folder."""
    web = settings.ports.locust
    if arguments.web:
        shown = ["--web-host", "127.0.0.1", "--web-port", str(web)]
    else:
        shown = ["--headless", "--only-summary", "--users", str(arguments.users), "--run-time", arguments.time]
        shown += ["--spawn-rate", str(max(1, arguments.users // 10))]
    workers = ["--processes", str(arguments.processes), "--master-bind-host", "127.0.0.1"]
    return [
        *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *SCENARIOS[arguments.scenario]),
        *("--host", arguments.host or settings.inference_service.url, *shown),
        *(workers if arguments.processes > 1 else []),
        *("--csv", str(folder / "load"), "--csv-full-history", "--html", str(folder / "report.html")),
        *("--stop-timeout", "60", "--exit-code-on-error", "1"),
    ]


def main() -> int:
    """Run; 0 only where every bound was kept and nothing is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--time", default="2m")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="single")
    parser.add_argument("--shape", choices=["steady", "spike", "soak"], default="steady")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--host", default="", help="address of the inference service; default: the settings'")
    parser.add_argument("--results", type=Path, help="folder of the results; default artifacts/load/TIME")
    parser.add_argument("--web", action="store_true", help="Locust's web page instead of a headless run")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
    except ReadmissionError as error:
        sys.stderr.write(f"load: {error.message}\n")
        return error.exit_code
    reader = settings.serving_database.reader_url
    if reader is None:
        sys.stderr.write("load: READMISSION_SERVING_DATABASE__READER_URL is not set: run `make up`, or set it\n")
        return 2
    folder = arguments.results or Path("artifacts/load") / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[1]
    environment = {
        **os.environ,
        FOLDER_VARIABLE: str(folder.absolute()),
        "LOAD_SHAPE": arguments.shape,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")])),
    }
    code = subprocess.run(locust_command(arguments, settings, folder), env=environment, check=False).returncode
    proof = prove_stored(folder, reader.get_secret_value())
    command = f"make load USERS={arguments.users} TIME={arguments.time}"
    if arguments.scenario != "single" or arguments.shape != "steady":
        command += f" SCENARIO={arguments.scenario} SHAPE={arguments.shape}"
    table = make_table(read_totals(folder), arguments.users, proof, command)
    (folder / "table.md").write_text(table, encoding="utf-8")
    sys.stdout.write(f"\n{table}\nreport.html, load_stats.csv, {draw_history(folder).name}, table.md: {folder}\n")
    if not proof.holds:
        sys.stderr.write(f"load: the proof of storage fails: {proof}\n")
    return code or (0 if proof.holds else 1)


if __name__ == "__main__":
    sys.exit(main())
