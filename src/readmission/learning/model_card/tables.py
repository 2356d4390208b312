"""Facts as tables in Markdown."""

from collections.abc import Iterable, Sequence

from readmission.contract.encounter import BY_NAME
from readmission.contract.target import T1, T2
from readmission.learning.measures.bootstrap import Interval
from readmission.learning.measures.subgroups import Subgroup
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.describe_split import MEANS, SMALLEST_COUNT
from readmission.learning.model_card.measure_split import MeasuredFigure, MeasuredSplit

TARGETS = {T1: "within 30 days", T2: "at all"}
FIGURES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "brier": "Brier score",
    "ece": "Expected calibration error",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept (slope held at one)",
}
DECISIONS = {
    "flag_rate": "Share flagged",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision (positive predictive value)",
    "number_needed_to_evaluate": "Number needed to evaluate: flagged for one who returns",
    "net_benefit": "Net benefit per patient",
}
RATES = {"flag_rate": "flagged", "sensitivity": "sensitivity", "specificity": "specificity", "precision": "precision"}
_DIGITS = {"brier": 4, "ece": 4, "net_benefit": 4, "number_needed_to_evaluate": 1}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; no cell may break it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def percent(share: float) -> str:
    """A share in per cent."""
    return f"{share * 100:.1f} %"


def figure_table(facts: CardFacts) -> str:
    """Performance on validation and test, with intervals."""
    columns = [(name, target) for name in facts.measured for target in TARGETS]
    head = ["figure", *(f"{name}, {TARGETS[target]}" for name, target in columns)]
    rows = [
        [title, *(facts.measured[name].figures[target][key].show(_DIGITS.get(key, 3)) for name, target in columns)]
        for key, title in FIGURES.items()
    ]
    return table(head, rows)


def decision_table(facts: CardFacts) -> str:
    """Decisions at the threshold, with intervals."""
    rows = [
        [title, *(each.decisions[key].show(_DIGITS.get(key, 3)) for each in facts.measured.values())]
        for key, title in DECISIONS.items()
    ]
    return table(["at the threshold", *facts.measured], rows)


def calibration_table(measured: MeasuredSplit) -> str:
    """Mean risk and share with the outcome, by tenths of risk."""
    both = zip(measured.calibration[T1], measured.calibration[T2], strict=True)
    rows = [
        [str(row), *(f"{each[0]:.3f} / {each[1]:.3f}" for each in pair), f"{pair[0][2]:,}"]
        for row, pair in enumerate(both, 1)
    ]
    head = ["group by risk", "within 30 days: risk / observed", "at all: risk / observed", "encounters"]
    return table(head, rows)


def subgroup_table(measured: MeasuredSplit) -> str:
    """Every group with enough patients, every figure with its interval."""
    head = ["group (patients)", *(f"AUC {name}" for name in TARGETS.values())]
    head += [f"{name}: risk / observed (interval of the gap)" for name in TARGETS.values()]
    rows = [
        [
            f"{group.name} ({group.patients:,})",
            *(_bounded(group.auc[target], group.auc_interval[target]) for target in TARGETS),
            *(_show_gap(group, target) for target in TARGETS),
            *(_bounded(getattr(group, rate), group.rate_intervals[rate]) for rate in RATES),
        ]
        for group in measured.subgroups
    ]
    return table([*head, *RATES.values()], rows)


def _bounded(value: float, bounds: Interval) -> str:
    return MeasuredFigure(value, *bounds).show()


def _show_gap(group: Subgroup, target: str) -> str:
    low, high = group.gap_interval[target]
    return f"{group.mean_risk[target]:.3f} / {group.observed[target]:.3f} ({low:+.3f} to {high:+.3f})"


def period_table(measured: MeasuredSplit) -> str:
    """Quarters in the order of ``encounter_id``."""
    rows = [
        [
            f"quarter {quarter}",
            f"{soon.encounters:,}",
            f"{soon.mean_risk:.3f} / {soon.observed:.3f}",
            soon.roc_auc.show(),
            f"{ever.mean_risk:.3f} / {ever.observed:.3f}",
            ever.roc_auc.show(),
        ]
        for quarter, (soon, ever) in enumerate(zip(measured.periods[T1], measured.periods[T2], strict=True), 1)
    ]
    head = ["", "encounters", "30 days: risk / observed", "AUC 30 days", "at all: risk / observed", "AUC at all"]
    return table(head, rows)


def split_table(facts: CardFacts) -> str:
    """Encounters, patients and events of each split."""
    rows = [
        [
            name,
            f"{each.encounters:,}",
            f"{each.patients:,}",
            *(f"{each.events[target]:,} ({percent(each.events[target] / each.encounters)})" for target in TARGETS),
            f"`{each.sha256}`",
        ]
        for name, each in facts.splits.items()
    ]
    return table(["split", "encounters", "patients", "back within 30 days", "back at all", "SHA-256 of the rows"], rows)


def demographic_table(facts: CardFacts) -> str:
    """Race, gender and age in every split, with the outcomes in train."""
    train = facts.splits["train"]
    rows = []
    for column, groups in train.groups.items():
        for value, group in groups.items():
            shares = []
            for each in facts.splits.values():
                there = each.groups[column].get(value)
                shares.append(f"under {SMALLEST_COUNT} rows" if there is None else percent(there.share))
            rows.append([f"{BY_NAME[column].title}: {value}", *shares, *(percent(group.returned[t]) for t in TARGETS)])
    head = ["", *facts.splits, "back within 30 days (train)", "back at all (train)"]
    return f"{table(head, rows)}\n\nValues with fewer than {SMALLEST_COUNT} train encounters are left out."


def predictor_table(facts: CardFacts) -> str:
    """Important predictors, treatments and missing values, split by split."""
    splits = facts.splits.values()
    rows = [[f"{title}, mean", *(f"{each.means[key]:.2f}" for each in splits)] for key, title in MEANS.items()]
    rows += [[title, *(percent(each.treated[title]) for each in splits)] for title in facts.splits["train"].treated]
    rows += [
        [f"{BY_NAME[name].title}: no value", *(percent(each.missing.get(name, 0.0)) for each in splits)]
        for name in facts.splits["train"].missing
    ]
    return table(["", *facts.splits], rows)


def flow_table(facts: CardFacts) -> str:
    """Encounters from the data set to the analysis."""
    return table(["what", "how many"], [[what, f"{count:,}"] for what, count in facts.rows.items()])
