"""TRIPOD+AI, item by item: what applies is answered from the run, what does not says why."""

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.learning.cross_validation import FOLDS
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.own_sections import INTENDED_USE, INTERVALS, NO_SAY, describe_subgroups
from readmission.learning.model_card.tables import (
    demographic_table,
    figure_table,
    flow_table,
    percent,
    predictor_table,
    split_table,
    table,
)


def answer_tripod_ai(facts: CardFacts) -> dict[str, str]:
    """Number of every item to its answer."""
    return {**_introduce(facts), **_describe_methods(facts), **_declare(facts), **_report(facts), **_discuss(facts)}


def _introduce(facts: CardFacts) -> dict[str, str]:
    origin, test = find_origin(facts.kind, facts.declared), facts.measured["test"]
    test_rows = facts.splits["test"]
    population = "patients with diabetes who leave an acute hospital"
    return {
        "1": f"Development and evaluation of a multivariable model of {population}: return to hospital within 30 days,"
        " and at all.",
        "2": f"Development and evaluation of a prognostic model for {population}; aim: early follow-up for those likely"
        f" to return. Data: {origin.source} Setting: {origin.setting} Outcome: readmission within 30 days and at all."
        f" Model: {facts.title}, validated within train in folds of patients, calibrated. Measures: discrimination,"
        f" calibration, decisions at a threshold. {test_rows.encounters:,} test encounters,"
        f" {test_rows.events[T1]:,} returned within 30 days; ROC AUC {test.figures[T1]['roc_auc'].show()} within 30"
        f" days and {test.figures[T2]['roc_auc'].show()} at all; calibration error"
        f" {test.figures[T1]['ece'].show(4)} and {test.figures[T2]['ece'].show(4)}. Predictors: demographics, the stay,"
        " diagnoses, laboratory bands, drugs, visits in the year before. Not registered.",
        "3a": "Prognostic, at discharge. Patients with diabetes return to hospital more often than others, and follow-up"
        " is scarce. Existing models: LACE (van Walraven 2010, doi 10.1503/cmaj.091117), only approximable on these"
        " columns; HOSPITAL (Donze 2013, doi 10.1001/jamainternmed.2013.3023), which needs haemoglobin and sodium that"
        " these data lack.",
        "3b": INTENDED_USE,
        "3c": "In the United States returns of patients with diabetes are more common among people of low income, of"
        " racial and ethnic minorities and with public insurance (Rubin 2015, doi 10.1007/s11892-015-0584-7). The model"
        " learns from records shaped by that. What it does for each group is under Subgroups.",
        "4": "Both development and evaluation (held-out patients of the same source) of one three-class model that gives"
        " both risks.",
    }


def _describe_methods(facts: CardFacts) -> dict[str, str]:
    origin, train, test = find_origin(facts.kind, facts.declared), facts.splits["train"], facts.splits["test"]
    features = len(facts.manifest.feature_names)
    threshold = facts.manifest.threshold
    by_hash = "a salted hash of the patient's number puts all stays of a patient into one of the three"
    return {
        "5a": origin.source
        and f"{origin.source} Development and evaluation data come from the same source: {by_hash}. {origin.rationale}"
        f" {origin.relevance}",
        "5b": origin.dates,
        "6a": origin.setting,
        "6b": origin.eligibility
        and f"{origin.eligibility} Left out here: patients who died or left for hospice, for they cannot return.",
        "6c": "Drugs for diabetes during the stay (none, lowered, steady, raised) are predictors. Treatment after"
        " discharge is not recorded.",
        "7": "Every row is checked against one contract of columns, types and codes; what breaks it is put aside with"
        " field and reason (`clean.quarantine`), the same for every group. Missing marks are read as missing. Columns"
        f" that say nothing on train are left out ({', '.join(facts.dropped) or 'none'}). One encoder serves training"
        " and serving.",
        "8a": "Whether and when the same patient's next inpatient stay was recorded in the data set: within 30 days,"
        " later, or never. Horizon: 30 days; without limit for the second risk. Thirty days is what hospitals in the"
        " United States are measured by. Read from records in one way for all groups; a return to a hospital outside"
        " the data set is not seen.",
        "8b": "Does not apply: the outcome is the date of an admission in the records, nobody judges it.",
        "8c": "Does not apply: it comes from records made before this model existed.",
        "9a": "All columns known at discharge, but identifiers: they stand for site and time. Columns were left out by a"
        " computation on train (`clean.columns` holds the reason of each).",
        "9b": "Each as recorded in the hospital's system at or before discharge, without regard to the outcome:\n\n"
        + table(["column", "meaning", "used"], [[c.name, c.meaning, _used(c.name, facts)] for c in INPUT_COLUMNS]),
        "9c": "Race, gender and diagnoses are as the hospital's staff entered them. Who they were is not recorded.",
        "10": "All eligible encounters were used; no size was calculated beforehand."
        f" Development: {train.events[T1]:,} returns within 30 days for {features} features,"
        f" {train.events[T1] / features:.1f} for each. Evaluation: {test.events[T1]:,} returns within 30 days in test"
        f"{_judge_size(test.events[T1])}.",
        "11": "No encounter is left out for a missing value. Missing race, payer, specialty or diagnosis is a value of"
        " its own; a test not done is the lowest rank. Shares without a value are under item 20b. No imputation: that a"
        " value is missing may itself say something, and does so again when the model is used.",
        "12a": f"Train about 60 %, validation 20 %, test 20 % of the patients: {by_hash}. Train: {FOLDS} folds of"
        f" patients for cross-validation. {NO_SAY}",
        "12b": "Counts as they are; ordered categories as ranks; frequent categories as indicators; diagnoses, specialty,"
        " payer and disposition as shrunken outcome rates, cross-fitted in folds of patients so that no row sees its own"
        " outcome; some products and sums (`docs/explanation/encoder.md`).",
        "12c": f"{facts.title}. The candidate with the lowest mean log-loss over the folds is taken. Its settings (under"
        " Training) were fixed before this run; boosting rounds, where there are any, are the median of the folds'"
        " early stopping. Then calibrated on out-of-fold predictions (matrix scaling, Guo 2017).",
        "12d": "Not possible: the data do not say which hospital a stay was in. Stays of a patient are one cluster,"
        " handled by dividing and resampling patients.",
        "12e": "Discrimination: ROC and PR AUC. Accuracy: Brier score. Calibration: expected calibration error, slope,"
        " intercept, plot. Use: rates at the threshold, number needed to evaluate, net benefit and decision curve."
        f" Groups: the same. {INTERVALS} Two versions are compared on the same resampled patients (the gate).",
        "12f": "None: validation and test changed nothing in the model. Calibration is part of training.",
        "12g": "By the exported ONNX graph and the stored encoder, the same files and code that serve"
        " (`POST /predict`); checked to agree with training within 1e-6.",
        "13": _describe_imbalance(facts),
        "14": "Patients are never put into two splits; groups are measured, not corrected for: no group has a threshold"
        " of its own, since that would flag people of equal risk differently. The gate refuses a version under which any"
        " group of at least 300 patients fares clearly worse than before.",
        "15": f"Two probabilities, `risk_30d` and `risk_any`, and a decision: flag from `risk_30d` >= {threshold:.4f} on."
        " The threshold follows from a stated cost ratio, not from the data (under Decision threshold).",
        "16": "None in setting, eligibility, outcome or predictors: all splits are of one source. Evaluation patients"
        " are others than training patients.",
        "17": origin.ethics,
    }


