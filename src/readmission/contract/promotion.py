"""A decision about which version is live, as it is recorded, stored and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Decision = Literal["promoted", "kept", "refused", "rolled_back", "signed", "canary_allowed"]


class Promotion(BaseModel):
    """One decision of the gate, or a rollback. What makes a version live carries what the gate signed of it."""

    # "model_" is pydantic's own prefix; the names are settled by the contract.
    model_config = ConfigDict(protected_namespaces=(), frozen=True)

    model_name: str
    decision: Decision
    challenger_version: str | None
    champion_version: str | None
    live_version: str | None = Field(description="The version that answers from then on; null if none does.")
    reason: str
    actor: str
    evidence: dict[str, Any] = Field(description="All numbers the decision rests on.")
    dataset_kind: str
    dataset_sha256: str
    code_commit: str
    statement: str | None = Field(
        default=None, description="What the gate signed: an in-toto statement; null if nothing."
    )
    signature: str | None = Field(default=None, description="The Ed25519 signature of the statement, in base64.")
    signing_key: str | None = Field(default=None, description="Id of the key that signed it.")


@dataclass(frozen=True, slots=True)
class RollBack:
    """A return to a version that was promoted before. What it was promoted with, PostgreSQL looks up by itself."""

    model_name: str
    version: str
    actor: str
    reason: str
    evidence: Mapping[str, Any]
    code_commit: str


class RecordedPromotion(Promotion):
    """A decision as its row of ``audit.promotions`` holds it."""

    promotion_id: int
    decided_at: datetime
