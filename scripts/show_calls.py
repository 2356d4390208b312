"""Example calls of an operation and their answers, as Markdown for the reference pages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from readmission.web.example_calls import ExampleCall


def show_calls(
    operation_name: str,
    calls: Sequence[ExampleCall],
    answers: Mapping[str, Mapping[str, Any]],
    address: str,
    operation: Mapping[str, Any],
) -> list[str]:
    """Lines of Markdown: for each call of an operation the command and what came back.

    Further good calls with the same kind of body differ only in values; the OpenAPI document has them.
    """
    lines: list[str] = []
    shown: set[tuple[int, str, bool]] = set()
    for call in calls:
        kind = (call.status, call.media_type, bool(call.body))
        if call.operation != operation_name or (call.status < 400 and kind in shown):
            continue
        shown.add(kind)
        answer = answers[call.name]
        body, language = answer["body"], "text"
        if not isinstance(body, str):
            body, language = json.dumps(body, indent=2, ensure_ascii=False), "json"
        command = call.write_curl(address, with_key=bool(operation.get("security")))
        lines += [f"{call.summary}:", "", "```sh", command, "```", ""]
        lines += [f"{call.status}, `{answer['media_type']}`:", "", f"```{language}", body.rstrip("\n"), "```", ""]
    return lines