def _declare(facts: CardFacts) -> dict[str, str]:
    origin, developer = find_origin(facts.kind, facts.declared), facts.declared.developer.strip()
    funding = facts.declared.funding.strip()
    return {
        "18a": funding and f"As declared by the developer: {funding}.",
        "18b": developer and f"None declared. Developer: {developer}.",
        "18c": "No protocol was prepared. What is done is fixed in code and in `docs/decisions/`.",
        "18d": "Not registered.",
        "18e": origin.availability,
        "18f": f"All of it: the project's repository, Apache-2.0, commit `{facts.manifest.code_commit}`.",
        "19": "No patients or public were involved.",
    }


def _report(facts: CardFacts) -> dict[str, str]:
    return {
        "20a": "From the data set to the analysis:\n\n" + flow_table(facts) + "\n\n" + split_table(facts),
        "20b": demographic_table(facts) + "\n\n" + predictor_table(facts),
        "20c": "Validation and test beside train: the tables of item 20b.",
        "21": split_table(facts)
        + f"\n\nCross-validation: the train encounters, in {FOLDS} folds of patients. Nothing else was tuned in this run.",
        "22": f"{len(facts.manifest.feature_names)} features; the whole model is files beside this card: `encoder.json`,"
        " `model.onnx` (calibration included), hashes in `manifest.json`. It answers over HTTP (`POST /predict`), by the"
        " command line and in MLflow. Free to use and change (Apache-2.0); not cleared as a medical device.",
        "23a": f"{figure_table(facts)}\n\n{INTERVALS}\n\n{describe_subgroups(facts)}",
        "23b": "Not examined: hospitals are not told apart in the data.",
        "24": "None: no updating was done.",
    }


def _discuss(facts: CardFacts) -> dict[str, str]:
    test = facts.measured["test"].figures
    worst = min((each.auc[T1] for each in facts.measured["test"].subgroups), default=None)
    groups = "no group was large enough to judge" if worst is None else f"the lowest of a group is {worst:.3f}"
    return {
        "25": "The model tells patients apart moderately, as models of this outcome do, and its risks can be read as"
        f" frequencies where calibration holds (test: ROC AUC {test[T1]['roc_auc'].show()} within 30 days, slope"
        f" {test[T1]['calibration_slope'].show(2)}). It is less good for some than for others ({groups}).",
        "26": "One source, no other hospital measured; no dates; hospitals not told apart; outcome seen inside the data"
        " set only; three diagnosis codes; overfitting is checked by held-out patients and by the gate's comparison with"
        " cross-validation. What this does to the figures is under Known failures.",
        "27a": "The service checks every encounter against the contract and refuses what breaks it, naming each field."
        " Race, payer, specialty, diagnoses and tests may be missing, and are scored as missing. Drift in inputs raises"
        " an alert (`readmission monitor`).",
        "27b": "Users enter or send what is known at discharge and read risk, average risk and reasons. They need to know"
        " the patient and what a probability is. No knowledge of modelling is needed.",
        "27c": "External evaluation in other hospitals and recent years; ICD-10 codes; a trial of follow-up by the risk."
        " None of these is done.",
    }


def _used(column: str, facts: CardFacts) -> str:
    return "left out" if column in facts.dropped else "yes"


def _judge_size(events: int) -> str:
    usual = 100  # Collins, Ogundimu, Altman 2016, doi 10.1002/sim.6787
    return f", {'at least' if events >= usual else 'fewer than'} the {usual} that evaluation should have"


def _describe_imbalance(facts: CardFacts) -> str:
    train = facts.splits["train"]
    found = f"{percent(train.events[T1] / train.encounters)} of train encounters return within 30 days."
    if "undersampl" in facts.title.lower():
        return (
            f"{found} Classes are undersampled to equal size, several samples are averaged, and each class is"
            " multiplied by its share in train over its share in the sample; then calibrated on out-of-fold predictions."
        )
    return (
        f"{found} No method against imbalance was used: on the published data it gains nothing and spoils calibration."
    )
