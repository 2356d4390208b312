"""What the service's other answers look like (the prediction itself: contract/prediction.py)."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from readmission.contract.prediction import Prediction


class _Answer(BaseModel):
    # "model_" is pydantic's own prefix; the names are settled by the contract.
    model_config = ConfigDict(protected_namespaces=())


class StoredPrediction(Prediction):
    """A prediction as stored, with the encounter it was made for."""

    encounter_id: int | None = Field(description="Identifier of the hospital stay, if one was sent.")
    patient_nbr: int | None = Field(description="Identifier of the patient, if one was sent.")
    encounter: dict[str, int | str | None] = Field(
        description="What was scored: every input column, null if missing, None for a test not measured."
    )
    asked_by: str | None = Field(description="Name of the key it was asked with; null if it was not recorded yet.")


class BaseRisk(_Answer):
    """Risks of the average patient the version was trained on."""

    risk_30d: float = Field(ge=0, le=1)
    risk_any: float = Field(ge=0, le=1)


class LiveModel(_Answer):
    """The version that answers."""

    version: str
    loaded_at: datetime = Field(description="When this process put the version live (UTC).")
    source: Literal["registry", "local copy"] = Field(description="Where its files came from.")
    threshold: float = Field(ge=0, le=1, description="Threshold on risk_30d it decides by.")
    candidate: str = Field(description="Name of the candidate it was trained as.")
    model_hash: str = Field(description="SHA-256 over the hashes of the version's files.")
    dataset_kind: str = Field(description="Kind of data it was trained on: uci, file or synthetic.")
    dataset_sha256: str = Field(description="SHA-256 of the data set it was trained on.")
    base_risk: BaseRisk = Field(description="Risks of the average patient.")
    risk_quantiles: dict[str, list[float]] = Field(
        description="0th to 100th percentile of risk_30d and risk_any among all discharges; empty in older models."
    )


class ModelVersion(_Answer):
    """One registered version."""

    version: str
    aliases: list[str]
    tags: dict[str, str]
    created_at: datetime


class RecordedModel(_Answer):
    """The version that shall answer by the record: the last signed decision of ``audit.promotions``."""

    version: str
    promotion_id: int = Field(description="Number of the decision in GET /promotions.")
    signing_key: str = Field(description="Id of the gate's key that signed it.")


class CustodyProblem(_Answer):
    """Something does not fit between the record, the registry's alias and what answers."""

    problem: Literal["not-recorded", "alias-elsewhere", "alias-behind", "not-signed", "not-confirmed"]
    title: str
    detail: str


class RefusedModel(_Answer):
    """A version this process refused, and why."""

    version: str
    reason: str
    refused_at: datetime


class Models(_Answer):
    """The live version and all the registry knows."""

    model_name: str
    alias: str = Field(description="The alias that mirrors the record; the service does not obey it.")
    live: LiveModel | None
    recorded: RecordedModel | None = Field(description="What shall answer; null before the first promotion.")
    custody_problems: list[CustodyProblem] = Field(description="Empty while live version, record and alias agree.")
    challenger: LiveModel | None = Field(description="The version tried in shadow or as a canary; null if none is.")
    versions: list[ModelVersion] = Field(description="Newest first; empty while the registry is away.")
    refused: list[RefusedModel]
    registry_problem: str | None = Field(description="Why the registry could not be read, else null.")
