"""Training holds codes and one fold's features, not a dict of every encounter."""

import tracemalloc

import polars as pl

from readmission.learning.cross_validation import encode_folds
from readmission.learning.split_data import label_encounters
from tests.clean_tables import frame_of_made_up_encounters


def test_training_holds_at_most_twice_its_features() -> None:
    """Codes, one fold's features and what encoding needs: all arrays together, as numpy counts them."""
    frame = frame_of_made_up_encounters(1500)
    many = pl.concat([frame.with_columns(pl.col("encounter_id") + 10_000 * copy) for copy in range(20)])
    many = many.with_columns(patient_nbr=pl.col("encounter_id"))
    tracemalloc.start()
    data = label_encounters(many.iter_slices(4000), "train")
    encoder, rows = data.encode(1, ())
    whole = rows.features.nbytes
    assert whole == len(many) * len(encoder.feature_names) * 4
    del rows
    tracemalloc.reset_peak()
    for fold in encode_folds(data, 1):
        del fold  # as training does
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * whole
