"""Every English text the page can show, found in its code and in the contract."""

import ast
from pathlib import Path

import readmission.services.ui
from readmission import errors
from readmission.contract.encounter import DIAGNOSES_IN_WORDS, INPUT_COLUMNS
from readmission.services.ui import risk_band, value_words
from readmission.services.ui.models import card_summary, gate_reasons
from readmission.services.ui.models import view as models_view
from readmission.services.ui.operations import figure_cards, prometheus_panels
from readmission.services.ui.operations import tab as operations_tab
from readmission.services.ui.patient import contradictions, form_view
from readmission.services.ui.patient import form as patient_form
from readmission.services.ui.patient import tab as patient_tab
from readmission.services.ui.ward import tab as ward_tab
from readmission.services.ui.words import AWAY, Words

_PACKAGE = Path(readmission.services.ui.__path__[0])
MESSAGES = (
    "is out of range", "is required", "is not a known code", "is not an allowed value", "is too long",
    "is not a column of an encounter",
    "must be a whole number, not text", "must be a whole number, not a decimal number",
    "Patients who died or left for hospice are not scored", "The columns are not those of the template",
    "the patient died or left for hospice, so cannot be readmitted",
    "any discharge disposition but 11, 13, 14, 19, 20, 21",
    "The file cannot be read as CSV", "The file cannot be read as Parquet", "The file is no text; save the list as CSV",
    "This is a PDF; save the list as CSV", "This is a workbook (xlsx, ods); save the list as CSV",
    "This is a workbook (xls); save the list as CSV",
    "The file takes too long to unpack", "The file could not be unpacked: the page's log says why",
    "The file unpacks to far more than a list of patients needs",
    "looks like an ICD-10-CM code", "looks like an ICD-9-CM code",
    "is not an ICD-9-CM code", "is not an ICD-10-CM code",
    *(f"{words}; or missing (null or ?)" for words in DIAGNOSES_IN_WORDS.values()),
)  # fmt: skip
"""Texts of the service and of errors that the page shows most; others stay English."""


def every_text() -> set[str]:
    found = {text for file in _PACKAGE.rglob("*.py") for text in _literals(file)}
    found |= {column.title for column in INPUT_COLUMNS}
    found |= {column.unit for column in INPUT_COLUMNS if column.kind == "count" and column.unit}
    found |= set(MESSAGES) | {kind.title for kind in vars(errors).values() if hasattr(kind, "http_status")}
    found |= {title for title, _ in patient_form.GROUPS} | set(patient_tab.EXAMPLE_TITLES.values())
    found |= {field.title for field in patient_form.FIELDS.values()} | set(contradictions.SAID)
    found |= {*gate_reasons.SENTENCES, gate_reasons.CHECK, *gate_reasons.BOUNDS}
    found |= set(card_summary.QUESTIONS.values()) | {title for _, title in card_summary._FIGURES}
    for texts in (
        form_view.SYSTEMS,
        value_words.SPECIALTIES,
        value_words.PAYERS,
        ward_tab.TITLES,
        ward_tab.DECISIONS,
        models_view.DECISIONS,
        models_view.CUSTODY_PROBLEMS,
        models_view.METRICS,
    ):
        found |= set(texts.values())
    found |= {AWAY, *operations_tab.SPANS}
    for band in risk_band.BANDS:
        found |= {band.title, band.meaning}
    for panel in prometheus_panels.PANELS:
        found |= {panel.title, panel.unit, *panel.queries}
    for card in figure_cards.CARDS:
        found |= {card.title, card.since, *card.figures}
    recorder = _Recorder()
    for column in INPUT_COLUMNS:
        value_words.choices_of(column, recorder)
    found |= recorder.asked
    found |= {"risk service", "metrics exporter"}
    found |= {"success", "failed", "running", "queued", "never ran", "uci data", "file data", "synthetic data"}
    return found - {""}


class _Recorder(Words):
    def __init__(self) -> None:
        super().__init__("en")
        self.asked: set[str] = set()

    def __call__(self, english: str, **values: object) -> str:
        self.asked.add(english)
        return super().__call__(english, **values)


def _literals(file: Path) -> set[str]:
    """First arguments of calls to ``words`` and texts mapped over it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        arguments = node.args
        if name == "map" and isinstance(arguments[0], ast.Name) and arguments[0].id == "words":
            assert isinstance(arguments[1], ast.Tuple)
            arguments, name = arguments[1].elts, "words"
        elif name in ("words", "_words"):
            arguments = arguments[:1]
        if name in ("words", "_words"):
            found |= {
                each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return found
