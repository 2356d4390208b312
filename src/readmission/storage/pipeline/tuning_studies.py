"""Optuna's studies in PostgreSQL, schema ``tuning``: workers on any machine share one by its name."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import NullPool, make_url
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from readmission.errors import ConfigurationError, UnavailableError
from readmission.storage.postgres.connection import connect

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage

_LOCK_KEY = 7_296_005
_HEARTBEAT_SECONDS = 30
_GRACE_SECONDS = 120
"""A worker silent for so long is taken for dead: its trial is run again by another."""


def prepare_studies(owner_url: SecretStr | None) -> None:
    """Let Optuna make or upgrade its tables; doing it again changes nothing.

    Args:
        owner_url: libpq URL of the owning role; the schema must exist (``migrate``).

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(owner_url, "READMISSION_DATABASE__OWNER_URL") as guard, _clear_errors():
        guard.execute("SET LOCAL lock_timeout = 0")  # another start may be at it; the role's limit is for tables
        guard.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        _open(owner_url, create=True).upgrade()


@contextmanager
def open_study(url: SecretStr | None, name: str) -> Iterator["Study"]:
    """The study of a name, made if there is none: the lowest value wins; poor trials are pruned.

    PostgreSQL's failures inside the body end as errors of ours.

    Args:
        url: libpq URL of the pipeline's role.
        name: whoever gives the same name shares the study.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer, or the tables are not there.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        # Several workers need what Optuna still calls experimental: trials under way count (constant liar).
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Without a seed: workers must not draw the same.
        sampler = optuna.samplers.TPESampler(multivariate=True, constant_liar=True)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5)
    with _clear_errors():
        storage = _open(url)
        yield optuna.create_study(storage=storage, study_name=name, load_if_exists=True, sampler=sampler, pruner=pruner)


def _open(url: SecretStr | None, *, create: bool = False) -> "RDBStorage":
    import optuna

    if url is None:
        raise ConfigurationError("READMISSION_DATABASE__URL is not set: studies are kept in PostgreSQL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(
            _with_search_path(url),
            # No pool: a trial takes seconds, a connection milliseconds, and none is left open or stale.
            engine_kwargs={"poolclass": NullPool},
            skip_table_creation=not create,
            skip_compatibility_check=create,
            heartbeat_interval=_HEARTBEAT_SECONDS,
            grace_period=_GRACE_SECONDS,
            heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(max_retry=2),
        )


def _with_search_path(url: SecretStr) -> str:
    """SQLAlchemy URL that finds the tables in ``tuning``: Optuna's upgrade knows nothing but the URL."""
    made = make_url(url.get_secret_value()).set(drivername="postgresql+psycopg")
    options = " ".join(filter(None, [*made.normalized_query.get("options", ()), "-csearch_path=tuning"]))
    return made.update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def _clear_errors() -> Iterator[None]:
    from optuna.exceptions import StorageInternalError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        if isinstance(cause, ProgrammingError):
            raise UnavailableError("the study's tables are not there: run `readmission create-tables`") from error
        raise UnavailableError(f"PostgreSQL does not keep the study: {str(cause).splitlines()[0]}") from error
