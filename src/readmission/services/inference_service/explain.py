"""``POST /explain``: why a risk is what it is, in words a clinician knows; stored with the prediction on request."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from readmission.contract.encounter import DiagnosisSystem
from readmission.contract.encounter_input import decode_encounter
from readmission.contract.prediction import PredictionWarning
from readmission.errors import ArtifactError, FieldProblem, InvalidInputError, NotFoundError
from readmission.features.feature_groups import GROUP_TITLES, columns_of_group
from readmission.model.reasons import StoredReasons, group_contributions, open_reasons
from readmission.model.risk_contributions import RiskContributions
from readmission.model.value_warnings import warn_of_values
from readmission.services.inference_service.models.follow_champion import ChampionFollower
from readmission.services.inference_service.models.loaded_model import LoadedModel, load_model
from readmission.services.inference_service.openapi import ENCOUNTER, problem
from readmission.services.inference_service.reader import describe_reader
from readmission.storage.registry.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.storage.serving.explanations import ExplanationStore
from readmission.storage.serving.predictions import PredictionStore
from readmission.web.access import require_scope
from readmission.web.caller import Caller

GROUP_TITLES_ES: dict[str, str] = json.loads(
    Path(__file__).with_name("group_titles_es.json").read_text(encoding="utf-8")
)
"""Names of the clinical groups in Spanish: words of the answer, so they stay out of what trains."""
_VERSIONS_KEPT = 2
_DECIMALS = 9
_LONGEST_ID_BODY = 200
_PREDICT = frozenset({"predict"})

_RESPONSES: dict[int | str, dict[str, Any]] = {
    403: problem("An encounter sent along needs the scope predict."),
    404: problem("No such prediction, or one of another caller's that your key may not read."),
    409: problem("The version's candidate has no exact reasons."),
    422: problem("Fields break the contract, or the patient is not eligible."),
    503: problem("No model is live, or PostgreSQL or the registry is away."),
}
_BY_ID = {
    "type": "object",
    "properties": {"prediction_id": {"type": "string", "format": "uuid", "description": "As the query's."}},
    "required": ["prediction_id"],
    "additionalProperties": False,
}


class Reason(BaseModel):
    """What one group of features adds to a risk."""

    group: str = Field(description="Key of the clinical group.")
    title: str = Field(description="Its name in English.")
    title_es: str = Field(description="Its name in Spanish.")
    contribution: float = Field(description="Added to the base risk; 0.01 is one risk point.")
    columns: dict[str, int | str | None] = Field(description="The encounter's values the group is made of.")


class ExplainedRisk(BaseModel):
    """One risk taken apart: base_risk and all contributions add up to risk."""

    risk: float = Field(ge=0, le=1)
    base_risk: float = Field(ge=0, le=1, description="Risk at the model's average score over its training patients.")
    reasons: list[Reason] = Field(description="Every group, largest contribution first.")


class Explanation(BaseModel):
    """Why both risks are what they are."""

    model_config = ConfigDict(protected_namespaces=())

    prediction_id: UUID | None = Field(description="The stored prediction explained; null for an encounter sent along.")
    model_version: str
    created_at: datetime
    risk_30d: ExplainedRisk
    risk_any: ExplainedRisk
    warnings: list[PredictionWarning] = Field(
        default=[],
        description="Every field whose value no training row had, and every diagnosis that may stand for several.",
    )


class Explainer:
    """Explains encounters with the version that scored them; reads a version's trees at the first question."""

    def __init__(self, follower: ChampionFollower, registry: RegistryReader, local: LocalModels) -> None:
        self._follower = follower
        self._registry = registry
        self._local = local
        self._opened: dict[str, tuple[LoadedModel, StoredReasons]] = {}
        self._opening = asyncio.Lock()

    async def explain(
        self, encounter: Mapping[str, Any], version: str | None, prediction_id: UUID | None
    ) -> Explanation:
        """Take both risks of an encounter apart.

        Args:
            encounter: as the contract allows.
            version: the version to ask; the live one where None.
            prediction_id: for the answer.

        Raises:
            ConflictError: the version's candidate has no exact reasons.
            ArtifactError: the version's files were changed, or do not give the risk it serves.
            UnavailableError: no model is live, or the version's files are out of reach.
        """
        model, reasons = await self._open(version)
        parts = await asyncio.to_thread(reasons.explain, model, encounter)
        risks = {name: _describe(part, reasons, encounter) for name, part in parts.items()}
        (found,) = await asyncio.to_thread(warn_of_values, model, [encounter], [parts["risk_30d"].risk])
        return Explanation(
            prediction_id=prediction_id,
            model_version=model.version,
            created_at=datetime.now(UTC),
            **risks,
            warnings=[PredictionWarning.model_validate(each) for each in found],
        )

    async def _open(self, version: str | None) -> tuple[LoadedModel, StoredReasons]:
        number = version or self._follower.require_live().version
        async with self._opening:
            if number not in self._opened:
                opened = await asyncio.to_thread(self._read, number)
                self._opened = dict([*self._opened.items(), (number, opened)][-_VERSIONS_KEPT:])
            return self._opened[number]

    def _read(self, number: str) -> tuple[LoadedModel, StoredReasons]:
        live = self._follower.live
        if live is not None and live.version == number:
            return live, open_reasons(live.folder, live)
        found = next((each for each in self._registry.list_versions() if each.version == number), None)
        if found is None:
            raise ArtifactError(f"version {number} is not in the registry any more")
        signed = self._follower.signed_hash(number)
        wanted = RememberedVersion(number, signed or found.tags.get(MANIFEST_TAG, ""))
        folder = self._local.fetch(self._registry, wanted)
        model = load_model(folder, wanted.manifest_sha256, number, "registry")
        return model, open_reasons(folder, model)


