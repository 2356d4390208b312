"""What the data service answers, as pydantic models."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from readmission.services.data_service.consumers import ProgressState

_HASH = "0689e7ec031237dc63031b938805c48377748761a3b26acab621567afa24df97"


class SplitCounts(BaseModel):
    """Size of one split."""

    rows: int = Field(description="Encounters.", examples=[60873])
    patients: int = Field(description="Distinct patients; none is in two splits.", examples=[42937])
    batches: int = Field(description="Batches, numbered from 0.", examples=[5])


class Splits(BaseModel):
    """The three splits, and the salt of the hash that decides."""

    salt: str = Field(description="Salt of the patients' hash.", examples=["readmission-v1"])
    splits: dict[str, SplitCounts]


class Dataset(Splits):
    """What is served."""

    kind: Literal["uci", "file", "synthetic"] = Field(description="Where the encounters come from.")
    synthetic: bool = Field(description="True if no encounter is real.")
    sha256: str = Field(description="SHA-256 of the data set's CSV, arrivals apart.", examples=[_HASH])
    rows: int = Field(description="Encounters served, arrivals included.", examples=[101766])
    batch_size: int = Field(description="Most encounters in a batch.", examples=[15000])
    arrivals: int = Field(description="Later deliveries stored.", examples=[0])
    note: str = Field(description="Where the data came from, and why.")


class Batch(BaseModel):
    """One batch of a split."""

    number: int = Field(description="Counted from 0.")
    rows: int = Field(description="Encounters.")
    sha256: str = Field(description="SHA-256 of the batch as text/csv gives it.", examples=[_HASH])


class BatchList(BaseModel):
    """The batches of a split."""

    split: str
    batches: list[Batch]


class Progress(BaseModel):
    """How far a consumer is with a batch."""

    model_config = ConfigDict(from_attributes=True)

    consumer: str
    split: str
    number: int
    state: ProgressState
    taken_at: str | None = Field(description="When it was last taken (UTC, RFC 3339).")
    acknowledged_at: str | None = Field(description="When it was first acknowledged (UTC, RFC 3339).")


class ProgressChange(BaseModel):
    """What a consumer says about a batch."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["taken", "acknowledged"] = Field(description="Acknowledged means stored for good.")


class ArrivalBatch(Batch):
    """A batch that came by an arrival."""

    split: str


class Arrival(BaseModel):
    """A stored delivery."""

    name: str
    sha256: str = Field(description="SHA-256 of the body as it was sent.", examples=[_HASH])
    rows: int
    received_at: str = Field(description="When it was stored (UTC, RFC 3339).")
    batches: list[ArrivalBatch]
