"""The newest figures as cards: what stands in the Operations tab while Prometheus is away."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from readmission.services.ui.operations.newest_figures import NewestFigures
from readmission.services.ui.words import Words

Read = Callable[[NewestFigures], float | None]


@dataclass(frozen=True, slots=True)
class FigureCard:
    """A title, since when its figures count, and how each is read; ``decimals`` of each."""

    title: str
    since: str
    figures: dict[str, Read]
    decimals: int = 0


def _milliseconds(level: float) -> Read:
    def read(newest: NewestFigures) -> float | None:
        seconds = newest.quantile("predict_latency_seconds", level)
        return None if seconds is None else 1000 * seconds

    return read


def _refused(*outcomes: str) -> Read:
    def read(newest: NewestFigures) -> float | None:
        found = [newest.total("predict_requests_total", outcome=outcome) for outcome in outcomes]
        known = [count for count in found if count is not None]
        return sum(known) if known else None

    return read


_STARTED, _STORED = "since the risk service started", "as stored in PostgreSQL"
CARDS: tuple[FigureCard, ...] = (
    FigureCard(
        "Predictions",
        "last hour, 10,000 at most",
        {
            "answered": lambda newest: newest.total("predictions_newest"),
            "flagged for follow-up": lambda newest: newest.total("predictions_newest", decision="flag"),
        },
    ),
    FigureCard(
        "Time to a stored answer",
        "ms, since the risk service started",
        {name: _milliseconds(level) for name, level in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))},
        decimals=1,
    ),
    FigureCard(
        "Requests not answered",
        _STARTED,
        {"invalid": _refused("invalid", "not_eligible"), "unavailable": _refused("unavailable", "failed")},
    ),
    FigureCard(
        "Drift: highest stability index (PSI)",
        "newest comparison",
        {"PSI": lambda newest: newest.highest("drift_psi")},
        decimals=2,
    ),
    FigureCard(
        "Predictions waiting for PostgreSQL", "now", {"rows": lambda newest: newest.total("prediction_journal_rows")}
    ),
    FigureCard(
        "What clinicians said",
        _STORED,
        {
            "agree": lambda newest: newest.total("feedback_total", verdict="agree"),
            "override": lambda newest: newest.total("feedback_total", verdict="override"),
        },
    ),
)


def show_figures(newest: NewestFigures, words: Words) -> str:
    """The cards; a figure nobody gave is a dash."""
    return f'<div class="plots">{"".join(_show_card(card, newest, words) for card in CARDS)}</div>'


def _show_card(card: FigureCard, newest: NewestFigures, words: Words) -> str:
    rows = ""
    for name, read in card.figures.items():
        value = read(newest)
        shown = "-" if value is None else words.number(value, card.decimals)
        rows += f"<div><dt>{escape(words(name))}</dt><dd>{shown}</dd></div>"
    return (
        f'<section class="card plot-card"><h2>{words(card.title)} <small>{words(card.since)}</small></h2>'
        f'<dl class="facts">{rows}</dl></section>'
    )
