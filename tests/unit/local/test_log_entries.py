"""`readmission logs`: entries with their level; no line without the entry it belongs to."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from readmission.cli import app, register_verbs
from readmission.local.log_entries import LogFile

register_verbs()

SERVICE = """\
{"time": "2026-01-31T12:00:00.000+00:00", "level": "INFO", "service": "inference-service", "message": "ready"}
{"time": "2026-01-31T12:00:01.000+00:00", "level": "ERROR", "service": "inference-service", "message": "no database"}
Traceback (most recent call last):
  File "app.py", line 1, in <module>
OSError: gone
{"time": "2026-01-31T12:00:02.000+00:00", "level": "WARNING", "service": "inference-service", "message": "slow"}
"""
POSTGRES = """\
2026-01-31 12:00:00.391 UTC [18245] LOG:  listening on IPv4 address "127.0.0.1", port 42243
2026-01-31 12:00:01.000 UTC [18245] ERROR:  duplicate key value violates unique constraint
2026-01-31 12:00:01.000 UTC [18245] DETAIL:  Key (id) already exists.
2026-01-31 12:00:01.000 UTC [18245] STATEMENT:  INSERT INTO t VALUES (1),
\t(1)
2026-01-31 12:00:02.000 UTC [18245] FATAL:  the database system is shutting down
"""
AIRFLOW = """\
2026-01-31T12:00:00.000Z [info     ] Started process (12)
2026-01-31T12:00:01.000Z [error    ] Task failed
guard: waiting for tcp://127.0.0.1:5433
"""


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state" / "logs"
    folder.mkdir(parents=True)
    for part, text in {"inference-service": SERVICE, "postgres": POSTGRES, "airflow-scheduler": AIRFLOW}.items():
        (folder / f"{part}.log").write_text(text)
    monkeypatch.setenv("READMISSION_STATE_DIR", str(tmp_path / "state"))
    from readmission.settings import load_settings

    load_settings.cache_clear()
    return folder


def entries(logs: Path, part: str, least: str) -> list[tuple[str, int]]:
    return [(entry.level, len(entry.lines)) for entry in LogFile(logs / f"{part}.log").read_last(20, least)]


def test_a_traceback_and_a_detail_stay_with_their_entry(logs: Path) -> None:
    assert entries(logs, "inference-service", "DEBUG") == [("INFO", 1), ("ERROR", 4), ("WARNING", 1)]
    assert entries(logs, "postgres", "DEBUG") == [("INFO", 1), ("ERROR", 4), ("CRITICAL", 1)]
    assert entries(logs, "airflow-scheduler", "DEBUG") == [("INFO", 1), ("ERROR", 1), ("INFO", 1)]


def test_a_level_hides_what_is_below_it(logs: Path) -> None:
    assert entries(logs, "inference-service", "ERROR") == [("ERROR", 4)]
    assert entries(logs, "postgres", "CRITICAL") == [("CRITICAL", 1)]


def test_following_shows_what_was_written_since(logs: Path) -> None:
    log = LogFile(logs / "postgres.log")
    log.read_last(1, "DEBUG")
    with (logs / "postgres.log").open("a") as file:
        file.write("2026-01-31 12:00:03.000 UTC [1] ERROR:  again\n2026-01-31 12:00:03.000 UTC [1] DETA")
        file.flush()
        assert [entry.lines for entry in log.read_new("ERROR")] == [["2026-01-31 12:00:03.000 UTC [1] ERROR:  again"]]
        file.write("IL:  the rest\n2026-01-31 12:00:04.000 UTC [1] LOG:  better\n")
        file.flush()
        rest = log.read_new("ERROR")
    assert [entry.lines for entry in rest] == [["2026-01-31 12:00:03.000 UTC [1] DETAIL:  the rest"]]
    assert log.read_new("DEBUG") == []


def test_the_command_names_the_part_on_every_line(logs: Path) -> None:
    said = CliRunner().invoke(app, ["logs", "--level", "error"])
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert "inference-service: OSError: gone" in lines
    assert "airflow-scheduler: 2026-01-31T12:00:01.000Z [error    ] Task failed" in lines
    assert not [line for line in lines if line.partition(": ")[0] not in {path.stem for path in logs.iterdir()}]
    assert not [line for line in lines if '"ready"' in line or "listening" in line]


def test_an_unknown_level_is_a_clear_error(logs: Path) -> None:
    said = CliRunner().invoke(app, ["logs", "--level", "loud"])
    assert "debug, info, warning, error, critical" in str(said.exception)
