"""Count files and arrows of each folder of ``src/readmission``: how much a reader must hold in mind to read one room.

An arrow is an import between two files that lie in the same folder; imports between folders are the layers' business
(import-linter). Usage: ``python scripts/count_arrows.py [REPOSITORY]``, by default this one.
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def list_modules(source: Path) -> dict[str, Path]:
    """Module name to file; a package is named by its folder."""
    found = {}
    for file in sorted(source.rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def list_imports(file: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of ours that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules else node.module)
    return found & modules.keys()


def count(repository: Path) -> dict[str, tuple[int, int]]:
    """Folder to (files that lie in it, arrows among them)."""
    source = repository / "src"
    modules = list_modules(source)
    files: dict[Path, int] = defaultdict(int)
    arrows: dict[Path, int] = defaultdict(int)
    for name, file in modules.items():
        files[file.parent] += file.name != "__init__.py"
        for imported in list_imports(file, modules):
            arrows[file.parent] += imported != name and modules[imported].parent == file.parent
    top = source / "readmission"
    return {str(folder.relative_to(top)): (files[folder], arrows[folder]) for folder in sorted(files)}


def main() -> None:
    """Print the table."""
    repository = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for folder, (files, arrows) in count(repository).items():
        if files > 1:
            sys.stdout.write(f"{folder:45} {files:3} files {arrows:3} arrows\n")


if __name__ == "__main__":
    main()
