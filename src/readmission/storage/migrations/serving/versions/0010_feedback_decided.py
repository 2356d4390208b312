"""serving.feedback.decided: what a clinician who overrides a prediction decides instead.

Revision ID: 0010_feedback_decided
"""

from alembic import op

revision = "0010_feedback_decided"
down_revision = "0009_append_only"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was said before stays as it is."""
    op.execute("""
        ALTER TABLE serving.feedback ADD COLUMN decided text
            CHECK (decided IN ('flag', 'no_flag')), ADD CHECK (verdict = 'override' OR decided IS NULL)""")


def downgrade() -> None:
    """There is no way back: the table holds the user's data."""
    raise RuntimeError("refused: going back would drop a column that holds your data")
