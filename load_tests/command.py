"""Locust's own command line and environment for what `make load` was asked."""

import argparse
import os
import sys
from pathlib import Path

from load_tests.acknowledged import ELSEWHERE_VARIABLE, FOLDER_VARIABLE
from readmission.settings import Settings

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
SCENARIOS = {
    "single": ["SinglePredictions"],
    "ward": ["WardBatches"],
    "explain": ["Explanations"],
    "outcomes": ["Outcomes"],
    "mixed": ["SinglePredictions", "WardBatches", "Explanations", "Outcomes"],
}
SHAPES = ("steady", "spike", "soak")


def read_arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="load", description="Load test of the inference service, by Locust.")
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--time", default="2m")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="single")
    parser.add_argument("--shape", choices=SHAPES, default="steady")
    parser.add_argument("--processes", type=int, default=2, help="worker processes on this machine")
    parser.add_argument("--host", default="", help="address of the inference service; default: the settings'")
    parser.add_argument("--results", type=Path, help="folder of the results; default artifacts/load/TIME")
    parser.add_argument("--web", action="store_true", help="Locust's web page instead of a headless run")
    parser.add_argument("--listen", default="", help="address on which workers of other machines may join")
    parser.add_argument("--workers", type=int, default=1, help="with --listen: how many workers to wait for")
    parser.add_argument("--join", default="", help="be workers of the load test that listens at this address")
    parser.add_argument("--docs", action="store_true", help="write the result to docs/reference/load-test.md")
    arguments = parser.parse_args()
    if arguments.listen and arguments.join:
        parser.error("--listen is for the machine that leads, --join for the others")
    return arguments


def locust_command(arguments: argparse.Namespace, settings: Settings, folder: Path) -> list[str]:
    """Locust's own command line: loopback only, unless ``--listen`` says otherwise; results into the folder."""
    common = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *SCENARIOS[arguments.scenario]]
    several = ["--processes", str(arguments.processes)]
    if arguments.join:
        return [*common, "--worker", "--master-host", arguments.join, *(several if arguments.processes > 1 else [])]
    if arguments.listen:
        workers = ["--master", "--master-bind-host", arguments.listen, "--expect-workers", str(arguments.workers)]
    else:
        workers = [*several, "--master-bind-host", "127.0.0.1"] if arguments.processes > 1 else []
    users = ["--users", str(arguments.users), "--run-time", arguments.time]
    users += ["--spawn-rate", str(max(1, arguments.users // 10))]
    web = ["--web-host", "127.0.0.1", "--web-port", str(settings.ports.locust)]
    return [
        *(*common, "--host", arguments.host or settings.inference_service.url),
        *(*users, *(web if arguments.web else ["--headless", "--only-summary"]), *workers),
        *("--csv", str(folder / "load"), "--csv-full-history", "--html", str(folder / "report.html")),
        *("--stop-timeout", "60", "--exit-code-on-error", "1"),
    ]


def locust_environment(arguments: argparse.Namespace, folder: Path) -> dict[str, str]:
    """This process's environment and what the locustfile asks of it."""
    root = str(Path(__file__).resolve().parents[1])
    environment = {
        **os.environ,
        FOLDER_VARIABLE: str(folder.absolute()),
        "LOAD_SHAPE": arguments.shape,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
    }
    return environment | ({ELSEWHERE_VARIABLE: "1"} if arguments.join else {})


def asked_command(arguments: argparse.Namespace) -> str:
    """The command that measures the same again."""
    command = f"make load USERS={arguments.users} TIME={arguments.time}"
    if (arguments.scenario, arguments.shape) != ("single", "steady"):
        command += f" SCENARIO={arguments.scenario} SHAPE={arguments.shape}"
    return command
