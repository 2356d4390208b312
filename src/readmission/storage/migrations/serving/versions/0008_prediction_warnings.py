"""serving.predictions.warnings: the fields whose value no training row had, as the answer said; null where none.

Revision ID: 0008_prediction_warnings
"""

from alembic import op

revision = "0008_prediction_warnings"
down_revision = "0006_who_asked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rows stored before stay as they are."""
    op.execute("ALTER TABLE serving.predictions ADD COLUMN warnings jsonb")


def downgrade() -> None:
    """There is no way back: the table holds the user's data."""
    raise RuntimeError("refused: going back would drop a column that holds your data")
