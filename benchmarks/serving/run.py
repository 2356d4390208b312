"""Our inference service beside other ways to serve the same model file, on one machine, by one load generator.

    make bench-serving            all peers, interleaved, medians of 3; writes docs/reference/serving-benchmark.md
    python -m benchmarks.serving.run --short   ours, the yardstick and plain FastAPI for a moment

Each round starts one server after the other, checks its answers against the model's own, and loads it at
32 and at 128 connections. Fails on broken answers only, never on time.
"""

import argparse
import shutil
import subprocess
import sys
from statistics import median

from benchmarks.serving.load import Measured, generator, run_load
from benchmarks.serving.page import Row, write_page
from benchmarks.serving.peers import NOTHING, OURS, PEERS, PLAIN, Peer
from benchmarks.serving.prepare import ENVIRONMENTS, free_ports, prepared, say
from benchmarks.serving.running import BrokenAnswerError, running
from readmission.model.session import open_model

CONNECTIONS = (32, 128)
_CHECKED = 20


def install(peer: Peer) -> str | None:
    """Make a peer's environment if it is not there yet; gives what went wrong, or None."""
    folder = ENVIRONMENTS / peer.name.lower().replace(" ", "-")
    if not peer.requirements or (folder / ".installed").exists():
        return None
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", "--clear"] if uv else [sys.executable, "-m", "venv"]
    add = [uv, "pip", "install", "-q", "--python", folder / "bin" / "python"] if uv else [folder / "bin/pip", "install"]
    for command in ([*make, folder], [*add, *peer.requirements]):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr.strip().splitlines()[-1]
    (folder / ".installed").touch()
    return None


def measure(peers: list[Peer], rounds: int, seconds: int) -> tuple[dict[str, Row], dict[str, str]]:
    """Rows by name, and why a peer has none."""
    absent: dict[str, str] = {}
    found: dict[str, dict[int, list[Measured]]] = {peer.name: {} for peer in peers}
    memory: dict[str, list[float]] = {peer.name: [] for peer in peers}
    started: dict[str, list[float]] = {peer.name: [] for peer in peers}
    with prepared() as bench:
        encounters = bench.encounters
        expected = open_model(bench.model).score(encounters[:_CHECKED])[:, 2].tolist()
        for peer in peers:
            if problem := install(peer):
                absent[peer.name] = f"could not be installed: {problem}"
        for turn in range(rounds):
            for peer in peers:
                if peer.name in absent:
                    continue
                log = ENVIRONMENTS / f"{peer.name.split(' (')[0].replace(' ', '-')}.log"
                try:
                    with running(peer, free_ports(), ENVIRONMENTS, bench.model, bench.settings, log) as server:
                        started[peer.name].append(server.wait(encounters[0]))
                        server.check(encounters[:_CHECKED], expected)
                        bodies = [peer.body(encounter) for encounter in encounters]
                        length = seconds * peer.patience
                        for connections in CONNECTIONS:
                            seen = run_load(server.port, peer.path, bodies, connections, length, bench.folder)
                            if seen.broken:
                                raise BrokenAnswerError(f"{peer.name}: {seen.broken} answers were refused or lost")
                            if not seen.rate:
                                raise BrokenAnswerError(f"{peer.name}: no answer in {length} s, take longer runs")
                            found[peer.name].setdefault(connections, []).append(seen)
                            say(f"{turn + 1}/{rounds} {peer.name} @{connections}: {seen}")
                        memory[peer.name].append(server.pss_mb())
                except BrokenAnswerError as error:
                    if peer in (NOTHING, OURS, PLAIN):
                        raise
                    absent[peer.name] = f"{error} (log: {log.name})"
                    say(absent[peer.name])
    rows = {
        peer.name: Row(
            peer.name,
            peer.kind,
            {count: _median(runs) for count, runs in found[peer.name].items()},
            median(memory[peer.name]),
            median(started[peer.name]),
        )
        for peer in peers
        if memory[peer.name] and peer.name not in absent
    }
    return rows, absent


def _median(runs: list[Measured]) -> Measured:
    return Measured(
        median(run.rate for run in runs), median(run.p50_ms for run in runs), median(run.p99_ms for run in runs), 0
    )


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="ours, the yardstick and plain FastAPI, a second each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="of each run of the load")
    chosen = parser.parse_args()
    if chosen.short:
        measure([NOTHING, OURS, PLAIN], rounds=1, seconds=1)
        return
    rows, absent = measure(list(PEERS), chosen.rounds, chosen.seconds)
    write_page(rows, absent, chosen.rounds, chosen.seconds, generator())


if __name__ == "__main__":
    main()
