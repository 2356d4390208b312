"""Try a candidate on a few rows before hours are spent on it: it fits, predicts, and its graph says the same."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset.synthetic import synthesise_csv
from readmission.errors import InvalidInputError
from readmission.learning.build_model import PARITY_TOLERANCE
from readmission.learning.candidate import Candidate
from readmission.learning.candidate_problem import explain_candidate_problem
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.onnx_graph import GraphBuilder
from readmission.learning.split_data import label_encounters
from readmission.model.session import OUTPUT, open_session
from readmission.pipeline.evaluate import read_eligible

_ROWS_OF_A_CLASS = 150
_SYNTHETIC_ROWS = 1500


def check_on_synthetic_rows(name: str, seed: int) -> dict[str, Any]:
    """Try a candidate by its name on synthetic encounters: no platform and no data set is needed.

    Raises:
        InvalidInputError: there is no such candidate, or it is broken.
    """
    candidate = find_candidate(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "encounters.csv"
        with path.open("wb") as file:
            synthesise_csv(file, _SYNTHETIC_ROWS, seed)
        data = label_encounters(read_eligible(path).select(COLUMN_NAMES), "synthetic")
    check_candidate(candidate, data, seed)
    return {"candidate": name, "title": candidate.title, "result": "fits, predicts, and its ONNX graph says the same"}


def check_candidate(candidate: Candidate, data: LabelledEncounters, seed: int) -> None:
    """Fit on some rows of every class, export, and compare.

    Raises:
        InvalidInputError: a step fails, or the graph differs by more than 1e-6; candidate, step and line are named.
    """
    some = np.concatenate([np.flatnonzero(data.labels == k)[:_ROWS_OF_A_CLASS] for k in range(3)])
    _, rows = data.take(np.sort(some)).encode(seed, ())
    what = "cannot be fitted"
    try:
        model = candidate.fit(rows, seed)
        what = "cannot predict"
        expected = np.asarray(model.predict(rows.features))
        what = "cannot be exported"
        graph = GraphBuilder(rows.features.shape[1])
        answers = open_session(graph.finish(model.export(graph))).run([OUTPUT], {"features": rows.features})[0]
        model.reason_files()
    except Exception as error:  # whatever a file of somebody's own may raise
        raise explain_candidate_problem(candidate.name, what, error) from error
    if expected.shape != (len(rows.labels), 3):
        shape = (len(rows.labels), 3)
        raise InvalidInputError(f"candidate {candidate.name}: predict returned {expected.shape}, expected {shape}")
    difference = float(np.abs(answers - expected).max())
    if not difference <= PARITY_TOLERANCE:
        raise InvalidInputError(
            f"candidate {candidate.name}: its ONNX graph differs from the model by {difference:.1e} (at most 1e-6)"
        )
