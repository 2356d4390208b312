"""Batches as files: the CSV bytes are the truth, Arrow and JSON are derived at first request and kept.

Files are named by the hash of the CSV bytes, so a name never changes its content. Answers stream from
disk: memory does not grow with the number of clients.
"""

import csv
import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from readmission.contract.encounter import BY_NAME
from readmission.contract.parse import parse_text
from readmission.dataset.files import hash_file, remove_partials, write_whole

CSV, ARROW, JSON = "csv", "arrow", "json"


class BatchFiles:
    """A folder of batch files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # One conversion at a time: what it needs in memory does not multiply with the clients.
        self._converting = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        remove_partials(folder)

    def write(self, csv_bytes: bytes) -> str:
        """Keep a batch; repeatable.

        Returns:
            SHA-256 of the bytes.
        """
        sha256 = hashlib.sha256(csv_bytes).hexdigest()
        if not self.is_whole(sha256):
            with write_whole(self._path(sha256, CSV)) as file:
                file.write(csv_bytes)
        return sha256

    def is_whole(self, sha256: str) -> bool:
        """True if the CSV is there and has the hash it is named by."""
        path = self._path(sha256, CSV)
        return path.is_file() and hash_file(path) == sha256

    def path(self, sha256: str, form: str) -> Path:
        """The batch's file in a format, made now if it was never asked for."""
        path = self._path(sha256, form)
        if not path.is_file():
            with self._converting:
                if not path.is_file():
                    self._convert(sha256, form)
        return path

    def _path(self, sha256: str, form: str) -> Path:
        return self._folder / f"{sha256}.{form}"

    def _convert(self, sha256: str, form: str) -> None:
        source = self._path(sha256, CSV)
        with write_whole(self._path(sha256, form)) as file:
            if form == ARROW:
                frame = pl.read_csv(source, infer_schema=False, empty_string_is_null=False)
                # The oldest layout: readers that know no string views can read it too.
                frame.write_ipc_stream(file, compat_level=pl.CompatLevel.oldest())
            else:
                file.writelines(_json_pieces(source))


def _json_pieces(source: Path) -> Iterator[bytes]:
    """A JSON array of encounters, row by row: whole numbers as numbers, missing as null."""
    with source.open("r", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        columns = [BY_NAME[name] for name in next(rows)]
        separator = b"["
        for row in rows:
            encounter: dict[str, int | str | None] = {}
            for column, text in zip(columns, row, strict=True):
                try:
                    encounter[column.name] = parse_text(column, text)
                except ValueError:
                    encounter[column.name] = text  # breaks the contract: handed on as it stands, the ETL refuses it
            yield separator + json.dumps(encounter, ensure_ascii=False, separators=(",", ":")).encode()
            separator = b",\n"
        yield b"]\n"
