"""Links from a page to lines of the code: the line follows the name, so that a page does not point at yesterday's code.

A link reads ``[`Name`](PATH.py#L1)`` or ``[`Name.method`](PATH.py#L1)``, its path relative to the page; `make docs`
writes the line where PATH defines the name.
"""

import ast
import re
from pathlib import Path

_LINK = re.compile(r"\[`([A-Za-z_.]+)`\]\(([^)#\s]+\.py)#L\d+\)")


def refresh_lines(page: Path) -> str:
    """The text of a page with every line number as the code has it.

    Raises:
        LookupError: a link names something its file does not define.
    """

    def point(link: re.Match[str]) -> str:
        name, path = link.groups()
        return f"[`{name}`]({path}#L{_find(page.parent / path, name)})"

    return _LINK.sub(point, page.read_text(encoding="utf-8"))


def _find(file: Path, name: str) -> int:
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    line = 0
    for part in name.split("."):
        for statement in body:
            if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == part:
                line, body = statement.lineno, statement.body
                break
            if part in _list_assigned(statement):
                line = statement.lineno
                break
        else:
            raise LookupError(f"{file} defines no {name}")
    return line


def _list_assigned(statement: ast.stmt) -> list[str]:
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]
