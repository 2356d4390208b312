"""What went live is recorded by the gate alone, dated by the database; what is append-only stays so for its owner too.

Revision ID: 0005_roles
"""

from alembic import op

from readmission.storage.migrations.append_only import create_functions, protect

revision = "0005_roles"
down_revision = "0004_tuning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows that are there already keep an empty ``recorded_by``: nobody knows which role wrote them."""
    for schema in ("raw", "audit", "monitoring"):
        create_functions(schema)
    protect("raw.dataset", recorded_at="now()")
    protect("raw.batches", ingested_at="now()")
    protect("raw.encounters")
    op.execute("ALTER TABLE audit.promotions ADD COLUMN recorded_by text")
    protect("audit.promotions", decided_at="now()", recorded_by="session_user::text")
    protect("audit.retrainings", asked_at="now()")
    protect("monitoring.drift")
    for table in ("reports", "performance"):
        protect(f"monitoring.{table}")
        # What a simulation copies here keeps its times; it says of itself that it is one.
        op.execute(f"""
            CREATE TRIGGER database_facts BEFORE INSERT ON monitoring.{table}
            FOR EACH ROW WHEN (NEW.origin = 'live' AND NEW.made_at IS DISTINCT FROM now())
            EXECUTE FUNCTION monitoring.refuse_given_fact('made_at is')""")

    op.execute("GRANT USAGE ON SCHEMA raw, clean, audit TO readmission_gate")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA raw, clean, audit TO readmission_gate")
    op.execute("GRANT INSERT ON audit.promotions TO readmission_gate")
    op.execute("REVOKE INSERT ON audit.promotions FROM readmission_pipeline, readmission_serving")

    # Given with ALL TABLES by the first migration, which views are among.
    op.execute("REVOKE INSERT, UPDATE, DELETE ON clean.train, clean.validation, clean.test FROM readmission_pipeline")

    # Every column of the promotion (or of the newest signature of that version), those of later migrations too, is the
    # roll-back's unless it says otherwise.
    op.execute("""
        CREATE FUNCTION audit.record_roll_back(
            of_model text, to_version text, by_actor text, why text, proof jsonb, running_commit text
        ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            live text;
            decision audit.promotions;
        BEGIN
            IF coalesce(btrim(by_actor), '') = '' OR coalesce(btrim(why), '') = '' THEN
                RAISE EXCEPTION 'a roll-back names who asked for it and why';
            END IF;
            LOCK TABLE audit.promotions IN SHARE ROW EXCLUSIVE MODE;  -- nothing goes live between looking and recording
            SELECT p.live_version INTO live FROM audit.promotions p
                WHERE p.model_name = of_model AND p.live_version IS NOT NULL ORDER BY p.promotion_id DESC LIMIT 1;
            IF live = to_version THEN
                RAISE EXCEPTION 'version % is live already', to_version;
            END IF;
            IF NOT EXISTS (SELECT FROM audit.promotions p
                WHERE p.model_name = of_model AND p.decision = 'promoted' AND p.live_version = to_version) THEN
                RAISE EXCEPTION 'version % was never promoted', to_version;
            END IF;
            SELECT p.* INTO decision FROM audit.promotions p
                WHERE p.model_name = of_model AND p.decision IN ('promoted', 'signed') AND p.challenger_version = to_version
                ORDER BY p.promotion_id DESC LIMIT 1;
            decision.evidence := coalesce(proof, '{}') || jsonb_build_object('promoted_by', decision.promotion_id);
            decision.promotion_id := nextval(pg_get_serial_sequence('audit.promotions', 'promotion_id'));
            decision.decided_at := now();
            decision.recorded_by := session_user;
            decision.decision := 'rolled_back';
            decision.challenger_version := to_version;
            decision.champion_version := live;
            decision.live_version := to_version;  -- a row that signed again names what was live then
            decision.reason := why;
            decision.actor := by_actor;
            decision.code_commit := running_commit;
            INSERT INTO audit.promotions OVERRIDING SYSTEM VALUE SELECT decision.*;
            RETURN decision.promotion_id;
        END $$""")
    signature = "audit.record_roll_back(text, text, text, text, jsonb, text)"
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO readmission_serving, readmission_gate")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
