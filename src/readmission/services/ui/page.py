"""The whole page in one language: header, banner, tabs."""

from html import escape
from typing import Any

import gradio as gr

from readmission.client import AsyncInferenceClient
from readmission.errors import ReadmissionError
from readmission.services.ui.models.tab import ModelsTab
from readmission.services.ui.operations.newest_figures import PartFigures
from readmission.services.ui.operations.sources import AirflowStates, Prometheus
from readmission.services.ui.operations.tab import OperationsTab
from readmission.services.ui.patient.tab import build_patient_tab
from readmission.services.ui.ward.tab import build_ward_tab
from readmission.services.ui.words import LANGUAGES, Words

_LOGO = """<svg viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3"
  stroke-linecap="round" stroke-linejoin="round"><path d="M16 3a13 13 0 1 0 13 13"/><path d="M23 3v7h7"/>
  <path d="M16 10v12M10 16h12"/></svg>"""
_KEEP_FILES_SECONDS = 3600


def build_page(
    client: AsyncInferenceClient,
    prometheus: Prometheus,
    airflow: AirflowStates,
    parts: PartFigures,
    words: Words,
    system: str,
) -> gr.Blocks:
    """Lay out the page; every load reads the live model again."""

    async def look() -> tuple[str, str]:
        return await show_live_model(client, words)

    page: gr.Blocks
    with gr.Blocks(
        title=words("Readmission risk"),
        analytics_enabled=False,
        # Uploaded lists and results are of patients: none stays longer than it is needed.
        delete_cache=(_KEEP_FILES_SECONDS, _KEEP_FILES_SECONDS),
    ) as page:
        header = gr.HTML(show_header(words, None), elem_id="header")
        banner = gr.HTML("", elem_id="banner")
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            with gr.Tab(words("Patient"), id="patient") as patient:
                build_patient_tab(words, system)
            with gr.Tab(words("Ward list"), id="ward") as ward:
                build_ward_tab(words)
            with gr.Tab(words("Models"), id="models") as models:
                ModelsTab(client, words).build(models)
            with gr.Tab(words("Operations"), id="operations") as operations:
                OperationsTab(prometheus, airflow, parts, words).build(operations, [patient, ward, models])
        gr.HTML(f'<footer class="foot">{words("A decision aid. It does not replace clinical judgement.")}</footer>')
        page.load(look, None, [header, banner], api_visibility="private", show_progress="hidden")
    return page


async def show_live_model(client: AsyncInferenceClient, words: Words) -> tuple[str, str]:
    """Header and banner as the live model asks for them now."""
    try:
        live = (await client.list_models())["live"]
    except ReadmissionError as error:
        return show_header(words, None), show_away(error, words)
    return show_header(words, live), show_banner(live, words)


def show_header(words: Words, live: dict[str, Any] | None) -> str:
    """Name, live version, and the switch of language."""
    version = words("model version {version}", version=escape(live["version"])) if live else words("no model answers")
    links = "".join(
        f'<a href="../{code}/" lang="{code}" hreflang="{code}"{_current(code, words)}>{name}</a>'
        for code, name in LANGUAGES.items()
    )
    return f"""<div class="top"><div class="brand">{_LOGO}
      <div><h1>{words("Readmission risk")}</h1><p>{words("Patients with diabetes who leave hospital")}</p></div></div>
      <div class="side"><span class="chip{"" if live else " off"}">{version}</span>
      <nav class="languages" aria-label="{words("Language")}">{links}</nav></div></div>"""


def show_banner(live: dict[str, Any] | None, words: Words) -> str:
    """A band across the page where the answers must not be used for a patient."""
    if live is None:
        text = words(
            "No model is live: predictions are not possible. Run the model pipeline, or look at the Models tab."
        )
        return f'<div class="banner away" role="alert">{text}</div>'
    if live["dataset_kind"] != "synthetic":
        return ""
    title = words("Synthetic data — not for patients")
    text = words(
        "This model learned from made-up encounters. Its answers show how the system works "
        "and say nothing of a real patient."
    )
    return f'<div class="banner synthetic" role="alert"><strong>{title}</strong><span>{text}</span></div>'


def show_away(error: ReadmissionError, words: Words) -> str:
    """A band across the page while the inference service is away."""
    return f'<div class="banner away" role="alert">{words(error.title)}: {escape(words.explain(error))}</div>'


def _current(code: str, words: Words) -> str:
    return ' aria-current="true"' if code == words.language else ""
