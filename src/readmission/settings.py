"""Every setting of every part, in one place.

Values come from ``READMISSION_*`` environment variables (nested with ``__``), then from the file
the local platform writes (``.readmission/platform.env``). Only ``cli.py`` and application factories
create :class:`Settings`; everything else receives values.
"""

import os
import ssl
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values  # the parser of pydantic-settings: every env file is read alike
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from readmission.errors import ConfigurationError

PLATFORM_ENV_FILE = "platform.env"


class Section(BaseModel):
    """A frozen group of settings; an unknown key in an env file is an error."""

    # Defaults become what a file would make of them: 10 is 10.0 if seconds are a float, written alike ever after.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class DatabaseSettings(Section):
    """How to reach one PostgreSQL database."""

    url: SecretStr | None = None
    """libpq URL of the role the process runs under (pipeline or serving)."""
    owner_url: SecretStr | None = None
    """libpq URL of the role that owns the schemas; used by migrations only, which find it in ``step_secrets_dir``."""
    reader_url: SecretStr | None = None
    """libpq URL of the role that may only read; the load test proves with it that every answer is stored."""
    superuser_url: SecretStr | None = None
    """libpq URL of a superuser; used by ``create-stores`` only, to make roles and databases."""


class DataServiceSettings(Section):
    """The data service: where it listens, where others reach it."""

    host: str = "127.0.0.1"
    port: int = 8001
    url: str = "http://127.0.0.1:8001"
    admin_key: SecretStr | None = None
    """Key for adding arrivals; without it (or a key of scope admin), adding is refused."""
    api_key: SecretStr | None = None
    """Key that callers of this system send, where the service asks for one."""
    batch_size: int = Field(default=15_000, ge=1)
    """Encounters in a batch; the last batch of a split may be smaller."""
    split_salt: str = "readmission-v1"
    """Salt of the hash that puts a patient into a split."""


class InferenceServiceSettings(Section):
    """The inference service: where it listens, which model it follows."""

    host: str = "127.0.0.1"
    port: int = 8000
    url: str = "http://127.0.0.1:8000"
    workers: int = Field(default=1, ge=1)
    admin_key: SecretStr | None = None
    """Key for rollback over HTTP; without it (or a key of scope admin), rollback over HTTP is refused."""
    api_key: SecretStr | None = None
    """Key that callers of this system send, where the service asks for one."""
    alias: str = "champion"
    """Registered-model alias to follow."""
    alias_poll_seconds: float = Field(default=2.0, gt=0)
    """Seconds between two looks at the alias."""
    max_batch_rows: int = Field(default=128, ge=1)
    """Most requests scored and stored together."""
    max_batches_in_flight: int = Field(default=2, ge=1)
    """Most batches of a worker that are stored at the same time."""
    max_waiting_rows: int = Field(default=2048, ge=1)
    """Most requests of a worker that may wait; beyond, the answer is 503."""
    journal_dir: Path | None = None
    """Folder on a disk that stays: predictions go there while PostgreSQL is away. Not set: the answer is 503 then."""
    shadow_share: float = Field(default=0.0, ge=0, le=1)
    """Part of the predictions that the version with the alias ``challenger`` scores too, unseen by callers."""
    canary_share: float = Field(default=0.0, ge=0, le=1)
    """Part of ``POST /predict`` that the version with the alias ``challenger`` answers in the champion's place."""
    max_upload_bytes: int = Field(default=256 * 1024 * 1024, ge=1)
    """Largest body of ``POST /predict/batch``; it waits in a temporary file while it is scored."""
    max_upload_rows: int = Field(default=500_000, ge=1)
    """Most encounters in one ``POST /predict/batch``."""


class AccessSettings(Section):
    """Who may call the data and inference services; on loopback nobody is asked."""

    keys_file: Path | None = None
    """File of hashed API keys (``readmission make-key``); set, every call but probes and metrics needs a key."""
    without_keys: bool = False
    """Lets a service listen beyond loopback without keys: only if something else keeps strangers out."""
    requests_per_second: float = Field(default=0, ge=0)
    """Requests a second each key may send to a process; 0 is no limit. Needs ``keys_file``."""
    burst: int = Field(default=50, ge=1)
    """Requests a key may send at once after a pause."""


