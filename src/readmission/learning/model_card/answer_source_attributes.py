"""The 31 source attributes of rule HTI-1, each by name."""

from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.known_failures import describe_failures
from readmission.learning.model_card.own_sections import (
    INTERVALS,
    NO_SAY,
    OUT_OF_SCOPE,
    describe_calibration,
    describe_subgroups,
)
from readmission.learning.model_card.source_attributes import VARIABLES
from readmission.learning.model_card.tables import demographic_table, figure_table, table

_NOT_VALIDATED = "No external validation has been done: the model was measured on patients of its own source only."
_LOCAL = (
    "Not known when a version is made. Once outcomes come in (`POST /outcomes`, `readmission outcomes load`),"
    " `readmission monitor` measures it on the local patients this version scored and keeps it in"
    " `monitoring.performance`"
)


def answer_source_attributes(facts: CardFacts) -> dict[str, str]:
    """Paragraph of every attribute to its answer."""
    return {**_describe(facts), **_develop(facts), **_measure(facts), **_maintain()}


def _describe(facts: CardFacts) -> dict[str, str]:
    declared = facts.declared
    developer, contact, funding = (each.strip() for each in (declared.developer, declared.contact, declared.funding))
    return {
        "(1)(i)": f"Developer: {developer}. Contact: {contact}." if developer and contact else "",
        "(1)(ii)": funding and f"As declared by the developer: {funding}.",
        "(1)(iii)": "Two probabilities between 0 and 1: that the patient returns to hospital within 30 days"
        " (`risk_30d`), and that the patient returns at all (`risk_any`).",
        "(1)(iv)": "Prediction (both risks), and a classification made of it by a threshold (`flag` or `no_flag`).",
        "(2)(i)": "At discharge, to inform who gets an early follow-up.",
        "(2)(ii)": "Patients with any kind of diabetes who leave an acute hospital alive, not to hospice, after 1 to 14"
        " days.",
        "(2)(iii)": "Clinicians and discharge planners who know the patient.",
        "(2)(iv)": "Informs clinical management. It does not replace it, and triggers nothing by itself.",
        "(3)(i)": OUT_OF_SCOPE,
        "(3)(ii)": describe_failures(facts),
    }


def _develop(facts: CardFacts) -> dict[str, str]:
    origin = find_origin(facts.kind, facts.declared)
    return {
        "(4)(i)": origin.eligibility
        and f"{origin.eligibility} Excluded here: patients who died or left for hospice, and rows that break the"
        " contract of columns.",
        "(4)(ii)": table(["variable", "input feature"], [[name, _use_of(name, facts)] for name in VARIABLES]),
        "(4)(iii)": f"{demographic_table(facts)}\n\nEthnicity apart from race, language, sexual orientation, gender"
        " identity, social determinants and health status assessments are not in the data: representativeness by them"
        " is not known.",
        "(4)(iv)": origin.relevance,
        "(5)(i)": "No group has a threshold or a model of its own: equal risks are treated equally. Every version is"
        " measured in each group of race, gender and age with at least 300 patients, and the gate refuses one under"
        " which a group fares clearly worse than under the live version.",
        "(5)(ii)": "Patients are divided whole, so that no figure is flattered; identifiers (site, time) are never"
        " inputs; calibration is checked overall and in groups. Bias of the records themselves (who was admitted, coded"
        " and followed) is not removed.",
        "(6)(i)": f"None. {_NOT_VALIDATED}",
        "(6)(ii)": f"Nobody. {_NOT_VALIDATED}",
        "(6)(iii)": f"Does not apply. {_NOT_VALIDATED}",
        "(6)(iv)": f"There was no such process. {_NOT_VALIDATED} A hospital can do it: `readmission score` on its own"
        " encounters, then `readmission outcomes load`.",
    }


def _measure(facts: CardFacts) -> dict[str, str]:
    return {
        "(7)(i)": f"{figure_table(facts)}\n\n{describe_calibration(facts)}\n\n{INTERVALS} {NO_SAY}",
        "(7)(ii)": describe_subgroups(facts),
        "(7)(iii)": f"Not known. {_NOT_VALIDATED}",
        "(7)(iv)": f"Not known. {_NOT_VALIDATED}",
        "(7)(v)": "None: nobody has studied what use of this model does to outcomes.",
    }


def _maintain() -> dict[str, str]:
    return {
        "(8)(i)": "`readmission monitor`, every half hour (DAG `monitor`): inputs and risks are compared with the"
        " training profile, performance is estimated before outcomes come and measured after, with intervals.",
        "(8)(ii)": f"{_LOCAL}.",
        "(8)(iii)": "The same run measures by gender and by age (below 50, 50 to 69, from 70 on) once outcomes have come,"
        " every half hour. Race is not watched over time; it is measured anew with every version.",
        "(8)(iv)": f"{_LOCAL}, by gender and by age.",
        "(9)(i)": "Trained again when data drift, when new data arrive or when calibration fails (DAG"
        " `diabetes_model_pipeline`, once for each cause); a new version goes live only through the gate, with a card of"
        " its own.",
        "(9)(ii)": "At any time, within minutes of a decision: a realised calibration error above 0.05 on 500 outcomes"
        " asks for training by itself, and `readmission rollback` brings back the version before at once.",
    }


def _use_of(variable: str, facts: CardFacts) -> str:
    race, gender, age = (column not in facts.dropped for column in ("race", "gender", "age"))
    yes = {
        "race": ("yes, as recorded by the hospital (five values or missing)", race),
        "ethnicity": ("only as the value Hispanic of race", race),
        "sex": ("yes, the recorded gender: Female, Male, Unknown/Invalid", gender),
        "date of birth": ("yes, as age at admission in bands of ten years", age),
    }
    if variable in yes:
        text, used = yes[variable]
        return text if used else "no: left out, decided on train"
    if variable == "social determinants of health data":
        return "no; payer and discharge disposition are inputs and may stand for some of it"
    return "no: not in the data"
