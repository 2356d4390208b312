"""Latency over minutes, run by run: what checkpoints, new log files and the system's own writing do to the slowest.

    python -m benchmarks.serving.tail                             PostgreSQL as the platform runs it
    python -m benchmarks.serving.tail --postgres wal_init_zero=on    the same with another setting

Our service alone at 32 connections. A setting is given to the service's role, which must be allowed to have it.
"""

import argparse
from statistics import median

from pydantic import SecretStr

from benchmarks.serving.load import run_load
from benchmarks.serving.peers import OURS
from benchmarks.serving.prepare import ENVIRONMENTS, free_ports, prepared, read_pair, say
from benchmarks.serving.running import running
from readmission.storage.postgres.connection import connect
from readmission.storage.postgres.databases import set_for_role

_CONNECTIONS = 32


def main() -> None:
    """Run the load again and again and print each run's figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--checkpoint-seconds", type=int, default=30, help="a checkpoint as often as this")
    parser.add_argument("--postgres", action="append", type=read_pair, default=[], help="NAME=VALUE")
    chosen = parser.parse_args()
    with prepared() as bench:
        with connect(SecretStr(bench.superuser_url), "the superuser's URL", autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET checkpoint_timeout = '{chosen.checkpoint_seconds:d}s'")
            connection.execute("SELECT pg_reload_conf()")
            for name, value in chosen.postgres:
                set_for_role(connection, "readmission_serving", name, value)
        log = ENVIRONMENTS / "tail.log"
        with running(OURS, free_ports(), ENVIRONMENTS, bench.model, bench.settings, log) as server:
            server.wait(bench.encounters[0])
            bodies = [OURS.body(encounter) for encounter in bench.encounters]
            slowest = []
            for number in range(chosen.runs):
                seen = run_load(server.port, OURS.path, bodies, _CONNECTIONS, chosen.seconds, bench.folder)
                slowest.append(seen.p99_ms)
                say(f"{number + 1}/{chosen.runs}: {seen.rate:,.0f}/s, p50 {seen.p50_ms:.1f}, p99 {seen.p99_ms:.1f} ms")
    usual, worst = median(slowest), max(slowest)
    slow = sum(run > 2 * usual for run in slowest)
    say(f"p99: {usual:.1f} ms in the middle of the runs, {worst:.1f} at worst; above twice the middle: {slow} runs")


if __name__ == "__main__":
    main()