class SigningSettings(Section):
    """Who vouches for what goes live: the gate signs with its private key, everyone checks with the public ones."""

    public_keys_file: Path | None = None
    """File of the gate's public keys (PEM, one after another); only what one of them signed goes live."""
    private_key_file: Path | None = None
    """File of the gate's private key (PEM, Ed25519), set in ``gate.env``; relative to ``step_secrets_dir``."""


class HttpSettings(Section):
    """What every service of ours requires of an HTTP request before its content matters."""

    allowed_hosts: str = ""
    """Host names, separated by commas, that callers may use besides those of loopback; a name covers every port."""
    max_body_bytes: int = Field(default=64 * 1024, ge=1024)
    """Largest body of one record: an encounter, feedback, a roll-back."""
    max_list_bytes: int = Field(default=2 * 1024 * 1024, ge=1024)
    """Largest body of a list: outcomes, tensors."""
    body_seconds: float = Field(default=10, gt=0)
    """Seconds a body may take to arrive, plus those its bytes take at ``slowest_bytes_per_second``; also the longest
    pause within it."""
    slowest_bytes_per_second: int = Field(default=32 * 1024, ge=1)
    """Slowest upload that is waited for."""


class TlsSettings(Section):
    """Whom this process believes when it calls another part by https."""

    ca_file: Path | None = None
    """Certificates of the authorities that may vouch for other parts (PEM; several may follow each other), such as the
    one ``readmission expose`` prints. Unset: those every browser knows."""


class AirflowSettings(Section):
    """Airflow's REST API, as the metrics exporter and the page ask it."""

    url: str = "http://127.0.0.1:8080"
    username: str = "viewer"
    """A user who may look; nothing is started with it."""
    password: SecretStr | None = None


class MlflowSettings(Section):
    """MLflow's server, which always asks for a login: where it listens, whom it knows."""

    host: str = "127.0.0.1"
    port: int = 5000
    auth_database_url: SecretStr | None = None
    """URL of the PostgreSQL database that holds MLflow's users; not the one of its runs and models."""
    users: dict[str, SecretStr] = {}
    """Password of each user as a JSON object: ``admin`` (people), ``pipeline``, ``gate``,
    ``inference-service``, ``metrics``."""


class MetricsExporterSettings(Section):
    """The metrics exporter: where it listens."""

    host: str = "127.0.0.1"
    port: int = 9808


class ExposeSettings(Section):
    """A service the local platform makes reachable from other machines."""

    service: str
    """Its name (``readmission expose --help``)."""
    address: str
    """The address of this machine to listen on."""
    allow: tuple[str, ...]
    """Networks (CIDR) that may come."""
    port: int
    """The port to listen on."""
    unauthenticated: bool = False
    """Expose it even if it requires neither a key nor a login."""
    names: tuple[str, ...] = ()
    """Host names callers use besides the address; the certificate holds them."""
    certificate: Path | None = None
    """A certificate of one's own (PEM, the issuers' after it); unset, the platform's CA issues one."""
    certificate_key: Path | None = None
    """Its private key (PEM, no password)."""
    plain: bool = False
    """HTTP without TLS, for a network that is encrypted already."""


class ModelCardSettings(Section):
    """What a model card says that no run can know; an empty entry keeps a version from being promoted."""

    developer: str = "the contributors of the open-source project readmission"
    """Who made the model: name of the developer, or of the hospital that trained it."""
    contact: str = "the issue tracker of the repository readmission"
    """How the developer is reached."""
    funding: str = "none: the project has no funder"
    """Who paid for the development, and what part they had in it."""
    data_source: str = "not described by whoever gave the file"
    """For a data set of one's own: the hospitals it came from, years, and how encounters were chosen."""

    @field_validator("*")
    @classmethod
    def _on_one_line(cls, value: str) -> str:
        return " ".join(value.split())


