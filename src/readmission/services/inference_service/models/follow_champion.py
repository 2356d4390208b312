"""Follow the record: what ``audit.promotions`` says is live, signed by the gate, is fetched, checked and swapped in.

The registry is a store of files here. Its alias is only compared: moved elsewhere, it is reported, not obeyed.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from readmission.errors import ArtifactError, ConfigurationError, ReadmissionError, UnavailableError
from readmission.model.signature import TrustedKeys, read_public_keys, verify_statement
from readmission.observability import metrics
from readmission.services.inference_service.models.loaded_model import LoadedModel, load_model
from readmission.storage.registry.local_models import LocalModels, RememberedVersion
from readmission.storage.registry.record_reader import RecordReader
from readmission.storage.registry.recorded_model import ModelRecord, RecordedVersion
from readmission.storage.registry.registry_reader import RegistryReader

_logger = logging.getLogger(__name__)
CUSTODY_PROBLEMS = {
    "not-recorded": "the live version is not the recorded one",
    "alias-elsewhere": "the registry's alias names no version the gate signed",
    "alias-behind": "the registry's alias names a version that was live before",
    "not-signed": "the newest decision is not signed by a trusted key",
    "not-confirmed": "the record cannot be read now",
}
"""What may be wrong between the record, the registry and what answers; the label ``problem`` of its metric."""


@dataclass(frozen=True, slots=True)
class RefusedVersion:
    """A version that must not answer, and why."""

    version: str
    reason: str
    refused_at: datetime


class ChampionFollower:
    """Holds the live model. Reading :attr:`live` is all a request does; a swap is one assignment.

    A version that fails its checks is refused once and left alone until the record changes; the version before it goes
    on answering. While PostgreSQL or the registry is away, so does whatever is live; at start it is the local copy of
    the version that was live last, if its signature and hashes still hold.

    Args:
        record: reads ``audit.promotions``.
        registry: where versions' files are.
        local: the folder of fetched versions.
        public_keys_file: the keys whose signatures count; read again at every look.
        alias: the alias that should mirror the record.
        poll_seconds: time between two looks.

    Raises:
        ConfigurationError: there are no public keys.
    """

    def __init__(
        self,
        record: RecordReader,
        registry: RegistryReader,
        local: LocalModels,
        public_keys_file: Path | None,
        alias: str,
        poll_seconds: float,
    ) -> None:
        self._reader = record
        self._registry = registry
        self._local = local
        self._public_keys_file = public_keys_file
        self._keys: TrustedKeys = read_public_keys(public_keys_file)
        self._alias = alias
        self._poll_seconds = poll_seconds
        self._settled: RememberedVersion | None = None
        self.live: LoadedModel | None = None
        self.record: ModelRecord | None = None
        self.refused: dict[str, RefusedVersion] = {}
        self.problems: dict[str, str] = {}
        self._registry_problem: str | None = None
        self.waiting_for: str | None = "the record of promotions has not been read yet"

    def require_live(self) -> LoadedModel:
        """The live model.

        Raises:
            UnavailableError: there is none yet.
        """
        if self.live is None:
            raise UnavailableError(f"no model is live yet: {self.waiting_for or self._last_refusal()}")
        return self.live

    async def look(self) -> None:
        """Look at the record once; a new champion is live when this returns. Trouble is logged, not raised."""
        try:
            self._read_keys()
            found: dict[str, str] = {}
            try:
                self.record = await self._reader.read(self._keys)
            except UnavailableError as error:
                found["not-confirmed"] = error.message
                if self.live is None:
                    await asyncio.to_thread(self._open_local_copy, error.message)
            else:
                await asyncio.to_thread(self._take, self.record)
            found |= await asyncio.to_thread(self._compare)
            self._note_problems(found)
        except Exception:
            _logger.exception("following the record failed; trying again")

    async def follow(self) -> None:
        """Look at the record after every ``poll_seconds``, until cancelled."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            await self.look()

    def signed_hash(self, version: str) -> str | None:
        """The hash of a version's manifest that the gate signed, or None if it never signed that version."""
        found = None if self.record is None else self.record.find(version)
        return None if found is None else found.manifest_sha256

    def _read_keys(self) -> None:
        try:
            self._keys = read_public_keys(self._public_keys_file)
        except ConfigurationError as error:  # half written, perhaps: the keys read before go on counting
            _logger.warning("%s", error.message)

    def _take(self, record: ModelRecord) -> None:
        """Make the recorded version live, if it is not."""
        if record.live is None:
            self.waiting_for = record.not_trusted[0] if record.not_trusted else "no version was promoted yet"
            return
        wanted = RememberedVersion(record.live.version, record.live.manifest_sha256)
        if wanted == self._settled:
            return
        try:
            if self.live is None or not _is_same(self.live, record.live):
                self._go_live(self._load(wanted))
            self._local.remember_champion(wanted, record.live.signed)
        except ArtifactError as error:
            self._refuse(wanted.version, error.message)
        except UnavailableError as error:  # the files could not be fetched: try again at the next look
            self.waiting_for = error.message
            _logger.warning("the recorded version cannot be fetched: %s", error.message)
            if self.live is None:
                self._open_local_copy(error.message)
            return
        self._settled = wanted
        self.waiting_for = None
        if self.live is None:
            self._open_local_copy(self._last_refusal())

    def _load(self, wanted: RememberedVersion) -> LoadedModel:
        """Open a version from this disk if its files are whole here, else from the registry."""
        here = self._local.find_whole(wanted)
        folder = here or self._local.fetch(self._registry, wanted)
        return load_model(folder, wanted.manifest_sha256, wanted.version, "local copy" if here else "registry")

    def _open_local_copy(self, why: str) -> None:
        """Start on the version that was live last: what the gate signed and every hash are checked again from disk."""
        signed = self._local.recall_champion()
        if signed is None:
            self.waiting_for = f"{why}; and there is no local copy of a signed version"
            return
        version = "?"
        try:
            said = verify_statement(signed, self._keys)
            version = said.model_version
            if said.use != "champion":
                raise ArtifactError("the local copy is of a canary")
            kept = RememberedVersion(said.model_version, said.manifest_sha256)
            folder = self._local.find(kept)
            self._go_live(load_model(folder, kept.manifest_sha256, kept.version, "local copy"))
            self.waiting_for = None
        except ReadmissionError as error:
            self._refuse(version, error.message)
            self.waiting_for = f"{why}; and the local copy is refused: {error.message}"

    def _compare(self) -> dict[str, str]:
        """What is wrong between the record, the alias and what answers."""
        found: dict[str, str] = {}
        record = self.record
        if record is not None:
            if record.not_trusted:
                found["not-signed"] = record.not_trusted[0]
            if self.live is not None and (record.live is None or not _is_same(self.live, record.live)):
                recorded = "no version" if record.live is None else f"version {record.live.version}"
                found["not-recorded"] = f"version {self.live.version} answers, {recorded} is recorded"
        try:
            alias = self._registry.find_alias(self._alias)
        except UnavailableError as error:
            self._note_registry(error.message)
            return found
        self._note_registry(None)
        if record is None or record.live is None or (alias is not None and alias.version == record.live.version):
            return found
        names = "no version" if alias is None else f"version {alias.version}"
        detail = (
            f"the alias {self._alias} names {names}, version {record.live.version} is recorded and goes on answering"
        )
        was_live = alias is not None and record.find_champion(alias.version) is not None
        found["alias-behind" if was_live else "alias-elsewhere"] = detail
        return found

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

    def _note_problems(self, found: dict[str, str]) -> None:
        for problem, detail in found.items():
            if self.problems.get(problem) != detail:
                _logger.warning("%s: %s", CUSTODY_PROBLEMS[problem], detail)
        self.problems = found
        for problem in CUSTODY_PROBLEMS:
            metrics.model_custody_problem.labels(problem).set(int(problem in found))

    def _note_registry(self, problem: str | None) -> None:
        if problem is not None and problem != self._registry_problem:
            _logger.warning("registry: %s", problem)
        self._registry_problem = problem
        metrics.registry_polls_total.labels("failed" if problem else "ok").inc()

    def _last_refusal(self) -> str:
        refused = list(self.refused.values())
        return refused[-1].reason if refused else "it is being loaded"


def _is_same(live: LoadedModel, recorded: RecordedVersion) -> bool:
    return live.version == recorded.version and live.manifest_sha256 == recorded.manifest_sha256
