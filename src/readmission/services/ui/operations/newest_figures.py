"""The newest figures of the parts themselves, for when no Prometheus keeps a course of them.

The risk service says what it did since it started; the metrics exporter, what PostgreSQL holds and Airflow ran.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from prometheus_client.parser import text_string_to_metric_families

from readmission.services.ui.operations.sources import DagState

_TIMEOUT_SECONDS = 10.0
_KEPT_SECONDS = 10.0
"""A read makes the exporter ask PostgreSQL, Airflow and MLflow: all who look share one."""
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewestFigures:
    """What the parts said; ``away`` are those that did not answer."""

    series: Mapping[str, list[tuple[Labels, float]]] = field(default_factory=dict)
    away: tuple[str, ...] = ()

    def total(self, name: str, **labels: str) -> float | None:
        """The sum of the series with these labels; None where there is none."""
        found = [value for own, value in self.series.get(name, ()) if labels.items() <= own.items()]
        return sum(found) if found else None

    def highest(self, name: str) -> float | None:
        """The highest of a metric's values; None where there is none."""
        return max((value for _, value in self.series.get(name, ())), default=None)

    def quantile(self, name: str, level: float) -> float | None:
        """A quantile of a histogram, as Prometheus estimates it; None before its first observation."""
        buckets = sorted((float(labels["le"]), count) for labels, count in self.series.get(f"{name}_bucket", ()))
        wanted = level * buckets[-1][1] if buckets else 0.0
        below, low = 0.0, 0.0
        for upper, count in buckets:
            if wanted and count >= wanted:
                share = (wanted - below) / (count - below)
                return low if upper == float("inf") else low + (upper - low) * share
            below, low = count, upper
        return None

    def dags(self) -> list[DagState]:
        """The newest run of each DAG; those that never ran are not among them."""
        states = self.series.get("airflow_dag_last_run_state", ())
        return [
            DagState(labels["dag"], labels["state"], *self._times(labels["dag"])) for labels, value in states if value
        ]

    def _times(self, dag: str) -> tuple[str, str]:
        ended = self.total("airflow_dag_last_run_end_timestamp_seconds", dag=dag)
        lasted = self.total("airflow_dag_last_run_duration_seconds", dag=dag)
        if ended is None or lasted is None:
            return "", ""
        return _moment(ended - lasted), _moment(ended)


class PartFigures:
    """Reads ``/metrics`` of parts by name."""

    def __init__(self, urls: Mapping[str, str], verify: ssl.SSLContext | bool = True) -> None:
        self._urls = urls
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=verify)
        self._turn = asyncio.Lock()
        self._kept = NewestFigures()
        self._kept_until = 0.0

    async def read(self) -> NewestFigures:
        """The figures, at most ten seconds old."""
        async with self._turn:
            if time.monotonic() >= self._kept_until:
                texts = await asyncio.gather(*(self._read_part(url) for url in self._urls.values()))
                said = dict(zip(self._urls, texts, strict=True))
                away = tuple(name for name, text in said.items() if text is None)
                self._kept = NewestFigures(_parse("".join(filter(None, texts))), away)
                self._kept_until = time.monotonic() + _KEPT_SECONDS
            return self._kept

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _read_part(self, url: str) -> str | None:
        try:
            return (await self._http.get(f"{url}/metrics")).raise_for_status().text
        except httpx.HTTPError:
            return None


def _parse(text: str) -> dict[str, list[tuple[Labels, float]]]:
    found: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
