"""How fast `readmission score` is, against encoder and model alone on the same core.

    python scripts/bench_score.py [ROWS] [--model FOLDER]

FOLDER holds a model's files; without it, this machine's copy of the champion. Both ways see the same made-up
encounters; the limit is encoder and model in batches of the same size, with nothing read, checked or written.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from readmission.contract.encounter_rows import EncounterRows
from readmission.dataset.synthetic.generate import synthesise_csv
from readmission.errors import NotEligibleError
from readmission.model.session import StoredModel, open_model
from readmission.pipeline.score.rows import PART_ROWS, score_rows
from readmission.pipeline.score.source import open_file
from readmission.settings import load_settings
from readmission.storage.registry.scoring_model import open_scoring_model

ROUNDS = 3


def measure_limit(model: StoredModel, path: Path) -> float:
    """Rows a second of encoder and model alone."""
    source = open_file(path)
    rows = EncounterRows(source.header, ignore_target=True)
    seconds, scored = 0.0, 0
    for part, _ in source.read_parts(0, PART_ROWS):
        encounters = []
        for raw in part:
            try:
                encounters.append(rows.read(source.split(raw)).encounter)
            except NotEligibleError:  # scored in neither way
                continue
        begin = time.perf_counter()
        model.predict_risks(encounters)
        seconds += time.perf_counter() - begin
        scored += len(encounters)
    return scored / seconds


def measure_score(model: StoredModel, path: Path, folder: Path) -> float:
    """Rows a second from file to file, every part synced to disk."""
    begin = time.perf_counter()
    done = score_rows(open_file(path), model, folder / "out.csv")
    return int(done["scored"]) / (time.perf_counter() - begin)


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--model", type=Path)
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    model = open_model(chosen.model) if chosen.model else open_scoring_model(load_settings(), None)[1]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.csv"
        with path.open("wb") as file:
            synthesise_csv(file, chosen.rows, seed=1)
        rounds = [(measure_limit(model, path), measure_score(model, path, Path(name))) for _ in range(ROUNDS)]
    limit, score = (median(column) for column in zip(*rounds, strict=True))
    ratio = median(score / limit for limit, score in rounds)
    said = {"candidate": model.manifest.candidate, "limit_rows_per_second": round(limit)}
    sys.stdout.write(json.dumps({**said, "score_rows_per_second": round(score), "ratio": round(ratio, 2)}) + "\n")


if __name__ == "__main__":
    main()
