"""serving.shadow_predictions: what a challenger would have answered, beside the stored answer of the champion.

Revision ID: 0005_shadow_predictions
"""

from alembic import op

revision = "0005_shadow_predictions"
down_revision = "0004_outcomes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the serving role may add and read, nobody may change or remove."""
    # No foreign key: the answer itself may still be in the journal.
    op.execute("""
        CREATE TABLE serving.shadow_predictions (
            prediction_id uuid NOT NULL,
            challenger_version text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            risk_30d double precision NOT NULL CHECK (risk_30d BETWEEN 0 AND 1),
            risk_any double precision NOT NULL CHECK (risk_any BETWEEN 0 AND 1),
            decision text NOT NULL CHECK (decision IN ('flag', 'no_flag')),
            PRIMARY KEY (prediction_id, challenger_version)
        )""")
    op.execute("GRANT SELECT, INSERT ON serving.shadow_predictions TO readmission_serving")
    op.execute("GRANT SELECT ON serving.shadow_predictions TO readmission_pipeline, readmission_reader")


def downgrade() -> None:
    """There is no way back: the table holds the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
