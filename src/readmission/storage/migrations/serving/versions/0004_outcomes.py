"""What became of the patients: outcomes reported later, every report kept.

Revision ID: 0004_outcomes
"""

from alembic import op

revision = "0004_outcomes"
down_revision = "0003_explanations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A report is never changed: a correction is a further row, and the newest row of a prediction counts."""
    op.execute("""
        CREATE TABLE serving.outcomes (
            outcome_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            prediction_id uuid NOT NULL REFERENCES serving.predictions,
            readmitted text NOT NULL CHECK (readmitted IN ('NO', '>30', '<30')),
            kind text NOT NULL CHECK (kind IN ('first', 'duplicate', 'correction')),
            received_at timestamptz NOT NULL DEFAULT now(), source text NOT NULL
        )""")
    op.execute("CREATE INDEX outcomes_by_prediction ON serving.outcomes (prediction_id, outcome_id)")
    op.execute("""
        CREATE FUNCTION serving.refuse_outcome_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'serving.outcomes is append-only' USING ERRCODE = 'insufficient_privilege'; END $$""")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON serving.outcomes
        FOR EACH STATEMENT EXECUTE FUNCTION serving.refuse_outcome_change()""")
    op.execute("""
        CREATE VIEW serving.latest_outcomes AS
        SELECT DISTINCT ON (prediction_id) prediction_id, readmitted, received_at, outcome_id
        FROM serving.outcomes ORDER BY prediction_id, outcome_id DESC""")
    op.execute("GRANT SELECT, INSERT ON serving.outcomes TO readmission_serving")
    op.execute(
        "GRANT SELECT ON serving.outcomes, serving.latest_outcomes"
        " TO readmission_serving, readmission_pipeline, readmission_reader"
    )


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
