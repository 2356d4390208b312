"""Bring the platform down, leaving no process; and remove what it keeps."""

import shutil

from readmission.errors import PlatformError
from readmission.local.processes.owned import end
from readmission.local.programs import postgres
from readmission.local.start import left_behind
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import supervisor as supervision


def down(folder: StateFolder) -> int:
    """Stop every part, keep the data; how many processes had to be swept up afterwards.

    Raises:
        PlatformError: a process is still alive.
    """
    with folder.locked():
        supervision.stop(folder)
        swept = end(left_behind(folder))
        if alive := left_behind(folder):
            raise PlatformError(f"still alive after `down`: pid {', '.join(str(process.pid) for process in alive)}")
        return swept


def clean(folder: StateFolder) -> None:
    """Stop every part and delete the state folder, and PostgreSQL's folder outside it if there is one."""
    down(folder)
    postgres.remove_cluster(postgres.locate_cluster(folder.root))
    shutil.rmtree(folder.root)
