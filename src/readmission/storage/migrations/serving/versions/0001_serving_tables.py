"""Schema serving: every prediction, stored before its answer leaves.

Revision ID: 0001_serving
"""

from alembic import op

revision = "0001_serving"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the schema and its tables."""
    op.execute("CREATE SCHEMA serving")
    op.execute("GRANT USAGE ON SCHEMA serving TO readmission_serving, readmission_pipeline, readmission_reader")
    op.execute("""
        CREATE TABLE serving.predictions (
            prediction_id uuid PRIMARY KEY, created_at timestamptz NOT NULL,
            model_name text NOT NULL, model_version text NOT NULL,
            risk_30d double precision NOT NULL CHECK (risk_30d BETWEEN 0 AND 1),
            risk_any double precision NOT NULL CHECK (risk_any BETWEEN 0 AND 1),
            decision text NOT NULL CHECK (decision IN ('flag', 'no_flag')),
            threshold double precision NOT NULL,
            encounter_id bigint, patient_nbr bigint, encounter jsonb NOT NULL,
            request_id text, idempotency_key text UNIQUE
        )""")
    op.execute("CREATE INDEX predictions_by_time ON serving.predictions (created_at)")
    op.execute(
        "CREATE INDEX predictions_by_encounter ON serving.predictions (encounter_id) WHERE encounter_id IS NOT NULL"
    )
    op.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA serving TO readmission_serving")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA serving TO readmission_pipeline, readmission_reader")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
