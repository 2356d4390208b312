"""Load test: what Locust sends and gets, beside what the service says of itself."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from scripts.dashboards._panels import lines, number, page

_CLIENT = "sum by (le) (rate(load_test_latency_seconds_bucket[1m]))"
_SERVER = "sum by (le) (rate(predict_latency_seconds_bucket[1m]))"


def dashboard() -> Dashboard:
    """The dashboard."""
    made = page("load-test", "Load test", "Locust beside the service it loads.", "now-15m")
    made.with_panel(number("Users", "Most at once, last hour", "none", "max(max_over_time(load_test_users[1h]))"))
    made.with_panel(
        number("Requests", "Sent by Locust in the last hour", "none", "sum(increase(load_test_requests_total[1h]))")
    )
    made.with_panel(
        number("Failed", "Share of the last hour's requests", "percentunit",
               "sum(increase(load_test_failures_total[1h])) / sum(increase(load_test_requests_total[1h]))")
    )  # fmt: skip
    made.with_panel(
        number("p99", "As the users saw it, last hour", "s",
               "histogram_quantile(0.99, sum by (le) (increase(load_test_latency_seconds_bucket[1h])))")
    )  # fmt: skip
    made.with_panel(
        lines("Requests", "By name", "reqps", ("sum by (name) (rate(load_test_requests_total[1m]))", "{{name}}"))
    )
    made.with_panel(
        lines("Failures", "By name", "reqps", ("sum by (name) (rate(load_test_failures_total[1m]))", "{{name}}"))
    )
    made.with_panel(
        lines("Latency of the users", "p50, p95, p99", "s",
              *[(f"histogram_quantile({q}, {_CLIENT})", f"p{round(q * 100)}") for q in (0.5, 0.95, 0.99)])
    )  # fmt: skip
    made.with_panel(
        lines("Latency in the service", "p50, p95, p99: the difference is the queue before it", "s",
              *[(f"histogram_quantile({q}, {_SERVER})", f"p{round(q * 100)}") for q in (0.5, 0.95, 0.99)])
    )  # fmt: skip
    return made
