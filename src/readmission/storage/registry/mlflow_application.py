"""MLflow's own application, with its login switched on, that opens artifacts below one root only."""

import asyncio
import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp

from readmission.errors import ConfigurationError
from readmission.storage.registry.artifact_root import ArtifactRoot

_REMEMBERED_SECONDS = 60.0
"""A password is worth its slow hash once a minute, not at every look at the champion's alias."""


class Logins:
    """Asks MLflow's own users for passwords; one that was right is remembered for a minute, as a keyed hash."""

    def __init__(self, is_right: Callable[[str, str], bool]) -> None:
        self._is_right = is_right
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}
        self._hashing = asyncio.Semaphore(2)  # strangers who guess do not get every core

    async def check(self, user: str, password: str) -> bool:
        """True if this is the user's password."""
        entry = hmac.digest(self._key, f"{user}:{password}".encode(), "sha256")
        if self._until.get(entry, 0.0) > time.monotonic():
            return True
        async with self._hashing:
            right = await asyncio.to_thread(self._is_right, user, password)
        now = time.monotonic()
        self._until = {kept: until for kept, until in self._until.items() if until > now}
        if right:
            self._until[entry] = now + _REMEMBERED_SECONDS
        return right


def open_mlflow(
    root: ArtifactRoot, users_url: str, passwords: Mapping[str, str], administrator: str
) -> tuple[ASGIApp, Logins]:
    """MLflow's application, and who may log in to it; its environment names its database and the file of its login.

    Args:
        root: where artifacts lie.
        users_url: SQLAlchemy URL of the database of its users.
        passwords: user to password.
        administrator: the user who may do everything.

    Raises:
        ConfigurationError: the environment does not name MLflow's database, or a user is refused.
        UnavailableError: the database of users does not answer.
    """
    # Names and order as in `mlflow server`, which sets them before it starts uvicorn: its modules read them on import.
    backend = os.environ.get("MLFLOW_BACKEND_STORE_URI", "")
    if not backend:
        raise ConfigurationError("serve mlflow needs MLFLOW_BACKEND_STORE_URI, the URL of MLflow's own database")
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = backend
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = root.location
    os.environ["_MLFLOW_SGI_NAME"] = "uvicorn"

    from readmission.storage.registry.mlflow_users import make_users

    make_users(users_url, passwords, administrator)
    from mlflow.server import auth, handlers

    confine_artifacts(root)
    handlers.initialize_backend_stores(backend, None, root.location)
    application: ASGIApp = auth.create_app()
    return application, Logins(auth.store.authenticate_user)


def confine_artifacts(root: ArtifactRoot) -> None:
    """Let this process open artifacts below the root and nowhere else, whatever a stored run or version says.

    An experiment made before this rule may name a folder of this machine; here no code is left that would open it.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories

    schemes: dict[str, Any] = get_registered_artifact_repositories()
    open_s3: Callable[..., Any] = schemes["s3"]

    def open_below_root(artifact_uri: str, *args: object, **options: object) -> Any:
        if not root.holds(artifact_uri):
            raise MlflowException.invalid_parameter_value(f"artifacts lie below {root.location}, and nowhere else")
        return open_s3(artifact_uri, *args, **options)

    for scheme in schemes:
        schemes[scheme] = open_below_root
