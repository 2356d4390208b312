"""Unpack an uploaded Parquet file in a process of its own that may use so much memory and no more.

A few kilobytes of Parquet may unpack to gigabytes, and what the file says of its sizes need not be true. So nothing is
believed: who unpacks it has a bound set by the kernel, and only rows of a ward list's size come back to the page.
"""

import io
import logging
import os
import resource
import subprocess
import sys
from threading import Lock

import polars as pl

from readmission.errors import InvalidInputError, ReadmissionError

_log = logging.getLogger(__name__)

_UNPACKING_BYTES = 512 * 2**20
"""Memory of the process that unpacks: the longest list takes a quarter of it."""
_LIST_BYTES = 128 * 2**20
"""Memory of the rows that come back: the longest list of real encounters takes half of it."""
_SECONDS = 30
_TOO_LARGE, _UNREADABLE = 3, 4
_one_at_a_time = Lock()
"""Several bombs at once would take several bounds' worth of memory."""


def unpack_parquet(content: bytes, most_rows: int) -> pl.DataFrame:
    """The first rows of a Parquet file.

    Args:
        content: the file.
        most_rows: how many rows at most; more are left out.

    Raises:
        InvalidInputError: it is no Parquet, or unpacks to more memory or time than a list of that length can need.
        ReadmissionError: the process that unpacks it fails by itself.
    """
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    try:
        with _one_at_a_time:
            done = subprocess.run(
                [sys.executable, "-P", "-m", __name__, str(most_rows)],  # -P: no module of the folder we stand in
                input=content,
                env=environment | {"POLARS_MAX_THREADS": "1"},  # each thread has memory of its own
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise InvalidInputError("The file takes too long to unpack") from None
    if done.returncode == _UNREADABLE:
        raise InvalidInputError("The file cannot be read as Parquet")
    if done.returncode == _TOO_LARGE or done.returncode < 0:  # a library that gets no more memory ends its process
        raise InvalidInputError("The file unpacks to far more than a list of patients needs")
    if done.returncode:  # not the file's fault
        _log.error("the process that unpacks Parquet failed: %s", done.stderr.decode(errors="replace")[-500:])
        raise ReadmissionError("The file could not be unpacked: the page's log says why")
    return pl.read_ipc_stream(io.BytesIO(done.stdout))


def _unpack() -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (_UNPACKING_BYTES, _UNPACKING_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        frame = pl.read_parquet(io.BytesIO(sys.stdin.buffer.read()), n_rows=int(sys.argv[1]))
    except pl.exceptions.PolarsError:
        return _UNREADABLE
    except MemoryError:
        return _TOO_LARGE
    if frame.estimated_size() > _LIST_BYTES:
        return _TOO_LARGE
    frame.write_ipc_stream(sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(_unpack())
