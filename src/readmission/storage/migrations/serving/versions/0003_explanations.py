"""serving.explanations: the reasons of a stored prediction, beside it and append-only.

Revision ID: 0003_explanations
"""

from alembic import op

revision = "0003_explanations"
down_revision = "0002_feedback"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the serving role may add and read, nobody may change or remove."""
    op.execute("""
        CREATE TABLE serving.explanations (
            prediction_id uuid PRIMARY KEY REFERENCES serving.predictions,
            created_at timestamptz NOT NULL DEFAULT now(),
            model_version text NOT NULL,
            explanation jsonb NOT NULL
        )""")
    op.execute("GRANT SELECT, INSERT ON serving.explanations TO readmission_serving")
    op.execute("GRANT SELECT ON serving.explanations TO readmission_pipeline, readmission_reader")


def downgrade() -> None:
    """There is no way back: the table holds the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
