"""Answers and all that is said of them are append-only for every role, and carry the time the database stored them.

Revision ID: 0009_append_only
"""

from alembic import op

from readmission.storage.migrations.append_only import create_functions, protect

revision = "0009_append_only"
down_revision = "0008_prediction_warnings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Predictions that are there already keep an empty ``stored_at``: it was not recorded."""
    create_functions("serving")
    # created_at is when the answer was given, by the service's clock: an answer may wait in the journal. stored_at is
    # when the row came here, by the database's.
    op.execute("ALTER TABLE serving.predictions ADD COLUMN stored_at timestamptz")
    protect("serving.predictions", stored_at="now()")
    protect("serving.feedback", created_at="now()")
    protect("serving.explanations", created_at="now()")
    protect("serving.shadow_predictions", created_at="now()")
    protect("serving.outcomes", received_at="now()")
    # read_at is when the service gave the answer away, by its clock; recorded_at is when that was recorded here.
    protect("serving.prediction_reads", recorded_at="now()")
    protect("serving.keyed_requests", received_at="now()")
    protect("serving.keyed_batch_rows")
    op.execute("DROP FUNCTION serving.refuse_outcome_change()")
    op.execute("DROP FUNCTION serving.refuse_change()")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