def _describe(found: RiskContributions, reasons: StoredReasons, encounter: Mapping[str, Any]) -> ExplainedRisk:
    by_group = group_contributions(reasons.encoder, found.by_feature)
    ordered = sorted(by_group.items(), key=lambda item: (-abs(item[1]), item[0]))
    return ExplainedRisk(
        risk=found.risk,
        base_risk=round(found.base_risk, _DECIMALS),
        reasons=[
            Reason(
                group=group,
                title=GROUP_TITLES[group],
                title_es=GROUP_TITLES_ES[group],
                contribution=round(value, _DECIMALS),
                columns={name: encounter.get(name) for name in columns_of_group(group)},
            )
            for group, value in ordered
        ],
    )


def read_prediction_id(body: bytes) -> UUID | None:
    """The id of a body that is ``{"prediction_id": ...}`` and nothing else; None for any other body.

    Raises:
        InvalidInputError: the id is none.
    """
    if len(body) > _LONGEST_ID_BODY:
        return None
    try:
        given = json.loads(body)
    except ValueError:
        return None
    if not isinstance(given, dict) or given.keys() != {"prediction_id"}:
        return None
    try:
        return UUID(given["prediction_id"])
    except (ValueError, TypeError, AttributeError):
        wrong = FieldProblem("prediction_id", "is not an allowed value", "the id of a prediction (UUID)")
        raise InvalidInputError("The prediction cannot be found by this", (wrong,)) from None


def explain_routes(
    explainer: Explainer,
    predictions: PredictionStore,
    explanations: ExplanationStore,
    default_system: DiagnosisSystem,
) -> APIRouter:
    """``POST /explain``; ``default_system`` is that of encounters that name none."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        "/explain",
        summary="Why a risk is what it is: of an encounter, or of a stored prediction",
        responses=_RESPONSES,
        openapi_extra={
            "requestBody": {
                "required": False,
                "description": "One hospital stay, or the id of a stored prediction.",
                "content": {"application/json": {"schema": {"anyOf": [ENCOUNTER, _BY_ID]}}},
            }
        },
    )
    async def explain(
        request: Request,
        caller: Caller,
        prediction_id: Annotated[
            UUID | None, Query(description="Explain this stored prediction, and store the answer with it.")
        ] = None,
    ) -> Explanation:
        """Explains with the live version; a stored prediction with the version that made it, once and for all.

        A key of scope read explains any stored prediction, one of scope predict those it made; that you read it is
        recorded. An encounter sent along needs the scope predict.
        """
        body = await request.body()
        prediction_id = prediction_id or read_prediction_id(body)
        if prediction_id is None:
            require_scope(caller, _PREDICT)
            if not body:
                missing = FieldProblem(
                    "body", "is missing", "an encounter, or the prediction_id of a stored prediction"
                )
                raise InvalidInputError("Nothing to explain was sent", (missing,))
            return await explainer.explain(decode_encounter(body, default_system).encounter, None, None)
        found = await predictions.read(prediction_id, describe_reader(caller, "explanation"))
        if found is None:
            raise NotFoundError(f"There is no prediction {prediction_id}")
        stored = await explanations.find(prediction_id)
        if stored is None:
            made = await explainer.explain(found["encounter"], found["model_version"], prediction_id)
            content = made.model_dump(mode="json")
            stored = await explanations.store(prediction_id, made.model_version, content, caller.name)
        return Explanation.model_validate(stored)

    return router
