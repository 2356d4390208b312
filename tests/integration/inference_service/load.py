"""A bounded load: threads that send distinct encounters until told to stop, and remember every answer."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.small_model import made_up_encounters


@dataclass
class Load:
    """What a load sent and got. ``acknowledged``: the bodies of all answers with status 200."""

    url: str
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, encounters: list[dict[str, Any]]) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as client:
            while not self._stop.is_set():
                for encounter in encounters:
                    if self._stop.is_set():
                        return
                    self._send(client, encounter)

    def _send(self, client: httpx.Client, encounter: dict[str, Any]) -> None:
        body = json.dumps(encounter)
        try:
            response = client.post("/predict", content=body, headers={"content-type": "application/json"})
        except httpx.HTTPError:  # the service is down at this moment
            self.unanswered += 1
            self._stop.wait(0.02)
            return
        self.statuses[response.status_code] += 1
        if response.status_code == 200:
            self.acknowledged.append(response.json())

    @property
    def acknowledged_ids(self) -> set[str]:
        return {answer["prediction_id"] for answer in self.acknowledged}


@contextmanager
def load_on(url: str, threads: int = 8) -> Iterator[Load]:
    """Load a service while the block runs."""
    load = Load(url)
    shares = [made_up_encounters(50, seed=100 + number) for number in range(threads)]
    workers = [threading.Thread(target=load.run, args=(share,)) for share in shares]
    for worker in workers:
        worker.start()
    try:
        yield load
    finally:
        load._stop.set()
        for worker in workers:
            worker.join()
