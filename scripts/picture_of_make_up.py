"""Run a command and draw what a newcomer sees as an SVG: `picture_of_make_up.py OUT.svg COMMAND...`.

What stands on the terminal at the end is drawn; nothing is made up.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 100
ERASE_LINE = "\x1b[2K"
"""Progress bars draw themselves anew over their old lines; what follows the last erasure is what stays."""


def draw(out: Path, command: list[str]) -> int:
    """Run the command, show it as it goes, and write the picture; the command's exit code."""
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    printed = ""
    for line in run.stdout or ():
        sys.stdout.write(line)
        printed += line
    code = run.wait()
    final = printed.rpartition(ERASE_LINE)[2]
    console = Console(record=True, width=WIDTH, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115
    console.print(Text(f"$ {' '.join(command)}"))
    console.print(Text.from_ansi(final))
    picture = console.export_svg(title="readmission", theme=MONOKAI)
    # No font is fetched from elsewhere: the reader's own monospace will do.
    out.write_text(re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(draw(Path(sys.argv[1]), sys.argv[2:]))
