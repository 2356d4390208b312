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
from pathlib import Path
from statistics import median

import psutil

from benchmarks.serving.load import run_load
from benchmarks.serving.peers import NOTHING, OURS, Peer
from benchmarks.serving.prepare import ENVIRONMENTS, free_ports, prepared, say
from benchmarks.serving.running import SOURCE, Server, running

_PREFIX = "READMISSION_INFERENCE_SERVICE__"


def processor_seconds(server: Server) -> dict[str, float]:
    """Time on a processor so far, by thread name; the first thread of a process is its ``main``."""
    spent: dict[str, float] = defaultdict(float)
    for process in server.processes():
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            name = "main" if thread.name == str(process.pid) else (thread / "comm").read_text().strip()
            spent[name] += int((thread / "schedstat").read_text().split()[0]) / 1e9
    return spent


def postgres_seconds(server: psutil.Process) -> float:
    """Time on a processor of PostgreSQL and its backends so far."""
    return sum(
        int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
        for process in (server, *server.children(recursive=True))
    )


def machine_seconds() -> dict[str, float]:
    """Time the load generator spent, and time no processor had work, so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"load generator": children.ru_utime + children.ru_stime, "idle": psutil.cpu_times().idle}


def main() -> None:
    """Run the servers in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each run of the load")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--against", type=Path, help="another checkout, e.g. of `git worktree add`")
    parser.add_argument("--setting", action="append", default=[], help=f"NAME=VALUE of {_PREFIX}*, tried beside")
    chosen = parser.parse_args()
    servers: list[tuple[Peer, Path]] = [(NOTHING, SOURCE), (replace(OURS, name="this checkout"), SOURCE)]
    if chosen.against:
        servers.append((replace(OURS, name=str(chosen.against)), chosen.against.resolve() / "src"))
    if chosen.setting:
        pairs = dict(pair.split("=", 1) for pair in chosen.setting)
        settings = {_PREFIX + name: value for name, value in pairs.items()}
        servers.append((replace(OURS, name=" ".join(chosen.setting), settings=settings), SOURCE))
    figures: dict[tuple[str, int], list[dict[str, float]]] = defaultdict(list)
    with prepared() as bench:
        database = psutil.Process(bench.postgres_pid)
        for turn in range(chosen.rounds):
            for peer, source in servers:
                log = ENVIRONMENTS / "cost.log"
                with running(peer, free_ports(), ENVIRONMENTS, bench.model, bench.settings, log, source) as server:
                    server.wait(bench.encounters[0])
                    bodies = [peer.body(encounter) for encounter in bench.encounters]
                    run_load(server.port, peer.path, bodies, 32, 1, bench.folder)  # to be warm
                    for connections in chosen.connections:
                        before, stored, other = processor_seconds(server), postgres_seconds(database), machine_seconds()
                        seen = run_load(server.port, peer.path, bodies, connections, chosen.seconds, bench.folder)
                        after = processor_seconds(server)
                        answers = seen.rate * chosen.seconds
                        row = {name: (after[name] - before.get(name, 0)) / answers * 1e6 for name in after}
                        row["PostgreSQL"] = (postgres_seconds(database) - stored) / answers * 1e6
                        row |= {name: (now - other[name]) / answers * 1e6 for name, now in machine_seconds().items()}
                        figures[peer.name, connections].append({"rate": seen.rate, **row})
                        say(f"{turn + 1}/{chosen.rounds} {peer.name} @{connections}: {seen.rate:,.0f}/s")
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
