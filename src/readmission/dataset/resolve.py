"""Which data set this platform runs on, and where its CSV lies."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from readmission.dataset.archive import extract_csv
from readmission.dataset.check_csv import check_csv
from readmission.dataset.download import UnreachableError, download_archive
from readmission.dataset.files import count_rows, hash_file, remove_partials, write_whole
from readmission.dataset.progress import Progress, no_progress
from readmission.dataset.published import CSV_BYTES, CSV_NAME, CSV_ROWS, CSV_SHA256
from readmission.dataset.synthetic import synthesise_csv, synthetic_name
from readmission.errors import DatasetError
from readmission.settings import Settings

Kind = Literal["uci", "file", "synthetic"]
_STAYED_SYNTHETIC = "auto-chose-synthetic"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResolvedDataset:
    """A data set ready to be read.

    ``kind`` is ``uci`` whenever the CSV is, byte for byte, the published one. ``sha256`` is of the
    CSV's bytes. ``note`` says in one line where the data came from, and why.
    """

    kind: Kind
    csv_path: Path
    sha256: str
    rows: int
    note: str


def resolve_dataset(settings: Settings, progress: Progress = no_progress) -> ResolvedDataset:
    """Find, fetch or make the data set that ``READMISSION_DATASET`` names. Repeatable; caches what it fetched.

    Raises:
        DatasetError: damaged, truncated, the wrong file, or out of reach; one line saying what was expected.
    """
    cache = settings.dataset_cache_dir
    try:
        cache.mkdir(parents=True, exist_ok=True)
        remove_partials(cache)
        match settings.dataset:
            case "uci":
                return _cached_uci(cache) or _fetch_uci(settings, progress)
            case "synthetic":
                return _synthesise(settings, progress, "synthetic encounters, as READMISSION_DATASET=synthetic asks")
            case "auto":
                return _resolve_auto(settings, progress)
            case path:
                return _read_path(Path(path).expanduser(), cache, progress)
    except OSError as error:
        raise DatasetError(f"the data set cannot be kept in {cache}: {error.strerror or error}") from error


def _resolve_auto(settings: Settings, progress: Progress) -> ResolvedDataset:
    """Cache, then UCI, then synthetic if there is no network. What was chosen once stays chosen."""
    marker = settings.dataset_cache_dir / _STAYED_SYNTHETIC
    if cached := _cached_uci(settings.dataset_cache_dir):
        return cached
    if marker.is_file():
        return _synthesise(
            settings,
            progress,
            "SYNTHETIC encounters: UCI could not be reached at first start, and a state folder keeps its data set "
            "(for the real one: make clean, or READMISSION_DATASET=uci in a new state folder)",
        )
    try:
        return _fetch_uci(settings, progress)
    except UnreachableError as error:
        _logger.warning("UCI cannot be reached: going on with SYNTHETIC encounters (%s)", error.message)
        made = _synthesise(settings, progress, f"SYNTHETIC encounters, because {error.message}")
        marker.write_text(f"{made.note}\n")
        return made


def _cached_uci(cache: Path) -> ResolvedDataset | None:
    """The published CSV from the cache; a damaged copy is removed and counts as absent."""
    path = cache / f"{CSV_SHA256}.csv"
    if not path.is_file():
        return None
    if path.stat().st_size != CSV_BYTES or hash_file(path) != CSV_SHA256:
        path.unlink()
        return None
    return ResolvedDataset("uci", path, CSV_SHA256, CSV_ROWS, "UCI data set 296, from the cache")


def _fetch_uci(settings: Settings, progress: Progress) -> ResolvedDataset:
    cache = settings.dataset_cache_dir
    archive = cache / "download.zip"
    try:
        download_archive(settings.dataset_url, archive, progress)
        path, sha256 = extract_csv(archive, cache, progress)
        if sha256 != CSV_SHA256:
            path.unlink()
            raise DatasetError(
                f"{CSV_NAME} from {settings.dataset_url} has SHA-256 {sha256}, expected the published {CSV_SHA256}"
            )
    finally:
        archive.unlink(missing_ok=True)
    return ResolvedDataset("uci", path, sha256, CSV_ROWS, f"UCI data set 296, downloaded from {settings.dataset_url}")


def _read_path(path: Path, cache: Path, progress: Progress) -> ResolvedDataset:
    """A ``.zip`` or ``.csv`` of the same layout; the published file is recognised by its hash."""
    if path.suffix.lower() not in (".zip", ".csv"):
        raise DatasetError(
            f"READMISSION_DATASET={path}: expected auto, uci, synthetic, or the path of a .zip or .csv file"
        )
    if not path.is_file():
        raise DatasetError(f"READMISSION_DATASET={path}: no such file")
    if path.suffix.lower() == ".zip":
        csv_path, sha256 = extract_csv(path, cache, progress)
    else:
        csv_path, sha256 = path.resolve(), hash_file(path)
    if sha256 == CSV_SHA256:
        return ResolvedDataset("uci", csv_path, sha256, CSV_ROWS, f"UCI data set 296, from {path.name}")
    try:
        rows = check_csv(csv_path)
    except DatasetError:
        if path.suffix.lower() == ".zip":
            csv_path.unlink(missing_ok=True)
        raise
    return ResolvedDataset("file", csv_path, sha256, rows, f"encounters from {path.name}, not the published file")


def _synthesise(settings: Settings, progress: Progress, note: str) -> ResolvedDataset:
    rows, seed = settings.synthetic_rows, settings.synthetic_seed
    path = settings.dataset_cache_dir / synthetic_name(rows, seed)
    if not path.is_file() or count_rows(path) != rows:
        with write_whole(path) as file:
            synthesise_csv(file, rows, seed, progress)
    return ResolvedDataset("synthetic", path, hash_file(path), rows, f"{note}: {rows} rows, seed {seed}")
