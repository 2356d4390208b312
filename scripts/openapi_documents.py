"""The OpenAPI documents of both services, as they stand where keys are asked for; `make docs` writes them down."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from readmission.model.signing_key_files import write_signing_key
from readmission.services.data_service.app import create_app
from readmission.services.inference_service.app import build_api
from readmission.services.inference_service.scopes import SCOPES
from readmission.settings import AccessSettings, DatabaseSettings, Settings, SigningSettings
from readmission.web.access import AccessControl
from readmission.web.key_file import key_line, make_key


def build_documents() -> dict[str, dict[str, Any]]:
    """Name of each service to its document."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        trusted, keys = folder / "trusted-keys.pem", folder / "keys"
        write_signing_key(folder / "gate-key.pem", trusted)
        keys.write_text(key_line("anyone", frozenset({"admin"}), make_key()) + "\n", encoding="utf-8")
        keys.chmod(0o600)
        settings = Settings(
            state_dir=folder / "state",
            access=AccessSettings(keys_file=keys),
            serving_database=DatabaseSettings(url=SecretStr("postgresql://nobody@127.0.0.1/none")),
            signing=SigningSettings(public_keys_file=trusted),
        )
        inference, _ = build_api(settings)
        SCOPES.describe(inference, AccessControl(settings.access, None))
        return {"inference-service": inference.openapi(), "data-service": create_app(settings).openapi()}
