"""The command line: one verb per pipeline step, `serve` for services, and verbs for operators.

Each module here adds its verbs to :data:`app`. Heavy imports stay inside the verbs, so that
``readmission --help`` and every Airflow task start quickly.
"""

import sys

from readmission.cli._app import app
from readmission.errors import ReadmissionError


def main() -> None:
    """Run a verb. A known error is one line on stderr and its exit code, never a traceback."""
    from readmission.cli import dataset, model, pipeline, platform, serve  # noqa: F401 - each registers its verbs

    try:
        app()
    except ReadmissionError as error:
        print(f"readmission: {error.message}", file=sys.stderr)  # noqa: T201
        for problem in error.problems[:20]:
            allowed = f" (allowed: {problem.allowed})" if problem.allowed else ""
            print(f"  {problem.field}: {problem.problem}{allowed}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
