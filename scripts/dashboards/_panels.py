"""The few kinds of panels all dashboards are made of."""

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import GraphTresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
HALF, THIRD, QUARTER = 12, 8, 6


def page(uid: str, title: str, description: str, since: str = "now-1h") -> Dashboard:
    """An empty dashboard: links to the others, and a mark for every promotion and roll-back."""
    others = dashboard.DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags(["readmission"])
    promotions = (
        dashboard.AnnotationQuery()
        .name("Promotions and roll-backs")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("purple")
        .expr('sum by (decision) (increase(promotions_total{decision=~"promoted|rolled_back"}[1m])) > 0')
    )
    return (
        Dashboard(title)
        .uid(f"readmission-{uid}")
        .description(description)
        .tags(["readmission"])
        .link(others.as_dropdown(True).include_vars(False).keep_time(True))
        .annotation(promotions)
        .time(since, "now")
        .refresh("10s")
        .timezone("browser")
        .readonly()
    )


def lines(
    title: str,
    meaning: str,
    unit: str,
    *queries: tuple[str, str],
    span: int = HALF,
    bound: float | None = None,
    alarm: float | None = None,
) -> timeseries.Panel:
    """Lines over time; a query is an expression and the legend of its lines.

    ``bound``: lowest value of the axis. ``alarm``: from here on it is bad; drawn as a dashed line and a red field.
    """
    panel = timeseries.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(span).height(8)
    for expression, legend in queries:
        panel.with_target(_query(expression, legend).range())
    if alarm is not None:
        style = common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED_AND_AREA)
        panel.thresholds(_from(alarm)).thresholds_style(style)
    return (
        panel.fill_opacity(8).line_width(2).min(0) if bound is None else panel.fill_opacity(0).line_width(2).min(bound)
    )


def number(
    title: str, meaning: str, unit: str, expression: str, legend: str = "", alarm: float | None = None
) -> stat.Panel:
    """The newest value, large; red from ``alarm`` on."""
    panel = stat.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(QUARTER).height(4)
    if alarm is not None:
        panel.thresholds(_from(alarm))
    return panel.with_target(_query(expression, legend).instant())


def bars(title: str, meaning: str, unit: str, expression: str, legend: str) -> bargauge.Panel:
    """The newest values side by side."""
    panel = bargauge.Panel().title(title).description(meaning).unit(unit).datasource(SOURCE).span(HALF).height(10)
    return panel.with_target(_query(expression, legend).instant())


def rows(title: str, meaning: str, expression: str) -> table.Panel:
    """The newest values as a table of labels."""
    panel = table.Panel().title(title).description(meaning).datasource(SOURCE).span(HALF).height(10)
    return panel.with_target(_query(expression, "").instant().format(PromQueryFormat.TABLE))


def row(title: str) -> dashboard.Row:
    """A heading."""
    return dashboard.Row(title)


def choice(name: str, label: str, metric: str) -> dashboard.QueryVariable:
    """A variable with the values a label has, all of them at first; queries write it ``=~"$name"``."""
    values = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(f"label_values({metric}, {name})")
    return values.multi(True).include_all(True).all_value(".*").refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)


def _from(alarm: float) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color="green"), Threshold(value=alarm, color="red")]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _query(expression: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).datasource(SOURCE)
    return query.legend_format(legend) if legend else query
