"""What the encoder learned on the training rows, as plain data that travels as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from readmission.contract.encounter import BY_NAME
from readmission.errors import ArtifactError
from readmission.features.target_encoding import Rates

FORMAT = 1
MISSING = "?"
"""How a missing category is written in the state."""
POOLED_DIAGNOSES = "diagnoses"
"""Rates of a category at any of the three positions."""


@dataclass(frozen=True, slots=True)
class EncoderState:
    """Everything learned; the rest of the encoder is code.

    ``dropped``: columns that give no features of their own. ``one_hot``: values with a feature each, by
    field. ``prior``: overall rates, for values never seen. ``rates``: shrunken rates by field and value.
    ``seen``: every value of the training rows by category field (as text), ``ranges``: lowest and highest of each
    count; both empty in a state of an earlier release, which knows the values of ``rates`` alone.
    ``diagnosis_rows``: rows of each category of diagnoses, at any of the three positions; empty in an older state.
    """

    dropped: tuple[str, ...]
    one_hot: dict[str, tuple[str, ...]]
    prior: Rates
    rates: dict[str, dict[str, Rates]]
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    diagnosis_rows: dict[str, int] = field(default_factory=dict)

    def to_json(self, feature_names: tuple[str, ...]) -> str:
        """The state as JSON, the same bytes for the same state."""
        document = {"format": FORMAT, "feature_names": feature_names, **asdict(self)}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_state(text: str) -> tuple[EncoderState, tuple[str, ...]]:
    """Read what :meth:`EncoderState.to_json` wrote.

    Returns:
        The state, and the feature names it was written with.

    Raises:
        ArtifactError: not an encoder state, of another format, or naming a column the contract lacks.
    """
    try:
        document: dict[str, Any] = json.loads(text)
        if document["format"] != FORMAT:
            raise ArtifactError(f"encoder state: format {FORMAT} expected, found {document['format']!r}")
        state = EncoderState(
            dropped=tuple(document["dropped"]),
            one_hot={name: tuple(values) for name, values in document["one_hot"].items()},
            prior=_read_rates(document["prior"]),
            rates={
                name: {value: _read_rates(rates) for value, rates in table.items()}
                for name, table in document["rates"].items()
            },
            seen={name: tuple(values) for name, values in document.get("seen", {}).items()},
            ranges={name: (int(low), int(high)) for name, (low, high) in document.get("ranges", {}).items()},
            diagnosis_rows={value: int(rows) for value, rows in document.get("diagnosis_rows", {}).items()},
        )
        names = tuple(document["feature_names"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(f"encoder state cannot be read: {type(error).__name__}: {error}") from error
    unknown = sorted({*state.dropped, *state.seen, *state.ranges} - BY_NAME.keys())
    if unknown:
        raise ArtifactError(f"encoder state: no such column: {', '.join(unknown)}")
    return state, names


def _read_rates(pair: Any) -> Rates:
    soon, ever = pair
    return float(soon), float(ever)
