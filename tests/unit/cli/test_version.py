"""`readmission --version`."""

from importlib.metadata import version

from typer.testing import CliRunner

from readmission import __version__
from readmission.cli import app, register_verbs


def test_the_version_is_the_packages() -> None:
    register_verbs()
    said = CliRunner().invoke(app, ["--version"])
    assert said.exit_code == 0
    assert said.stdout == f"readmission {__version__}\n"
    assert version("readmission") == __version__
