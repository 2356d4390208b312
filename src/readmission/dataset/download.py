"""Download the archive of UCI data set 296 into a folder, whole or not at all."""

from pathlib import Path

import httpx

from readmission.dataset.files import write_whole
from readmission.dataset.progress import Progress
from readmission.errors import DatasetError

_TIMEOUT = httpx.Timeout(30, connect=10)
_MAX_BYTES = 256 * 1024 * 1024  # the archive has 3 MB: anything far larger is something else


class UnreachableError(DatasetError):
    """There is no way to the address: no network, no name, nobody listening."""


def download_archive(url: str, target: Path, progress: Progress) -> None:
    """Fetch ``url`` into ``target``.

    Raises:
        UnreachableError: the address cannot be reached, or the connection broke.
        DatasetError: the server answered something other than the file.
    """
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                kind = UnreachableError if response.status_code >= 500 else DatasetError
                raise kind(f"{url} answered {response.status_code}, expected the data set's archive (200)")
            _save(response, target, progress)
    except httpx.InvalidURL as error:
        raise DatasetError(f"{url} is not an address: {error}") from error
    except httpx.RequestError as error:
        raise UnreachableError(f"{url} cannot be reached: {str(error) or type(error).__name__}") from error


def _save(response: httpx.Response, target: Path, progress: Progress) -> None:
    length = response.headers.get("Content-Length", "")
    whole = int(length) if length.isdecimal() else None
    with write_whole(target) as file:
        for chunk in response.iter_bytes(1 << 16):
            file.write(chunk)
            progress("download", file.tell(), whole)
            if file.tell() > _MAX_BYTES:
                raise DatasetError(
                    f"{response.url} gave more than {_MAX_BYTES} bytes, expected an archive of about 3 MB"
                )
