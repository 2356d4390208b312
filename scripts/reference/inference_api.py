"""docs/reference/inference-api.md: every endpoint of the inference service, from its OpenAPI document."""

from typing import Any

from readmission.contract.encounter import COLUMNS, DIAGNOSIS_SYSTEM, SYSTEMS_IN_WORDS
from readmission.services.inference_service.example_calls import ANSWERS, CALLS
from readmission.web.example_calls import read_answers
from scripts.openapi_documents import build_documents
from scripts.show_calls import show_calls

ADDRESS = "http://127.0.0.1:8000"


def _encounter_rows() -> list[str]:
    rows = []
    for column in COLUMNS:
        if column.kind != "target":
            required = "required" if column.required else "optional"
            rows.append(f"| `{column.name}` | {required} | {column.allowed_in_words} | {column.meaning} |")
    system = "What the diagnoses are coded in; by default what `READMISSION_DIAGNOSIS_SYSTEM` says"
    return [*rows, f"| `{DIAGNOSIS_SYSTEM}` | optional | {SYSTEMS_IN_WORDS} | {system} |"]


def _type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_type_of(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))


def _needs(operation: dict[str, Any]) -> str:
    """The scopes of which a key needs one, where keys are asked for."""
    scopes = sorted({scope for way in operation.get("security", ()) for named in way.values() for scope in named})
    return f"Scope: {' or '.join(f'`{scope}`' for scope in scopes)}." if scopes else "No key."


def _answers(operation: dict[str, Any]) -> list[str]:
    answers = sorted(operation["responses"].items())
    return [f"| {status} | {answer.get('description', '')} |" for status, answer in answers]


def _model_section(name: str, schema: dict[str, Any]) -> list[str]:
    rows = [
        f"| `{field}` | {_type_of(part)} | {part.get('description', '')} |"
        for field, part in schema.get("properties", {}).items()
    ]
    summary = " ".join(schema.get("description", "").split())
    return [f"### {name}", "", summary, "", "| field | type | meaning |", "|---|---|---|", *rows, ""]


def render() -> str:
    """The page."""
    document = build_documents()["inference-service"]
    lines = [
        "# Inference API",
        "",
        "The running service shows the same under `/docs`. Its OpenAPI document is `/openapi.json`, kept as",
        "[openapi/inference-service.json](openapi/inference-service.json). Every call below was made on a running",
        "service; lists in answers are cut to three entries, long texts to their beginning.",
        "",
        "`X-API-Key` carries the key; a key of scope `admin` opens everything. Without a key file only `POST",
        "/models/rollback` asks for a key, the service's admin key. What is stored names the caller's key (`asked_by`;",
        "`local` without a key file, `service-admin` for the service's admin key), and so does the access log.",
        "",
        "`POST /predict`, `/predict/batch`, `/outcomes` and feedback take an `Idempotency-Key`, each caller's own:",
        "sent again with the same content, nothing is added and the answer is the stored one; other content is refused",
        "with 422.",
        "",
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += [f"## `{method.upper()} {path}`", "", operation["summary"].rstrip(".?") + ".", ""]
            lines += [_needs(operation), ""]
            lines += ["| status | meaning |", "|---|---|", *_answers(operation), ""]
            if path == "/predict":
                lines += ["An encounter:", "", "| field | | takes | meaning |", "|---|---|---|---|"]
                lines += [*_encounter_rows(), ""]
            lines += show_calls(f"{method.upper()} {path}", CALLS, read_answers(ANSWERS), ADDRESS, operation)
    lines += ["## Answers", ""]
    for name, schema in document["components"]["schemas"].items():
        if name != "Encounter":  # it stands above, in words
            lines += _model_section(name, schema)
    return "\n".join(lines)
