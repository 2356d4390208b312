"""Read again and again which version is live by the record, over the connections of the process."""

from readmission.model.signature import TrustedKeys
from readmission.storage.postgres.pool import Pool
from readmission.storage.registry.recorded_model import NEWEST, ROWS, ModelRecord, make_rows, read_record


class RecordReader:
    """Reads all rows of the record only if there is a new one, or other keys count."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._read: tuple[object, TrustedKeys, ModelRecord] | None = None

    async def read(self, keys: TrustedKeys) -> ModelRecord:
        """What the audit says now.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        doing = "read the record of promotions"
        mark = tuple(await self._pool.run(lambda connection: connection.fetchrow(NEWEST), doing) or ())
        if self._read is None or self._read[:2] != (mark, keys):
            rows = await self._pool.run(lambda connection: connection.fetch(ROWS), doing)
            self._read = (mark, keys, read_record(make_rows(rows), keys))
        return self._read[2]
