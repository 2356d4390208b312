"""The data path measured: `make bench-data` (`python -m benchmarks.data.path --rows 100000`).

A PostgreSQL and a data service of its own, synthetic encounters. In one run: the CSV by plain COPY into a table without
index, binary COPY from Arrow, pandas `to_sql(method="multi")`, inserts row by row as the described system does; then
our own way: every batch from the data service over HTTP into `raw`, and from `raw` into `clean`.

Seconds are of the clock; beside them the processor's seconds of this process and of PostgreSQL, which other programs
on the machine change less. The slow ways are measured on fewer rows.
"""

import argparse
import os
import resource
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd
import polars as pl
import psutil
from pydantic import SecretStr

from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset.splits import SPLITS
from readmission.dataset.synthetic import synthesise_csv
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import DatabaseSettings, DataServiceSettings, Settings
from readmission.storage.postgres.connection import connect
from readmission.storage.postgres.migrate import migrate
from tests.conftest import RunningPostgres, run_postgres
from tests.running_data_service import run_data_service

_SEED = 296
_SLOW_ROWS = {"to_sql": 2_000, "row by row": 2_000}
_TABLE = "raw.plain"


@dataclass(frozen=True, slots=True)
class Measured:
    """One way: rows, seconds of the clock, processor seconds here and in PostgreSQL."""

    way: str
    rows: int
    seconds: float
    ours: float
    server: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    @property
    def processor_rate(self) -> float:
        """Rows a second of the processor, ours and PostgreSQL's."""
        return self.rows / (self.ours + self.server)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder, run_postgres(Path(folder) / "postgres") as server:
        migrate("pipeline", server.url("readmission_migrator"))
        csv = Path(folder) / "encounters.csv"
        with csv.open("wb") as file:
            synthesise_csv(file, rows, _SEED)
        found = _measure_plain_ways(server, csv, rows)
        found += _measure_ours(server, csv, Path(folder) / "state", rows)
    best = found[0]
    sys.stdout.write("| way | rows | s | rows/s | of plain COPY | processor s here + PostgreSQL | of plain COPY |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for each in found:
        sys.stdout.write(
            f"| {each.way} | {each.rows:,} | {each.seconds:.2f} | {each.rate:,.0f} | {each.rate / best.rate:.3f} | "
            f"{each.ours:.2f} + {each.server:.2f} | {each.processor_rate / best.processor_rate:.3f} |\n"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"\nPeak of this process, all ways together: {peak:.0f} MiB; load {os.getloadavg()[0]:.1f}\n")


def _measure_plain_ways(server: RunningPostgres, csv: Path, rows: int) -> list[Measured]:
    url = server.url("readmission_migrator")
    columns = ", ".join(f'"{name}"' for name in COLUMN_NAMES)
    frame = pl.read_csv(csv, infer_schema=False)
    binary = b"".join(_binary_copy(frame))

    def copy(content: bytes, form: str) -> None:
        with (
            connect(url) as connection,
            connection.cursor().copy(f"COPY {_TABLE} ({columns}) FROM STDIN ({form})") as target,
        ):
            for start in range(0, len(content), 1 << 16):
                target.write(content[start : start + (1 << 16)])

    def to_sql() -> None:
        address = url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1)
        some = pd.DataFrame(frame.head(_SLOW_ROWS["to_sql"]).to_dict(as_series=False))
        some.to_sql("plain", address, schema="raw", if_exists="append", index=False, method="multi", chunksize=1000)

    def row_by_row() -> None:
        places = ", ".join(["%s"] * len(COLUMN_NAMES))
        with connect(url) as connection:
            for row in frame.head(_SLOW_ROWS["row by row"]).iter_rows():
                connection.execute(f"INSERT INTO {_TABLE} ({columns}) VALUES ({places})", row)  # noqa: S608

    content = csv.read_bytes()
    ways: list[tuple[str, int, Callable[[], None]]] = [
        ("plain COPY of the CSV", rows, lambda: copy(content, "FORMAT csv, HEADER")),
        ("binary COPY from Arrow", rows, lambda: copy(binary, "FORMAT binary")),
        ("pandas to_sql(method='multi')", _SLOW_ROWS["to_sql"], to_sql),
        ("inserts row by row", _SLOW_ROWS["row by row"], row_by_row),
    ]
    found = []
    for way, size, call in ways:
        with connect(url) as connection:
            connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
            texts = ", ".join(f'"{name}" text' for name in COLUMN_NAMES)
            connection.execute(f"CREATE TABLE {_TABLE} ({texts})")
        found.append(_measure(server, way, size, call))
    with connect(url) as connection:
        connection.execute(f"DROP TABLE {_TABLE}")
    return found


def _binary_copy(frame: pl.DataFrame) -> Iterator[bytes]:
    """The rows in PostgreSQL's binary form, made before the clock starts."""
    yield b"PGCOPY\n\xff\r\n\0" + struct.pack("!II", 0, 0)
    head = struct.pack("!H", frame.width)
    for row in frame.iter_rows():
        values = [(value or "").encode() for value in row]
        yield head + b"".join(struct.pack("!I", len(value)) + value for value in values)
    yield struct.pack("!h", -1)


def _measure_ours(server: RunningPostgres, csv: Path, state: Path, rows: int) -> list[Measured]:
    state.mkdir()
    with run_data_service(state, str(csv), batch_size=15_000) as url:
        services = [each for each in psutil.Process().children(recursive=True) if "postgres" not in each.name()]
        settings = Settings(
            database=DatabaseSettings(url=server.url("readmission_pipeline")), data_service=DataServiceSettings(url=url)
        )
        batches = [
            (split, batch["number"])
            for split in SPLITS
            for batch in httpx.get(f"{url}/splits/{split}/batches", trust_env=False).json()["batches"]
        ]

        def ingest() -> None:
            for split, number in batches:
                ingest_batch(settings, split, number)

        def transform() -> None:
            for split, number in batches:
                transform_batch(settings, split, number)

        found = [
            _measure(server, "ingest: data service, HTTP, raw", rows, ingest),
            _measure(server, "transform: raw, checks, clean", rows, transform),
        ]
        memory = sum(each.memory_info().rss for each in services) / 2**20
        sys.stdout.write(f"Data service: {memory:.0f} MiB\n\n")
        return found


def _measure(server: RunningPostgres, way: str, rows: int, call: Callable[[], None]) -> Measured:
    before, ours, started = _server_seconds(server), time.process_time(), time.perf_counter()
    call()
    seconds, ours = time.perf_counter() - started, time.process_time() - ours
    _wait_for_backends(server)
    return Measured(way, rows, seconds, ours, _server_seconds(server) - before)


def _wait_for_backends(server: RunningPostgres) -> None:
    """Wait until every connection's process has ended: PostgreSQL counts its time from then on."""
    while True:
        with connect(SecretStr(server.superuser_url)) as connection:
            if not connection.execute("SELECT FROM pg_stat_activity WHERE usename LIKE 'readmission%'").fetchone():
                break
        time.sleep(0.05)
    time.sleep(0.2)


def _server_seconds(server: RunningPostgres) -> float:
    """Processor seconds of PostgreSQL and of every process it has started and seen end."""
    main_process = psutil.Process(server.processes[-1].pid)
    times = main_process.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in main_process.children():
        try:
            own = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += own.user + own.system
    return float(total)


if __name__ == "__main__":
    main()
