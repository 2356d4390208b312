"""Role gate: the one that records what goes live.

Revision ID: 0005_roles
"""

from alembic import op

revision = "0005_roles"
down_revision = "0004_tuning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grant what the gate's step needs: it reads what it judges by, and adds decisions."""
    op.execute("GRANT USAGE ON SCHEMA raw, clean, audit TO readmission_gate")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA raw, clean, audit TO readmission_gate")
    op.execute("GRANT INSERT ON audit.promotions TO readmission_gate")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
