"""The replay: predict a month, learn the last one's outcomes, take in its data, look, train if there is a reason."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from readmission.client import InferenceClient, Retries
from readmission.contract.outcome import MOST_OUTCOMES
from readmission.errors import PlatformError, UnavailableError
from readmission.local.stages import Stage
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.list_batches import list_served_batches
from readmission.pipeline.monitor import estimate, monitor, realise
from readmission.pipeline.profile_columns import profile_columns
from readmission.pipeline.promote import promote_version
from readmission.pipeline.request_retraining import request_retraining, watch_arrivals
from readmission.pipeline.train import train_best_candidate
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from readmission.simulation.months import Month
from readmission.simulation.parts import Parts
from readmission.storage.pipeline.monitoring import MonitoredPrediction, PerformanceRow, read_predictions
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.recorded_model import find_live

ACTOR = "simulate"
CANDIDATE = "lightgbm"
STEPS_A_MONTH = 6
Say = Callable[[str], None]


@dataclass(slots=True)
class Progress:
    """What is being done, and how much of it is: :data:`STEPS_A_MONTH` steps a month and one at the end."""

    bar: Stage
    total: int
    done: int = 0
    what: str = ""

    def say(self, what: str) -> None:
        """Show what is being done."""
        self.what = what
        self.bar.advance_to(self.done, self.total, what)

    def advance(self) -> None:
        """A step is done."""
        self.done += 1
        self.bar.advance_to(self.done, self.total, self.what, plain=False)


@dataclass(slots=True)
class MonthResult:
    """What a month showed.

    ``estimated`` before labels, ``realised`` once they were in (a month later); ``drifted`` columns of its
    predictions; ``retrained`` and ``decision`` of the gate at its end, if there was a reason.
    """

    number: int
    shifted: bool
    version: str
    predictions: int
    estimated: list[PerformanceRow]
    realised: list[PerformanceRow] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    decision: str = ""


def train_first(parts: Parts, say: Say) -> dict[str, Any]:
    """Store the history and train the first champion, by the steps of the DAGs.

    Raises:
        PlatformError: the gate refuses it; the message says why.
    """
    say("history: storing")
    _take_in(parts.settings)
    decision = _train(parts, say, "history")
    if decision["decision"] != "promoted":
        raise PlatformError(f"the first champion is refused: {decision['reason']}")
    return decision


def replay(parts: Parts, months: Sequence[Month], progress: Progress) -> list[MonthResult]:
    """Live through months that follow the history.

    Args:
        parts: running parts, with a champion.
        months: in order.
        progress: told of each step.
    """
    say, advance = progress.say, progress.advance
    results: list[MonthResult] = []
    predicted: list[list[MonitoredPrediction]] = []
    for index, month in enumerate(months):
        say(f"{month.name}: predicting {len(month.encounters)} discharges")
        version = _await_champion(parts)
        predicted.append(_predict(parts, month, version))
        settings = parts.settings
        estimated = estimate(predicted[-1], version, settings.seed)
        results.append(MonthResult(month.number, month.shifted, version, len(month.encounters), estimated))
        advance()
        if index:
            say(f"{month.name}: outcomes of the month before")
            results[-2].realised = _learn_outcomes(parts, months[index - 1], results[-2].version)
            advance()
            say(f"{month.name}: data of the month before")
            _deliver(parts, months[index - 1])
        else:
            advance()
        arrived = watch_arrivals(settings, ACTOR)
        if arrived["wanted"]:
            _take_in(settings)
        advance()
        say(f"{month.name}: monitoring")
        found = monitor(settings)
        results[-1].drifted = sorted(
            {column for each in found["comparisons"] if each["subject"] == "predictions" for column in each["drifted"]}
        )
        advance()
        asked = request_retraining(settings, ACTOR)
        reasons = [*asked["reasons"], *(["new data"] if arrived["wanted"] else [])]
        advance()
        if reasons:
            decision = _train(parts, say, month.name)
            results[-1].reasons, results[-1].decision = reasons, decision["decision"]
        advance()
    say("outcomes of the last month")
    results[-1].realised = _learn_outcomes(parts, months[-1], results[-1].version)
    monitor(parts.settings)
    advance()
    return results


def _take_in(settings: Settings) -> None:
    """What fetch_and_store_diabetes_data and diabetes_etl do."""
    for batch in list_served_batches(settings)["batches"]:
        ingest_batch(settings, batch["split"], batch["number"])
        transform_batch(settings, batch["split"], batch["number"])


def _train(parts: Parts, say: Say, when: str) -> dict[str, Any]:
    """What diabetes_model_pipeline does, with one candidate."""
    say(f"{when}: training")
    profile_columns(parts.settings)
    cross_validate_candidate(parts.settings, CANDIDATE)
    train_best_candidate(parts.settings)
    return promote_version(parts.gate_settings, ACTOR)


def _await_champion(parts: Parts) -> str:
    """The champion's version, once the inference service answers with it."""
    champion = find_live(parts.settings)
    if champion is None:
        raise PlatformError("the simulation has no champion")
    deadline = time.monotonic() + 60
    live: dict[str, Any] | None = None
    while time.monotonic() < deadline:
        with suppress(UnavailableError), _ask(parts) as client:
            live = client.list_models()["live"]
        if live is not None and live["version"] == champion.version:
            return champion.version
        time.sleep(0.1)
    raise PlatformError(f"the inference service did not take version {champion.version}: {live}")


def _predict(parts: Parts, month: Month, version: str) -> list[MonitoredPrediction]:
    """Predict a month over HTTP and read the stored rows back."""
    with _ask(parts) as client:
        refused = [row for row in client.predict_batch(month.encounters) if row.get("problem")]
    if refused:
        raise PlatformError(f"{month.name}: {len(refused)} encounters refused, first: {refused[0]}")
    with connect(parts.settings.serving_database.url) as connection:
        return _of_month(read_predictions(connection, version, len(month.encounters), 1, labelled=False), month)


def _learn_outcomes(parts: Parts, month: Month, version: str) -> list[PerformanceRow]:
    """Report a month's outcomes over HTTP and measure the month."""
    with _ask(parts) as client:
        for start in range(0, len(month.outcomes), MOST_OUTCOMES):
            client.report_outcomes(month.outcomes[start : start + MOST_OUTCOMES])
    with connect(parts.settings.serving_database.url) as connection:
        known = read_predictions(connection, version, 10**6, 1, labelled=True)
    return realise(_of_month(known, month), version, parts.settings.seed)


def _ask(parts: Parts) -> InferenceClient:
    return InferenceClient(parts.inference_url, retries=Retries(attempts=1), idempotent=False, timeout_seconds=300)


def _of_month(predictions: list[MonitoredPrediction], month: Month) -> list[MonitoredPrediction]:
    wanted = {encounter["encounter_id"] for encounter in month.encounters}
    return [each for each in predictions if each.encounter_id in wanted]


def _deliver(parts: Parts, month: Month) -> None:
    """Hand a month's rows, labels included, to the data service."""
    key = parts.settings.data_service.admin_key
    headers = {"content-type": "text/csv", "X-API-Key": key.get_secret_value() if key else ""}
    answer = httpx.put(
        f"{parts.data_url}/arrivals/{month.name}", content=month.csv, headers=headers, timeout=300, trust_env=False
    )
    if answer.status_code != httpx.codes.CREATED:
        raise PlatformError(f"{month.name}: the data service answers {answer.status_code}: {answer.text[:300]}")
