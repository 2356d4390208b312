"""Memory does not grow with the number of clients: batches stream from disk."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil

from tests.integration.data_service.conftest import DataService

CLIENTS = 60
BATCH = "/splits/train/batches/0"


def peak_while_reading(service: DataService, clients: int) -> int:
    """Largest resident size, in bytes, while clients hold half-read batches and then finish them."""
    half_way, measured = threading.Barrier(clients + 1), threading.Event()

    def read() -> int:
        with service.client() as client, client.stream("GET", BATCH, headers={"Accept": "application/json"}) as answer:
            pieces = answer.iter_raw(4096)
            length = len(next(pieces))
            half_way.wait(60)
            measured.wait(60)
            return length + sum(len(piece) for piece in pieces)

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(read) for _ in range(clients)]
        half_way.wait(60)
        peak = resident(service)
        measured.set()
        lengths = {future.result() for future in futures}
    assert len(lengths) == 1
    assert lengths.pop() > 10_000_000
    return max(peak, resident(service))


def resident(service: DataService) -> int:
    assert service.process is not None
    parent = psutil.Process(service.process.pid)
    return sum(int(process.memory_info().rss) for process in [parent, *parent.children(recursive=True)])


def test_sixty_readers_of_large_batches(start_service: Callable[..., DataService]) -> None:
    service = start_service("synthetic", READMISSION_SYNTHETIC_ROWS="30000")
    with service.client() as client:
        size = len(client.get(BATCH).content)
    assert size > 10_000_000
    one = peak_while_reading(service, 1)
    many = peak_while_reading(service, CLIENTS)
    # Held in memory, sixty answers would take sixty times the size; a fifth of that allows for sockets and threads.
    assert many - one < CLIENTS * size / 5
