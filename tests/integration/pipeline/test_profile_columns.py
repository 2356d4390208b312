"""Choosing columns: decided by the train split alone, by computation, the same each time."""

from collections.abc import Callable

import pytest

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.errors import NotFoundError
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.profile_columns import profile_columns
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from readmission.storage.pipeline.column_choices import read_column_choices
from readmission.storage.pipeline.raw_encounters import read_dataset
from readmission.storage.postgres.connection import connect
from tests.integration.pipeline.tiny_data_service import TinyDataService, serve
from tests.made_up_encounters import make_rows, to_csv

MakeSettings = Callable[[str], Settings]


def test_columns_are_chosen_on_train_and_recorded(make_settings: MakeSettings) -> None:
    train = make_rows(4000, 1)
    for row in train:
        row["discharge_disposition_id"] = "1"
        row["examide"] = "No"
        row["troglitazone"] = "Up" if row["encounter_id"] == "1000" else "No"
    # Validation would make examide look useful: it must have no say.
    validation = make_rows(2000, 2, 100_000)
    for row in validation:
        row["examide"] = "Up" if row["readmitted"] == "<30" else "No"
    with serve(TinyDataService({"train": [to_csv(train)], "validation": [to_csv(validation)]})) as service:
        settings = make_settings(service.url)
        for split in ("train", "validation"):
            ingest_batch(settings, split, 0)
            transform_batch(settings, split, 0)
    first = profile_columns(settings)
    with connect(settings.database.url) as connection:
        choices = {c.column_name: c for c in read_column_choices(connection, read_dataset(connection).sha256)}
    assert set(choices) == {column.name for column in INPUT_COLUMNS}
    assert choices["number_inpatient"].kept
    assert choices["number_inpatient"].statistics["signal_beyond_chance_bits"] > 0.01
    assert choices["weight"].reason.startswith("missing in 9")
    assert choices["examide"].reason.startswith("near-constant: 100")
    assert choices["troglitazone"].reason.startswith("near-constant: 99.975")
    assert first["rows"] == 4000
    assert first["dropped"] == sorted(name for name, choice in choices.items() if not choice.kept)
    assert profile_columns(settings) == first


def test_nothing_to_look_at(make_settings: MakeSettings) -> None:
    with serve(TinyDataService({"test": [to_csv(make_rows(5))]})) as service:
        settings = make_settings(service.url)
        ingest_batch(settings, "test", 0)
        transform_batch(settings, "test", 0)
    with pytest.raises(NotFoundError, match="no clean train encounters"):
        profile_columns(settings)
