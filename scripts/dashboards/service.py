"""Service: rate, errors, latency and saturation of everything that answers requests."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from scripts.dashboards._panels import choice, lines, number, page, row

_BUCKETS = "sum by (le) (rate(predict_latency_seconds_bucket[1m]))"
_P95 = f"histogram_quantile(0.95, {_BUCKETS})"
_REQUESTS = 'http_requests_total{service=~"$service"}'
_FAILED = 'http_requests_total{service=~"$service", status=~"5.."}'
_STORE = "sum by (le) (rate(prediction_store_seconds_bucket[1m]))"
_BY_SERVICE = 'sum by (service, le) (rate(http_request_duration_seconds_bucket{service=~"$service"}[1m]))'


def dashboard() -> Dashboard:
    """The dashboard."""
    made = page("service", "Service", "Rate, errors, latency and saturation.")
    made.with_variable(choice("service", "Service", "http_requests_total"))
    made.with_row(row("Predictions"))
    made.with_panel(
        number(
            "Predictions a second",
            "All outcomes, last five minutes",
            "reqps",
            "sum(rate(predict_latency_seconds_count[5m]))",
        )
    )
    made.with_panel(number("p95", "95 of 100 predictions are faster", "s", _P95, alarm=0.1))
    made.with_panel(
        number(
            "Answered", "Share of requests for a prediction that were answered, last hour", "percentunit",
            'sum(increase(predict_requests_total{outcome="answered"}[1h])) / sum(increase(predict_requests_total[1h]))',
        )
    )  # fmt: skip
    made.with_panel(number("Live version", "Model version that answers", "none", "max(champion_version)"))
    made.with_panel(
        lines("Requests by outcome", "Requests for one prediction", "reqps",
              ("sum by (outcome) (rate(predict_requests_total[1m]))", "{{outcome}}"))
    )  # fmt: skip
    made.with_panel(
        lines("Latency", "Time to a stored answer: p50, p95, p99", "s",
              *[(f"histogram_quantile({q}, {_BUCKETS})", f"p{round(q * 100)}") for q in (0.5, 0.95, 0.99)], alarm=0.1)
    )  # fmt: skip
    made.with_panel(
        lines("Rows in a micro-batch", "Requests answered together, mean", "none",
              ("sum(rate(predict_batch_rows_sum[1m])) / sum(rate(predict_batch_rows_count[1m]))", "rows"))
    )  # fmt: skip
    made.with_panel(
        lines("Time to store", "Until a micro-batch is durable: p50, p95, p99", "s",
              *[(f"histogram_quantile({q}, {_STORE})", f"p{round(q * 100)}") for q in (0.5, 0.95, 0.99)])
    )  # fmt: skip
    made.with_panel(
        lines("Store behind", "Age of the oldest acknowledged prediction PostgreSQL does not hold yet", "s",
              ("max(prediction_store_lag_seconds)", "behind"))
    )  # fmt: skip
    made.with_panel(
        lines("Not stored", "Predictions nothing durable took the record of; those waiting in the journal", "none",
              ("sum(predictions_not_stored_total)", "not stored"),
              ("max(prediction_journal_rows)", "in the journal"))
    )  # fmt: skip
    made.with_panel(
        lines("Versions swapped and refused", "By all workers together", "none",
              ("sum(model_swaps_total)", "swapped"), ("sum(model_refused_total)", "refused"))
    )  # fmt: skip
    made.with_row(row("All services"))
    made.with_panel(
        lines("Requests", "By service", "reqps", (f"sum by (service) (rate({_REQUESTS}[1m]))", "{{service}}"))
    )
    made.with_panel(
        lines("Error ratio", "Share of answers with a 5xx status", "percentunit",
              (f"(sum by (service) (rate({_FAILED}[5m])) or sum by (service) (rate({_REQUESTS}[5m])) * 0)"
               f" / sum by (service) (rate({_REQUESTS}[5m]))", "{{service}}"), alarm=0.02)
    )  # fmt: skip
    made.with_panel(
        lines("p95 by service", "All routes", "s", (f"histogram_quantile(0.95, {_BY_SERVICE})", "{{service}}"))
    )
    made.with_panel(
        lines("Requests by route", "Route and status", "reqps",
              (f"sum by (service, route, status) (rate({_REQUESTS}[1m]))", "{{service}} {{route}} {{status}}"))
    )  # fmt: skip
    made.with_row(row("Saturation"))
    made.with_panel(lines("Up", "1 if a part answers its scrape", "none", ("up", "{{job}}")))
    made.with_panel(
        lines("Processor", "Share of this machine's processors in use", "percentunit",
              ('1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m]))', "in use"))
    )  # fmt: skip
    made.with_panel(
        lines("Memory of services", "Resident memory", "bytes", ("process_resident_memory_bytes", "{{job}}"))
    )
    made.with_panel(
        lines("Memory and disk of the machine", "Share in use", "percentunit",
              ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "memory"),
              ("max(1 - node_filesystem_avail_bytes / node_filesystem_size_bytes)", "fullest disk"))
    )  # fmt: skip
    made.with_panel(
        lines("PostgreSQL connections", "By state", "none", ("sum by (state) (pg_stat_activity_count)", "{{state}}"))
    )
    made.with_panel(
        lines("MLflow requests", "By status", "reqps",
              ("sum by (status) (rate(mlflow_http_request_total[1m]))", "{{status}}"))
    )  # fmt: skip
    return made
