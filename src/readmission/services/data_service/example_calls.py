"""The calls the data API is shown by; :mod:`readmission.web.example_calls` says what keeps them true."""

import csv
import io
from pathlib import Path

from readmission.contract.encounter import COLUMN_NAMES
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.web.example_calls import ExampleCall

ANSWERS = Path(__file__).with_name("example_answers.json")
_PROGRESS = "/consumers/{consumer}/splits/{split}/batches/{number}"
_WHO = {"consumer": "etl", "split": "train", "number": "0"}
_BATCH = {"split": "train", "number": "0"}


def _write_csv(encounter_id: int, **changes: str) -> str:
    row = {**FREQUENT_VISITOR, "encounter_id": encounter_id, "patient_nbr": 77, "readmitted": "NO", **changes}
    text = io.StringIO()
    values = ["?" if row.get(name) is None else row[name] for name in COLUMN_NAMES]
    csv.writer(text, lineterminator="\n").writerows([COLUMN_NAMES, values])
    return text.getvalue()


CALLS = (
    ExampleCall("dataset", "GET /dataset", "What is served"),
    ExampleCall("splits", "GET /splits", "Sizes of the splits"),
    ExampleCall("batches", "GET /splits/{split}/batches", "Batches of train", values={"split": "train"}),
    ExampleCall("no-split", "GET /splits/{split}/batches", "No such split", 404, values={"split": "exam"}),
    ExampleCall("batch", "GET /splits/{split}/batches/{number}", "As JSON", values=_BATCH),
    ExampleCall(
        "batch-csv", "GET /splits/{split}/batches/{number}", "As CSV", values=_BATCH, headers={"Accept": "text/csv"}
    ),
    ExampleCall(
        "no-batch", "GET /splits/{split}/batches/{number}", "No such batch", 404, values={**_BATCH, "number": "999999"}
    ),
    ExampleCall("taken", f"PUT {_PROGRESS}", "Taken", values=_WHO, body={"state": "taken"}),
    ExampleCall("acknowledged", f"PUT {_PROGRESS}", "Stored for good", values=_WHO, body={"state": "acknowledged"}),
    ExampleCall("progress", f"GET {_PROGRESS}", "How far it is", values=_WHO),
    ExampleCall(
        "arrival", "PUT /arrivals/{name}", "One later encounter", 201, values={"name": "2009-01"},
        body=_write_csv(900_000_001), media_type="text/csv",
    ),
    ExampleCall(
        "arrival-refused", "PUT /arrivals/{name}", "A value out of range", 422, values={"name": "2009-02"},
        body=_write_csv(900_000_002, time_in_hospital="99"), media_type="text/csv",
    ),
    ExampleCall("healthz", "GET /healthz", "It is alive"),
    ExampleCall("readyz", "GET /readyz", "Batches are prepared"),
    ExampleCall("metrics", "GET /metrics", "The first lines"),
)  # fmt: skip
