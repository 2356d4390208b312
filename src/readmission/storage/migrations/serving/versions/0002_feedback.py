"""serving.feedback: what clinicians said of an answer, beside it and append-only.

Revision ID: 0002_feedback
"""

from alembic import op

revision = "0002_feedback"
down_revision = "0001_serving"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the serving role may add and read, nobody may change or remove."""
    op.execute("""
        CREATE TABLE serving.feedback (
            feedback_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            prediction_id uuid NOT NULL REFERENCES serving.predictions,
            created_at timestamptz NOT NULL DEFAULT now(),
            verdict text NOT NULL CHECK (verdict IN ('agree', 'override')),
            reason text CHECK (length(reason) <= 1000),
            CHECK (verdict = 'agree' OR length(reason) > 0)
        )""")
    op.execute("CREATE INDEX feedback_by_prediction ON serving.feedback (prediction_id)")
    op.execute("GRANT SELECT, INSERT ON serving.feedback TO readmission_serving")
    op.execute("GRANT SELECT ON serving.feedback TO readmission_pipeline, readmission_reader")


def downgrade() -> None:
    """There is no way back: the table holds the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
