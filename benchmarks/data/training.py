"""How fast a split is encoded and how much memory training takes: `python -m benchmarks.data.training --rows 100000`.

Synthetic encounters are written to a file, read in parts as training reads them, encoded by column and, on a part of
them, the old way: a dict of every encounter, encoded row by row. Then the candidate is fitted as a fold of the
cross-validation is; a few rounds suffice, for memory does not depend on their number.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import polars as pl

from readmission.contract.encounter import COLUMN_NAMES, TARGET
from readmission.dataset.parse_batch import parse_batch
from readmission.dataset.synthetic import synthesise_csv
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, encode_folds
from readmission.learning.split_data import label_encounters
from readmission.pipeline.transform_batch import mark_and_group

OLD_WAY_ROWS = 50_000
"""Rows encoded the old way; its time is in proportion to the rows."""
DROPPED = ("weight",)
_PART = 20_000
_ROUNDS = 5
_SEED = 296
Result = TypeVar("Result")


def read_parts(path: Path) -> Iterator[pl.DataFrame]:
    """Typed, eligible encounters of a file, part by part."""
    for part in pl.scan_csv(path, infer_schema=False).collect_batches(chunk_size=_PART):
        typed, _ = parse_batch(part.with_row_index("row_number"))
        yield mark_and_group(typed).filter("eligible").select(COLUMN_NAMES)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encounters.csv"
        with path.open("wb") as file:
            synthesise_csv(file, rows, _SEED)
        before = _peak_mib()
        data, reading = _timed(lambda: label_encounters(read_parts(path), "train"))
        size = len(data.labels)
        _tell(f"{size:,} encounters read and coded", reading, size)
        (encoder, learned), fitting = _timed(lambda: data.encode(_SEED, DROPPED))
        matrix = learned.features.nbytes / 2**20
        del learned
        _tell("encoder learned, rows cross-fitted", fitting, size)
        by_column = _least(lambda: encoder.transform(data.encounters))
        _tell("encoded by column", by_column, size)
        _, training = _timed(lambda: _fit_first_fold(data))
        _tell(f"first fold encoded and fitted, {_ROUNDS} rounds", training, size)
        peak = _peak_mib()
        sys.stdout.write(
            f"features float32: {matrix:.0f} MiB; peak of the process {peak:.0f} MiB, of which {before:.0f} MiB before "
            f"the first row: {(peak - before) / matrix:.2f} times the features\n"
        )
        old_frame = next(iter(pl.concat(read_parts(path)).iter_slices(OLD_WAY_ROWS))).drop(TARGET)
        dicts, making = _timed(old_frame.to_dicts)
        by_row = _least(lambda: encoder.transform(dicts))
        per_row, per_row_old = by_column / size, by_row / len(dicts)
        _tell("old way: a dict of every encounter", making, len(dicts))
        _tell("old way: encoded row by row", by_row, len(dicts))
        sys.stdout.write(f"encoding by column is {per_row_old / per_row:.1f} times as fast as row by row\n")


def _fit_first_fold(data: LabelledEncounters) -> None:
    fold = next(encode_folds(data, _SEED, DROPPED))
    find_candidate("lightgbm").fit(fold.rows, _SEED, _ROUNDS)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """The result, and the processor's seconds: what other programs take does not count."""
    started = time.process_time()
    result = call()
    return result, time.process_time() - started


def _least(call: Callable[[], Result]) -> float:
    """Seconds of the quickest of three times."""
    return min(_timed(call)[1] for _ in range(3))


def _tell(what: str, seconds: float, rows: int) -> None:
    sys.stdout.write(f"{what:45} {seconds:8.2f} s {rows / seconds:12,.0f} rows/s {seconds / rows * 1e6:8.2f} us/row\n")
    sys.stdout.flush()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
