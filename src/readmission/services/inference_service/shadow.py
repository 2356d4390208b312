"""Score a challenger in the shadow of the champion: on a share of the traffic, after the answers have left.

A challenger never delays or changes an answer: what it cannot keep up with is dropped and counted.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from readmission.errors import ArtifactError, ReadmissionError
from readmission.observability import metrics
from readmission.services.inference_service.loaded_model import LoadedModel, load_model
from readmission.storage.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry_reader import RegistryReader
from readmission.storage.shadow_predictions import ShadowStore

ALIAS = "challenger"
_MOST_WAITING = 64
"""Batches; beyond, they are dropped."""
_logger = logging.getLogger(__name__)


class _Offered(NamedTuple):
    prediction_ids: list[str]
    encounters: list[dict[str, Any]]


class Shadow:
    """Follows the alias ``challenger`` and scores what it is offered.

    Args:
        registry: where the alias is looked up.
        local: the folder of fetched versions.
        store: where the challenger's answers go.
        share: part of the predictions that it scores, 0 to 1; chosen by the random bits of their ids.
        poll_seconds: time between two looks at the alias.
    """

    def __init__(
        self, registry: RegistryReader, local: LocalModels, store: ShadowStore, share: float, poll_seconds: float
    ) -> None:
        self._registry = registry
        self._local = local
        self._store = store
        self._below = round(share * 2**32)
        self._poll_seconds = poll_seconds
        self._challenger: LoadedModel | None = None
        self._settled: RememberedVersion | None = None
        self._waiting: asyncio.Queue[_Offered] = asyncio.Queue(_MOST_WAITING)

    def offer(self, prediction_ids: Sequence[str], encounters: Sequence[dict[str, Any]]) -> None:
        """Take the chosen share of answered encounters; returns at once."""
        if self._challenger is None:
            return
        chosen = [place for place, identifier in enumerate(prediction_ids) if int(identifier[-8:], 16) < self._below]
        if not chosen:
            return
        try:
            self._waiting.put_nowait(
                _Offered([prediction_ids[place] for place in chosen], [encounters[place] for place in chosen])
            )
        except asyncio.QueueFull:
            metrics.shadow_rows_total.labels("dropped").inc(len(chosen))

    async def follow(self) -> None:
        """Look at the alias now and after every ``poll_seconds``, until cancelled."""
        while self._below:
            try:
                await asyncio.to_thread(self._look)
            except ReadmissionError as error:
                _logger.warning("challenger: %s", error.message)
            await asyncio.sleep(self._poll_seconds)

    async def score(self) -> None:
        """Score what was offered, until cancelled."""
        while self._below:
            offered = await self._waiting.get()
            challenger = self._challenger
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
        decisions = ["flag" if risk >= challenger.threshold else "no_flag" for risk in risks_30d]
        await self._store.insert(challenger.version, offered.prediction_ids, risks_30d, risks_any, decisions)

    def _look(self) -> None:
        found = self._registry.find_alias(ALIAS)
        wanted = None if found is None else RememberedVersion(found.version, found.tags.get(MANIFEST_TAG, ""))
        if wanted == self._settled:
            return
        self._challenger = None
        if wanted is not None:
            try:
                folder = self._local.fetch(self._registry, wanted)
                self._challenger = load_model(folder, wanted.manifest_sha256, wanted.version, "registry")
                _logger.info("challenger is scored in shadow", extra={"model_version": wanted.version})
            except ArtifactError as error:
                metrics.model_refused_total.inc()
                _logger.error("challenger refused", extra={"model_version": wanted.version, "reason": error.message})
        self._settled = wanted
