"""What a program of the local platform is, and what programs are declared from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from readmission.local.programs import environment
from readmission.local.programs.postgres import PostgresCluster
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings
from readmission.storage.postgres.databases import database_url

# Stopped from the highest to the lowest: first what starts tasks, last what keeps data.
RUNNERS, SERVERS, STORES = 30, 20, 10


@dataclass(frozen=True, slots=True)
class Program:
    """One long-running process and what it needs.

    ``stop_order``: higher stops earlier. ``stop_seconds``: after which it is killed. ``ready``: an address the
    guard can ask (``tcp://`` or ``http://``), or empty if Airflow's API server answers for it as
    ``airflow_part``. ``url``: where people go. ``port_setting``: the setting to change when ``port`` is taken.
    ``after_dag``: ready only after that DAG has run once. ``alive``: an address (``liveness.is_alive``) that answers
    as long as the program does not hang; if it answered and then falls silent, the guard starts the program anew.
    """

    name: str
    command: tuple[str, ...]
    ready: str
    port: int | None = None
    port_setting: str = ""
    url: str = ""
    secrets: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    waits_for: tuple[str, ...] = ()
    stop_order: int = SERVERS
    stop_signal: str = "SIGTERM"
    stop_seconds: int = 10
    user: tuple[int, int] | None = None
    airflow_part: str = ""
    after_dag: str = ""
    alive: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """What the declarations are made from."""

    settings: Settings
    folder: StateFolder
    secrets: Mapping[str, str]
    cluster: PostgresCluster
    dataset: str

    def open_settings(self) -> dict[str, str]:
        """See :func:`environment.open_settings`."""
        return environment.open_settings(self.settings, self.folder, self.dataset)

    def secret_settings(self) -> dict[str, str]:
        """See :func:`environment.secret_settings`."""
        return environment.secret_settings(self.settings, self.secrets)

    def step_secrets(self) -> dict[str, dict[str, str]]:
        """See :func:`environment.step_secrets`."""
        port = self.settings.ports.postgres
        return environment.step_secrets(
            lambda role: database_url(role, self.secrets[role], "readmission", port), self.secrets
        )
