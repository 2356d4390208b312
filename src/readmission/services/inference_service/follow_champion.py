"""Follow the registry's alias: fetch, check and swap in each new champion while requests run."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from readmission.errors import ArtifactError, ReadmissionError, UnavailableError
from readmission.observability import metrics
from readmission.services.inference_service.loaded_model import LoadedModel, load_model
from readmission.storage.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry_reader import RegisteredVersion, RegistryReader

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RefusedVersion:
    """A version that must not answer, and why."""

    version: str
    reason: str
    refused_at: datetime


class ChampionFollower:
    """Holds the live model. Reading :attr:`live` is all a request does; a swap is one assignment.

    A version that fails its checks is refused once and left alone until the alias moves; the version
    before it goes on answering. While the registry is away, so does whatever is live; at start it is the
    local copy of the version that was live last.
    """

    def __init__(self, registry: RegistryReader, local: LocalModels, alias: str, poll_seconds: float) -> None:
        self._registry = registry
        self._local = local
        self._alias = alias
        self._poll_seconds = poll_seconds
        self._settled: RememberedVersion | None = None
        self.live: LoadedModel | None = None
        self.refused: dict[str, RefusedVersion] = {}
        self.registry_problem: str | None = "the registry has not been asked yet"

    def require_live(self) -> LoadedModel:
        """The live model.

        Raises:
            UnavailableError: there is none yet.
        """
        if self.live is None:
            raise UnavailableError(f"no model is live yet: {self.registry_problem or self._last_refusal()}")
        return self.live

    async def look(self) -> None:
        """Look at the alias once; a new champion is live when this returns. Trouble is logged, not raised."""
        try:
            await asyncio.to_thread(self._look)
        except Exception:
            _logger.exception("following the alias failed; trying again")

    async def follow(self) -> None:
        """Look at the alias after every ``poll_seconds``, until cancelled."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            await self.look()

    def _look(self) -> None:
        try:
            found = self._registry.find_alias(self._alias)
        except UnavailableError as error:
            self._note_registry(error.message)
            if self.live is None:
                self._open_local_copy()
            return
        if found is None:
            self._note_registry(f"no version has the alias {self._alias}")
            return
        try:
            self._take(found)
        except UnavailableError as error:  # the files could not be fetched: try again at the next look
            self._note_registry(error.message)
            if self.live is None:
                self._open_local_copy()
            return
        self._note_registry(None)

    def _take(self, found: RegisteredVersion) -> None:
        wanted = RememberedVersion(found.version, found.tags.get(MANIFEST_TAG, ""))
        if wanted == self._settled:
            return
        try:
            if not wanted.manifest_sha256:
                raise ArtifactError(f"version {found.version} has no tag {MANIFEST_TAG}")
            folder = self._local.fetch(self._registry, wanted)
            self._go_live(load_model(folder, wanted.manifest_sha256, wanted.version, "registry"))
            self._local.remember_champion(wanted)
        except ArtifactError as error:
            self._refuse(wanted.version, error.message)
        self._settled = wanted

    def _open_local_copy(self) -> None:
        remembered = self._local.recall_champion()
        if remembered is None:
            return
        try:
            folder = self._local.find(remembered)
            self._go_live(load_model(folder, remembered.manifest_sha256, remembered.version, "local copy"))
        except ReadmissionError as error:
            self._refuse(remembered.version, error.message)
        else:
            self._settled = remembered

    def _go_live(self, model: LoadedModel) -> None:
        before, self.live = self.live, model
        self.refused.pop(model.version, None)
        if before is not None and before.version != model.version:
            metrics.model_live_info.labels(before.version).set(0)
            metrics.model_swaps_total.inc()
        metrics.model_live_info.labels(model.version).set(1)
        _logger.info("model is live", extra={"model_version": model.version, "source": model.source})

    def _refuse(self, version: str, reason: str) -> None:
        known = self.refused.get(version)
        if known is None or known.reason != reason:
            metrics.model_refused_total.inc()
            _logger.error("model version refused", extra={"model_version": version, "reason": reason})
        self.refused[version] = RefusedVersion(version, reason, datetime.now(UTC))

    def _note_registry(self, problem: str | None) -> None:
        if problem != self.registry_problem and problem is not None:
            _logger.warning("registry: %s", problem)
        self.registry_problem = problem
        metrics.registry_polls_total.labels("failed" if problem else "ok").inc()

    def _last_refusal(self) -> str:
        refused = list(self.refused.values())
        return refused[-1].reason if refused else "it is being loaded"
