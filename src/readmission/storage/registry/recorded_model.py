"""Which version is live by the record: the last row of ``audit.promotions`` whose statement a trusted key signed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import SecretStr

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, ConflictError
from readmission.model.signature import SignedStatement, TrustedKeys, Use, read_public_keys, verify_statement
from readmission.settings import Settings
from readmission.storage.postgres.connection import connect

_DECIDES = "decision NOT IN ('kept', 'refused')"
NEWEST = f"SELECT max(promotion_id), count(*) FROM audit.promotions WHERE {_DECIDES}"  # noqa: S608 - our own names
_MAKES_LIVE = ("promoted", "rolled_back", "signed")


class PromotionRow(NamedTuple):
    """What of a row of ``audit.promotions`` decides what is live."""

    promotion_id: int
    decision: str
    challenger_version: str | None
    live_version: str | None
    statement: str | None
    signature: str | None
    signing_key: str | None


ROWS = (
    f"SELECT {', '.join(PromotionRow._fields)} FROM audit.promotions WHERE {_DECIDES}"  # noqa: S608
    " ORDER BY promotion_id DESC"
)
"""Rows of :class:`PromotionRow`, which names the columns."""


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A version the gate signed, and the decision that says so."""

    version: str
    manifest_sha256: str
    signed: SignedStatement
    promotion_id: int


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What the audit says.

    Attributes:
        live: the version that shall answer; None before the first promotion.
        not_trusted: why the newest decisions were passed over, newest first; empty if the newest one is signed.
        champions: versions the gate signed as champions, newest decision first, one entry each.
        canaries: versions it allowed as canaries, likewise.
    """

    live: RecordedVersion | None
    not_trusted: tuple[str, ...]
    champions: tuple[RecordedVersion, ...]
    canaries: tuple[RecordedVersion, ...]

    def find(self, version: str) -> RecordedVersion | None:
        """What the gate signed of a version, or None."""
        return next((each for each in (*self.champions, *self.canaries) if each.version == version), None)

    def find_champion(self, version: str) -> RecordedVersion | None:
        """The newest signature of a version as a champion, or None."""
        return next((each for each in self.champions if each.version == version), None)

    def find_canary(self, version: str) -> RecordedVersion | None:
        """The permission of a version to be a canary, or None."""
        return next((each for each in self.canaries if each.version == version), None)


def read_record(rows: Iterable[PromotionRow], keys: TrustedKeys) -> ModelRecord:
    """Judge decisions, newest first.

    Args:
        rows: of ``audit.promotions``, all that changed what may answer.
        keys: the public keys that count.
    """
    live: RecordedVersion | None = None
    not_trusted: list[str] = []
    champions: dict[str, RecordedVersion] = {}
    canaries: dict[str, RecordedVersion] = {}
    for row in rows:
        use: Use = "canary" if row.decision == "canary_allowed" else "champion"
        try:
            found = _check(row, keys, use)
        except ArtifactError as error:
            if live is None:
                not_trusted.append(f"decision {row.promotion_id} ({row.decision}) does not count: {error.message}")
            continue
        (canaries if use == "canary" else champions).setdefault(found.version, found)
        if live is None and row.decision in _MAKES_LIVE and found.version == row.live_version:
            live = found
    return ModelRecord(live, tuple(not_trusted), tuple(champions.values()), tuple(canaries.values()))


def _check(row: PromotionRow, keys: TrustedKeys, use: Use) -> RecordedVersion:
    if row.statement is None or row.signature is None or row.signing_key is None:
        raise ArtifactError(
            f"it is not signed; `readmission sign-promotion` signs version {row.live_version} after checking its files"
        )
    signed = SignedStatement(row.statement, row.signature, row.signing_key)
    said = verify_statement(signed, keys)
    version = row.live_version if row.decision in ("promoted", "rolled_back") else row.challenger_version
    if (said.model_name, said.model_version, said.use) != (MODEL_NAME, version, use):
        raise ArtifactError(
            f"its statement is of {said.model_name} version {said.model_version} as {said.use},"
            f" not of {MODEL_NAME} version {version} as {use}"
        )
    return RecordedVersion(said.model_version, said.manifest_sha256, signed, row.promotion_id)


def find_record(url: SecretStr | None, keys: TrustedKeys) -> ModelRecord:
    """What the audit says now.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(url) as connection:
        return read_record(make_rows(connection.execute(ROWS).fetchall()), keys)


def find_own_record(settings: Settings) -> ModelRecord:
    """The record as services read it.

    Raises:
        ConfigurationError: the public keys or the database's URL are missing.
        UnavailableError: PostgreSQL does not answer.
    """
    keys = read_public_keys(settings.signing.public_keys_file)
    return find_record(settings.database.url or settings.serving_database.url, keys)


def find_live(settings: Settings) -> RecordedVersion | None:
    """The version that is live by the record, wherever MLflow's alias points; None before the first promotion.

    Raises:
        ConfigurationError: the public keys or the database's URL are missing.
        ConflictError: versions were promoted, but none with a signature that counts.
        UnavailableError: PostgreSQL does not answer.
    """
    record = find_own_record(settings)
    if record.live is None and record.not_trusted:
        raise ConflictError(record.not_trusted[0])
    return record.live


def make_rows(rows: Iterable[Iterable[object]]) -> Iterator[PromotionRow]:
    """The rows that :data:`ROWS` selects."""
    return (PromotionRow(*row) for row in rows)  # type: ignore[arg-type]  # as the columns are declared
