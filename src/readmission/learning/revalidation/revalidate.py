"""Measure a model on a site's own patients, and say it in words, tables and pictures."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from readmission.contract.origin import StoredDataset
from readmission.contract.target import T1, T2
from readmission.errors import FieldProblem, InvalidInputError
from readmission.learning.candidate import Probabilities
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.measures.metrics import measure
from readmission.learning.measures.plots import TITLES, draw_plots
from readmission.learning.measures.quality_plots import draw_quality_plots
from readmission.learning.model_card.measure_split import MeasuredSplit, measure_split
from readmission.learning.revalidation.recalibration import (
    Recalibration,
    fit_recalibration,
    recalibrate_out_of_fold,
)
from readmission.learning.split_data import SplitData

LEAST_EVENTS = 100
"""Patients with, and without, each outcome below which a validation says little (Collins et al. 2016, doi
10.1002/sim.6787)."""
_PICTURES = ("roc.png", "calibration.png", "subgroups.png", "decision_curve.png")
_FIGURES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
    "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept",
}


@dataclass(frozen=True, slots=True)
class Revalidation:
    """What was found.

    ``recalibration``: fitted on all patients. ``recalibrated``: metrics of risks recalibrated out of fold, by name.
    """

    encounters: int
    patients: int
    measured: MeasuredSplit
    recalibration: Recalibration
    recalibrated: dict[str, float]


def revalidate(
    data: LabelledEncounters, probabilities: Probabilities, threshold: float, dataset: StoredDataset, seed: int
) -> Revalidation:
    """Discrimination, calibration, decisions and subgroups, and what recalibration would change.

    Args:
        data: the site's eligible encounters with their outcomes.
        probabilities: float64[N, 3] of them.
        threshold: ``risk_30d`` from which a patient is flagged.
        dataset: where they come from.
        seed: of resampled patients and folds.

    Raises:
        InvalidInputError: too few patients have one of the outcomes, or too few have not.
    """
    _refuse_too_few(data)
    measured = measure_split(SplitData(data, dataset.sha256, dataset, ()), probabilities, threshold, seed)
    mended = recalibrate_out_of_fold(probabilities, data.labels, data.patients, seed)
    return Revalidation(
        encounters=len(data.labels),
        patients=data.patient_count,
        measured=measured,
        recalibration=fit_recalibration(probabilities, data.labels),
        recalibrated=measure(mended, data.labels),
    )


def _refuse_too_few(data: LabelledEncounters) -> None:
    sides = {
        "with a return within 30 days": data.labels == 2,
        "without one": data.labels != 2,
        "with any return": data.labels >= 1,
        "without any": data.labels < 1,
    }
    found = {name: len(np.unique(data.patients[rows])) for name, rows in sides.items()}
    if few := [f"{count} patients {name}" for name, count in found.items() if count < LEAST_EVENTS]:
        problem = FieldProblem("readmitted", ", ".join(few), f"at least {LEAST_EVENTS} of each")
        raise InvalidInputError("Too few outcomes to judge a model by", (problem,))


def draw_revalidation(
    found: Revalidation, data: LabelledEncounters, probabilities: Probabilities, threshold: float
) -> dict[str, bytes]:
    """The report's pictures as PNG, by file name."""
    figures = {
        **draw_plots(probabilities, data.labels),
        **draw_quality_plots(probabilities, data.labels, found.measured.subgroups, threshold),
    }
    drawn = {}
    for name in _PICTURES:
        content = io.BytesIO()
        figures[name].savefig(content, format="png", metadata={"Software": None})
        drawn[name] = content.getvalue()
    return drawn


def describe_revalidation(found: Revalidation) -> dict[str, Any]:
    """Every figure, for programs: a value, or value, low and high of its 95 % interval."""

    def figure(value: Any) -> Any:
        return value.value if value.low is None else [value.value, value.low, value.high]

    measured = found.measured
    return {
        "encounters": found.encounters,
        "patients": found.patients,
        "figures": {
            target: {name: figure(value) for name, value in figures.items()}
            for target, figures in measured.figures.items()
        },
        "decisions": {name: figure(value) for name, value in measured.decisions.items()},
        "subgroups": [
            {"name": group.name, "patients": group.patients, "roc_auc": group.auc, "flag_rate": group.flag_rate}
            | {"observed": group.observed, "mean_risk": group.mean_risk, "sensitivity": group.sensitivity}
            for group in measured.subgroups
        ],
        "recalibration": {
            "slope": found.recalibration.slope,
            "intercepts": found.recalibration.intercepts.tolist(),
            "out_of_fold": found.recalibrated,
        },
    }


def write_report(found: Revalidation, facts: Mapping[str, str]) -> str:
    """The report as Markdown; its pictures lie beside it.

    Args:
        found: what was measured.
        facts: what is of whom: titles and texts for the head.
    """
    measured, mended = found.measured, found.recalibration
    lines = ["# Revalidation", ""]
    lines += [f"- {title}: {text}" for title, text in facts.items()]
    lines += [f"- {found.encounters:,} encounters of {found.patients:,} patients", ""]
    lines += ["Intervals are 95 %, over resampled patients.", "", "## Discrimination and calibration", ""]
    lines += [f"| | {TITLES[T1]} | {TITLES[T2]} |", "|---|---|---|"]
    for name, title in _FIGURES.items():
        lines.append(f"| {title} | {measured.figures[T1][name].show()} | {measured.figures[T2][name].show()} |")
    lines += ["", "![ROC](roc.png)", "", "![Calibration](calibration.png)", ""]
    lines += ["A slope below 1: risks too extreme. An intercept below 0: risks too high.", ""]
    lines += ["## Decisions at the threshold", "", "| | |", "|---|---|"]
    lines += [f"| {name.replace('_', ' ')} | {value.show()} |" for name, value in measured.decisions.items()]
    lines += ["", "![Decision curve](decision_curve.png)", "", "## Groups of at least 300 patients", ""]
    lines += [
        "| group | patients | AUC, 30 days | came back within 30 days | mean risk | flagged |",
        "|---|---|---|---|---|---|",
    ]
    for group in measured.subgroups:
        lines.append(
            f"| {group.name} | {group.patients:,} | {group.auc[T1]:.3f} | {group.observed[T1]:.1%} "
            f"| {group.mean_risk[T1]:.1%} | {group.flag_rate:.1%} |"
        )
    lines += ["", "![Groups](subgroups.png)", "", "## What recalibration here would change", ""]
    lines += ["| | as it is | recalibrated, on patients it was not fitted on |", "|---|---|---|"]
    for target in (T1, T2):
        for name in ("roc_auc", "brier", "ece"):
            before, after = measured.figures[target][name].value, found.recalibrated[f"{target}_{name}"]
            lines.append(f"| {TITLES[target]}: {_FIGURES[name]} | {before:.4f} | {after:.4f} |")
    late, soon = mended.intercepts[1:]
    lines += [
        "",
        f"Fitted on all patients: slope {mended.slope:.3f}, intercepts {late:+.3f} (readmitted after 30 days) and "
        f"{soon:+.3f} (within 30 days). Nothing was changed: the model answers as before.",
        "",
    ]
    return "\n".join(lines)