class UiSettings(Section):
    """The web page."""

    host: str = "127.0.0.1"
    port: int = 7860
    prometheus_url: str = "http://127.0.0.1:9090"
    """Where the Operations tab reads its plots from."""
    metrics_exporter_url: str = "http://127.0.0.1:9808"
    """Where the Operations tab reads the newest figures from while Prometheus or Airflow is away."""
    next_steps_file: Path | None = None
    """A site's own next steps by band and reason, instead of those in services/ui/patient/next_steps.json."""


class EhrClientSettings(Section):
    """One EHR that may call the gateway."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    """Who it is in our records: the name of its key in the inference service's key file."""
    issuer: str = Field(min_length=1)
    """``iss`` of its tokens."""
    jwks_url: str | None = None
    """Address of its public keys (https, or loopback); a token's ``jku`` may name no other."""
    jwks_file: Path | None = None
    """File of its public keys (JWKS), in place of an address."""
    fhir_servers: tuple[str, ...] = ()
    """Addresses of its FHIR servers (https, or loopback): a hook may name no other."""
    api_key: SecretStr | None = None
    """Its key for the inference service, of scopes ``predict`` and ``feedback``."""

    @field_validator("jwks_url", "fhir_servers")
    @classmethod
    def _encrypted(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for address in (value,) if isinstance(value, str) else value or ():
            parts = urlsplit(address)
            is_loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
            if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
                raise ValueError("an address is https://host/path")
            if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
                raise ValueError("an address is https, or http on loopback")
        return value


class EhrGatewaySettings(Section):
    """The EHR gateway (CDS Hooks 2.0, FHIR R4): where it listens, which EHRs may call. Not part of ``make up``."""

    host: str = "127.0.0.1"
    port: int = 8002
    url: str = "http://127.0.0.1:8002"
    """Its address as EHRs call it: ``aud`` of their tokens."""
    clients: tuple[EhrClientSettings, ...] = ()
    """The EHRs that may call, as a JSON list."""
    without_tokens: bool = False
    """Ask nobody for a token; on loopback only, to try the gateway out."""
    origins: str = ""
    """Origins of EHR pages that call from a browser (CORS), separated by commas."""
    page_url: str = "http://127.0.0.1:7860"
    """Where a card's link leads."""
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """Largest body of a hook call or bundle."""

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins, one by one."""
        return tuple(origin.strip() for origin in self.origins.split(",") if origin.strip())


class PortSettings(Section):
    """Loopback ports of the local platform's parts that are not services of our own."""

    postgres: int = 5433
    s3: int = 9000
    mlflow: int = 5050
    airflow: int = 8080
    prometheus: int = 9090
    alertmanager: int = 9093
    pushgateway: int = 9091
    locust: int = 8089
    load_test_metrics: int = 9646
    node_exporter: int = 9100
    postgres_exporter: int = 9187


class S3Settings(Section):
    """Buckets; the end point and keys are the ``AWS_*`` and ``MLFLOW_S3_ENDPOINT_URL`` variables."""

    mlflow_bucket: str = "mlflow"
    archive_bucket: str = "archive"


class Settings(BaseSettings):
    """All settings of all parts. Secrets have no default."""

    model_config = SettingsConfigDict(
        env_prefix="READMISSION_", env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    state_dir: Path = Path(".readmission")
    """Folder for everything the local platform keeps; git-ignored."""
    dataset: str = "auto"
    """``auto``, ``uci``, ``synthetic``, or the path of a ``.zip`` or ``.csv``."""
    dataset_url: str = "https://archive.ics.uci.edu/static/public/296/diabetes+130-us+hospitals+for+years+1999-2008.zip"
    """Where ``uci`` downloads the archive from."""
    dataset_cache: Path | None = None
    """Folder of downloaded data sets; default ``<state_dir>/dataset``."""
    synthetic_rows: int = Field(default=101_766, ge=100)
    """Encounters that ``synthetic`` makes."""
    synthetic_seed: int = 20_140_403
    """Seed of the synthetic encounters."""
    diagnosis_system: Literal["icd9cm", "icd10cm"] = "icd9cm"
    """What the diagnoses of an encounter to be scored are coded in if it does not say; never guessed from the codes."""
    seed: int = 296
    """Seed of everything random in training."""
    tasks_at_once: int = Field(default=2, ge=1)
    """Tasks of one DAG that Airflow runs side by side."""
    code_commit: str = "unknown"
    """Git commit of the running code, recorded with every run and decision."""
    runbooks_url: str = Field(default="", pattern=r"^(https?://[^\s\"'\\]+[^/\s\"'\\])?$")
    """Address of docs/runbooks on your code host, without a slash at its end; alerts link to their page there.
    Compose hands the same variable to Prometheus; an operator's Prometheus takes the external label ``runbooks``."""
    dags_dir: Path | None = None
    """Folder of the DAG files the local platform runs; default ``dags/`` of the clone."""

    step_secrets_dir: Path | None = None
    """Folder of the secrets only one step may hold: ``migrate.env`` for ``create-tables``, ``gate.env`` for
    ``promote``, ``rollback`` and what else records decisions. Unset: those steps run with the settings of
    their environment."""
    role_passwords: dict[str, SecretStr] = {}
    """Password of each PostgreSQL role as a JSON object; used by ``create-stores`` only."""
    role_connections: dict[str, int] = {}
    """Most connections of a PostgreSQL role as a JSON object, where its default does not fit
    (docs/reference/database-roles.md); used by ``up`` and ``create-stores``."""

    database: DatabaseSettings = DatabaseSettings()
    serving_database: DatabaseSettings = DatabaseSettings()
    data_service: DataServiceSettings = DataServiceSettings()
    inference_service: InferenceServiceSettings = InferenceServiceSettings()
    access: AccessSettings = AccessSettings()
    signing: SigningSettings = SigningSettings()
    http: HttpSettings = HttpSettings()
    tls: TlsSettings = TlsSettings()
    expose: tuple[ExposeSettings, ...] = ()
    """What the local platform makes reachable from other machines: a JSON list of service, address, port, allow."""
    model_card: ModelCardSettings = ModelCardSettings()
    ui: UiSettings = UiSettings()
    ehr_gateway: EhrGatewaySettings = EhrGatewaySettings()
    airflow: AirflowSettings = AirflowSettings()
    metrics_exporter: MetricsExporterSettings = MetricsExporterSettings()
    mlflow: MlflowSettings = MlflowSettings()
    s3: S3Settings = S3Settings()
    ports: PortSettings = PortSettings()

    mlflow_tracking_uri: str = Field(
        default="http://127.0.0.1:5050", validation_alias=AliasChoices("mlflow_tracking_uri", "MLFLOW_TRACKING_URI")
    )
    mlflow_tracking_username: str | None = Field(
        default=None, validation_alias=AliasChoices("mlflow_tracking_username", "MLFLOW_TRACKING_USERNAME")
    )
    """Whom this process logs in to MLflow as; without a login MLflow refuses every call."""
    mlflow_tracking_password: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("mlflow_tracking_password", "MLFLOW_TRACKING_PASSWORD")
    )
    s3_endpoint_url: str = Field(
        default="http://127.0.0.1:9000", validation_alias=AliasChoices("s3_endpoint_url", "MLFLOW_S3_ENDPOINT_URL")
    )
    aws_access_key_id: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("aws_access_key_id", "AWS_ACCESS_KEY_ID")
    )
    aws_secret_access_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY")
    )

    @property
    def dataset_cache_dir(self) -> Path:
        """Folder of downloaded data sets."""
        return self.dataset_cache or self.state_dir / "dataset"

    @property
    def signing_key_file(self) -> Path | None:
        """File of the gate's private key, or None in whatever is not the gate."""
        file = self.signing.private_key_file
        return file if file is None or self.step_secrets_dir is None else self.step_secrets_dir / file

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host names that callers of our services may use besides those of loopback: those set, and where we listen."""
        names = [name.strip() for name in self.http.allowed_hosts.split(",") if name.strip()]
        services = (self.data_service, self.inference_service, self.ui, self.metrics_exporter, self.ehr_gateway)
        addresses = [service.host for service in services]
        addresses += [host for each in self.expose for host in (each.address, *each.names)]
        return (*names, *(f"[{address}]" if ":" in address else address for address in addresses))

    @property
    def trust(self) -> ssl.SSLContext | bool:
        """What httpx takes as ``verify`` for calls to other parts.

        Raises:
            ConfigurationError: the file of authorities cannot be read.
        """
        if self.tls.ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=self.tls.ca_file.expanduser())
        except OSError as error:
            raise ConfigurationError(
                f"READMISSION_TLS__CA_FILE: {self.tls.ca_file} holds no certificates that can be read ({error})"
            ) from error

    @property
    def mlflow_login(self) -> tuple[str, str] | None:
        """User and password for MLflow, or None if there is no login."""
        if self.mlflow_tracking_username is None or self.mlflow_tracking_password is None:
            return None
        return self.mlflow_tracking_username, self.mlflow_tracking_password.get_secret_value()


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the settings of this process once.

    Raises:
        ConfigurationError: a value is missing or wrong; the message names the setting.
    """
    state_dir = Path(os.environ.get("READMISSION_STATE_DIR", ".readmission"))
    env_file = state_dir / PLATFORM_ENV_FILE
    # A part of the local platform gets its settings, and only its own secrets, from its environment.
    supervised = "PLATFORM_PROGRAM" in os.environ
    try:
        settings = Settings(_env_file=env_file if env_file.is_file() and not supervised else None)
    except ValidationError as error:
        first = error.errors()[0]
        name = "READMISSION_" + "__".join(str(part).upper() for part in first["loc"])
        raise ConfigurationError(f"{name}: {first['msg']}") from error
    _hand_on_access(settings)
    return settings


