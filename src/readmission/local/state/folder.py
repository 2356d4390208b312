"""The state folder: where everything the local platform keeps lives, and who may read it."""

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readmission.errors import PlatformError
from readmission.settings import PLATFORM_ENV_FILE

# sun_path holds 108 bytes on Linux and 104 on macOS, its end mark included.
_LONGEST_SOCKET_PATH = 100
GATE_KEY_FILE = "gate-key.pem"
"""The gate's private key, beside ``gate.env``."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths inside the state folder; ``root`` is absolute."""

    root: Path

    @classmethod
    def open(cls, state_dir: Path) -> "StateFolder":
        """Make the folder (mode 0700) if it is missing.

        Raises:
            PlatformError: it cannot be made here.
        """
        folder = cls(state_dir.expanduser().absolute())
        try:
            for path in (folder.root, folder.run, folder.programs, folder.logs, folder.s3, folder.airflow_home):
                path.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.step_secrets.mkdir(exist_ok=True, mode=0o700)
            for path in (folder.root, folder.step_secrets):
                path.chmod(0o700)
        except OSError as error:
            raise PlatformError(f"cannot make the state folder {folder.root}: {error.strerror}") from error
        return folder

    @property
    def run(self) -> Path:
        """Socket, pid files and generated configuration."""
        return self.root / "run"

    @property
    def programs(self) -> Path:
        """One file per program: what its guard starts, with its secrets (mode 0600)."""
        return self.run / "programs"

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.root / "logs"

    @property
    def s3(self) -> Path:
        """One folder per bucket."""
        return self.root / "s3"

    @property
    def tls(self) -> Path:
        """What Caddy keeps: the CA of this platform, and the certificates it issued."""
        return self.root / "tls"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own files and task logs."""
        return self.root / "airflow"

    @property
    def secrets_file(self) -> Path:
        """Passwords and keys, made at first start."""
        return self.root / "secrets.json"

    @property
    def step_secrets(self) -> Path:
        """Secrets that only one step may hold, a file for each (mode 0600)."""
        return self.root / "step-secrets"

    @property
    def signing_key(self) -> Path:
        """The gate's private key, which signs what goes live (mode 0600)."""
        return self.step_secrets / GATE_KEY_FILE

    @property
    def trusted_keys(self) -> Path:
        """The public keys whose signatures count."""
        return self.root / "trusted-keys.pem"

    @property
    def logins_file(self) -> Path:
        """The same for people: where to log in, and as whom."""
        return self.root / "logins.txt"

    @property
    def env_file(self) -> Path:
        """Every setting, for the command line."""
        return self.root / PLATFORM_ENV_FILE

    @property
    def record_file(self) -> Path:
        """What this folder was made for: data set and versions."""
        return self.root / "state.json"

    @property
    def supervisor_pid_file(self) -> Path:
        """Pid of the supervisor."""
        return self.run / "supervisord.pid"

    def socket_path(self) -> Path:
        """The supervisor's socket: in the state folder, or in a private short folder if that path is too long."""
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        name = f"readmission-{os.getuid()}-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]}"
        short = Path(tempfile.gettempdir()) / name
        short.mkdir(mode=0o700, exist_ok=True)
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise PlatformError(f"{short} is not a private folder of this user: remove it")
        return short / "s.sock"

    def read_record(self) -> dict[str, Any]:
        """What was recorded; empty at first start."""
        if not self.record_file.is_file():
            return {}
        record: dict[str, Any] = json.loads(self.record_file.read_text(encoding="utf-8"))
        return record

    def update_record(self, **values: object) -> None:
        """Add to what is recorded."""
        write_private(self.record_file, json.dumps(self.read_record() | values, indent=2, sort_keys=True) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder: two commands that change the platform never run at once.

        Raises:
            PlatformError: another command holds it.
        """
        with (self.run / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PlatformError(f"another `up` or `down` is at work in {self.root}: wait for it") from error
            yield


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old text or the new, never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
