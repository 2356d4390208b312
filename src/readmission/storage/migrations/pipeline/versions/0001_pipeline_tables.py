"""Schemas raw, clean, audit and monitoring, their tables, and what each role may do.

Revision ID: 0001_pipeline
"""

from alembic import op

from readmission.storage.postgres.column_types import clean_columns_ddl, raw_columns_ddl

revision = "0001_pipeline"
down_revision = None
branch_labels = None
depends_on = None

SPLIT_CHECK = "CHECK (split IN ('train', 'validation', 'test'))"


def upgrade() -> None:
    """Create everything; roles must exist (the platform makes them)."""
    for schema in ("raw", "clean", "audit", "monitoring"):
        op.execute(f"CREATE SCHEMA {schema}")
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO readmission_pipeline, readmission_reader")

    # -- raw: the data set as served -------------------------------------------------------------
    op.execute("""
        CREATE TABLE raw.dataset (
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            sha256 text NOT NULL, kind text NOT NULL CHECK (kind IN ('uci', 'file', 'synthetic')),
            recorded_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute(f"""
        CREATE TABLE raw.batches (
            dataset_sha256 text NOT NULL, split text NOT NULL {SPLIT_CHECK}, batch_number integer NOT NULL,
            sha256 text NOT NULL, rows integer NOT NULL, ingested_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (dataset_sha256, split, batch_number)
        )""")
    op.execute(f"""
        CREATE TABLE raw.encounters (
            {raw_columns_ddl()},
            dataset_sha256 text NOT NULL, split text NOT NULL, batch_number integer NOT NULL,
            row_number integer NOT NULL,
            UNIQUE (dataset_sha256, encounter_id),
            FOREIGN KEY (dataset_sha256, split, batch_number)
                REFERENCES raw.batches (dataset_sha256, split, batch_number) DEFERRABLE INITIALLY DEFERRED
        )""")
    op.execute("CREATE INDEX encounters_by_batch ON raw.encounters (dataset_sha256, split, batch_number)")

    # -- clean: typed, checked ----------------------------------------------------------------------
    op.execute(f"""
        CREATE TABLE clean.batches (
            dataset_sha256 text NOT NULL, split text NOT NULL {SPLIT_CHECK}, batch_number integer NOT NULL,
            raw_sha256 text NOT NULL, rows_raw integer NOT NULL, rows_clean integer NOT NULL,
            rows_quarantined integer NOT NULL, rows_not_eligible integer NOT NULL,
            transformed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (dataset_sha256, split, batch_number),
            CHECK (rows_raw = rows_clean + rows_quarantined)
        )""")
    op.execute(f"""
        CREATE TABLE clean.encounters (
            {clean_columns_ddl()},
            diag_1_group text, diag_2_group text, diag_3_group text,
            eligible boolean NOT NULL, exclusion text CHECK (exclusion IN ('death', 'hospice')),
            split text NOT NULL {SPLIT_CHECK}, batch_number integer NOT NULL,
            PRIMARY KEY (encounter_id), CHECK (eligible = (exclusion IS NULL))
        )""")
    op.execute("CREATE INDEX encounters_by_split ON clean.encounters (split, batch_number)")
    op.execute("CREATE INDEX encounters_by_patient ON clean.encounters (patient_nbr)")
    op.execute("""
        CREATE TABLE clean.quarantine (
            dataset_sha256 text NOT NULL, split text NOT NULL, batch_number integer NOT NULL,
            row_number integer NOT NULL, encounter_id text, field text NOT NULL, reason text NOT NULL, value text,
            quarantined_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (dataset_sha256, split, batch_number, row_number, field)
        )""")
    op.execute("""
        CREATE TABLE clean.columns (
            dataset_sha256 text NOT NULL, column_name text NOT NULL, kept boolean NOT NULL, reason text NOT NULL,
            statistics jsonb NOT NULL, profiled_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (dataset_sha256, column_name)
        )""")
    for split in ("train", "validation", "test"):
        op.execute(f"CREATE VIEW clean.{split} AS SELECT * FROM clean.encounters WHERE split = '{split}' AND eligible")

    # -- audit: append-only ---------------------------------------------------------------------
    op.execute("""
        CREATE TABLE audit.promotions (
            promotion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            decided_at timestamptz NOT NULL DEFAULT now(),
            model_name text NOT NULL,
            decision text NOT NULL CHECK (decision IN ('promoted', 'kept', 'refused', 'rolled_back')),
            challenger_version text, champion_version text, live_version text,
            reason text NOT NULL, actor text NOT NULL, evidence jsonb NOT NULL,
            dataset_kind text NOT NULL, dataset_sha256 text NOT NULL, code_commit text NOT NULL
        )""")
    op.execute("""
        CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'audit.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$""")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.promotions
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()""")

    # -- monitoring -------------------------------------------------------------------------------
    op.execute(f"""
        CREATE TABLE monitoring.batch_profiles (
            dataset_sha256 text NOT NULL, split text NOT NULL {SPLIT_CHECK}, batch_number integer NOT NULL,
            profile jsonb NOT NULL, profiled_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (dataset_sha256, split, batch_number)
        )""")

    op.execute(
        "GRANT SELECT ON ALL TABLES IN SCHEMA raw, clean, audit, monitoring TO readmission_pipeline, readmission_reader"
    )
    op.execute("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA clean, monitoring TO readmission_pipeline")
    op.execute("GRANT INSERT ON ALL TABLES IN SCHEMA raw TO readmission_pipeline")
    op.execute("GRANT INSERT ON audit.promotions TO readmission_pipeline")
    op.execute("GRANT USAGE ON SCHEMA audit TO readmission_serving")
    op.execute("GRANT SELECT, INSERT ON audit.promotions TO readmission_serving")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
