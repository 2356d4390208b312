"""docs/reference/settings.md: every setting, its default and meaning, from the code."""

import ast
import inspect
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from readmission.settings import Settings


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text literal under each field is its meaning."""
    (definition,) = ast.parse(inspect.getsource(model)).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            found[field.target.id] = " ".join(str(text.value.value).split()) if is_text else ""  # type: ignore[attr-defined]
    return found


def _type_name(annotation: Any) -> str:
    name = getattr(annotation, "__name__", None) if not str(annotation).startswith("typing") else None
    return str(name or annotation).replace("typing.", "").replace("pathlib.", "").replace("pydantic.types.", "")


def _rows(model: type[BaseModel], prefix: str) -> list[str]:
    meanings, rows = _meanings(model), []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            rows += _rows(field.annotation, f"{prefix}{name.upper()}__")
        else:
            rows.append(f"| `{_variable(prefix, name, field)}` | {_default(field)} | {meanings.get(name, '')} |")
    return rows


def _variable(prefix: str, name: str, field: FieldInfo) -> str:
    choices = getattr(field.validation_alias, "choices", None)
    return str(choices[-1]) if choices else prefix + name.upper()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None:
        return "none"
    return f"`{field.default}`" if str(field.default) else "empty"


def render() -> str:
    """The page."""
    return "\n".join(
        [
            "# Settings",
            "",
            "Every part reads the same settings: from the environment, then from `.readmission/platform.env`, which",
            "`make up` writes. Nested names are joined with two underscores. Secrets have no default.",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *_rows(Settings, "READMISSION_"),
        ]
    )
