"""Our own sections of the card, in the words a clinician or an operator would ask in."""

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.learning.measures.bootstrap import REPLICATES
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.known_failures import describe_failures
from readmission.learning.model_card.tables import (
    calibration_table,
    decision_table,
    figure_table,
    percent,
    split_table,
    subgroup_table,
    table,
)

INTENDED_USE = (
    "To inform, at discharge, which patients with diabetes could use an early follow-up (a call, a visit, a look at the"
    " medication list), by the risk of an unplanned or planned return to hospital within 30 days and at all. It adds"
    " to a clinician's judgement and replaces none of it. Users: clinicians and discharge planners who know the"
    " patient, on adults and young people with diabetes who leave an acute hospital alive and not to hospice."
)
OUT_OF_SCOPE = (
    "- Deciding about a patient by the score alone; refusing, shortening or rationing care; payment; insurance; staffing.\n"
    "- Patients without diabetes, outpatients, newborns, stays over 14 days, and patients who die or leave for hospice:"
    " the service refuses the last two.\n"
    "- Any moment before discharge: the inputs are known at discharge only.\n"
    "- Reading a reason as a cause, or expecting the risk to change when an input is changed.\n"
    "- A hospital, country or year other than those trained on, without measuring it on local data first.\n"
    "- As a medical device: it is none, and no authority has examined it."
)
INTERVALS = f"95 % intervals: {REPLICATES} bootstrap samples of patients; a patient's stays come or go together."
NO_SAY = (
    "Validation patients are what the gate judges on. Test patients were scored once, when this version was registered,"
    " and decide nothing."
)


def write_sections(facts: CardFacts) -> dict[str, str]:
    """Title of each section to its text."""
    return {
        "Intended use": INTENDED_USE,
        "Out-of-scope use": OUT_OF_SCOPE,
        "Known failures": describe_failures(facts),
        "Data and code": _describe_data(facts),
        "Training": _describe_training(facts),
        "Performance": f"{figure_table(facts)}\n\n{INTERVALS} {NO_SAY}",
        "Calibration": describe_calibration(facts),
        "Subgroups": describe_subgroups(facts),
        "Decision threshold": describe_threshold(facts),
    }


def _describe_data(facts: CardFacts) -> str:
    manifest = facts.manifest
    known = table(
        ["what", "value"],
        [
            ["Kind of data set", facts.kind],
            ["SHA-256 of the data set", f"`{manifest.dataset['sha256']}`"],
            ["Code commit", f"`{manifest.code_commit}`"],
            ["Model hash", f"`{manifest.model_hash}`"],
            [
                "Registered",
                "the registry and `audit.promotions` hold the dates: this file is the same for the same run",
            ],
        ],
    )
    origin = find_origin(facts.kind, facts.declared)
    return f"{origin.source}\n\n{known}\n\n{split_table(facts)}"


def _describe_training(facts: CardFacts) -> str:
    manifest = facts.manifest
    settings = {**facts.parameters, "seed": manifest.seed, "boosting rounds": facts.rounds or "does not apply"}
    rows = [[str(name), str(value)] for name, value in settings.items()]
    left_out = ", ".join(facts.dropped) or "none"
    return (
        f"Candidate `{manifest.candidate}`: {facts.title}. {len(manifest.feature_names)} features from"
        f" {len(INPUT_COLUMNS) - len(facts.dropped)} columns; columns left out, decided on train: {left_out}."
        " Cross-validated in folds of patients within train; calibrated on the out-of-fold predictions; then trained"
        f" again on all of train.\n\n{table(['setting', 'value'], rows)}\n\nMean over the folds: ROC AUC"
        f" {facts.cross_validated[f'{T1}_roc_auc']:.3f} (30 days), {facts.cross_validated[f'{T2}_roc_auc']:.3f} (at all)."
    )


def describe_calibration(facts: CardFacts) -> str:
    """Risk against what came true, by groups of equal size."""
    parts = [f"**{name}**\n\n{calibration_table(measured)}" for name, measured in facts.measured.items()]
    return (
        "Of patients with a risk of 20 %, 20 % should return. Patients in groups of equal size by risk (fewer groups on"
        " few patients):\n\n" + "\n\n".join(parts)
    )


def describe_subgroups(facts: CardFacts) -> str:
    """Every group with enough patients, on validation and on test."""
    parts = []
    for name, measured in facts.measured.items():
        found = subgroup_table(measured) if measured.subgroups else "No group has 300 patients: nothing can be said."
        parts.append(f"**{name}**\n\n{found}")
    return (
        "Race, gender and age band, each value with at least 300 patients; rates are of decisions on the 30-day risk at"
        f" the threshold. {INTERVALS}\n\n" + "\n\n".join(parts)
    )


def describe_threshold(facts: CardFacts) -> str:
    """The threshold, what it costs, and what it does."""
    threshold = facts.manifest.threshold
    cost = 1 / threshold - 1
    return (
        f"A patient is flagged from a 30-day risk of {threshold:.4f} ({percent(threshold)}) on. Basis: a missed return"
        f" is taken to cost as much as {cost:.1f} needless follow-ups, so with calibrated risks 1 / (1 + {cost:.1f}) is"
        " the cheapest rule (Elkan 2001). The ratio is a choice, not a finding: who uses the model should make it"
        f" again.\n\n{decision_table(facts)}\n\n{INTERVALS} Net benefit: Vickers and Elkin 2006, against flagging no"
        " one (0)."
    )
