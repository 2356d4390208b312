"""The command line: one verb per pipeline step, `serve` for services, and verbs for operators.

Every module here adds its verbs to :data:`app`. Heavy imports stay inside the verbs, so that
``readmission --help`` and every Airflow task start quickly.
"""

import importlib
import pkgutil
import sys

from readmission.cli._app import app
from readmission.errors import ReadmissionError

__all__ = ["app", "main", "register_verbs"]


def register_verbs() -> None:
    """Import every module of this package; each adds its verbs."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def main() -> None:
    """Run a verb. A known error is one line on stderr and its exit code, never a traceback."""
    register_verbs()
    try:
        app()
    except ReadmissionError as error:
        sys.stderr.write(f"readmission: {error.message}\n")
        for problem in error.problems[:20]:
            allowed = f" (allowed: {problem.allowed})" if problem.allowed else ""
            sys.stderr.write(f"  {problem.field}: {problem.problem}{allowed}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
