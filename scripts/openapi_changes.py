"""What a change of an API would break for its callers: the OpenAPI document of now against the released one.

`docs/reference/openapi/released/` holds each document as the last release had it, without examples. At a release:
`python -m scripts.openapi_changes` writes them anew, and says what callers must know.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "openapi"
RELEASED = FOLDER / "released"
_METHODS = ("get", "put", "post", "delete", "patch")
_BOUNDS = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}
"""Bound to the direction in which it narrows."""
_DEEPEST = 12
Json = dict[str, Any]


def find_breaking_changes(released: Json, current: Json) -> list[str]:
    """Every change that a caller of the released API would notice, each with its place; empty if there is none."""
    found = []
    for path, operations in released["paths"].items():
        if path not in current["paths"]:
            found.append(f"{path}: the path is gone")
            continue
        for method in filter(operations.__contains__, _METHODS):
            name = f"{method.upper()} {path}"
            if method not in current["paths"][path]:
                found.append(f"{name}: the operation is gone")
            else:
                found += _Operation(released, current, name).compare(operations[method], current["paths"][path][method])
    return found


def strip_examples(node: Any, parent: str = "") -> Any:
    """A document without its examples, which are no promise; a field may still be called so."""
    if isinstance(node, list):
        return [strip_examples(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = node if parent == "properties" else {k: v for k, v in node.items() if k not in ("example", "examples")}
    return {name: strip_examples(value, name) for name, value in kept.items()}


class _Operation:
    def __init__(self, released: Json, current: Json, name: str) -> None:
        self._released, self._current, self._name = released, current, name

    def compare(self, old: Json, new: Json) -> list[str]:
        found = [
            *self._parameters(old, new),
            *self._request(old, new),
            *self._answers(old, new),
            *self._scopes(old, new),
        ]
        return [f"{self._name}: {each}" for each in found]

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before, now = (
            {(each["in"], each["name"].lower()): each for each in operation.get("parameters", ())}
            for operation in (old, new)
        )
        for key, parameter in before.items():
            if key not in now:
                yield f"the parameter {parameter['name']} is gone"
            else:
                yield from self._schema(parameter["schema"], now[key]["schema"], parameter["name"], asks=True)
        for key, parameter in now.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"the parameter {parameter['name']} is required now"

    def _request(self, old: Json, new: Json) -> Iterator[str]:
        before, now = old.get("requestBody", {}), new.get("requestBody", {})
        if now.get("required") and not before.get("required"):
            yield "a body is required now"
        for media_type, content in before.get("content", {}).items():
            if media_type not in now.get("content", {}):
                yield f"a body of {media_type} is not taken any more"
            else:
                yield from self._schema(
                    content.get("schema", {}), now["content"][media_type].get("schema", {}), "body", asks=True
                )

    def _answers(self, old: Json, new: Json) -> Iterator[str]:
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                if status.startswith("2"):
                    yield f"the answer {status} is gone"
                continue
            now = new["responses"][status].get("content", {})
            for media_type, content in answer.get("content", {}).items():
                if media_type not in now:
                    yield f"the answer {status} is not {media_type} any more"
                else:
                    schemas = content.get("schema", {}), now[media_type].get("schema", {})
                    yield from self._schema(*schemas, f"answer {status}", asks=False)

    def _scopes(self, old: Json, new: Json) -> Iterator[str]:
        before, now = (
            {scope for way in operation.get("security", ()) for scope in way.get("api_key", ())}
            for operation in (old, new)
        )
        if now and not before:
            yield "a key is needed now"
        yield from (f"the scope {scope} does not open it any more" for scope in sorted(before - now))

    def _schema(self, old: Json, new: Json, place: str, *, asks: bool, depth: int = 0) -> Iterator[str]:
        """Changes of a schema; ``asks``: of what callers send, else of what they are sent."""
        before, now = _branches(old, self._released), _branches(new, self._current)
        kinds_before, kinds_now = ({kind for branch in each for kind in _kinds(branch)} for each in (before, now))
        narrowed = kinds_before - kinds_now if asks else kinds_now - kinds_before
        if narrowed and "any" not in (kinds_now if asks else kinds_before):
            what = "does not take" if asks else "may be"
            yield f"{place} {what} {', '.join(sorted(narrowed))}{' any more' if asks else ' now'}"
        if depth > _DEEPEST:
            return
        for kind in sorted(kinds_before & kinds_now):
            olds = [branch for branch in before if kind in _kinds(branch)]
            news = [branch for branch in now if kind in _kinds(branch)]
            if len(olds) == len(news):  # branches of one kind are compared in their order
                for one, other in zip(olds, news, strict=True):
                    yield from self._branch(one, other, place, asks=asks, depth=depth)

    def _branch(self, old: Json, new: Json, place: str, *, asks: bool, depth: int) -> Iterator[str]:
        if asks:
            yield from _narrower_values(old, new, place)
        fields, fields_now = old.get("properties", {}), new.get("properties", {})
        required, required_now = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in fields.items():
            where = f"{place}.{name}"
            if name not in fields_now:
                yield f"{where} is gone"
                continue
            if asks and name in required_now - required:
                yield f"{where} is required now"
            if not asks and name in required - required_now:
                yield f"{where} may be missing now"
            yield from self._schema(schema, fields_now[name], where, asks=asks, depth=depth + 1)
        if asks:
            yield from (f"{place}.{name} is new and required" for name in sorted(required_now - fields.keys()))
        if "items" in old and "items" in new:
            yield from self._schema(old["items"], new["items"], f"{place}[]", asks=asks, depth=depth + 1)


def _narrower_values(old: Json, new: Json, place: str) -> Iterator[str]:
    if "enum" in new or "const" in new:
        allowed = new.get("enum", [new.get("const")])
        if "enum" not in old and "const" not in old:
            yield f"{place} takes only {', '.join(map(str, allowed))} now"
        gone = [str(each) for each in old.get("enum", [old.get("const")]) if each is not None and each not in allowed]
        if gone:
            yield f"{place} does not take {', '.join(gone)} any more"
    for bound, direction in _BOUNDS.items():
        if bound in new and (bound not in old or (new[bound] - old[bound]) * direction > 0):
            yield f"{place}: {bound} is {new[bound]} now, it was {old.get(bound, 'none')}"
    if "pattern" in new and not _takes_all(new["pattern"], old.get("pattern")):
        yield f"{place}: another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{place} takes no other fields any more"


def _takes_all(pattern: str, before: str | None) -> bool:
    """True if a pattern is the one before, or has its alternatives and more."""
    return pattern == before or (
        before is not None and before.startswith("^(?:") and pattern.startswith(f"{before.removesuffix(')$')}|")
    )


def _branches(schema: Json, document: Json) -> list[Json]:
    if "$ref" in schema:
        resolved: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            resolved = resolved[part]
        return _branches(resolved, document)
    options = schema.get("anyOf") or schema.get("oneOf")
    return [branch for option in options for branch in _branches(option, document)] if options else [schema]


def _kinds(schema: Json) -> set[str]:
    kind = schema.get("type")
    if isinstance(kind, list):
        return set(kind)
    if kind is not None:
        return {kind}
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return {names[type(value)] for value in values} or {"any"}


def main() -> None:
    """Write the documents of now as those of the release."""
    for file in sorted(FOLDER.glob("*.json")):
        current, target = json.loads(file.read_text(encoding="utf-8")), RELEASED / file.name
        if target.is_file():
            for change in find_breaking_changes(json.loads(target.read_text(encoding="utf-8")), current):
                sys.stdout.write(f"{file.stem}: {change}\n")
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(strip_examples(current), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
