"""Monitoring: reports of drift, performance measured and estimated; and every retraining asked for.

Revision ID: 0002_monitoring
"""

from alembic import op

revision = "0002_monitoring"
down_revision = "0001_pipeline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what the monitor writes stays, a later look is a further row."""
    op.execute("""
        CREATE TABLE monitoring.reports (
            report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            made_at timestamptz NOT NULL DEFAULT now(),
            model_version text NOT NULL,
            subject text NOT NULL CHECK (subject IN ('predictions', 'batch')), source text NOT NULL,
            rows integer NOT NULL, drifted boolean NOT NULL, columns_drifted integer NOT NULL,
            UNIQUE (model_version, subject, source)
        )""")
    op.execute("""
        CREATE TABLE monitoring.drift (
            report_id bigint NOT NULL REFERENCES monitoring.reports, column_name text NOT NULL,
            psi double precision NOT NULL, test text NOT NULL, statistic double precision NOT NULL,
            p_value double precision NOT NULL, adjusted_p_value double precision NOT NULL,
            missing_expected double precision NOT NULL, missing_found double precision NOT NULL,
            new_values integer NOT NULL, drifted boolean NOT NULL,
            PRIMARY KEY (report_id, column_name)
        )""")
    op.execute("""
        CREATE TABLE monitoring.performance (
            performance_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            made_at timestamptz NOT NULL DEFAULT now(), model_version text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('realised', 'estimated')),
            window_start timestamptz NOT NULL, window_end timestamptz NOT NULL,
            target text NOT NULL CHECK (target IN ('risk_30d', 'risk_any')),
            slice text NOT NULL DEFAULT 'all', rows integer NOT NULL,
            metric text NOT NULL, value double precision NOT NULL,
            low double precision, high double precision
        )""")
    op.execute("CREATE INDEX performance_by_time ON monitoring.performance (kind, made_at)")
    op.execute("""
        CREATE TABLE audit.retrainings (
            retraining_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            asked_at timestamptz NOT NULL DEFAULT now(),
            cause text NOT NULL CHECK (cause IN ('new_data', 'drift', 'calibration')),
            model_version text NOT NULL, training_data text NOT NULL,
            reason text NOT NULL, actor text NOT NULL, evidence jsonb NOT NULL
        )""")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.retrainings
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()""")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA monitoring, audit TO readmission_pipeline, readmission_reader")
    op.execute(
        "GRANT INSERT ON monitoring.reports, monitoring.drift, monitoring.performance, audit.retrainings"
        " TO readmission_pipeline"
    )


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
