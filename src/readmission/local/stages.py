"""Show what is going on: bars on a terminal, plain lines elsewhere; and keep how long each stage took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Stages:
    """Stages of one command, some of them at the same time. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._bars = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:32}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Stages":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, line: str) -> None:
        """One line above the bars."""
        self.console.print(line, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str, total: int = 1) -> Iterator["Stage"]:
        """A stage: timed, with a bar; marked done if its block ends well."""
        task = self._bars.add_task(name, total=total, note="")
        stage = Stage(self, name, task)
        started = time.monotonic()
        yield stage
        stage.advance_to(stage.total or total, stage.total or total)
        self.seconds[name] = time.monotonic() - started
        self._bars.update(task, note="")
        self._bars.stop_task(task)
        self._plain(f"  {name}: done in {self.seconds[name]:.1f} s")

    def _plain(self, line: str) -> None:
        if not self.console.is_terminal:
            self.console.print(line, highlight=False, soft_wrap=True)


class Stage:
    """One bar."""

    def __init__(self, stages: Stages, name: str, task: TaskID) -> None:
        self._stages, self._name, self._task = stages, name, task
        self._shown = ""
        self.total = 0

    def advance_to(self, completed: int, total: int, note: str = "", *, plain: bool = True) -> None:
        """Show ``completed`` of ``total``; on plain output (where ``plain``) a line where something changed."""
        self.total = total
        self._stages._bars.update(self._task, completed=completed, total=total, note=note)
        line = f"  {self._name}: {completed}/{total} {note}".rstrip()
        if plain and note and line != self._shown:
            self._shown = line
            self._stages._plain(line)
