"""Score a challenger in the shadow of the champion: on a share of the traffic, after the answers have left.

A challenger never delays or changes an answer: what it cannot keep up with is dropped and counted.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from readmission.observability import metrics
from readmission.services.inference_service.models.follow_challenger import ChallengerFollower
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.storage.serving.shadow_predictions import ShadowStore

_MOST_WAITING = 64
"""Batches; beyond, they are dropped."""
_logger = logging.getLogger(__name__)


class _Offered(NamedTuple):
    prediction_ids: list[str]
    encounters: list[dict[str, Any]]


class Shadow:
    """Scores what it is offered with the challenger.

    Args:
        challenger: is followed elsewhere.
        store: where the challenger's answers go.
        share: part of the predictions that it scores, 0 to 1; chosen by the random bits of their ids.
    """

    def __init__(self, challenger: ChallengerFollower, store: ShadowStore, share: float) -> None:
        self._challenger = challenger
        self._store = store
        self._below = round(share * 2**32)
        self._waiting: asyncio.Queue[_Offered] = asyncio.Queue(_MOST_WAITING)

    def offer(self, version: str, prediction_ids: Sequence[str], encounters: Sequence[dict[str, Any]]) -> None:
        """Take the chosen share of encounters a version has answered; returns at once."""
        challenger = self._challenger.live
        if challenger is None or challenger.version == version:
            return
        chosen = [index for index, identifier in enumerate(prediction_ids) if int(identifier[-8:], 16) < self._below]
        if not chosen:
            return
        try:
            self._waiting.put_nowait(
                _Offered([prediction_ids[index] for index in chosen], [encounters[index] for index in chosen])
            )
        except asyncio.QueueFull:
            metrics.shadow_rows_total.labels("dropped").inc(len(chosen))

    async def score(self) -> None:
        """Score what was offered, until cancelled."""
        while self._below:
            offered = await self._waiting.get()
            challenger = self._challenger.live
            if challenger is None:
                continue
            try:
                await self._score(challenger, offered)
                metrics.shadow_rows_total.labels("stored").inc(len(offered.prediction_ids))
            except Exception as error:  # noqa: BLE001, RUF100 - a challenger's failure is never the service's
                metrics.shadow_rows_total.labels("failed").inc(len(offered.prediction_ids))
                _logger.warning("a challenger's answers were not stored: %s", type(error).__name__)

    async def _score(self, challenger: LoadedModel, offered: _Offered) -> None:
        risks_30d, risks_any = await asyncio.to_thread(challenger.predict_risks, offered.encounters)
        decisions = ["flag" if risk >= challenger.manifest.threshold else "no_flag" for risk in risks_30d]
        await self._store.insert(challenger.version, offered.prediction_ids, risks_30d, risks_any, decisions)
