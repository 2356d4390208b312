"""Calls of an API with the answers a running service gave: in its OpenAPI document and on the reference page.

The calls stand in code, the answers in a file beside it. A test sends every call again and compares
(``tests/integration/test_example_calls.py``, which also writes the file); so no example can be made up or grow old.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ExampleCall:
    """One call.

    Attributes:
        name: key of its answer in the file.
        operation: method and path template, such as ``GET /models/{version}/card``.
        summary: what it shows, for a list of examples.
        status: of its answer.
        values: parameters by name; those that are not in the path go into the query.
        headers: those the example is about; media type and key are added.
        body: text as it is sent, or what is sent as JSON.
        media_type: of the body.
    """

    name: str
    operation: str
    summary: str
    status: int = 200
    values: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str = JSON

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.partition(" ")[0]

    @property
    def template(self) -> str:
        """The path with its parameters' names."""
        return self.operation.partition(" ")[2]

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        query = {name: value for name, value in self.values.items() if f"{{{name}}}" not in self.template}
        path = self.template.format(**self.values) if "{" in self.template else self.template
        return path + (f"?{urlencode(query)}" if query else "")

    @property
    def content(self) -> str | None:
        """The body as it is sent."""
        return self.body if isinstance(self.body, str | None) else json.dumps(self.body)

    def write_curl(self, address: str, *, with_key: bool) -> str:
        """The call for a shell.

        Args:
            address: of the service.
            with_key: whether the call needs a key where keys are asked for.
        """
        parts = ["curl" + ("" if self.method == "GET" else f" -X {self.method}") + f" '{address}{self.target}'"]
        if with_key:
            parts.append('-H "X-API-Key: $KEY"')
        headers = {**({"Content-Type": self.media_type} if self.body is not None else {}), **self.headers}
        parts += [f"-H '{name}: {value}'" for name, value in headers.items()]
        if self.content is not None:
            parts.append(f"--data-binary {shlex.quote(self.content)}")
        return " \\\n  ".join(parts)


def read_answers(file: Path) -> dict[str, dict[str, Any]]:
    """Name of each call to its answer: ``media_type`` and ``body``."""
    answers: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return answers


def add_examples(app: FastAPI, calls: Sequence[ExampleCall], file: Path) -> None:
    """Show calls and answers as examples in an application's OpenAPI document.

    Args:
        app: the application.
        calls: good ones become examples of requests and answers, refused ones of answers.
        file: the answers.
    """
    write = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = write()
            answers = read_answers(file)
            for call in calls:
                operation = document["paths"][call.template][call.method.lower()]
                if call.status < 400:
                    _show_request(operation, call)
                if call.name in answers:
                    _show_answer(operation, call, answers[call.name])
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _show_request(operation: dict[str, Any], call: ExampleCall) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in call.values:
            parameter.setdefault("example", call.values[parameter["name"]])
    if call.body is not None:
        content = operation["requestBody"]["content"].setdefault(call.media_type, {})
        content.setdefault("examples", {})[call.name] = {"summary": call.summary, "value": call.body}


def _show_answer(operation: dict[str, Any], call: ExampleCall, answer: Mapping[str, Any]) -> None:
    response = operation["responses"].setdefault(str(call.status), {"description": call.summary})
    content = response.setdefault("content", {}).setdefault(answer["media_type"], {})
    content.pop("example", None)
    content.setdefault("examples", {})[call.name] = {"summary": call.summary, "value": answer["body"]}
