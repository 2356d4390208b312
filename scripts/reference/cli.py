"""docs/reference/cli.md: every verb of `readmission` with its options, from the code."""

import typer
from typer.core import TyperGroup

from readmission.cli import app, register_verbs


def _options(command: object) -> list[str]:
    rows = []
    for parameter in getattr(command, "params", []):
        if parameter.name == "help":
            continue
        names = ", ".join(f"`{name}`" for name in parameter.opts) or f"`{parameter.name}`"
        text = " ".join((getattr(parameter, "help", None) or "").split())
        rows.append(f"| {names} | {'required' if parameter.required else 'optional'} | {text} |")
    return rows


def _section(name: str, command: object, level: int) -> list[str]:
    lines = [f"{'#' * level} `readmission {name}`", "", (getattr(command, "help", None) or "").strip(), ""]
    if isinstance(command, TyperGroup):
        for child, sub in sorted(command.commands.items()):
            lines += _section(f"{name} {child}", sub, level + 1)
        return lines
    rows = _options(command)
    return [*lines, "| option | | meaning |", "|---|---|---|", *rows, ""] if rows else lines


def render() -> str:
    """The page."""
    register_verbs()
    group = typer.main.get_command(app)
    lines = ["# Command line", "", "Every verb explains itself: `readmission VERB --help`.", ""]
    for name, command in sorted(getattr(group, "commands", {}).items()):
        lines += [] if command.hidden else _section(name, command, 2)
    return "\n".join(lines)
