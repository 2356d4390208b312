"""The Ward list tab: a day's discharges as a file, scored, sorted by risk, with the rows that could not be.

The browser's part is ``ward.js``, the server's ``ward_routes.py``: the list never lies in a file of the page.
"""

import json
from html import escape
from typing import Any

import gradio as gr

from readmission.contract.encounter import BY_NAME
from readmission.services.ui.risk_band import BANDS
from readmission.services.ui.ward.score import RESULT_COLUMNS
from readmission.services.ui.words import Words

TITLES = {
    "row": "Row", "encounter_id": "Encounter id", "patient_nbr": "Patient number", "risk_30d": "Risk within 30 days, %",
    "risk_any": "Risk at any time, %", "decision": "Decision", "band": "Band", "warnings": "Never seen by the model",
    "model_version": "Model version", "prediction_id": "Prediction id", "problem": "Problem",
}  # fmt: skip
DECISIONS = {"flag": "Flagged for follow-up", "no_flag": "Not flagged"}
SHOWN = ("risk_30d", "band", "patient_nbr", "encounter_id", "risk_any", "decision", "row")
"""Columns of the table, the telling ones first: a phone shows the first three."""


def build_ward_tab(words: Words) -> None:
    """Lay the tab out; must be called inside a ``gr.Blocks``."""
    gr.HTML(show_ward(words), elem_id="ward-tab", js_on_load=None)


def show_ward(words: Words) -> str:
    """Everything of the tab; tables are empty until a list was scored."""
    lead = words("One row a discharge, the columns of the template. Every answer is stored; broken rows are listed.")
    everyone = [("", words("All")), *((band.key, words(band.title)) for band in reversed(BANDS))]
    chips = "".join(
        f'<label class="band-{key or "any"}"><input type="radio" name="ward-band" value="{key}"'
        f"{'' if key else ' checked'}><span>{text}</span></label>"
        for key, text in everyone
    )
    heads = "".join(
        f'<th scope="col" class="column-{name}" aria-sort="{"descending" if name == "risk_30d" else "none"}">'
        f'<button type="button" data-sort="{name}">{words(TITLES[name])}</button></th>'
        for name in SHOWN
    )
    problem_heads = "".join(
        f'<th scope="col">{name}</th>' for name in map(words, ("Row", "Field", "Problem", "Allowed"))
    )
    templates = "".join(
        f'<a class="plain-button" href="ward/template.{kind.lower()}" download>'
        f"{words('Template ({kind})', kind=kind)}</a> "
        for kind in ("CSV", "Parquet")
    )
    return f"""<div id="ward" data-texts="{escape(json.dumps(_texts(words)))}">
  <section class="card ward-controls"><div><h2>{words("Score a ward list")}</h2><p class="quiet">{lead}</p></div>
    <div id="ward-file"><label class="title" for="ward-input">{words("List (CSV or Parquet)")}</label>
      <input type="file" id="ward-input" accept=".csv,.txt,.parquet"></div>
    <div class="buttons"><button type="button" id="ward-start">{words("Score the list")}</button>
      {templates}</div>
  </section>
  <div id="ward-summary"></div>
  <section id="ward-results" class="card" hidden><div class="ward-bar">
      <div class="chips" id="ward-filter" role="radiogroup" aria-label="{words("Show")}">{chips}</div>
      <label class="search">{words("Search")} <input type="text" id="ward-search" spellcheck="false"></label>
      <button type="button" class="plain-button" id="ward-download">{words("Download results (CSV)")}</button></div>
    <p class="quiet" id="ward-hint">{words("Choose a row to see its reasons.")}</p>
    <div id="ward-table" class="ward-scroll" role="region" tabindex="0" aria-label="{words("Scored patients")}">
      <table><thead><tr>{heads}</tr></thead><tbody></tbody></table></div></section>
  <section id="ward-problems" class="card" hidden><h3>{words("Rows that could not be scored")}</h3>
    <div id="ward-problem-table" class="ward-scroll" role="region" tabindex="0"
      aria-label="{words("Rows that could not be scored")}">
      <table><thead><tr>{problem_heads}</tr></thead><tbody></tbody></table></div></section>
  <dialog id="ward-reasons" aria-label="{words("Why this risk")}">
    <div class="dialog-top"><strong id="ward-who"></strong>
      <button type="button" class="plain-button" id="ward-close">{words("Close")}</button></div>
    <div id="ward-why"></div></dialog>
</div>"""


def _texts(words: Words) -> dict[str, Any]:
    """What the browser itself says and writes into the download."""
    return {
        "columns": RESULT_COLUMNS,
        "shown": SHOWN,
        "titles": {name: words(title) for name, title in TITLES.items()},
        "bands": {band.key: words(band.title) for band in BANDS},
        "decisions": {key: words(text) for key, text in DECISIONS.items()},
        "fields": {name: words(column.title) for name, column in BY_NAME.items()},
        "language": words.language,
        "choose": words("Choose a file first."),
        "away": words("The page's server does not answer. Try again."),
        "working": words("Scoring: {done} of {of}"),
        "scored": words("scored and stored"),
        "flagged": words("flagged for follow-up"),
        "refused": words("not scored"),
        "patient": words("Patient"),
        "row": words("Row"),
        "none": words("No patient matches."),
    }
