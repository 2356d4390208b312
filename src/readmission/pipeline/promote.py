"""Step `promote`: take the newest version to the gate, sign and record the decision, move the alias.

The decision is durable before the alias moves, and it alone decides what answers. A crash between the two leaves an
alias behind the last decision; the next run of this step moves it before it does anything else.
"""

import time
from dataclasses import asdict
from typing import Any

from readmission.contract.metric_names import CROSS_VALIDATION, read_group
from readmission.contract.prediction import MODEL_NAME
from readmission.contract.promotion import Decision, Promotion
from readmission.errors import ArtifactError, NotFoundError
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.gate import Check, Contestant, GateResult, judge
from readmission.learning.model_card import find_empty_card_items
from readmission.learning.split_data import SplitData
from readmission.model.session import StoredModel, open_model
from readmission.model.signature import ModelSigner, Use
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import decide_alone, record_promotion
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.aligned_alias import move_alias
from readmission.storage.registry.experiment_runs import read_run_metrics
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_champion import find_champion
from readmission.storage.registry.registered_version import RegisteredVersion

_TIMED_ROWS = 100
_TIMED_ROUNDS = 5


def promote_version(
    settings: Settings, actor: str, version: str | None = None, *, dry_run: bool = False
) -> dict[str, Any]:
    """Judge a version against the champion; promote, keep or refuse.

    Args:
        settings: where PostgreSQL and MLflow are.
        actor: who asked, for the record.
        version: the challenger; the newest version where None.
        dry_run: judge, but record nothing and leave the alias where it is.

    Returns:
        Decision, reason, and the versions in question; with ``dry_run`` also every check.

    Raises:
        ConfigurationError: the signing key or the public keys are missing.
        NotFoundError: no version is registered, or not this one.
        ConflictError: the champion was promoted without a signature that counts.
        ArtifactError: the champion's files were changed: nothing can be compared with them.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    registry = ModelRegistry(settings)
    signer = None if dry_run else ModelSigner(settings.signing_key_file, settings.signing.public_keys_file)
    with connect(settings.database.url) as guard, decide_alone(guard):
        aligned = None if dry_run else move_alias(settings, registry)
        challenger = find_challenger(registry, version)
        champion = find_champion(settings, registry)
        validation = load_split(settings, "validation")
        result = take_to_gate(settings, registry, challenger, champion, validation.data)
        before = None if champion is None else champion.version
        if signer is None:
            return {
                "dry_run": True,
                "decision": result.decision,
                "reason": result.reason,
                "challenger": challenger.version,
                "champion": before,
                **result.evidence,
            }
        live = challenger.version if result.decision == "promoted" else before
        row = describe_decision(
            settings,
            validation,
            result,
            decision=result.decision,
            challenger=challenger,
            champion_version=before,
            live_version=live,
            reason=result.reason,
            actor=actor,
        )
        if result.decision == "promoted":
            row = sign(row, signer, challenger, "champion")
        with connect(settings.database.url) as connection:
            promotion_id = record_promotion(connection, row)
        if result.decision == "promoted":
            registry.set_champion(challenger.version)
    return {
        "promotion_id": promotion_id,
        "decision": result.decision,
        "reason": result.reason,
        "challenger": challenger.version,
        "champion_before": before,
        "champion": live,
        "rows": len(validation.data.labels),
        **{key: value for key, value in result.challenger.items() if key.endswith(("roc_auc", "ece"))},
        "repaired_alias": aligned["champion"] if aligned and aligned["moved"] else None,
    }


def describe_decision(
    settings: Settings,
    validation: SplitData,
    result: GateResult,
    *,
    decision: Decision,
    challenger: RegisteredVersion,
    champion_version: str | None,
    live_version: str | None,
    reason: str,
    actor: str,
) -> Promotion:
    """A decision of the gate as a row of the audit, with all it rests on; not yet signed."""
    patients = {
        "sha256": validation.sha256,
        "rows": len(validation.data.labels),
        "patients": validation.data.patient_count,
    }
    return Promotion(
        model_name=MODEL_NAME,
        decision=decision,
        challenger_version=challenger.version,
        champion_version=champion_version,
        live_version=live_version,
        reason=reason,
        actor=actor,
        evidence={**result.evidence, "validation": patients, "tags": challenger.tags},
        dataset_kind=validation.dataset.kind,
        dataset_sha256=validation.dataset.sha256,
        code_commit=settings.code_commit,
    )


def sign(row: Promotion, signer: ModelSigner, version: RegisteredVersion, use: Use) -> Promotion:
    """The decision with the gate's signature of the files that were judged."""
    signed = signer.sign(MODEL_NAME, version.version, version.tags["manifest_sha256"], use)
    return row.model_copy(update=asdict(signed))


def find_challenger(registry: ModelRegistry, version: str | None) -> RegisteredVersion:
    """The version asked for, or the newest.

    Raises:
        NotFoundError: there is none.
    """
    if version is not None:
        return registry.find_version(version)
    versions = registry.list_versions()
    if not versions:
        raise NotFoundError("no model version is registered yet: run `readmission train` first")
    return versions[0]


def take_to_gate(
    settings: Settings,
    registry: ModelRegistry,
    challenger: RegisteredVersion,
    champion: RegisteredVersion | None,
    validation: LabelledEncounters,
) -> GateResult:
    """Score the validation patients with both versions' own files, and judge.

    A challenger whose files were changed, or whose probe gives other answers, is refused.
    """
    theirs = None if champion is None else _score(settings, registry, champion, validation)
    try:
        ours = _score(settings, registry, challenger, validation)
    except ArtifactError as error:
        check = Check("artifact", error.message, "files as recorded, probe as expected", False)
        return GateResult("refused", f"refused: {error.message}", [check], {}, None)
    return judge(ours, theirs, validation)


def _score(
    settings: Settings, registry: ModelRegistry, version: RegisteredVersion, validation: LabelledEncounters
) -> Contestant:
    metrics = read_run_metrics(settings.mlflow_tracking_uri, version.run_id)
    recorded = version.tags.get("manifest_sha256")
    if recorded is None:
        raise ArtifactError(f"version {version.version} has no tag manifest_sha256: nothing vouches for its files")
    with registry.download(version) as folder:
        model = open_model(folder, recorded)
        return Contestant(
            version=version.version,
            model_hash=model.manifest.model_hash,
            dataset_kind=model.manifest.dataset["kind"],
            probabilities=model.score(validation.encounters).astype("float64"),
            encoder=model.encoder,
            threshold=model.manifest.threshold,
            row_seconds=_time_one_answer(model, validation),
            origin={
                "dataset_sha256": model.manifest.dataset["sha256"],
                "training_data_sha256": model.manifest.training_data_sha256,
                "code_commit": model.manifest.code_commit,
                "seed": str(model.manifest.seed),
                "manifest_sha256": recorded,
            },
            cross_validated=read_group(metrics, CROSS_VALIDATION),
            empty_card_items=find_empty_card_items(folder, model.manifest),
        )


def _time_one_answer(model: StoredModel, validation: LabelledEncounters) -> float:
    """Processor time of one answer, encoding included: the least of several rounds, which noise only adds to."""
    some = list(validation.encounters[:_TIMED_ROWS])
    rounds = []
    for _ in range(_TIMED_ROUNDS):
        started = time.process_time()
        for encounter in some:
            model.score_features(model.encoder.encode_one(encounter))
        rounds.append((time.process_time() - started) / len(some))
    return min(rounds)
