"""Repository of ``serving.outcomes``: every report of what became of a patient, none ever changed.

The newest report of a prediction counts (view ``serving.latest_outcomes``); the ones before are its history.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from readmission.contract.outcome import Outcome, OutcomesStored
from readmission.errors import FieldProblem, InvalidInputError, NotFoundError
from readmission.storage.postgres.connection import connect
from readmission.storage.serving.keyed_requests import ADD, FIND, KeyedRequest

_LOCK_KEY = 7_296_004
_MOST_PROBLEMS = 100


def record_outcomes(
    url: SecretStr | None,
    outcomes: Sequence[Outcome],
    source: str,
    asked_by: str,
    keyed: KeyedRequest | None = None,
) -> OutcomesStored:
    """Store outcomes, all of them or none.

    Args:
        url: libpq URL of the serving role.
        outcomes: in the order they were reported.
        source: where they came from, for the history.
        asked_by: name of the caller's key, or the user, for the history.
        keyed: the caller's ``Idempotency-Key``; if it was used before, nothing is added.

    Raises:
        InvalidInputError: two outcomes of one prediction differ; nothing is stored.
        NotFoundError: an id is not that of a stored prediction; each is named, nothing is stored.
        InvalidInputError: the key was used with other outcomes.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(url, "READMISSION_SERVING_DATABASE__URL") as connection:
        # One reporter at a time: what is a correction depends on what came before.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        if keyed is not None:
            sent = psycopg.RawCursor(connection, row_factory=dict_row).execute(FIND, keyed[:3]).fetchone()
            if sent is not None:
                keyed.check_same(sent)
                return OutcomesStored.model_validate(sent["answer"])
        rows = _find_predictions(connection, outcomes)
        known = _latest(connection, [prediction for prediction, _ in rows])
        kinds = []
        for prediction, readmitted in rows:
            before = known.get(prediction)
            kinds.append("first" if before is None else "duplicate" if before == readmitted else "correction")
            known[prediction] = readmitted
        connection.execute(
            "INSERT INTO serving.outcomes (prediction_id, readmitted, kind, source, asked_by) SELECT report.*, %s, %s"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[]) report",
            (source, asked_by, [row[0] for row in rows], [row[1] for row in rows], kinds),
        )
        answer = OutcomesStored.model_validate({"first": 0, "duplicate": 0, "correction": 0} | Counter(kinds))
        if keyed is not None:
            psycopg.RawCursor(connection).execute(ADD, (*keyed, Jsonb(answer.model_dump())))
    return answer


def _find_predictions(connection: psycopg.Connection, outcomes: Sequence[Outcome]) -> list[tuple[UUID, str]]:
    """Prediction and outcome of each report; an encounter may have several predictions."""
    by_prediction = [outcome.prediction_id for outcome in outcomes if outcome.prediction_id is not None]
    by_encounter = [outcome.encounter_id for outcome in outcomes if outcome.encounter_id is not None]
    found = connection.execute(
        "SELECT prediction_id FROM serving.predictions WHERE prediction_id = ANY(%s)", (by_prediction,)
    )
    predictions = {row[0] for row in found}
    encounters: dict[int, list[UUID]] = {}
    for encounter_id, prediction_id in connection.execute(
        "SELECT encounter_id, prediction_id FROM serving.predictions WHERE encounter_id = ANY(%s)", (by_encounter,)
    ):
        encounters.setdefault(encounter_id, []).append(prediction_id)
    rows: list[tuple[UUID, str]] = []
    said: dict[UUID, tuple[int, str]] = {}
    contradictions = []
    problems = []
    for index, outcome in enumerate(outcomes):
        if outcome.prediction_id is not None:
            chosen = [outcome.prediction_id] if outcome.prediction_id in predictions else []
            name, wanted = "prediction_id", "the id of a stored prediction"
        else:
            chosen = encounters.get(outcome.encounter_id or 0, [])
            name, wanted = "encounter_id", "an encounter with a stored prediction"
        if not chosen:
            problems.append(FieldProblem(f"{index}.{name}", "is unknown", wanted))
        for prediction in chosen:
            before, label = said.setdefault(prediction, (index, outcome.readmitted))
            if label != outcome.readmitted:
                contradictions.append(
                    FieldProblem(f"{index}.readmitted", f"contradicts outcome {before} of the same prediction")
                )
        rows += [(prediction, outcome.readmitted) for prediction in chosen]
    if problems:
        message = f"{len(problems)} of {len(outcomes)} outcomes belong to no stored prediction; nothing was stored"
        raise NotFoundError(message, tuple(problems[:_MOST_PROBLEMS]))
    if contradictions:
        message = f"{len(contradictions)} of {len(outcomes)} outcomes contradict another one; nothing was stored"
        raise InvalidInputError(message, tuple(contradictions[:_MOST_PROBLEMS]))
    return rows


def _latest(connection: psycopg.Connection, predictions: list[UUID]) -> dict[UUID, str]:
    found = connection.execute(
        "SELECT prediction_id, readmitted FROM serving.latest_outcomes WHERE prediction_id = ANY(%s)", (predictions,)
    )
    return {row[0]: row[1] for row in found}
