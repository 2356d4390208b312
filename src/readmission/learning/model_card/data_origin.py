"""Where the data came from, in words, for each kind of data set."""

from dataclasses import dataclass

from readmission.learning.model_card.card_text import fill
from readmission.settings import ModelCardSettings


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """What is known of a data set that is not in its rows; all empty until the operator declares a file's source."""

    source: str = ""
    rationale: str = ""
    dates: str = ""
    setting: str = ""
    eligibility: str = ""
    ethics: str = ""
    availability: str = ""
    relevance: str = ""


def find_origin(kind: str, declared: ModelCardSettings) -> DataOrigin:
    """Words for a kind of data set; for a file of one's own, what the operator declared."""
    if kind != "file":
        return DataOrigin(**fill(f"origin_{kind}"))
    told = declared.data_source.strip()
    return DataOrigin(**fill("origin_file", declared=told)) if told else DataOrigin()
