"""The answer in one look, as HTML: band, both risks, where the patient stands, reasons, model."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from readmission.contract.encounter import BY_NAME
from readmission.services.ui import risk_band
from readmission.services.ui.patient.form import FIELDS
from readmission.services.ui.patient.standing_chart import draw_standing
from readmission.services.ui.value_words import word_of
from readmission.services.ui.words import Words

Answer = Mapping[str, Any]


def show_waiting(words: Words) -> str:
    """What stands in the result's place before the first answer."""
    title = words("No assessment yet")
    text = words("Fill in the form or take an example, then choose “Assess risk”. The answer appears here.")
    return f'<section class="card empty" aria-live="polite"><h2>{title}</h2><p>{text}</p></section>'


def show_problem(title: str, text: str, fields: Sequence[str], words: Words, names: Mapping[str, str]) -> str:
    """What went wrong, with a link to each marked field.

    Args:
        title: in the page's language.
        text: the same.
        fields: columns with a problem.
        words: the page's language.
        names: titles of the fields that are on the form.
    """
    rows = "".join(
        f'<li><a href="#field-{escape(name)}" data-goto="{escape(name)}">{escape(names[name])}</a></li>'
        for name in fields
        if name in names
    )
    listed = f"<p>{words('Look at:')}</p><ul>{rows}</ul>" if rows else ""
    return (
        f'<div id="result"><section class="card problem" role="alert"><h2>{escape(title)}</h2>'
        f"<p>{escape(text)}</p>{listed}</section></div>"
    )


def band_of(prediction: Answer, live: Answer | None) -> risk_band.Band:
    """The band of an answer, by the average of the version that gave it where it is known."""
    return risk_band.find_band(prediction["risk_30d"], prediction["threshold"], _base(prediction, live)["risk_30d"])


def _base(prediction: Answer, live: Answer | None) -> Mapping[str, float]:
    return (live or {}).get("base_risk") or {"risk_30d": prediction["threshold"], "risk_any": 0.5}


def show_result(
    prediction: Answer, live: Answer | None, words: Words, encounter: Mapping[str, Any], assumed: Sequence[str]
) -> str:
    """The answer.

    Args:
        prediction: of ``POST /predict``.
        live: the version that answered, of ``GET /models``; None where it changed in between.
        words: the page's language.
        encounter: what was scored.
        assumed: columns whose value nobody entered.
    """
    base = _base(prediction, live)
    risk, threshold = prediction["risk_30d"], prediction["threshold"]
    band = band_of(prediction, live)
    decision = words("Flagged for follow-up") if prediction["decision"] == "flag" else words("Not flagged")
    of_100 = round(100 * risk)
    return f"""
<div id="result"><section class="card result band-{band.key}" aria-live="polite">
  <header><h2 class="band">{words(band.title)}</h2><span class="decision">{decision}</span></header>
  <p class="meaning">{words(band.meaning)}</p>
  {_risk_row(words("Back within 30 days"), risk, base["risk_30d"], threshold, words, "main")}
  {_risk_row(words("Back at any time"), prediction["risk_any"], base["risk_any"], None, words, "second")}
  <div class="people">{_people(of_100, words)}</div>
  {_warnings(prediction, words)}{_assumed(assumed, encounter, words)}
  {_standing(risk, live, words)}
</section></div>"""


def _warnings(prediction: Answer, words: Words) -> str:
    """Values the model never saw, and codes that can mean several, by the names of their fields."""
    warnings = prediction.get("warnings") or ()
    unseen = [_name(each["field"], words) for each in warnings if not each.get("risk_30d")]
    notes = ""
    if unseen:
        text = words("The model never saw a patient with this value, so this answer is less certain:")
        notes = f'<p class="note warn" role="note">⚠ {text} <b>{escape(", ".join(unseen))}</b></p>'
    for each in warnings:
        if each.get("risk_30d"):
            low, high = each["risk_30d"]
            text = words(
                "This ICD-10 code can mean several ICD-9 codes the model knows; the risk within 30 days is"
                " {low} to {high}:",
                low=words.percent(low),
                high=words.percent(high),
            )
            notes += f'<p class="note warn" role="note">⚠ {text} <b>{escape(_name(each["field"], words))}</b></p>'
    return notes


