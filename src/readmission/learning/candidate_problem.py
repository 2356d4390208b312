"""What is wrong with somebody's candidate, in one line that names the place."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from readmission.errors import InvalidInputError, ReadmissionError


def explain_candidate_problem(name: str, what: str, error: Exception) -> ReadmissionError:
    """The error to raise instead: which candidate, what failed, where in its file, and why.

    An error of ours already says so and comes back as it is.
    """
    if isinstance(error, ReadmissionError):
        return error
    file = f"{name.replace('-', '_')}.py"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == file]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    place = f" at {file} line {line}" if line else ""
    reason = (str(error).strip().splitlines() or [""])[0]
    return InvalidInputError(f"candidate {name} {what}{place}: {type(error).__name__}: {reason}")


@contextmanager
def clear_candidate_errors(name: str, what: str) -> Iterator[None]:
    """Run code of somebody's candidate; whatever it raises becomes one line.

    Raises:
        InvalidInputError: the code raised; the message says which candidate, what failed, and where.
    """
    try:
        yield
    except Exception as error:
        raise explain_candidate_problem(name, what, error) from error
