"""The Patient tab: the form and, beside it, the answer. The browser's part is ``patient.js``, the server's
``patient_routes.py``.
"""

import gradio as gr

from readmission.services.ui.patient import result_view
from readmission.services.ui.patient.form_view import show_form
from readmission.services.ui.words import Words

EXAMPLE_TITLES = {
    "home-after-short-stay": "Short planned stay, going home",
    "rehabilitation-after-stroke": "Stroke, to rehabilitation",
    "young-ketoacidosis": "Young, ketoacidosis",
    "home-health-after-heart-failure": "Heart failure, home health",
    "frequent-visitor": "Sixth stay within a year",
}


def build_patient_tab(words: Words, system: str) -> None:
    """Lay the tab out; must be called inside a ``gr.Blocks``. ``system``: what diagnoses are coded in at first."""
    gr.HTML(show_patient(words, system), elem_id="patient", js_on_load=None)


def show_patient(words: Words, system: str) -> str:
    """The form, with the answer beside it."""
    waiting = result_view.show_waiting(words)
    return (
        f'<div class="patient"><div class="form-side">{show_form(EXAMPLE_TITLES, words, system)}</div>'
        f'<div id="answer" class="answer"><div id="stale-note" class="note warn" role="status" hidden>'
        f"<span>{words('The form has changed. This answer is for what was entered before.')}</span>"
        f'<button type="button" id="assess-again">{words("Assess again")}</button></div>'
        f'<div id="answer-body">{waiting}</div></div></div><template id="waiting">{waiting}</template>'
    )
