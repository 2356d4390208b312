"""The result of a run beside the described system's own: a table (Markdown) and a picture (PNG)."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from load_tests.prove_stored import Proof

DESCRIBED = {"users": "1,000", "rate": "about 5", "median": "about 220,000", "p95": "not given", "p99": "not given"}
"""What the described system's own chart shows (its endpoint under test: the list of models, nothing stored)."""
Totals = Mapping[str, str]
TOTALS = "load_totals.csv"


def read_totals(folder: Path) -> Totals | None:
    """Locust's line over all requests; None if nothing was sent."""
    file = folder / TOTALS
    if not file.is_file():
        return None
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return next((row for row in rows if row["Name"] == "Aggregated" and row["Request Count"] != "0"), None)


def figures_of(totals: Totals) -> dict[str, float]:
    """What the thresholds speak of."""
    requests, failures = float(totals["Request Count"]), float(totals["Failure Count"])
    return {"error_ratio": failures / requests, "p95": float(totals["95%"]), "p99": float(totals["99%"])}


def make_table(totals: Totals, users: int, proof: Proof, command: str) -> str:
    """The table, with the command that measures it again."""

    def number(name: str) -> str:
        return f"{float(totals[name]):,.0f}"

    lost = f"{proof.missing:,} of {proof.acknowledged:,}"
    rows = [
        ("users (wait 1 to 2 s)", f"{users:,}", DESCRIBED["users"]),
        ("answers a second", number("Requests/s"), DESCRIBED["rate"]),
        ("median, ms", number("50%"), DESCRIBED["median"]),
        ("95th percentile, ms", number("95%"), DESCRIBED["p95"]),
        ("99th percentile, ms", number("99%"), DESCRIBED["p99"]),
        ("requests", number("Request Count"), "not given"),
        ("failed requests and wrong answers", number("Failure Count"), "not given"),
        ("acknowledged predictions lost", lost, "nothing is predicted in it"),
        ("stored as another's, or double", f"{proof.different + proof.given_twice:,}", "nothing is predicted in it"),
    ]
    lines = ["| | this run | the described system |", "|---|---:|---:|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    cores = os.cpu_count()
    return (
        "\n".join([*lines, "", f"Measured with `{command}` on {cores} cores, which the load generator shared."]) + "\n"
    )


def draw_history(folder: Path) -> Path:
    """A picture of rate and response times over the run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with (folder / "load_stats_history.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated" and row["50%"] not in ("", "N/A")]
    start = int(rows[0]["Timestamp"]) if rows else 0
    seconds = [int(row["Timestamp"]) - start for row in rows]
    figure, (rate, times) = pyplot.subplots(2, 1, figsize=(9, 6), sharex=True, layout="constrained")
    rate.plot(seconds, [float(row["Requests/s"]) for row in rows], color="#0b6e75", label="answers a second")
    rate.plot(seconds, [float(row["Failures/s"]) for row in rows], color="#a8370c", label="failures a second")
    users = rate.twinx()
    users.plot(seconds, [int(row["User Count"]) for row in rows], color="#8296a3", linestyle=":", label="users")
    users.set_ylabel("users")
    for name, color in (("50%", "#0b6e75"), ("95%", "#b98900"), ("99%", "#8e1330")):
        times.plot(seconds, [float(row[name]) for row in rows], color=color, label=name)
    rate.set_ylabel("a second")
    times.set_ylabel("response time, ms")
    times.set_xlabel("seconds")
    for axes in (rate, times):
        axes.grid(alpha=0.25)
        axes.legend(loc="upper left")
    picture = folder / "load.png"
    figure.savefig(picture, dpi=120)
    pyplot.close(figure)
    return picture
