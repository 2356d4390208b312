"""A statement that each connection prepares once and then only binds, over libpq's own calls.

psycopg's cursors read the statement, look a dumper up for every value and wait through generators, each time. At a
batch every few milliseconds that is time the event loop lacks. ``psycopg.pq`` is the documented door to libpq; the
generators that psycopg itself drives it with are not, so the few calls they would save are written here.
"""

import asyncio
from collections.abc import Sequence
from weakref import WeakSet

import psycopg
from psycopg import errors
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult


class PreparedStatement:
    """A statement without rows as its answer.

    Args:
        name: its name on the server, one for each statement of the process.
        statement: SQL with ``$1``, ``$2``...; a literal of ours, never built from input.
        formats: text or binary, of each value.
    """

    def __init__(self, name: str, statement: str, formats: Sequence[Format]) -> None:
        self._name = name.encode()
        self._statement = statement.encode()
        self._formats = formats
        self._prepared: WeakSet[psycopg.AsyncConnection] = WeakSet()

    async def execute(self, connection: psycopg.AsyncConnection, values: Sequence[bytes | None]) -> None:
        """Run it; on a connection in autocommit it is committed when this returns.

        The connection may be used by nobody else meanwhile, and must be closed where this raises or is cancelled:
        an answer may still be on its way.

        Raises:
            psycopg.Error: as from ``connection.execute``.
        """
        link = connection.pgconn
        if connection not in self._prepared:
            link.send_prepare(self._name, self._statement)
            await _finish(link)
            self._prepared.add(connection)
        link.send_query_prepared(self._name, values, self._formats)
        await _finish(link)


async def _finish(link: PGconn) -> None:
    """Send what is queued and read every result of it."""
    while link.flush():
        # Also reading: a server that waits until its answers are read would never take the rest.
        await _wait(link.socket, or_writable=True)
        link.consume_input()
    failed: PGresult | None = None
    while True:
        while link.is_busy():
            await _wait(link.socket)
            link.consume_input()
        result = link.get_result()
        if result is None:
            break
        if result.status != ExecStatus.COMMAND_OK:
            failed = result
    if failed is not None:
        raise errors.error_from_result(failed)


async def _wait(socket: int, *, or_writable: bool = False) -> None:
    """Until the socket can be read (or written)."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(socket, wake)
    if or_writable:
        loop.add_writer(socket, wake)
    try:
        await ready
    finally:
        loop.remove_reader(socket)
        if or_writable:
            loop.remove_writer(socket)
