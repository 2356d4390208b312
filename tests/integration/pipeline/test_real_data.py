"""The whole real data set through the real data service: every row is stored, typed and accounted for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from readmission.pipeline.check_ingest import check_ingest
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.list_batches import list_served_batches
from readmission.pipeline.profile_columns import profile_columns
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from tests.running_data_service import run_data_service

ENCOUNTERS, PATIENTS, DEATHS_AND_HOSPICE = 101_766, 71_518, 2_423


@pytest.mark.timeout(600)
def test_every_row_of_the_real_data_is_accounted_for(
    real_dataset: Path,
    tmp_path: Path,
    make_settings: Callable[[str], Settings],
    query: Callable[..., list[tuple[object, ...]]],
) -> None:
    with run_data_service(tmp_path, str(real_dataset), batch_size=15_000) as url:
        settings = make_settings(url)
        batches = list_served_batches(settings)["batches"]
        for _ in range(2):
            for batch in batches:
                ingest_batch(settings, batch["split"], batch["number"])
        assert check_ingest(settings)["rows_stored"] == ENCOUNTERS
    for batch in batches:
        transform_batch(settings, batch["split"], batch["number"])
    assert query("SELECT count(*), sum(rows) FROM raw.batches") == [(len(batches), ENCOUNTERS)]
    assert query("SELECT kind FROM raw.dataset") == [("uci",)]
    ledger = query("SELECT sum(rows_raw), sum(rows_clean), sum(rows_quarantined), sum(rows_not_eligible)"
                   " FROM clean.batches")  # fmt: skip
    assert ledger == [(ENCOUNTERS, ENCOUNTERS, 0, DEATHS_AND_HOSPICE)]
    stored = query("SELECT count(*), count(DISTINCT patient_nbr), count(*) FILTER (WHERE NOT eligible)"
                   " FROM clean.encounters")  # fmt: skip
    assert stored == [(ENCOUNTERS, PATIENTS, DEATHS_AND_HOSPICE)]
    in_two_splits = query("SELECT patient_nbr FROM clean.encounters GROUP BY 1 HAVING count(DISTINCT split) > 1")
    assert in_two_splits == []
    # Lab values "None" are values, not gaps; "?" is a gap.
    assert query("SELECT count(*) FROM clean.encounters WHERE \"A1Cresult\" = 'None'") == [(84_748,)]
    assert query("SELECT count(*) FROM clean.encounters WHERE weight IS NULL") == [(98_569,)]
    dropped = profile_columns(settings)["dropped"]
    assert {"weight", "examide", "citoglipton"} <= set(dropped)
    assert not {"payer_code", "medical_specialty", "number_inpatient", "diag_1", "insulin"} & set(dropped)
