"""docs/reference/data-api-calls.md: every call of the data service with its answer."""

from readmission.services.data_service.example_calls import ANSWERS, CALLS
from readmission.web.example_calls import read_answers
from scripts.openapi_documents import build_documents
from scripts.show_calls import show_calls

ADDRESS = "http://127.0.0.1:8001"


def render() -> str:
    """The page."""
    document = build_documents()["data-service"]
    lines = [
        "# Data API: calls and answers",
        "",
        "Each call was made on a running service with made-up encounters; lists are cut to three entries, long texts",
        "to their beginning. What the calls mean: [data API](data-api.md). The whole description:",
        "[openapi/data-service.json](openapi/data-service.json).",
        "",
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            lines += [f"## `{name}`", "", operation["summary"].rstrip(".?") + ".", ""]
            lines += show_calls(name, CALLS, read_answers(ANSWERS), ADDRESS, operation)
    return "\n".join(lines)