def _name(field: str, words: Words) -> str:
    return words(FIELDS[field].title if field in FIELDS else BY_NAME[field].title)


def _assumed(assumed: Sequence[str], encounter: Mapping[str, Any], words: Words) -> str:
    """What nobody entered, so that nobody takes it for known."""
    said = []
    for name in assumed:
        column, value = BY_NAME[name], encounter.get(name)
        if value is not None and column.kind != "drug":
            shown = str(value) if column.kind == "count" else word_of(column, value, words)
            said.append(f"{words(FIELDS[name].title)}: {shown}")
    if not said:
        return ""
    title = words("Assumed, because nobody changed it ({count})", count=len(said))
    return f'<details class="assumed-list"><summary>{title}</summary><p>{escape("; ".join(said))}</p></details>'


def show_feedback(words: Words) -> str:
    """Agree, or say what is decided instead and why."""
    choices = "".join(
        f'<label><input type="radio" name="decided" value="{value}"><span>{text}</span></label>'
        for value, text in (("flag", words("Plan follow-up")), ("no_flag", words("No follow-up")))
    )
    return (
        f"<h3>{words('Do you agree with this decision?')}</h3>"
        f'<div class="buttons"><button type="button" id="agree">{words("I agree")}</button>'
        f'<button type="button" id="disagree">{words("I decide otherwise…")}</button></div>'
        f'<div class="override" hidden>'
        f'<div class="chips" role="radiogroup" aria-label="{words("I decide")}">{choices}</div>'
        f'<label class="title" for="override-reason">{words("Reason")}</label>'
        f'<div id="reason"><textarea id="override-reason" rows="2" maxlength="1000"></textarea></div>'
        f'<button type="button" id="send-override">{words("Store my decision")}</button></div>'
        f'<div id="feedback-note"></div>'
    )


def show_model(prediction: Answer, live: Answer | None, words: Words) -> str:
    """Which model answered, and the record of the answer."""
    version = escape(prediction["model_version"])
    trained = f" · {escape(live['candidate'])}" if live else ""
    return (
        f'<section class="card model"><h3>{words("Model")}</h3><p><b>{escape(prediction["model_name"])}</b> '
        f'{words("version {version}", version=version)}{trained} · <a href="card/{version}" target="_blank" '
        f'rel="noopener">{words("Model card")}</a></p>'
        f'<p class="quiet">{words("Stored as")} <code>{escape(prediction["prediction_id"])}</code></p></section>'
    )


def _risk_row(title: str, risk: float, average: float, threshold: float | None, words: Words, kind: str) -> str:
    marks = [(average, words("average"), "average")]
    if threshold is not None:
        marks.append((threshold, words("action level"), "threshold"))
    ticks = "".join(f'<i class="tick {key}" style="left:{100 * at:.2f}%"></i>' for at, _, key in marks)
    legend = " · ".join(f'<span class="key {key}">{label} {words.percent(at)}</span>' for at, label, key in marks)
    times = words("{times} × the average", times=words.number(risk / average)) if average else ""
    spoken = escape(f"{title}: {words.percent(risk)}")
    return f"""
  <div class="risk {kind}">
    <div class="line"><h3>{title}</h3><strong>{words.percent(risk)}</strong></div>
    <div class="bar" role="img" aria-label="{spoken}"><b style="width:{100 * risk:.2f}%"></b>{ticks}</div>
    <div class="legend"><span>{times}</span><span>{legend}</span></div>
  </div>"""


def _people(of_100: int, words: Words) -> str:
    dots = "".join(f'<i class="{"on" if number < of_100 else "off"}"></i>' for number in range(100))
    text = words("Of 100 patients like this one, about {count} come back within 30 days.", count=of_100)
    return f'<div class="dots" role="img" aria-label="{text}">{dots}</div><p>{text}</p>'


def _standing(risk: float, live: Answer | None, words: Words) -> str:
    quantiles: Sequence[float] = ((live or {}).get("risk_quantiles") or {}).get("risk_30d") or ()
    lower = risk_band.standing(risk, quantiles)
    if lower is None:
        return ""
    text = words("Higher than {count} of 100 discharges", count=lower)
    return f"""<div class="standing"><h3>{words("Among all discharges")}</h3>
      {draw_standing(risk, quantiles, text)}<p>{text}</p></div>"""
