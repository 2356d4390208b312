"""Read a split from PostgreSQL for training or checking."""

from readmission.errors import NotFoundError
from readmission.learning.split_data import SplitData, label_encounters
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import SplitRows
from readmission.storage.pipeline.column_choices import read_column_choices
from readmission.storage.pipeline.raw_encounters import read_dataset
from readmission.storage.postgres.connection import connect


def load_split(settings: Settings, split: str) -> SplitData:
    """Read the eligible encounters of a split, in the order of ``encounter_id``.

    The rows are read in parts and kept as codes, a few bytes a column; no more than one part is held as text.

    Raises:
        NotFoundError: there are none, or a class has none, or the columns were not judged yet.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(settings.database.url) as connection:
        dataset = read_dataset(connection)
        choices = read_column_choices(connection, dataset.sha256)
        if not choices:
            raise NotFoundError("no column was judged yet: run `readmission profile-columns` first")
        rows = SplitRows(connection, split)
        data = label_encounters(rows, split)
    dropped = tuple(sorted(choice.column_name for choice in choices if not choice.kept))
    return SplitData(data, rows.sha256, dataset, dropped)
