"""The how-to's candidate is a candidate: its file, as printed, passes the check the how-to names."""

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from readmission.cli import app, register_verbs
from readmission.learning import candidates

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-candidate.md"


def test_the_example_passes_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block is not None
    (tmp_path / "my_way.py").write_text(re.sub(r"^   ", "", block.group(1), flags=re.MULTILINE))
    monkeypatch.setattr(candidates, "__path__", [*candidates.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "readmission.learning.candidates.my_way", raising=False)
    register_verbs()
    command = re.search(r"readmission (check-candidate .*)", page)
    assert command is not None
    said = CliRunner().invoke(app, command.group(1).split())
    assert said.exception is None, said.exception
    assert "Histogram boosting of scikit-learn, strongly regularised." in said.stdout
    assert "its ONNX graph says the same" in said.stdout
