"""What one answer costs in processor time, thread by thread, beside the endpoint that does nothing.

    python -m benchmarks.serving.cost                          this checkout
    python -m benchmarks.serving.cost --against ../before      and another one, in turns: before and after a change
    python -m benchmarks.serving.cost --setting MAX_BATCHES_IN_FLIGHT=1   and this one with another setting

Rates of one machine move by a third within minutes; processor time per answer moves less, and the ratio of two
servers that took turns less again. All answer with the model file this checkout makes. Threads by their names in the
kernel; PostgreSQL is all its processes.
"""

import argparse
import resource
from collections import defaultdict
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median

import psutil

from benchmarks.serving.load import run_load
from benchmarks.serving.peers import NOTHING, OURS, Peer
from benchmarks.serving.prepare import ENVIRONMENTS, Bench, free_ports, prepared, read_pair, say
from benchmarks.serving.running import SOURCE, Server, running

_PREFIX = "READMISSION_INFERENCE_SERVICE__"


def _seconds(folder: Path) -> float:
    """Time a process or thread of ``/proc`` has spent on a processor so far."""
    return int((folder / "schedstat").read_text().split()[0]) / 1e9


def processor_seconds(server: Server, database: psutil.Process) -> dict[str, float]:
    """Time on a processor so far: of the server by thread name (the first thread of a process is its ``main``), of
    PostgreSQL with its backends, of the load generator; and the time no processor had work.
    """
    spent: dict[str, float] = defaultdict(float)
    for process in server.processes():
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            name = "main" if thread.name == str(process.pid) else (thread / "comm").read_text().strip()
            spent[name] += _seconds(thread)
    backends = (database, *database.children(recursive=True))
    spent["PostgreSQL"] = sum(_seconds(Path(f"/proc/{process.pid}")) for process in backends)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent["load generator"] = children.ru_utime + children.ru_stime
    spent["idle"] = psutil.cpu_times().idle
    return spent


def measure(server: Server, bench: Bench, connections: int, seconds: int) -> dict[str, float]:
    """One run of the load: answers a second as ``rate``, and microseconds an answer of each part."""
    database = psutil.Process(bench.postgres_pid)
    bodies = [server.peer.body(encounter) for encounter in bench.encounters]
    before = processor_seconds(server, database)
    seen = run_load(server.port, server.peer.path, bodies, connections, seconds, bench.folder)
    after = processor_seconds(server, database)
    answers = seen.rate * seconds
    return {"rate": seen.rate} | {name: (after[name] - before.get(name, 0)) / answers * 1e6 for name in after}


def _read_checkout(text: str) -> Path:
    if not (Path(text) / "src" / "readmission").is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no checkout: it has no src/readmission")
    return Path(text)


def main() -> None:
    """Run the servers in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each run of the load")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--against", type=_read_checkout, help="another checkout, e.g. of `git worktree add`")
    parser.add_argument("--setting", action="append", type=read_pair, default=[], help=f"NAME=VALUE of {_PREFIX}*")
    chosen = parser.parse_args()
    servers: list[tuple[Peer, Path]] = [(NOTHING, SOURCE), (replace(OURS, name="this checkout"), SOURCE)]
    if chosen.against:
        servers.append((replace(OURS, name=str(chosen.against)), chosen.against.resolve() / "src"))
    if chosen.setting:
        settings = {_PREFIX + name: value for name, value in chosen.setting}
        tried = " ".join(f"{name}={value}" for name, value in chosen.setting)
        servers.append((replace(OURS, name=tried, settings=settings), SOURCE))
    figures: dict[tuple[str, int], list[dict[str, float]]] = defaultdict(list)
    log = ENVIRONMENTS / "cost.log"
    with prepared() as bench:
        for turn, (peer, source) in product(range(chosen.rounds), servers):
            with running(peer, free_ports(), ENVIRONMENTS, bench.model, bench.settings, log, source) as server:
                server.wait(bench.encounters[0])
                measure(server, bench, 32, 1)  # to be warm
                for connections in chosen.connections:
                    found = measure(server, bench, connections, chosen.seconds)
                    figures[peer.name, connections].append(found)
                    say(f"{turn + 1}/{chosen.rounds} {peer.name} @{connections}: {found['rate']:,.0f}/s")
    _show(figures)


def _show(figures: dict[tuple[str, int], list[dict[str, float]]]) -> None:
    yardstick = {connections: runs for (name, connections), runs in figures.items() if name == NOTHING.name}
    for (name, connections), runs in figures.items():
        ratio = median(run["rate"] / base["rate"] for run, base in zip(runs, yardstick[connections], strict=True))
        parts = dict.fromkeys(part for run in runs for part in run if part != "rate")
        costs = {part: median(run.get(part, 0.0) for run in runs) for part in parts}
        listed = [f"{part} {cost:.0f}" for part, cost in sorted(costs.items(), key=lambda pair: -pair[1]) if cost >= 1]
        rate = median(run["rate"] for run in runs)
        say(f"{name} @{connections}: {rate:,.0f}/s, {ratio:.3f} of do nothing; us an answer: {', '.join(listed)}")


if __name__ == "__main__":
    main()
