"""Schema tuning: where Optuna keeps its studies, so that several workers share one.

Optuna makes and upgrades the tables in it by itself, as the owner (``storage/pipeline/tuning_studies.py``).

Revision ID: 0004_tuning
"""

from alembic import op

revision = "0004_tuning"
down_revision = "0003_origin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the schema; the pipeline may add to and finish trials, delete nothing, create nothing."""
    op.execute("CREATE SCHEMA tuning")
    op.execute("GRANT USAGE ON SCHEMA tuning TO readmission_pipeline, readmission_reader")
    default = "ALTER DEFAULT PRIVILEGES IN SCHEMA tuning GRANT"
    op.execute(f"{default} SELECT, INSERT, UPDATE ON TABLES TO readmission_pipeline")
    op.execute(f"{default} USAGE ON SEQUENCES TO readmission_pipeline")
    op.execute(f"{default} SELECT ON TABLES TO readmission_reader")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
