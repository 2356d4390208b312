"""Which tests stay together where several processes share them: those of a file, and all that need the real model."""

from pathlib import PurePosixPath
from typing import Any

from xdist.scheduler import LoadScopeScheduling

_ON_THE_REAL_MODEL = {"test_real_card.py", "test_real_gate.py", "test_training_and_serving.py"}
"""Trained once a process, in more than a minute."""


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """As ``--dist loadfile``, but what takes longest to prepare is one group."""

    def _split_scope(self, nodeid: str) -> Any:
        file = PurePosixPath(nodeid.split("::", 1)[0])
        return "real-model" if file.name in _ON_THE_REAL_MODEL else str(file)
