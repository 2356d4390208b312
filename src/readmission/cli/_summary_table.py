"""A verb's result as tables: one of names and values, and one for each list of records in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text


def draw_summary(summary: Mapping[str, Any]) -> list[Table]:
    """Tables for a person; what is inside another value is named by its path, `best.log_loss` for instance."""
    values = Table("", "", box=None, show_header=False, padding=(0, 2, 0, 0))
    lists = []
    for name, value in _flatten(summary):
        if _holds_records(value):
            lists.append(_draw_records(name, value))
        else:
            values.add_row(Text(_words(name), style="bold"), Text(_show(value)))
    return [*([values] if values.row_count else []), *lists]


def _flatten(summary: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in summary.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, name)
        else:
            yield name, value


def _holds_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _draw_records(title: str, records: list[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(key for record in records for key in record))
    table = Table(
        *(_words(column) for column in columns),
        title=_words(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for record in records:
        table.add_row(*(Text(_show(record.get(column))) for column in columns))
    return table


def _words(name: str) -> str:
    return name.replace("_", " ")


def _show(value: object) -> str:
    if value is None or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(_show(item) for item in value)
    return str(value)
