"""Why answers are compared within 1e-6: one encounter alone and among others, by the champion of this machine.

``python -m load_tests.measure_tolerance`` (or with the folder of a model) prints how many answers differ, by how much,
and which operator of the model's graph is the first to give another last bit.
"""

import random
import sys
from pathlib import Path

import numpy as np
import onnx

from load_tests.encounters import pool
from load_tests.right_answers import TOLERANCE
from readmission.errors import ReadmissionError
from readmission.settings import load_settings
from readmission.storage.scoring_model import open_scoring_model
from readmission.storage.stored_model import StoredModel, open_model, open_session

BATCHES, LARGEST = 300, 128


def measure_answers(model: StoredModel) -> tuple[int, int, float]:
    """Answers compared, how many differ at all, and the largest difference."""
    encounters, draw = list(pool()), random.Random(296)  # noqa: S311
    alone = [np.ravel(model.predict_risks([encounter])) for encounter in encounters]
    differences: list[float] = []
    for _ in range(BATCHES):
        numbers = draw.choices(range(len(encounters)), k=draw.randint(2, LARGEST))
        among = np.transpose(model.predict_risks([encounters[number] for number in numbers]))
        differences += [float(np.abs(a - alone[n]).max()) for a, n in zip(among, numbers, strict=True)]
    return len(differences), sum(each > 0 for each in differences), max(differences)


def find_first_operator(model: StoredModel, folder: Path) -> str:
    """The first operator of the graph whose output for a row depends on the other rows; empty where none does."""
    graph = onnx.load(folder / "model.onnx")
    names = [node.output[0] for node in graph.graph.node]
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names[:-1])
    session, features = open_session(graph.SerializeToString()), model.encoder.transform(list(pool()))
    together = session.run(names, {"features": features})
    one_by_one = [session.run(names, {"features": row[None]}) for row in features]
    for place, node in enumerate(graph.graph.node):
        if not np.array_equal(together[place], np.concatenate([each[place] for each in one_by_one])):
            return str(node.op_type)
    return ""


def main() -> int:
    """Measure and print."""
    try:
        if len(sys.argv) > 1:
            folder = Path(sys.argv[1])
            version, model = folder.name, open_model(folder)
        else:
            settings = load_settings()
            version, model = open_scoring_model(settings, None)
            folder = settings.state_dir / "inference_service" / "models" / "versions" / version
    except ReadmissionError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    compared, different, largest = measure_answers(model)
    print(f"model {version} ({model.manifest.candidate}), batches of 2 to {LARGEST} rows")  # noqa: T201
    print(f"{different:,} of {compared:,} answers differ from those alone, by at most {largest:.0e}")  # noqa: T201
    print(f"first operator that differs: {find_first_operator(model, folder) or 'none'}")  # noqa: T201
    return 0 if largest <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
