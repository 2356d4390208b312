"""Take the data set's CSV out of its archive."""

import hashlib
import zipfile
import zlib
from pathlib import Path

from readmission.dataset.files import CHUNK_BYTES, write_whole
from readmission.dataset.progress import Progress
from readmission.dataset.published import CSV_NAME
from readmission.errors import DatasetError

_MAX_CSV_BYTES = 8 * 1024**3


def extract_csv(archive: Path, folder: Path, progress: Progress) -> tuple[Path, str]:
    """Write the archive's ``diabetic_data.csv`` into ``folder``, named by its SHA-256.

    Returns:
        The CSV's path and its SHA-256.

    Raises:
        DatasetError: not a zip archive, damaged, truncated, or without that member.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            member = _find_member(opened, archive)
            sha256 = _hash_member(opened, member, progress)
            target = folder / f"{sha256}.csv"
            if not target.is_file() or target.stat().st_size != member.file_size:
                with opened.open(member) as source, write_whole(target) as file:
                    while chunk := source.read(CHUNK_BYTES):
                        file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DatasetError(f"{archive.name} is not a whole zip archive with {CSV_NAME} in it: {error}") from error
    except OSError as error:
        raise DatasetError(f"{archive} cannot be read: {error.strerror or error}") from error
    return target, sha256


def _find_member(opened: zipfile.ZipFile, archive: Path) -> zipfile.ZipInfo:
    found = [info for info in opened.infolist() if Path(info.filename).name == CSV_NAME]
    if len(found) != 1:
        inside = ", ".join(sorted(opened.namelist())[:5]) or "nothing"
        raise DatasetError(f"{archive.name} holds {len(found)} files named {CSV_NAME}, expected one (inside: {inside})")
    if found[0].file_size > _MAX_CSV_BYTES:
        raise DatasetError(f"{archive.name}: {CSV_NAME} is larger than {_MAX_CSV_BYTES} bytes")
    return found[0]


def _hash_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with opened.open(member) as source:  # reading to the end also checks the member's CRC
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            progress("check", done, member.file_size)
    return digest.hexdigest()