def load_step_settings(step: Literal["migrate", "gate"]) -> Settings:
    """Read the settings of a step that alone holds some secrets: those in its file count over all others.

    The file's values enter this process's environment, since MLflow's client reads its login there.

    Args:
        step: name of the file in ``READMISSION_STEP_SECRETS_DIR``, without ``.env``.

    Raises:
        ConfigurationError: the file cannot be read, or a value is missing or wrong.
    """
    folder = load_settings().step_secrets_dir
    if folder is None:
        return load_settings()
    file = folder / f"{step}.env"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"READMISSION_STEP_SECRETS_DIR: {file} cannot be read ({error.strerror}): it holds this step's secrets"
        ) from error
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    os.environ.update({name: value for name, value in values.items() if value is not None})
    load_settings.cache_clear()
    return load_settings()


def _hand_on_access(settings: Settings) -> None:
    """MLflow's client knows S3 and its login by its environment alone: give it what the settings file says."""
    os.environ.setdefault("MLFLOW_S3_ENDPOINT_URL", settings.s3_endpoint_url)
    if settings.tls.ca_file is not None:
        for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):  # MLflow's client and boto3
            os.environ[name] = str(settings.tls.ca_file.expanduser().absolute())
        # By https boto3 sends checksums behind the body, which rclone does not read; TLS guards what they would.
        os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    if settings.mlflow_tracking_username is not None:
        os.environ.setdefault("MLFLOW_TRACKING_USERNAME", settings.mlflow_tracking_username)
    for name, secret in (
        ("MLFLOW_TRACKING_PASSWORD", settings.mlflow_tracking_password),
        ("AWS_ACCESS_KEY_ID", settings.aws_access_key_id),
        ("AWS_SECRET_ACCESS_KEY", settings.aws_secret_access_key),
    ):
        if secret is not None:
            os.environ.setdefault(name, secret.get_secret_value())
