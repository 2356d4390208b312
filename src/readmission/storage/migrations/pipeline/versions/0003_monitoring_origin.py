"""Where a row of monitoring comes from: the live platform, or a simulated year shown beside it.

Revision ID: 0003_origin
"""

from alembic import op

revision = "0003_origin"
down_revision = "0002_monitoring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to both tables; what is there is live."""
    for table in ("reports", "performance"):
        op.execute(
            f"ALTER TABLE monitoring.{table} ADD COLUMN origin text NOT NULL DEFAULT 'live'"
            " CHECK (origin IN ('live', 'simulation'))"
        )


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
