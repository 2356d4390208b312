"""The calls the inference API is shown by; :mod:`readmission.web.example_calls` says what keeps them true."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from readmission.contract.encounter import BY_NAME, COLUMNS
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from readmission.contract.prediction import MODEL_NAME
from readmission.web.example_calls import ExampleCall

ANSWERS = Path(__file__).with_name("example_answers.json")
PREDICTION_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
"""Id of the prediction the examples make first and then ask about."""
UNKNOWN_ID = "01980c5e-0000-7000-8000-000000000000"
VERSION = "3"
"""The version that is live in the examples; the one before it is 2."""
_CSV, _NDJSON = "text/csv", "application/x-ndjson"

ENCOUNTER: dict[str, Any] = {"encounter_id": 4711} | {
    column.name: FREQUENT_VISITOR[column.name]
    for column in COLUMNS
    if (column.required and column.kind != "target") or column.name in ("diag_1", "insulin", "A1Cresult")
}
"""A whole request: what is required, and three columns that say much."""
_BROKEN = {**ENCOUNTER, "encounter_id": 4712, "time_in_hospital": 99}


def _write_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_tensors(encounter: dict[str, Any]) -> dict[str, Any]:
    return {
        "inputs": [
            {
                "name": name,
                "shape": [1],
                "datatype": "INT64" if BY_NAME[name].is_integer else "BYTES",
                "data": [value],
            }
            for name, value in encounter.items()
        ]
    }


_ID = {"prediction_id": PREDICTION_ID}
_FEEDBACK = "/predictions/{prediction_id}/feedback"
_MODEL, _MODEL_VERSION = {"name": MODEL_NAME}, {"name": MODEL_NAME, "version": VERSION}
_V2, _V2_VERSION = "/v2/models/{name}", "/v2/models/{name}/versions/{version}"

CALLS = (
    ExampleCall("predict", "POST /predict", "What is required, and little more", body=ENCOUNTER),
    *(
        ExampleCall(f"predict-{name}", "POST /predict", name.replace("-", " ").capitalize(), body=example)
        for name, example in EXAMPLES.items()
    ),
    ExampleCall("predict-refused", "POST /predict", "A value out of range", 422, body=_BROKEN),
    ExampleCall(
        "predict-not-eligible", "POST /predict", "The patient died", 422,
        body={**ENCOUNTER, "discharge_disposition_id": 11},
    ),
    ExampleCall("read", "GET /predictions/{prediction_id}", "A stored prediction", values=_ID),
    ExampleCall(
        "read-unknown", "GET /predictions/{prediction_id}", "No such prediction", 404,
        values={"prediction_id": UNKNOWN_ID},
    ),
    ExampleCall(
        "batch-json", "POST /predict/batch", "Two rows", headers={"Accept": "application/json"},
        body=[ENCOUNTER, {**ENCOUNTER, "encounter_id": 4712, "number_inpatient": 0}],
    ),
    ExampleCall(
        "batch-ndjson", "POST /predict/batch", "One row a line, the second broken", headers={"Accept": _NDJSON},
        body="".join(json.dumps(row) + "\n" for row in (ENCOUNTER, _BROKEN)), media_type=_NDJSON,
    ),
    ExampleCall(
        "batch-csv", "POST /predict/batch", "A table, its second row broken", headers={"Accept": _CSV},
        body=_write_csv([ENCOUNTER, _BROKEN]), media_type=_CSV,
    ),
    ExampleCall("batch-empty", "POST /predict/batch", "No row at all", 422, body=[]),
    ExampleCall(
        "override", f"POST {_FEEDBACK}", "Override, and say what is decided instead", 201, values=_ID,
        body={"verdict": "override", "reason": "A nurse visits every day", "decided": "no_flag"},
    ),
    ExampleCall(
        "agree", f"POST {_FEEDBACK}", "Agree", 201, values=_ID, body={"verdict": "agree"},
    ),
    ExampleCall(
        "override-without-reason", f"POST {_FEEDBACK}", "An override without a reason", 422, values=_ID,
        body={"verdict": "override"},
    ),
    ExampleCall("feedback", f"GET {_FEEDBACK}", "Both, oldest first", values=_ID),
    ExampleCall(
        "outcomes", "POST /outcomes", "By prediction and by encounter", 201,
        body=[{**_ID, "readmitted": "<30"}, {"encounter_id": 4711, "readmitted": "<30"}],
    ),
    ExampleCall(
        "outcomes-refused", "POST /outcomes", "Not the form of an outcome", 422,
        body=[{"encounter_id": 4711, "readmitted": "yes"}, {"patient": 7}],
    ),
    ExampleCall("explain", "POST /explain", "A stored prediction", values=_ID),
    ExampleCall("explain-by-body", "POST /explain", "The same, named in the body", body=_ID),
    ExampleCall("explain-no-id", "POST /explain", "Not an id", 422, body={"prediction_id": "4711"}),
    ExampleCall("explain-encounter", "POST /explain", "An encounter; nothing is stored", body=ENCOUNTER),
    ExampleCall("models", "GET /models", "The live version and all registered ones"),
    ExampleCall("card", "GET /models/{version}/card", "As Markdown", values={"version": VERSION}),
    ExampleCall("card-unknown", "GET /models/{version}/card", "No such version", 404, values={"version": "999999"}),
    ExampleCall("promotions", "GET /promotions", "The newest decision", values={"limit": "1"}),
    ExampleCall("v2", "GET /v2", "What this server is"),
    ExampleCall("v2-live", "GET /v2/health/live", "It is alive"),
    ExampleCall("v2-ready", "GET /v2/health/ready", "A model is live"),
    ExampleCall("v2-model", f"GET {_V2}", "Tensors of the live model", values=_MODEL),
    ExampleCall("v2-model-unknown", f"GET {_V2}", "No such model", 404, values={"name": "other"}),
    ExampleCall("v2-model-ready", f"GET {_V2}/ready", "It answers", values=_MODEL),
    ExampleCall(
        "v2-infer", f"POST {_V2}/infer", "One row", values=_MODEL, body=_write_tensors(ENCOUNTER),
    ),
    ExampleCall("v2-version", f"GET {_V2_VERSION}", "Tensors of the live version", values=_MODEL_VERSION),
    ExampleCall("v2-version-ready", f"GET {_V2_VERSION}/ready", "It answers", values=_MODEL_VERSION),
    ExampleCall(
        "v2-version-infer", f"POST {_V2_VERSION}/infer", "One row", values=_MODEL_VERSION,
        body=_write_tensors(ENCOUNTER),
    ),
    ExampleCall("healthz", "GET /healthz", "It is alive"),
    ExampleCall("readyz", "GET /readyz", "A model is live and records are durable"),
    ExampleCall("metrics", "GET /metrics", "The first lines"),
    ExampleCall(
        "roll-back-never-live", "POST /models/rollback", "A version that never was live", 409,
        body={"version": "999999", "reason": "Too many flags since Monday"},
    ),
    ExampleCall(
        "roll-back", "POST /models/rollback", "Back to the version before",
        body={"reason": "Too many flags since Monday", "actor": "Dr. Ruiz"},
    ),
)  # fmt: skip
