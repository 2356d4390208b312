"""What the gate signed stands beside its decision; the gate may sign again, and allow a canary.

Revision ID: 0006_signed
"""

from alembic import op

revision = "0006_signed"
down_revision = "0005_roles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows from before stay as they are: unsigned, so nothing they name goes live until it is signed."""
    op.execute("""
        ALTER TABLE audit.promotions
            ADD COLUMN statement text, ADD COLUMN signature text, ADD COLUMN signing_key text,
            ADD CONSTRAINT promotions_signed_whole CHECK (num_nulls(statement, signature, signing_key) IN (0, 3)),
            DROP CONSTRAINT promotions_decision_check,
            ADD CONSTRAINT promotions_decision_check CHECK (
                decision IN ('promoted', 'kept', 'refused', 'rolled_back', 'signed', 'canary_allowed'))""")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
