"""Follow the alias ``challenger``: the version that is tried beside the champion, in shadow or as a canary."""

import asyncio
import logging
from datetime import UTC, datetime

from readmission.errors import ArtifactError, ReadmissionError
from readmission.observability import metrics
from readmission.services.inference_service.follow_champion import RefusedVersion
from readmission.services.inference_service.loaded_model import LoadedModel, load_model
from readmission.storage.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry_reader import RegistryReader

ALIAS = "challenger"
_logger = logging.getLogger(__name__)


class ChallengerFollower:
    """Holds the challenger, checked like a champion; none where nothing has the alias or its version is refused.

    Args:
        registry: where the alias is looked up.
        local: the folder of fetched versions.
        poll_seconds: time between two looks at the alias.
    """

    def __init__(self, registry: RegistryReader, local: LocalModels, poll_seconds: float) -> None:
        self._registry = registry
        self._local = local
        self._poll_seconds = poll_seconds
        self._settled: RememberedVersion | None = None
        self.live: LoadedModel | None = None
        self.refused: RefusedVersion | None = None

    async def follow(self) -> None:
        """Look at the alias now and after every ``poll_seconds``, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._look)
            except ReadmissionError as error:
                _logger.warning("challenger: %s", error.message)
            except Exception:
                _logger.exception("following the challenger failed; trying again")
            await asyncio.sleep(self._poll_seconds)

    def _look(self) -> None:
        found = self._registry.find_alias(ALIAS)
        wanted = None if found is None else RememberedVersion(found.version, found.tags.get(MANIFEST_TAG, ""))
        if wanted == self._settled:
            return
        self.live = self.refused = None
        if wanted is not None:
            try:
                folder = self._local.fetch(self._registry, wanted)
                self.live = load_model(folder, wanted.manifest_sha256, wanted.version, "registry")
                _logger.info("challenger is followed", extra={"model_version": wanted.version})
            except ArtifactError as error:
                metrics.model_refused_total.inc()
                self.refused = RefusedVersion(wanted.version, error.message, datetime.now(UTC))
                _logger.error("challenger refused", extra={"model_version": wanted.version, "reason": error.message})
        self._settled = wanted
