"""Processor time of one explanation: `python scripts/bench_explain.py FOLDER` (a version's files)."""

import json
import sys
import time
from pathlib import Path

from readmission.model.reasons import open_reasons
from readmission.model.session import open_model

ROUNDS = 50


def main(folder: Path) -> None:
    """Print milliseconds for one explanation, and seconds to read the trees."""
    model = open_model(folder)
    encounters = json.loads((folder / "probe.json").read_text())["encounters"]
    started = time.process_time()
    reasons = open_reasons(folder, model)
    opened = time.process_time()
    for index in range(ROUNDS):
        reasons.explain(model, encounters[index % len(encounters)])
    each = (time.process_time() - opened) / ROUNDS
    sys.stdout.write(f"read: {opened - started:.2f} s, one explanation: {each * 1000:.1f} ms of processor time\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
