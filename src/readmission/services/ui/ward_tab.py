"""The Ward list tab: a day's discharges as a file, scored, sorted by risk, with the rows that could not be."""

import shutil
import tempfile
import time
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import polars as pl

from readmission.contract.encounter import BY_NAME
from readmission.errors import FieldProblem, ReadmissionError
from readmission.services.ui.inference_client import InferenceClient
from readmission.services.ui.read_ward_file import read_ward_file, write_template
from readmission.services.ui.risk_band import BANDS
from readmission.services.ui.score_ward import PROBLEM_COLUMNS, RESULT_COLUMNS, WardResult, score_ward
from readmission.services.ui.words import Words

BATCH_PATH = "/predict/batch"
_TITLES = {
    "row": "Row", "encounter_id": "Encounter id", "patient_nbr": "Patient number", "risk_30d": "Risk within 30 days, %",
    "risk_any": "Risk at any time, %", "decision": "Decision", "band": "Band", "model_version": "Model version",
    "prediction_id": "Prediction id", "field": "Field", "problem": "Problem", "allowed": "Allowed",
}  # fmt: skip
_KEEP_SECONDS = 600
"""A list of patients stays no longer than Gradio needs to copy it."""
_DECISIONS = {"flag": "Flagged for follow-up", "no_flag": "Not flagged"}


