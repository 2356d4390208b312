"""What goes to the gate, and what comes out: contestants, checks, the decision."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from readmission.features.encoder import Encoder
from readmission.learning.candidate import Probabilities
from readmission.learning.cross_validation import LabelledEncounters

Validation = LabelledEncounters
Decision = Literal["promoted", "kept", "refused"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate: its value, its bound, and whether it passed."""

    name: str
    value: float | str
    bound: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Contestant:
    """A version at the gate.

    ``threshold``: on ``risk_30d``, what it decides by. ``probabilities``: on the validation patients, in one order for
    all contestants. ``cross_validated``: the ``<target>_roc_auc`` of its training, where known. ``row_seconds``:
    processor time of one answer, where measured. ``empty_card_items``: of its model card. ``origin``: hashes, code and
    seed it was made from.
    """

    version: str
    model_hash: str
    dataset_kind: str
    probabilities: Probabilities
    encoder: Encoder
    threshold: float
    cross_validated: Mapping[str, float] = field(default_factory=dict)
    row_seconds: float | None = None
    empty_card_items: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The decision, its reason in a sentence, and all numbers."""

    decision: Decision
    reason: str
    checks: list[Check]
    challenger: dict[str, float]
    champion: dict[str, float] | None
    origins: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return {
            "checks": [asdict(check) for check in self.checks],
            "challenger": self.challenger,
            "champion": self.champion,
            "origins": self.origins,
        }


def say(check: Check) -> str:
    """The check in words, for a reason."""
    value = f"{check.value:.4f}" if isinstance(check.value, float) else check.value
    return f"{check.name} is {value}, must be {check.bound}"
