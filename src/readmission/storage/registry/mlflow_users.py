"""Who may log in to MLflow, and what MLflow itself lets them do: least privilege, set again at each start.

Anybody logged in may read. These grants are MLflow's own; the wall before it is narrower
(``services/mlflow_server/rights.py``): MLflow lets whoever made a model delete it, for instance.
"""

from collections.abc import Mapping

from mlflow.exceptions import MlflowException
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.exc import SQLAlchemyError

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ConfigurationError, UnavailableError

GRANTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "pipeline": (("experiment", "*", "EDIT"), ("registered_model", "*", "EDIT")),
    # Every model, since MLflow drops the grants on one when it is deleted, and a model made again has the same name.
    "gate": (("registered_model", "*", "EDIT"),),
    # Over what earlier versions granted: a deployment's database still holds it.
    "inference-service": (("registered_model", MODEL_NAME, "READ"),),
}
"""User to (kind, name, permission); ``*`` is every one of the kind."""


def make_users(database_url: str, passwords: Mapping[str, str], administrator: str) -> None:
    """Make the users that are missing, give each its password, and write down what each may do.

    Args:
        database_url: SQLAlchemy URL of the database that holds MLflow's users; its tables are made.
        passwords: user to password. A user no longer named stays: take it out through MLflow.
        administrator: the user who may do everything.

    Raises:
        ConfigurationError: MLflow refuses a name or a password (it asks for twelve characters).
        UnavailableError: the database does not answer.
    """
    store = SqlAlchemyStore()
    try:
        store.init_db(database_url)  # type: ignore[no-untyped-call]  # MLflow leaves it without types
        for name, password in passwords.items():
            if not store.has_user(name):
                store.create_user(name, password, is_admin=name == administrator)
            elif not store.authenticate_user(name, password):
                store.update_user(name, password=password)
            for kind, pattern, permission in GRANTS.get(name, ()):
                store.grant_user_permission(name, kind, pattern, permission)
    except MlflowException as error:
        raise ConfigurationError(f"MLflow's users: {str(error.message).splitlines()[0]}") from error
    except SQLAlchemyError as error:
        raise UnavailableError(f"the database of MLflow's users does not answer ({type(error).__name__})") from error