class WardTab:
    """Builds the tab and answers its events."""

    def __init__(self, client: InferenceClient, words: Words) -> None:
        self._client = client
        self._words = words
        self._results = tempfile.TemporaryDirectory(prefix="readmission-results-")  # removed when the page ends

    def build(self) -> None:
        """Lay the tab out; must be called inside a ``gr.Blocks``."""
        words = self._words
        folder = Path(tempfile.mkdtemp(prefix="readmission-templates-"))
        templates = [write_template(folder / name) for name in ("ward-list.csv", "ward-list.parquet")]
        lead = words(
            "One row a discharge, the columns of the template. Every answer is stored; broken rows are listed."
        )
        gr.HTML(f'<h2 class="section">{words("Score a ward list")}</h2><p class="quiet">{lead}</p>')
        with gr.Row(elem_classes=["ward-controls"]):
            upload = gr.File(label=words("List (CSV or Parquet)"), file_types=[".csv", ".parquet"], elem_id="ward-file")
            with gr.Column(min_width=200):
                for path in templates:
                    gr.DownloadButton(words("Template ({kind})", kind=path.suffix[1:].upper()), value=path, size="sm")
                start = gr.Button(words("Score the list"), variant="primary", elem_id="ward-start")
        summary = gr.HTML("", elem_id="ward-summary")
        with gr.Column(visible=False, elem_id="ward-results") as results:
            with gr.Row():
                everyone = words("All")
                bands = [(everyone, ""), *((words(band.title), words(band.title)) for band in reversed(BANDS))]
                band = gr.Radio(bands, value="", label=words("Show"), elem_id="ward-filter")
                download = gr.DownloadButton(words("Download results (CSV)"), elem_id="ward-download")
            table = gr.Dataframe(
                headers=self._headers(RESULT_COLUMNS), interactive=False, show_search="search", max_height=520,
                datatype=["number", "number", "number", "number", "number", "str", "str", "str", "str"],
                elem_id="ward-table", label=words("Scored, highest risk first"), buttons=[],
            )  # fmt: skip
        with gr.Column(visible=False, elem_id="ward-problems") as problems:
            refused = gr.Dataframe(
                headers=self._headers(PROBLEM_COLUMNS), interactive=False, wrap=True, max_height=360,
                column_widths=["70px", "32%", "28%", "34%"],
                elem_id="ward-problem-table", label=words("Rows that could not be scored"), buttons=[],
            )  # fmt: skip
        rows = gr.State([])
        start.click(
            self.score, upload, [summary, results, table, download, problems, refused, rows, band],
            api_visibility="private", show_progress_on=[summary],
        )  # fmt: skip
        band.change(self.choose, [rows, band], table, api_visibility="private", show_progress="hidden")

    async def score(self, path: str | None, progress: gr.Progress = gr.Progress()) -> list[Any]:  # noqa: B008
        """Read the file, score it, show everything."""
        words = self._words
        if path is None:
            return self._nothing(f'<p class="note bad" role="alert">{words("Choose a file first.")}</p>')
        try:
            rows = read_ward_file(Path(path))
            if not await self._client.offers(BATCH_PATH):
                hint = words("This inference service cannot score lists yet: it has no POST /predict/batch.")
                return self._nothing(f'<p class="note bad" role="alert">{hint}</p>')
            live = (await self._client.models())["live"] or {}
            average = (live.get("base_risk") or {}).get("risk_30d", 0.0)
            result = await score_ward(
                self._client, rows, average, lambda done, of: progress((done, of), unit=words("rows"))
            )
        except ReadmissionError as error:
            return self._nothing(self._refusal(error))
        return self._show(result)

    def choose(self, rows: list[list[Any]], band: str) -> Any:
        """The rows of one band, or all."""
        place = RESULT_COLUMNS.index("band")
        return gr.update(value=[row for row in rows if not band or row[place] == band])

    def _show(self, result: WardResult) -> list[Any]:
        words = self._words
        rows = [self._in_words(each) for each in result.scored]
        problems = [
            [each["row"], self._title(each["field"]), words.known(str(each["problem"])), each["allowed"] or ""]
            for each in result.problems
        ]
        flagged = sum(each["decision"] == "flag" for each in result.scored)
        figures = [
            (len(rows), words("scored and stored"), "good"),
            (flagged, words("flagged for follow-up"), "flag"),
            (result.rows_refused, words("not scored"), "bad" if result.rows_refused else "none"),
        ]
        boxes = "".join(f'<div class="figure {kind}"><b>{words.number(n, 0)}</b> {t}</div>' for n, t, kind in figures)
        return [
            f'<div class="figures" role="status">{boxes}</div>',
            gr.update(visible=bool(rows)),
            gr.update(value=rows),
            gr.update(value=self._write(rows) if rows else None),
            gr.update(visible=bool(problems)),
            gr.update(value=problems),
            rows,
            "",
        ]

    def _nothing(self, message: str) -> list[Any]:
        hidden = gr.update(visible=False)
        return [message, hidden, gr.update(value=[]), gr.update(), hidden, gr.update(value=[]), [], ""]

    def _in_words(self, each: dict[str, Any]) -> list[Any]:
        words = self._words
        shown = {
            **each,
            "risk_30d": round(100 * each["risk_30d"], 2),
            "risk_any": round(100 * each["risk_any"], 2),
            "decision": words(_DECISIONS[each["decision"]]),
            "band": words(each["band"]),
        }
        return [shown[name] for name in RESULT_COLUMNS]

    def _write(self, rows: list[list[Any]]) -> Path:
        """The results as a file of this visitor alone; Gradio copies it at once and deletes its copy after an hour."""
        delete_older_than(Path(self._results.name), _KEEP_SECONDS)
        path = Path(tempfile.mkdtemp(dir=self._results.name)) / "ward-results.csv"
        pl.DataFrame(rows, schema=self._headers(RESULT_COLUMNS), orient="row").write_csv(path)
        return path

    def _refusal(self, error: ReadmissionError) -> str:
        words = self._words
        lines = "".join(f"<li>{self._say(problem)}</li>" for problem in error.problems)
        return f'<div class="note bad" role="alert">{escape(words.known(error.message))}<ul>{lines}</ul></div>'

    def _say(self, problem: FieldProblem) -> str:
        return f"<b>{escape(problem.field)}</b> {escape(self._words.known(problem.problem))}"

    def _title(self, name: str) -> str:
        return f"{self._words(BY_NAME[name].title)} ({name})" if name in BY_NAME else name

    def _headers(self, columns: tuple[str, ...]) -> list[str]:
        return [self._words(_TITLES[name]) for name in columns]


def delete_older_than(folder: Path, seconds: float) -> None:
    """Delete the folders inside a folder that were not changed for so long; another visitor's new ones stay."""
    oldest = time.time() - seconds
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # another visitor's request deleted it first
            if each.stat().st_mtime < oldest:
                shutil.rmtree(each, ignore_errors=True)
