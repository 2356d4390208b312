"""What a nurse can do next, by band and by reason; each step with its source, all of them in one file a site edits."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from readmission.errors import ConfigurationError
from readmission.features.feature_groups import GROUP_TITLES
from readmission.services.ui.patient.diagnoses import read_as_icd9
from readmission.services.ui.risk_band import BANDS
from readmission.services.ui.words import Words

OURS = Path(__file__).with_name("next_steps.json")
MOST_BY_REASON = 3
_SMALLEST_POINTS = 0.005


class Step(BaseModel):
    """One thing to do, in both languages, and who recommends it."""

    model_config = ConfigDict(extra="forbid")

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)
    source: str = Field(min_length=1)
    url: str = Field(default="", pattern="^(https://.*)?$")
    only_diagnoses: tuple[str, ...] = ()


class NextSteps(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="ignore")

    bands: dict[str, tuple[Step, ...]]
    reasons: dict[str, tuple[Step, ...]]


def load_next_steps(path: Path | None) -> NextSteps:
    """Read a site's file, or ours.

    Raises:
        ConfigurationError: it cannot be read; the message names the first place that is wrong.
    """
    file = path or OURS
    try:
        steps = NextSteps.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        first = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else None
        said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
        raise ConfigurationError(f"next steps cannot be read from {file}: {said}") from None
    known = {band.key for band in BANDS}
    unknown = sorted((steps.bands.keys() - known) | (steps.reasons.keys() - GROUP_TITLES.keys()))
    if unknown or known - steps.bands.keys():
        raise ConfigurationError(
            f"next steps in {file}: {', '.join(unknown) or ', '.join(sorted(known - steps.bands.keys()))}: "
            f"bands are {', '.join(sorted(known))}; reasons are {', '.join(GROUP_TITLES)}"
        )
    return steps


def choose_steps(
    steps: NextSteps, band: str, explanation: Mapping[str, Any] | None, encounter: Mapping[str, Any]
) -> list[Step]:
    """Steps of the band, then of the strongest reasons that raise the risk."""
    chosen = list(steps.bands[band])
    categories = {(category or "").partition(".")[0] for category in read_as_icd9(encounter).values()}
    reasons: Sequence[Mapping[str, Any]] = explanation["risk_30d"]["reasons"] if explanation else ()
    found: list[Step] = []
    for reason in sorted(reasons, key=lambda each: -each["contribution"]):
        if reason["contribution"] >= _SMALLEST_POINTS:
            found += [
                step
                for step in steps.reasons.get(reason["group"], ())
                if not step.only_diagnoses or categories & set(step.only_diagnoses)
            ]
    return chosen + found[:MOST_BY_REASON]


def show_steps(steps: Sequence[Step], words: Words) -> str:
    """The steps as a list."""
    rows = "".join(
        f"<li>{escape(step.es if words.language == 'es' else step.en)}<small>{_source(step, words)}</small></li>"
        for step in steps
    )
    return f'<section class="card steps"><h3>{words("Next steps")}</h3><ol>{rows}</ol></section>'


def _source(step: Step, words: Words) -> str:
    name = escape(step.source)
    linked = f'<a href="{escape(step.url)}" target="_blank" rel="noopener noreferrer">{name}</a>' if step.url else name
    return f"{words('Source:')} {linked}"
