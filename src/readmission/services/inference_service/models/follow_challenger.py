"""Follow the alias ``challenger``: the version that is tried beside the champion, in shadow or as a canary.

In shadow nobody sees what it answers, so the registry's word is enough. A canary's answers reach callers: it needs the
gate's signature (`readmission allow-canary`).
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from readmission.errors import ArtifactError, ReadmissionError
from readmission.observability import metrics
from readmission.services.inference_service.models.follow_champion import RefusedVersion
from readmission.services.inference_service.models.loaded_model import LoadedModel, load_model
from readmission.storage.registry.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry.registry_reader import RegistryReader

ALIAS = "challenger"
_logger = logging.getLogger(__name__)


class ChallengerFollower:
    """Holds the challenger, checked like a champion; none if nothing has the alias or its version is refused.

    Args:
        registry: where the alias is looked up.
        local: the folder of fetched versions.
        poll_seconds: time between two looks at the alias.
        signed_hash: returns the hash of a version's manifest that the gate signed; None if it signed none.
    """

    def __init__(
        self,
        registry: RegistryReader,
        local: LocalModels,
        poll_seconds: float,
        signed_hash: Callable[[str], str | None],
    ) -> None:
        self._registry = registry
        self._local = local
        self._poll_seconds = poll_seconds
        self._settled: RememberedVersion | None = None
        self._signed_hash = signed_hash
        self.live: LoadedModel | None = None
        self.canary: LoadedModel | None = None
        """The challenger, if it may answer callers."""
        self.refused: RefusedVersion | None = None

    async def follow(self) -> None:
        """Look at the alias now and after every ``poll_seconds``, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._look)
                self._judge_canary()
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
        self.live = self.canary = self.refused = None
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

    def _judge_canary(self) -> None:
        live = self.live
        signed = live is not None and self._signed_hash(live.version) == live.manifest_sha256
        self.canary = live if signed else None

    def explain_no_canary(self) -> RefusedVersion | None:
        """Why the challenger may not answer callers; None if it may, or there is none."""
        if self.live is None or self.canary is not None:
            return None
        version = self.live.version
        reason = f"no canary: the gate has not signed it; see `readmission allow-canary --version {version}`"
        return RefusedVersion(version, reason, self.live.loaded_at)
