"""What MLflow answers here, and who may ask for it. A route that no table names is closed to everybody.

MLflow 3 has some 300 routes: a gateway to language models, jobs, an assistant with a shell, webhooks that call any
address, uploads by way of the server. This system needs runs, experiments and one registered model.
"""

import re
from enum import StrEnum


class Right(StrEnum):
    """What a caller may do."""

    READ = "read"
    RECORD = "record"
    """Make experiments and runs, and write to runs."""
    REGISTER = "register"
    """Make the registered model and new versions of it."""
    PROMOTE = "promote"
    """Move an alias: say which version is live."""
    ADMINISTER = "administer"
    """Change or delete what is recorded; make users."""


RIGHTS: dict[str, frozenset[Right]] = {
    "admin": frozenset(Right),
    "pipeline": frozenset({Right.READ, Right.RECORD, Right.REGISTER}),
    "gate": frozenset({Right.READ, Right.PROMOTE}),
    "inference-service": frozenset({Right.READ}),
    "metrics": frozenset({Right.READ}),
}
"""User to rights. A user the administrator adds reads."""

_API_2: dict[str, Right] = {
    "GET experiments/get": Right.READ,
    "GET experiments/get-by-name": Right.READ,
    "GET experiments/search": Right.READ,
    "POST experiments/search": Right.READ,
    "POST experiments/search-datasets": Right.READ,
    "POST experiments/create": Right.RECORD,
    "POST experiments/update": Right.ADMINISTER,
    "POST experiments/delete": Right.ADMINISTER,
    "POST experiments/restore": Right.ADMINISTER,
    "POST experiments/set-experiment-tag": Right.ADMINISTER,
    "POST experiments/delete-experiment-tag": Right.ADMINISTER,
    "GET runs/get": Right.READ,
    "POST runs/search": Right.READ,
    "POST runs/create": Right.RECORD,
    "POST runs/update": Right.RECORD,
    "POST runs/log-batch": Right.RECORD,
    "POST runs/log-inputs": Right.RECORD,
    "POST runs/log-metric": Right.RECORD,
    "POST runs/log-parameter": Right.RECORD,
    "POST runs/set-tag": Right.RECORD,
    "POST runs/delete-tag": Right.ADMINISTER,
    "POST runs/delete": Right.ADMINISTER,
    "POST runs/restore": Right.ADMINISTER,
    "GET artifacts/list": Right.READ,
    "GET metrics/get-history": Right.READ,
    "GET metrics/get-history-bulk": Right.READ,
    "GET metrics/get-history-bulk-interval": Right.READ,
    "POST logged-models/search": Right.READ,
    "GET registered-models/get": Right.READ,
    "GET registered-models/search": Right.READ,
    "GET registered-models/get-latest-versions": Right.READ,
    "POST registered-models/get-latest-versions": Right.READ,
    "GET registered-models/alias": Right.READ,
    "POST registered-models/alias": Right.PROMOTE,
    "DELETE registered-models/alias": Right.ADMINISTER,
    "POST registered-models/create": Right.REGISTER,
    "PATCH registered-models/update": Right.ADMINISTER,
    "POST registered-models/rename": Right.ADMINISTER,
    "DELETE registered-models/delete": Right.ADMINISTER,
    "POST registered-models/set-tag": Right.ADMINISTER,
    "DELETE registered-models/delete-tag": Right.ADMINISTER,
    "GET model-versions/get": Right.READ,
    "GET model-versions/get-download-uri": Right.READ,
    "GET model-versions/search": Right.READ,
    "POST model-versions/create": Right.REGISTER,
    "PATCH model-versions/update": Right.ADMINISTER,
    "DELETE model-versions/delete": Right.ADMINISTER,
    "POST model-versions/set-tag": Right.ADMINISTER,
    "DELETE model-versions/delete-tag": Right.ADMINISTER,
    "GET users/current": Right.READ,
    "GET users/get": Right.ADMINISTER,
    "GET users/list": Right.ADMINISTER,
    "POST users/create": Right.ADMINISTER,
    "PATCH users/update-password": Right.ADMINISTER,
    "DELETE users/delete": Right.ADMINISTER,
}
"""Below ``/api/2.0/mlflow/``, and ``/ajax-api/2.0/mlflow/``, which MLflow's own page asks."""

_API_3: dict[str, Right] = {
    "GET server-info": Right.READ,
    "GET users/current/permissions": Right.READ,
    "POST traces/search": Right.READ,
    "POST traces/metrics": Right.READ,
    "POST datasets/search": Right.READ,
    "GET scorers/list": Right.READ,
}
"""The same below ``3.0``: what MLflow's page asks to show runs and versions."""

_PAGE: dict[str, Right] = {
    "GET /": Right.READ,
    "GET /version": Right.READ,
    "GET /metrics": Right.READ,
    "GET /get-artifact": Right.READ,
    "GET /model-versions/get-artifact": Right.READ,
    "GET /graphql": Right.READ,
    "POST /graphql": Right.READ,
}

_API = re.compile(r"/(?:ajax-)?api/([23])\.0/mlflow/(.*)", re.DOTALL)
_LOGGED_MODEL = re.compile(r"logged-models/[A-Za-z0-9-]+(?:/artifacts/(?:directories|files))?")
_STATIC_FILE = re.compile(r"/static-files/[A-Za-z0-9._/-]+")


def right_of(method: str, path: str) -> Right | None:
    """The right a request needs; None if nobody may send it.

    Args:
        method: of HTTP. HEAD needs what GET needs.
        path: percent-decoded, as ASGI passes it.
    """
    method = "GET" if method == "HEAD" else method
    if found := _API.fullmatch(path):
        version, rest = found.groups()
        if version == "2" and method == "GET" and _LOGGED_MODEL.fullmatch(rest):
            return Right.READ
        return (_API_2 if version == "2" else _API_3).get(f"{method} {rest}")
    if method == "GET" and _STATIC_FILE.fullmatch(path):
        return Right.READ
    return _PAGE.get(f"{method} {path}")


def may(user: str, right: Right) -> bool:
    """True if a user has a right."""
    return right in RIGHTS.get(user, frozenset({Right.READ}))
