"""Going back: recorded, checked, and only to what was live."""

from datetime import UTC, datetime, timedelta

import pytest

from readmission.errors import ArtifactError, ConflictError, NotFoundError
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.promote import promote_version
from readmission.pipeline.train import train_best_candidate
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.registry.aligned_alias import align_alias
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.roll_back import find_live_version, roll_back
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres, as_role
from tests.integration.inference_service.conftest import Registry


def test_back_to_the_version_before(settings: Settings, registry: Registry, empty_database: RunningPostgres) -> None:
    url = settings.database.url
    with pytest.raises(ConflictError, match="nothing to go back to"):
        roll_back(settings, url, "tester", "test")
    with pytest.raises(NotFoundError, match="no version was live"):
        find_live_version(url)

    owner = empty_database.url("readmission_migrator").get_secret_value()
    fill_clean_tables(owner, frame_of_made_up_encounters(3000, seed=8), "synthetic")
    cross_validate_candidate(settings, "logistic-regression")
    first = train_best_candidate(settings)["version"]
    shown = promote_version(as_role(settings, "readmission_gate"), "tester", dry_run=True)
    assert (shown["decision"], shown["champion"]) == ("promoted", None)
    assert {check["name"] for check in shown["checks"]} >= {"inputs", "risk_30d_ece"}
    assert list_promotions(url, 5) == []  # a dry run leaves no trace
    assert ModelRegistry(settings).find_champion() is None
    promote_version(as_role(settings, "readmission_gate"), "tester")
    with pytest.raises(ConflictError, match=f"no other version than {first}"):
        roll_back(settings, url, "tester", "test")
    between = datetime.now(UTC)
    fill_clean_tables(owner, frame_of_made_up_encounters(3000, seed=9), "file")
    cross_validate_candidate(settings, "logistic-regression")
    second = train_best_candidate(settings)["version"]
    assert promote_version(as_role(settings, "readmission_gate"), "tester")["champion"] == second

    # The service rolls back by its own role, which may add to the audit trail and change nothing there.
    serving = empty_database.url("readmission_serving")
    summary = roll_back(settings, serving, "tester", "worse in the ward")
    assert align_alias(settings) == {"champion": first, "alias_before": second, "moved": True}
    assert align_alias(settings)["moved"] is False
    champion = ModelRegistry(settings).find_champion()
    assert champion is not None
    assert (summary["champion"], summary["champion_before"], champion.version) == (first, second, first)
    newest = list_promotions(url, 1)[0]
    assert (newest["decision"], newest["live_version"], newest["actor"]) == ("rolled_back", first, "tester")
    assert newest["reason"] == "worse in the ward"
    assert find_live_version(url)["live_version"] == first
    assert find_live_version(url, between)["live_version"] == first
    assert find_live_version(url, newest["decided_at"] - timedelta(microseconds=1))["live_version"] == second
    assert promote_version(as_role(settings, "readmission_gate"), "tester", version=first)["repaired_alias"] is None

    with pytest.raises(ConflictError, match=f"version {first} is live already"):
        roll_back(settings, url, "tester", "test", first)
    with pytest.raises(ConflictError, match="version 77 was never live"):
        roll_back(settings, url, "tester", "test", "77")
    registry.break_file(second, "encoder.json", b"{}")
    with pytest.raises(ArtifactError, match=r"encoder.json"):
        roll_back(settings, url, "tester", "test")
    assert find_live_version(url)["live_version"] == first
