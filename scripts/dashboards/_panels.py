"""The few kinds of panels all dashboards are made of."""

from grafana_foundation_sdk.builders import bargauge, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
HALF, THIRD, QUARTER = 12, 8, 6


def page(uid: str, title: str, description: str, since: str = "now-1h") -> Dashboard:
    """An empty dashboard."""
    return (
        Dashboard(title)
        .uid(f"readmission-{uid}")
        .description(description)
        .tags(["readmission"])
        .time(since, "now")
        .refresh("10s")
        .timezone("browser")
        .readonly()
    )


def lines(
    title: str, meaning: str, unit: str, *queries: tuple[str, str], span: int = HALF, bound: float | None = None
) -> timeseries.Panel:
    """Lines over time; a query is an expression and the legend of its lines."""
    panel = timeseries.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(span).height(8)
    for expression, legend in queries:
        panel.with_target(_query(expression, legend).range())
    return (
        panel.fill_opacity(8).line_width(2).min(0) if bound is None else panel.fill_opacity(0).line_width(2).min(bound)
    )


def number(title: str, meaning: str, unit: str, expression: str, legend: str = "") -> stat.Panel:
    """The newest value, large."""
    panel = stat.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(QUARTER).height(4)
    return panel.with_target(_query(expression, legend).instant())


def bars(title: str, meaning: str, unit: str, expression: str, legend: str) -> bargauge.Panel:
    """The newest values side by side."""
    panel = bargauge.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(HALF).height(10)
    return panel.with_target(_query(expression, legend).instant())


def rows(title: str, meaning: str, expression: str) -> table.Panel:
    """The newest values as a table of labels."""
    panel = table.Panel().title(title).description(meaning).datasource(SOURCE).span(HALF).height(10)
    return panel.with_target(_query(expression, "").instant().format("table"))


def row(title: str) -> dashboard.Row:
    """A heading."""
    return dashboard.Row(title)


def _query(expression: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).datasource(SOURCE)
    return query.legend_format(legend) if legend else query
