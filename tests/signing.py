"""The gate of the tests: a key pair as files, and what it signs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from readmission.contract.prediction import MODEL_NAME
from readmission.contract.promotion import Decision, Promotion
from readmission.model.signature import ModelSigner, SignedStatement, Use
from readmission.model.signing_key_files import write_signing_key
from readmission.settings import SigningSettings
from readmission.storage.pipeline.promotions import record_promotion


@dataclass(frozen=True)
class TestGate:
    """A folder with a private key, and the public keys that count."""

    __test__ = False
    settings: SigningSettings

    @classmethod
    def make(cls, folder: Path) -> "TestGate":
        """A new key pair in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        private, trusted = folder / "gate-key.pem", folder / "trusted-keys.pem"
        write_signing_key(private, trusted)
        return cls(SigningSettings(private_key_file=private, public_keys_file=trusted))

    @property
    def environment(self) -> dict[str, str]:
        """What a service needs of it."""
        return {"READMISSION_SIGNING__PUBLIC_KEYS_FILE": str(self.settings.public_keys_file)}

    def sign(self, version: str, manifest_sha256: str, use: Use = "champion") -> SignedStatement:
        """What the gate says of a version."""
        signer = ModelSigner(self.settings.private_key_file, self.settings.public_keys_file)
        return signer.sign(MODEL_NAME, version, manifest_sha256, use)


def record_decision(
    url: str,
    version: str,
    signed: SignedStatement | None,
    decision: Decision = "promoted",
    live: str | None = None,
    **other: Any,
) -> int:
    """Write a decision into audit, signed or not; ``live`` is the version itself where it is left out."""
    row = Promotion(
        **{
            "model_name": MODEL_NAME,
            "decision": decision,
            "challenger_version": version,
            "champion_version": None,
            "live_version": live or version,
            "reason": "better",
            "actor": "test",
            "evidence": {},
            "dataset_kind": "synthetic",
            "dataset_sha256": "0" * 64,
            "code_commit": "-",
            **({} if signed is None else {name: getattr(signed, name) for name in SignedStatement.__slots__}),
            **other,
        }
    )
    with psycopg.connect(url) as connection:
        return record_promotion(connection, row)
