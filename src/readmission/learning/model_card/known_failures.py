"""Where the model is known to fail: measured in the run wherever it can be."""

from readmission.contract.target import T1
from readmission.learning.measures.subgroups import MIN_PATIENTS, Subgroup
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.data_origin import SYNTHETIC_WARNING
from readmission.learning.model_card.tables import percent, period_table


def describe_failures(facts: CardFacts) -> str:
    """All of them; synthetic data first."""
    parts = [
        _describe_age_gap(facts),
        _describe_drift(facts),
        "**Modest discrimination.** Of two patients of whom one returns within 30 days, the model gives that one the"
        f" higher risk {percent(facts.measured['validation'].figures[T1]['roc_auc'].value)} of the time (validation)."
        f" At the threshold it misses {percent(1 - facts.measured['validation'].decisions['sensitivity'].value)} of those"
        " who return within 30 days.",
        "**Approximations.** Time is known by the order of encounters alone. Comorbidity is read from three diagnosis"
        " codes. Visits before the stay are counts of one year. A return to a hospital outside the data set is not"
        " seen and counts as none. A patient's death after discharge is not recorded. Planned returns are not told"
        " apart from unplanned ones.",
        "**Codes.** Diagnoses are ICD-9-CM; ICD-10-CM codes are translated to it. A code, payer or specialty never seen"
        " in training is scored as unseen, at the overall rate.",
    ]
    if facts.kind == "uci":
        parts.append(
            "**Chosen on known ground.** The recipe of training comes from earlier work on this same public data set,"
            " so its test patients are not wholly untouched; the spread over five splits is in"
            " `docs/reference/model-quality.md`."
        )
    if facts.kind == "synthetic":
        parts.insert(0, f"**{SYNTHETIC_WARNING}**")
    return "\n\n".join(parts)


def _describe_age_gap(facts: CardFacts) -> str:
    found = []
    for name, measured in facts.measured.items():
        groups = [each for each in measured.subgroups if each.name.startswith("age: ")]
        if len(groups) >= 2:
            best, worst = max(groups, key=lambda each: each.auc[T1]), min(groups, key=lambda each: each.auc[T1])
            found.append(f"{name}: best for {_say(best)}, worst for {_say(worst)}")
    if not found:
        return (
            f"**Age gap.** Fewer than two age bands have {MIN_PATIENTS} patients, so the gap cannot be measured on"
            " these data. On the published data the old were told apart less well: expect the same of real patients."
        )
    return (
        f"**Age gap.** Discrimination within 30 days differs by age. {'; '.join(found)}. Do not expect the overall figure"
        " for every age: each band is under Subgroups."
    )


def _say(group: Subgroup) -> str:
    low, high = group.auc_interval[T1]
    return f"{group.name}, ROC AUC {group.auc[T1]:.3f} ({low:.3f} to {high:.3f})"


def _describe_drift(facts: CardFacts) -> str:
    return (
        "**Drift over time.** Outcomes and patients change over the years. Validation patients by quarter in the order"
        " of `encounter_id`, a proxy of time; training patients come from all four quarters, so a model used after its"
        " training period does worse than this (`readmission evaluate` measures a division by time):\n\n"
        + period_table(facts.measured["validation"])
    )
