"""The Operations tab: plots of the last minutes from Prometheus, and the pipeline's state from Airflow.

Where one of them is away, the newest figures come from the parts themselves.
"""

import asyncio
from html import escape

import gradio as gr

from readmission.errors import UnavailableError
from readmission.services.ui.operations.figure_cards import show_figures
from readmission.services.ui.operations.line_chart import COLORS, DASHES, draw_lines
from readmission.services.ui.operations.newest_figures import PartFigures
from readmission.services.ui.operations.prometheus_panels import PANELS, Panel
from readmission.services.ui.operations.sources import AirflowStates, DagState, Prometheus
from readmission.services.ui.plain_table import show_table
from readmission.services.ui.words import Words

SPANS = {"Last 15 minutes": 900, "Last hour": 3600, "Last 6 hours": 21_600, "Last day": 86_400}
REFRESH_SECONDS = 5


class OperationsTab:
    """Builds the tab; its plots are drawn anew every few seconds while it is open."""

    def __init__(self, prometheus: Prometheus, airflow: AirflowStates, parts: PartFigures, words: Words) -> None:
        self._prometheus = prometheus
        self._airflow = airflow
        self._parts = parts
        self._words = words

    def build(self, tab: gr.Tab, others: list[gr.Tab]) -> None:
        """Lay the tab out.

        Args:
            tab: this one.
            others: opening one of them stops the refreshing.
        """
        words = self._words
        choices = [(words(title), seconds) for title, seconds in SPANS.items()]
        span = gr.Radio(choices, value=900, label=words("Time shown"), elem_id="span")
        plots = gr.HTML("", elem_id="plots")
        pipeline = gr.HTML("", elem_id="pipeline")
        timer = gr.Timer(REFRESH_SECONDS, active=False)
        for event in (timer.tick, tab.select, span.change):
            event(self.look, span, [plots, pipeline], api_visibility="private", show_progress="hidden")
        tab.select(lambda: gr.Timer(active=True), None, timer, api_visibility="private", show_progress="hidden")
        for other in others:
            other.select(lambda: gr.Timer(active=False), None, timer, api_visibility="private", show_progress="hidden")

    async def look(self, seconds: int) -> tuple[str, str]:
        """Plots and pipeline, as they are now."""
        plots, pipeline = await asyncio.gather(self._look_at_plots(int(seconds)), self._look_at_pipeline())
        return plots, pipeline

    async def _look_at_plots(self, seconds: int) -> str:
        try:
            drawn = await asyncio.gather(*(self._draw(panel, seconds) for panel in PANELS))
        except UnavailableError as error:
            return await self._show_newest(error)
        return f'<div class="plots">{"".join(drawn)}</div>'

    async def _draw(self, panel: Panel, seconds: int) -> str:
        words = self._words
        found = await asyncio.gather(*(self._prometheus.read_range(query, seconds) for query in panel.queries.values()))
        lines = {
            words(name): [(at, value * panel.scale) for at, value in points]
            for name, points in zip(panel.queries, found, strict=True)
        }
        title = words(panel.title)
        known = {name: points for name, points in lines.items() if points}
        if not known:
            nothing = words("No figures yet.")
            return f'<section class="card plot-card"><h2>{title}</h2><p class="quiet">{nothing}</p></section>'
        legend = "".join(_show_key(n, name, points[-1][1]) for n, (name, points) in enumerate(known.items()))
        newest = ", ".join(f"{name} {points[-1][1]:.3g} {words(panel.unit)}" for name, points in known.items())
        spoken = f"{title}: {newest}"
        return (
            f'<section class="card plot-card"><h2>{title} <small>{words(panel.unit)}</small></h2>'
            f'{draw_lines(known, spoken)}<div class="chart-legend">{legend}</div></section>'
        )

    async def _show_newest(self, error: UnavailableError) -> str:
        """Figures without a course, and how to get one."""
        words = self._words
        newest = await self._parts.read()
        hint = words(
            "These are the newest figures, from the parts themselves. Plots over time need Prometheus: "
            "`make system-deps` installs it on this machine, then `make up` starts it; "
            "READMISSION_UI__PROMETHEUS_URL names one elsewhere."
        )
        away = (
            words("Without an answer: {names}.", names=", ".join(words(name) for name in newest.away))
            if newest.away
            else ""
        )
        said = escape(words.known(error.message))
        return (
            f'<section class="card away-card"><h2>{said}</h2><p>{escape(hint)} <b>{away}</b></p></section>'
            f"{show_figures(newest, words)}"
        )

    async def _look_at_pipeline(self) -> str:
        words = self._words
        title = f"<h2>{words('Pipeline')}</h2>"
        try:
            dags = await self._airflow.read()
        except UnavailableError as error:
            dags = (await self._parts.read()).dags()
            if not dags:
                hint = words("The pipeline's state needs Airflow, started by `make up`.")
                said = f"{escape(words.known(error.message))}. {escape(hint)}"
                return f'<section class="card away-card">{title}<p>{said}</p></section>'
        names = [*map(words, ("DAG", "Newest run", "Started (UTC)", "Ended (UTC)"))]
        table = show_table(names, [self._show_dag(dag) for dag in dags])
        return f'<section class="card wide">{title}{table}</section>'

    def _show_dag(self, dag: DagState) -> tuple[str, ...]:
        state = self._words(dag.state or "never ran")
        started, ended = (text[:19].replace("T", " ") for text in (dag.started, dag.ended))
        tag = f'<span class="tag {escape(dag.state) or "none"}">{state}</span>'
        return escape(dag.dag_id), tag, started, ended


def _show_key(number: int, name: str, newest: float) -> str:
    line = f'<line x1="0" x2="24" y1="4" y2="4" stroke="{COLORS[number % 3]}" stroke-width="3"'
    return (
        f'<span><svg viewBox="0 0 24 8" aria-hidden="true">{line} stroke-dasharray="{DASHES[number % 3]}"/></svg>'
        f"{escape(name)} <b>{newest:.3g}</b></span>"
    )
