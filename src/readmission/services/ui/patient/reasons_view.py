"""The reasons behind a risk, in clinical words, as bars of risk points that sum to the difference from the average."""

from collections.abc import Mapping
from html import escape
from typing import Any

from readmission.contract.encounter import BY_NAME, DIAGNOSES, DIAGNOSIS_SYSTEM
from readmission.errors import ReadmissionError
from readmission.services.ui.patient.diagnoses import name_diagnosis
from readmission.services.ui.value_words import word_of
from readmission.services.ui.words import Words

SHOWN = 8
VALUES_SHOWN = 3
_SAYS_NOTHING = (None, "", "No", "None", 0)


def show_reasons(explanation: Mapping[str, Any], encounter: Mapping[str, Any], words: Words) -> str:
    """The strongest reasons for the risk within 30 days; what is left is summed in one line.

    Args:
        explanation: of ``POST /explain``.
        encounter: what was scored, for the values behind each reason.
        words: the page's language.
    """
    risk = explanation["risk_30d"]
    reasons = risk["reasons"]
    rows = [(_title(each, words), _values(each, encounter, words), each["contribution"]) for each in reasons[:SHOWN]]
    rest = sum(each["contribution"] for each in reasons[SHOWN:])
    if reasons[SHOWN:]:
        rows.append((words("All other reasons"), "", rest))
    widest = max((abs(points) for *_, points in rows), default=0) or 1.0
    total = sum(abs(each["contribution"]) for each in reasons) or 1.0
    bars = "".join(_bar(title, values, points, widest, total, words) for title, values, points in rows)
    lead = words(
        "From {base}, the risk of a patient who is average in everything, to this patient's {risk}, in points of risk.",
        base=words.percent(risk["base_risk"]),
        risk=words.percent(risk["risk"]),
    )
    return (
        f'<section class="card reasons"><h3>{words("Why this risk")}</h3><p class="quiet">{lead}</p>'
        f"<table><thead><tr><th>{words('Reason')}</th><th><span class='ends'><span>{words('lowers')}</span>"
        f"<span>{words('raises')}</span></span></th><th>{words('Points')}</th><th>{words('Share')}</th></tr></thead>"
        f"<tbody>{bars}</tbody></table></section>"
    )


def show_no_reasons(error: ReadmissionError, words: Words) -> str:
    """Why there are no reasons."""
    return (
        f'<section class="card reasons"><h3>{words("Why this risk")}</h3>'
        f'<p class="quiet">{words("The reasons cannot be shown:")} {escape(words.known(error.message))}</p></section>'
    )


def _title(reason: Mapping[str, Any], words: Words) -> str:
    return str(reason["title_es"] if words.language == "es" else reason["title"])


def _values(reason: Mapping[str, Any], encounter: Mapping[str, Any], words: Words) -> str:
    """The patient's values a reason rests on: "Inpatient stays, prior year: 5"."""
    telling = [name for name in reason["columns"] if encounter.get(name) not in _SAYS_NOTHING]
    said = []
    for name in telling[:VALUES_SHOWN]:
        column, value = BY_NAME[name], encounter[name]
        if name in DIAGNOSES:
            said.append(name_diagnosis(value, words, encounter.get(DIAGNOSIS_SYSTEM)))
        elif column.kind == "count":
            said.append(f"{words(column.title)}: {value}")
        elif column.kind == "drug" or name in ("change", "diabetesMed"):
            said.append(f"{words(column.title)}: {word_of(column, value, words).lower()}")
        else:
            said.append(word_of(column, value, words))
    if not said and any(BY_NAME[name].missing_allowed for name in reason["columns"]):
        return words("not recorded")
    return "; ".join(said)


def _bar(title: str, values: str, points: float, widest: float, total: float, words: Words) -> str:
    side = "more" if points >= 0 else "less"
    sign = "+" if points >= 0 else "\N{MINUS SIGN}"
    width = 50 * abs(points) / widest
    left = 50 if points >= 0 else 50 - width
    return (
        f'<tr class="{side}"><th scope="row">{escape(title)}<small>{escape(values)}</small></th><td class="plot">'
        f'<i style="left:{left:.1f}%;width:{width:.1f}%"></i></td><td class="points">'
        f"{sign}{words.number(100 * abs(points))}</td>"
        f'<td class="share">{words.percent(abs(points) / total, 0)}</td></tr>'
    )
