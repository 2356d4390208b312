"""A decision about which version is live, as it is recorded, stored and shown."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Decision = Literal["promoted", "kept", "refused", "rolled_back"]


class Promotion(BaseModel):
    """One decision of the gate, or a rollback."""

    # "model_" is pydantic's own prefix; the names are settled by the contract.
    model_config = ConfigDict(protected_namespaces=(), frozen=True)

    model_name: str
    decision: Decision
    challenger_version: str | None
    champion_version: str | None
    live_version: str | None = Field(description="The version that answers from then on; null where none does.")
    reason: str
    actor: str
    evidence: dict[str, Any] = Field(description="All numbers the decision rests on.")
    dataset_kind: str
    dataset_sha256: str
    code_commit: str


class RecordedPromotion(Promotion):
    """A decision as its row of ``audit.promotions`` holds it."""

    promotion_id: int
    decided_at: datetime
