"""What routes need: the prepared library, and checked path parameters."""

from typing import Annotated

from fastapi import Depends, Path, Request

from readmission.dataset import SPLITS
from readmission.errors import NotFoundError, UnavailableError
from readmission.services.data_service.catalog import BatchRecord
from readmission.services.data_service.preparation import Preparation
from readmission.services.data_service.prepare import Library

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

SplitName = Annotated[
    str, Path(description="train, validation or test.", examples=["train"], json_schema_extra={"enum": [*SPLITS]})
]
BatchNumber = Annotated[int, Path(description="Counted from 0.", ge=0, le=2**31 - 1, examples=[0])]
ConsumerName = Annotated[
    str,
    Path(
        pattern=NAME_PATTERN, description="Who reads: up to 64 small letters, digits, dots, dashes.", examples=["etl"]
    ),
]


def prepared_library(request: Request) -> Library:
    """The library, once it is prepared.

    Raises:
        UnavailableError: not yet, or preparing failed; says why.
    """
    preparation: Preparation = request.app.state.preparation
    if preparation.library is None:
        raise UnavailableError(preparation.reason)
    return preparation.library


PreparedLibrary = Annotated[Library, Depends(prepared_library)]


def known_split(split: SplitName) -> str:
    """A split's name.

    Raises:
        NotFoundError: there is no such split.
    """
    if split not in SPLITS:
        raise NotFoundError(f"there is no split of that name; splits are {', '.join(SPLITS)}")
    return split


KnownSplit = Annotated[str, Depends(known_split)]


def known_batch(library: PreparedLibrary, split: KnownSplit, number: BatchNumber) -> BatchRecord:
    """A batch.

    Raises:
        NotFoundError: the split has no batch of that number; says which there are.
    """
    batch = library.catalog.batch(split, number)
    if batch is None:
        count = len(library.catalog.batches(split))
        there = f"it has batches 0 to {count - 1}" if count else "it has none"
        raise NotFoundError(f"{split} has no batch {number}; {there}")
    return batch


KnownBatch = Annotated[BatchRecord, Depends(known_batch)]
