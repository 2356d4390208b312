"""The data service as the pipeline sees it: what it serves, a batch as a stream, and progress."""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import httpx
from pydantic import SecretStr

from readmission.contract.api_key import key_headers
from readmission.errors import InvalidInputError, NotFoundError, UnavailableError

CONSUMER = "pipeline"
Progress = Literal["taken", "acknowledged"]


@dataclass(frozen=True, slots=True)
class ServedDataset:
    """The data set the service holds: kind (uci, file, synthetic) and SHA-256 of its CSV."""

    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ServedBatch:
    """A batch on offer: ``sha256`` is that of its CSV, header included."""

    split: str
    number: int
    rows: int
    sha256: str

    @property
    def name(self) -> str:
        """Display name: ``train/0``."""
        return f"{self.split}/{self.number}"


class DataServiceClient:
    """Talks to one data service until the ``with`` block ends. Trying again is left to the caller (Airflow).

    Args:
        url: address of the service.
        api_key: the caller's key, if the service asks for one.
        verify: whom to trust (``Settings.trust``).
    """

    def __init__(self, url: str, api_key: SecretStr | None = None, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url,
            headers=key_headers(api_key),
            timeout=httpx.Timeout(60, connect=5),
            trust_env=False,
            verify=verify,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read_dataset(self) -> ServedDataset:
        """The data set on offer."""
        with self._answers("GET", "/dataset") as body:
            return ServedDataset(str(body["kind"]), str(body["sha256"]))

    def list_batches(self, split: str) -> list[ServedBatch]:
        """Every batch of a split, in order.

        Raises:
            NotFoundError: there is no such split.
            UnavailableError: the service is down, or its answer makes no sense.
        """
        with self._answers("GET", f"/splits/{split}/batches") as body:
            return [ServedBatch(split, int(b["number"]), int(b["rows"]), str(b["sha256"])) for b in body["batches"]]

    def find_batch(self, split: str, number: int) -> ServedBatch:
        """One batch on offer.

        Raises:
            NotFoundError: the split has no such batch; the message says how many it has.
        """
        batches = self.list_batches(split)
        for batch in batches:
            if batch.number == number:
                return batch
        raise NotFoundError(f"the data service has no batch {split}/{number}: {split} has {len(batches)} batches")

    def record_progress(self, batch: ServedBatch, state: Progress) -> None:
        """Say how far the pipeline is with a batch; saying it again changes nothing."""
        path = f"/consumers/{CONSUMER}/splits/{batch.split}/batches/{batch.number}"
        with self._answers("PUT", path, json={"state": state}):
            pass

    def stream_csv(self, batch: ServedBatch) -> Iterator[bytes]:
        """The CSV of a batch in pieces, checked as it flows.

        Raises:
            InvalidInputError: the bytes are not those announced; raised after the last piece.
            UnavailableError: the service went away.
        """
        digest = hashlib.sha256()
        path = f"/splits/{batch.split}/batches/{batch.number}"
        with (
            self._clear_errors(),
            self._client.stream("GET", path, headers={"Accept": "text/csv"}) as response,
        ):
            if response.is_error:
                response.read()
            self._require_success(response)
            announced = response.headers.get("X-Batch-SHA256")
            if announced != batch.sha256:
                raise InvalidInputError(
                    f"batch {batch.name}: listed with hash {batch.sha256[:12]}, served with {str(announced)[:12]}"
                )
            for piece in response.iter_bytes():
                digest.update(piece)
                yield piece
        if digest.hexdigest() != batch.sha256:
            raise InvalidInputError(
                f"batch {batch.name} is damaged: expected SHA-256 {batch.sha256[:12]}, got {digest.hexdigest()[:12]}"
            )

    @contextmanager
    def _answers(self, method: str, path: str, json: object = None) -> Iterator[Any]:
        with self._clear_errors():
            response = self._client.request(method, path, json=json)
            self._require_success(response)
            try:
                yield response.json() if response.content else None
            except (ValueError, KeyError, TypeError) as error:
                raise UnavailableError(f"the data service at {self.url} gave an answer that makes no sense") from error

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"the data service at {self.url} does not answer ({type(error).__name__}): is it running?"
            ) from error

    def _require_success(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        try:
            detail = str(response.json()["detail"])
        except (ValueError, KeyError, TypeError):
            detail = response.reason_phrase
        message = f"the data service answered {response.status_code} to {response.request.url.path}: {detail}"
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFoundError(message)
        raise UnavailableError(message) if response.is_server_error else InvalidInputError(message)
