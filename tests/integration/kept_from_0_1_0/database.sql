
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA audit;

ALTER SCHEMA audit OWNER TO readmission_owner;

CREATE SCHEMA clean;

ALTER SCHEMA clean OWNER TO readmission_owner;

CREATE SCHEMA monitoring;

ALTER SCHEMA monitoring OWNER TO readmission_owner;

CREATE SCHEMA raw;

ALTER SCHEMA raw OWNER TO readmission_owner;

CREATE SCHEMA serving;

ALTER SCHEMA serving OWNER TO readmission_owner;

CREATE SCHEMA tuning;

ALTER SCHEMA tuning OWNER TO readmission_owner;

CREATE TYPE public.studydirection AS ENUM (
    'NOT_SET',
    'MINIMIZE',
    'MAXIMIZE'
);

ALTER TYPE public.studydirection OWNER TO readmission_owner;

CREATE TYPE public.trialintermediatevaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG',
    'NAN'
);

ALTER TYPE public.trialintermediatevaluetype OWNER TO readmission_owner;

CREATE TYPE public.trialstate AS ENUM (
    'RUNNING',
    'COMPLETE',
    'PRUNED',
    'FAIL'
);

ALTER TYPE public.trialstate OWNER TO readmission_owner;

CREATE TYPE public.trialvaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG'
);

ALTER TYPE public.trialvaluetype OWNER TO readmission_owner;

CREATE TYPE tuning.studydirection AS ENUM (
    'NOT_SET',
    'MINIMIZE',
    'MAXIMIZE'
);

ALTER TYPE tuning.studydirection OWNER TO readmission_owner;

CREATE TYPE tuning.trialintermediatevaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG',
    'NAN'
);

ALTER TYPE tuning.trialintermediatevaluetype OWNER TO readmission_owner;

CREATE TYPE tuning.trialstate AS ENUM (
    'RUNNING',
    'COMPLETE',
    'PRUNED',
    'FAIL',
    'WAITING'
);

ALTER TYPE tuning.trialstate OWNER TO readmission_owner;

CREATE TYPE tuning.trialvaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG'
);

ALTER TYPE tuning.trialvaluetype OWNER TO readmission_owner;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN RAISE EXCEPTION 'audit.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;

ALTER FUNCTION audit.refuse_change() OWNER TO readmission_owner;

CREATE FUNCTION serving.refuse_outcome_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN RAISE EXCEPTION 'serving.outcomes is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;

ALTER FUNCTION serving.refuse_outcome_change() OWNER TO readmission_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE audit.promotions (
    promotion_id bigint NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    model_name text NOT NULL,
    decision text NOT NULL,
    challenger_version text,
    champion_version text,
    live_version text,
    reason text NOT NULL,
    actor text NOT NULL,
    evidence jsonb NOT NULL,
    dataset_kind text NOT NULL,
    dataset_sha256 text NOT NULL,
    code_commit text NOT NULL,
    CONSTRAINT promotions_decision_check CHECK ((decision = ANY (ARRAY['promoted'::text, 'kept'::text, 'refused'::text, 'rolled_back'::text])))
);

ALTER TABLE audit.promotions OWNER TO readmission_owner;

ALTER TABLE audit.promotions ALTER COLUMN promotion_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.promotions_promotion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.retrainings (
    retraining_id bigint NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    cause text NOT NULL,
    model_version text NOT NULL,
    training_data text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    evidence jsonb NOT NULL,
    CONSTRAINT retrainings_cause_check CHECK ((cause = ANY (ARRAY['new_data'::text, 'drift'::text, 'calibration'::text])))
);

ALTER TABLE audit.retrainings OWNER TO readmission_owner;

ALTER TABLE audit.retrainings ALTER COLUMN retraining_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.retrainings_retraining_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE clean.batches (
    dataset_sha256 text NOT NULL,
    split text NOT NULL,
    batch_number integer NOT NULL,
    raw_sha256 text NOT NULL,
    rows_raw integer NOT NULL,
    rows_clean integer NOT NULL,
    rows_quarantined integer NOT NULL,
    rows_not_eligible integer NOT NULL,
    transformed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT batches_check CHECK ((rows_raw = (rows_clean + rows_quarantined))),
    CONSTRAINT batches_split_check CHECK ((split = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text])))
);

ALTER TABLE clean.batches OWNER TO readmission_owner;

CREATE TABLE clean.columns (
    dataset_sha256 text NOT NULL,
    column_name text NOT NULL,
    kept boolean NOT NULL,
    reason text NOT NULL,
    statistics jsonb NOT NULL,
    profiled_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE clean.columns OWNER TO readmission_owner;

CREATE TABLE clean.encounters (
    encounter_id bigint NOT NULL,
    patient_nbr bigint NOT NULL,
    race text,
    gender text NOT NULL,
    age text NOT NULL,
    weight text,
    admission_type_id integer NOT NULL,
    discharge_disposition_id integer NOT NULL,
    admission_source_id integer NOT NULL,
    time_in_hospital integer NOT NULL,
    payer_code text,
    medical_specialty text,
    num_lab_procedures integer NOT NULL,
    num_procedures integer NOT NULL,
    num_medications integer NOT NULL,
    number_outpatient integer NOT NULL,
    number_emergency integer NOT NULL,
    number_inpatient integer NOT NULL,
    diag_1 text,
    diag_2 text,
    diag_3 text,
    number_diagnoses integer NOT NULL,
    max_glu_serum text NOT NULL,
    "A1Cresult" text NOT NULL,
    metformin text NOT NULL,
    repaglinide text NOT NULL,
    nateglinide text NOT NULL,
    chlorpropamide text NOT NULL,
    glimepiride text NOT NULL,
    acetohexamide text NOT NULL,
    glipizide text NOT NULL,
    glyburide text NOT NULL,
    tolbutamide text NOT NULL,
    pioglitazone text NOT NULL,
    rosiglitazone text NOT NULL,
    acarbose text NOT NULL,
    miglitol text NOT NULL,
    troglitazone text NOT NULL,
    tolazamide text NOT NULL,
    examide text NOT NULL,
    citoglipton text NOT NULL,
    insulin text NOT NULL,
    "glyburide-metformin" text NOT NULL,
    "glipizide-metformin" text NOT NULL,
    "glimepiride-pioglitazone" text NOT NULL,
    "metformin-rosiglitazone" text NOT NULL,
    "metformin-pioglitazone" text NOT NULL,
    change text NOT NULL,
    "diabetesMed" text NOT NULL,
    readmitted text NOT NULL,
    diag_1_group text,
    diag_2_group text,
    diag_3_group text,
    eligible boolean NOT NULL,
    exclusion text,
    split text NOT NULL,
    batch_number integer NOT NULL,
    CONSTRAINT encounters_check CHECK ((eligible = (exclusion IS NULL))),
    CONSTRAINT encounters_exclusion_check CHECK ((exclusion = ANY (ARRAY['death'::text, 'hospice'::text]))),
    CONSTRAINT encounters_split_check CHECK ((split = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text])))
);

ALTER TABLE clean.encounters OWNER TO readmission_owner;

CREATE TABLE clean.quarantine (
    dataset_sha256 text NOT NULL,
    split text NOT NULL,
    batch_number integer NOT NULL,
    row_number integer NOT NULL,
    encounter_id text,
    field text NOT NULL,
    reason text NOT NULL,
    value text,
    quarantined_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE clean.quarantine OWNER TO readmission_owner;

CREATE VIEW clean.test AS
 SELECT encounter_id,
    patient_nbr,
    race,
    gender,
    age,
    weight,
    admission_type_id,
    discharge_disposition_id,
    admission_source_id,
    time_in_hospital,
    payer_code,
    medical_specialty,
    num_lab_procedures,
    num_procedures,
    num_medications,
    number_outpatient,
    number_emergency,
    number_inpatient,
    diag_1,
    diag_2,
    diag_3,
    number_diagnoses,
    max_glu_serum,
    "A1Cresult",
    metformin,
    repaglinide,
    nateglinide,
    chlorpropamide,
    glimepiride,
    acetohexamide,
    glipizide,
    glyburide,
    tolbutamide,
    pioglitazone,
    rosiglitazone,
    acarbose,
    miglitol,
    troglitazone,
    tolazamide,
    examide,
    citoglipton,
    insulin,
    "glyburide-metformin",
    "glipizide-metformin",
    "glimepiride-pioglitazone",
    "metformin-rosiglitazone",
    "metformin-pioglitazone",
    change,
    "diabetesMed",
    readmitted,
    diag_1_group,
    diag_2_group,
    diag_3_group,
    eligible,
    exclusion,
    split,
    batch_number
   FROM clean.encounters
  WHERE ((split = 'test'::text) AND eligible);

ALTER VIEW clean.test OWNER TO readmission_owner;

CREATE VIEW clean.train AS
 SELECT encounter_id,
    patient_nbr,
    race,
    gender,
    age,
    weight,
    admission_type_id,
    discharge_disposition_id,
    admission_source_id,
    time_in_hospital,
    payer_code,
    medical_specialty,
    num_lab_procedures,
    num_procedures,
    num_medications,
    number_outpatient,
    number_emergency,
    number_inpatient,
    diag_1,
    diag_2,
    diag_3,
    number_diagnoses,
    max_glu_serum,
    "A1Cresult",
    metformin,
    repaglinide,
    nateglinide,
    chlorpropamide,
    glimepiride,
    acetohexamide,
    glipizide,
    glyburide,
    tolbutamide,
    pioglitazone,
    rosiglitazone,
    acarbose,
    miglitol,
    troglitazone,
    tolazamide,
    examide,
    citoglipton,
    insulin,
    "glyburide-metformin",
    "glipizide-metformin",
    "glimepiride-pioglitazone",
    "metformin-rosiglitazone",
    "metformin-pioglitazone",
    change,
    "diabetesMed",
    readmitted,
    diag_1_group,
    diag_2_group,
    diag_3_group,
    eligible,
    exclusion,
    split,
    batch_number
   FROM clean.encounters
  WHERE ((split = 'train'::text) AND eligible);

ALTER VIEW clean.train OWNER TO readmission_owner;

CREATE VIEW clean.validation AS
 SELECT encounter_id,
    patient_nbr,
    race,
    gender,
    age,
    weight,
    admission_type_id,
    discharge_disposition_id,
    admission_source_id,
    time_in_hospital,
    payer_code,
    medical_specialty,
    num_lab_procedures,
    num_procedures,
    num_medications,
    number_outpatient,
    number_emergency,
    number_inpatient,
    diag_1,
    diag_2,
    diag_3,
    number_diagnoses,
    max_glu_serum,
    "A1Cresult",
    metformin,
    repaglinide,
    nateglinide,
    chlorpropamide,
    glimepiride,
    acetohexamide,
    glipizide,
    glyburide,
    tolbutamide,
    pioglitazone,
    rosiglitazone,
    acarbose,
    miglitol,
    troglitazone,
    tolazamide,
    examide,
    citoglipton,
    insulin,
    "glyburide-metformin",
    "glipizide-metformin",
    "glimepiride-pioglitazone",
    "metformin-rosiglitazone",
    "metformin-pioglitazone",
    change,
    "diabetesMed",
    readmitted,
    diag_1_group,
    diag_2_group,
    diag_3_group,
    eligible,
    exclusion,
    split,
    batch_number
   FROM clean.encounters
  WHERE ((split = 'validation'::text) AND eligible);

ALTER VIEW clean.validation OWNER TO readmission_owner;

CREATE TABLE monitoring.batch_profiles (
    dataset_sha256 text NOT NULL,
    split text NOT NULL,
    batch_number integer NOT NULL,
    profile jsonb NOT NULL,
    profiled_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT batch_profiles_split_check CHECK ((split = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text])))
);

ALTER TABLE monitoring.batch_profiles OWNER TO readmission_owner;

CREATE TABLE monitoring.drift (
    report_id bigint NOT NULL,
    column_name text NOT NULL,
    psi double precision NOT NULL,
    test text NOT NULL,
    statistic double precision NOT NULL,
    p_value double precision NOT NULL,
    adjusted_p_value double precision NOT NULL,
    missing_expected double precision NOT NULL,
    missing_found double precision NOT NULL,
    new_values integer NOT NULL,
    drifted boolean NOT NULL
);

ALTER TABLE monitoring.drift OWNER TO readmission_owner;

CREATE TABLE monitoring.performance (
    performance_id bigint NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    model_version text NOT NULL,
    kind text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    target text NOT NULL,
    slice text DEFAULT 'all'::text NOT NULL,
    rows integer NOT NULL,
    metric text NOT NULL,
    value double precision NOT NULL,
    low double precision,
    high double precision,
    origin text DEFAULT 'live'::text NOT NULL,
    CONSTRAINT performance_kind_check CHECK ((kind = ANY (ARRAY['realised'::text, 'estimated'::text]))),
    CONSTRAINT performance_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'simulation'::text]))),
    CONSTRAINT performance_target_check CHECK ((target = ANY (ARRAY['risk_30d'::text, 'risk_any'::text])))
);

ALTER TABLE monitoring.performance OWNER TO readmission_owner;

ALTER TABLE monitoring.performance ALTER COLUMN performance_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME monitoring.performance_performance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE monitoring.reports (
    report_id bigint NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    model_version text NOT NULL,
    subject text NOT NULL,
    source text NOT NULL,
    rows integer NOT NULL,
    drifted boolean NOT NULL,
    columns_drifted integer NOT NULL,
    origin text DEFAULT 'live'::text NOT NULL,
    CONSTRAINT reports_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'simulation'::text]))),
    CONSTRAINT reports_subject_check CHECK ((subject = ANY (ARRAY['predictions'::text, 'batch'::text])))
);

ALTER TABLE monitoring.reports OWNER TO readmission_owner;

ALTER TABLE monitoring.reports ALTER COLUMN report_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME monitoring.reports_report_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version OWNER TO readmission_owner;

CREATE TABLE public.alembic_version_pipeline (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_pipeline OWNER TO readmission_owner;

CREATE TABLE public.alembic_version_serving (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_serving OWNER TO readmission_owner;

CREATE TABLE public.studies (
    study_id integer NOT NULL,
    study_name character varying(512) NOT NULL
);

ALTER TABLE public.studies OWNER TO readmission_owner;

CREATE SEQUENCE public.studies_study_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.studies_study_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.studies_study_id_seq OWNED BY public.studies.study_id;

CREATE TABLE public.study_directions (
    study_direction_id integer NOT NULL,
    direction public.studydirection NOT NULL,
    study_id integer NOT NULL,
    objective integer NOT NULL
);

ALTER TABLE public.study_directions OWNER TO readmission_owner;

CREATE SEQUENCE public.study_directions_study_direction_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.study_directions_study_direction_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.study_directions_study_direction_id_seq OWNED BY public.study_directions.study_direction_id;

CREATE TABLE public.study_system_attributes (
    study_system_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE public.study_system_attributes OWNER TO readmission_owner;

CREATE SEQUENCE public.study_system_attributes_study_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.study_system_attributes_study_system_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.study_system_attributes_study_system_attribute_id_seq OWNED BY public.study_system_attributes.study_system_attribute_id;

CREATE TABLE public.study_user_attributes (
    study_user_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE public.study_user_attributes OWNER TO readmission_owner;

CREATE SEQUENCE public.study_user_attributes_study_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.study_user_attributes_study_user_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.study_user_attributes_study_user_attribute_id_seq OWNED BY public.study_user_attributes.study_user_attribute_id;

CREATE TABLE public.trial_intermediate_values (
    trial_intermediate_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    step integer NOT NULL,
    intermediate_value double precision,
    intermediate_value_type public.trialintermediatevaluetype NOT NULL
);

ALTER TABLE public.trial_intermediate_values OWNER TO readmission_owner;

CREATE SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq OWNED BY public.trial_intermediate_values.trial_intermediate_value_id;

CREATE TABLE public.trial_params (
    param_id integer NOT NULL,
    trial_id integer,
    param_name character varying(512),
    param_value double precision,
    distribution_json text
);

ALTER TABLE public.trial_params OWNER TO readmission_owner;

CREATE SEQUENCE public.trial_params_param_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trial_params_param_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trial_params_param_id_seq OWNED BY public.trial_params.param_id;

CREATE TABLE public.trial_system_attributes (
    trial_system_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE public.trial_system_attributes OWNER TO readmission_owner;

CREATE SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq OWNED BY public.trial_system_attributes.trial_system_attribute_id;

CREATE TABLE public.trial_user_attributes (
    trial_user_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE public.trial_user_attributes OWNER TO readmission_owner;

CREATE SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq OWNED BY public.trial_user_attributes.trial_user_attribute_id;

CREATE TABLE public.trial_values (
    trial_value_id integer NOT NULL,
    trial_id integer,
    value double precision,
    objective integer NOT NULL,
    value_type public.trialvaluetype NOT NULL
);

ALTER TABLE public.trial_values OWNER TO readmission_owner;

CREATE SEQUENCE public.trial_values_trial_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trial_values_trial_value_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trial_values_trial_value_id_seq OWNED BY public.trial_values.trial_value_id;

CREATE TABLE public.trials (
    trial_id integer NOT NULL,
    study_id integer,
    state public.trialstate NOT NULL,
    datetime_start timestamp without time zone,
    datetime_complete timestamp without time zone,
    number integer
);

ALTER TABLE public.trials OWNER TO readmission_owner;

CREATE SEQUENCE public.trials_trial_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.trials_trial_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE public.trials_trial_id_seq OWNED BY public.trials.trial_id;

CREATE TABLE public.version_info (
    version_info_id integer NOT NULL,
    schema_version integer,
    library_version character varying(256),
    CONSTRAINT version_info_version_info_id_check CHECK ((version_info_id = 1))
);

ALTER TABLE public.version_info OWNER TO readmission_owner;

CREATE TABLE raw.batches (
    dataset_sha256 text NOT NULL,
    split text NOT NULL,
    batch_number integer NOT NULL,
    sha256 text NOT NULL,
    rows integer NOT NULL,
    ingested_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT batches_split_check CHECK ((split = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text])))
);

ALTER TABLE raw.batches OWNER TO readmission_owner;

CREATE TABLE raw.dataset (
    only_one boolean DEFAULT true NOT NULL,
    sha256 text NOT NULL,
    kind text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT dataset_kind_check CHECK ((kind = ANY (ARRAY['uci'::text, 'file'::text, 'synthetic'::text]))),
    CONSTRAINT dataset_only_one_check CHECK (only_one)
);

ALTER TABLE raw.dataset OWNER TO readmission_owner;

CREATE TABLE raw.encounters (
    encounter_id text,
    patient_nbr text,
    race text,
    gender text,
    age text,
    weight text,
    admission_type_id text,
    discharge_disposition_id text,
    admission_source_id text,
    time_in_hospital text,
    payer_code text,
    medical_specialty text,
    num_lab_procedures text,
    num_procedures text,
    num_medications text,
    number_outpatient text,
    number_emergency text,
    number_inpatient text,
    diag_1 text,
    diag_2 text,
    diag_3 text,
    number_diagnoses text,
    max_glu_serum text,
    "A1Cresult" text,
    metformin text,
    repaglinide text,
    nateglinide text,
    chlorpropamide text,
    glimepiride text,
    acetohexamide text,
    glipizide text,
    glyburide text,
    tolbutamide text,
    pioglitazone text,
    rosiglitazone text,
    acarbose text,
    miglitol text,
    troglitazone text,
    tolazamide text,
    examide text,
    citoglipton text,
    insulin text,
    "glyburide-metformin" text,
    "glipizide-metformin" text,
    "glimepiride-pioglitazone" text,
    "metformin-rosiglitazone" text,
    "metformin-pioglitazone" text,
    change text,
    "diabetesMed" text,
    readmitted text,
    dataset_sha256 text NOT NULL,
    split text NOT NULL,
    batch_number integer NOT NULL,
    row_number integer NOT NULL
);

ALTER TABLE raw.encounters OWNER TO readmission_owner;

CREATE TABLE serving.explanations (
    prediction_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    model_version text NOT NULL,
    explanation jsonb NOT NULL
);

ALTER TABLE serving.explanations OWNER TO readmission_owner;

CREATE TABLE serving.feedback (
    feedback_id bigint NOT NULL,
    prediction_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    verdict text NOT NULL,
    reason text,
    CONSTRAINT feedback_check CHECK (((verdict = 'agree'::text) OR (length(reason) > 0))),
    CONSTRAINT feedback_reason_check CHECK ((length(reason) <= 1000)),
    CONSTRAINT feedback_verdict_check CHECK ((verdict = ANY (ARRAY['agree'::text, 'override'::text])))
);

ALTER TABLE serving.feedback OWNER TO readmission_owner;

ALTER TABLE serving.feedback ALTER COLUMN feedback_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME serving.feedback_feedback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE serving.outcomes (
    outcome_id bigint NOT NULL,
    prediction_id uuid NOT NULL,
    readmitted text NOT NULL,
    kind text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    source text NOT NULL,
    CONSTRAINT outcomes_kind_check CHECK ((kind = ANY (ARRAY['first'::text, 'duplicate'::text, 'correction'::text]))),
    CONSTRAINT outcomes_readmitted_check CHECK ((readmitted = ANY (ARRAY['NO'::text, '>30'::text, '<30'::text])))
);

ALTER TABLE serving.outcomes OWNER TO readmission_owner;

CREATE VIEW serving.latest_outcomes AS
 SELECT DISTINCT ON (prediction_id) prediction_id,
    readmitted,
    received_at,
    outcome_id
   FROM serving.outcomes
  ORDER BY prediction_id, outcome_id DESC;

ALTER VIEW serving.latest_outcomes OWNER TO readmission_owner;

ALTER TABLE serving.outcomes ALTER COLUMN outcome_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME serving.outcomes_outcome_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE serving.predictions (
    prediction_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    model_name text NOT NULL,
    model_version text NOT NULL,
    risk_30d double precision NOT NULL,
    risk_any double precision NOT NULL,
    decision text NOT NULL,
    threshold double precision NOT NULL,
    encounter_id bigint,
    patient_nbr bigint,
    encounter jsonb NOT NULL,
    request_id text,
    idempotency_key text,
    CONSTRAINT predictions_decision_check CHECK ((decision = ANY (ARRAY['flag'::text, 'no_flag'::text]))),
    CONSTRAINT predictions_risk_30d_check CHECK (((risk_30d >= (0)::double precision) AND (risk_30d <= (1)::double precision))),
    CONSTRAINT predictions_risk_any_check CHECK (((risk_any >= (0)::double precision) AND (risk_any <= (1)::double precision)))
);

ALTER TABLE serving.predictions OWNER TO readmission_owner;

CREATE TABLE serving.shadow_predictions (
    prediction_id uuid NOT NULL,
    challenger_version text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    risk_30d double precision NOT NULL,
    risk_any double precision NOT NULL,
    decision text NOT NULL,
    CONSTRAINT shadow_predictions_decision_check CHECK ((decision = ANY (ARRAY['flag'::text, 'no_flag'::text]))),
    CONSTRAINT shadow_predictions_risk_30d_check CHECK (((risk_30d >= (0)::double precision) AND (risk_30d <= (1)::double precision))),
    CONSTRAINT shadow_predictions_risk_any_check CHECK (((risk_any >= (0)::double precision) AND (risk_any <= (1)::double precision)))
);

ALTER TABLE serving.shadow_predictions OWNER TO readmission_owner;

CREATE TABLE tuning.alembic_version (
    version_num character varying(32) NOT NULL
);

ALTER TABLE tuning.alembic_version OWNER TO readmission_owner;

CREATE TABLE tuning.studies (
    study_id integer NOT NULL,
    study_name character varying(512) NOT NULL
);

ALTER TABLE tuning.studies OWNER TO readmission_owner;

CREATE SEQUENCE tuning.studies_study_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.studies_study_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.studies_study_id_seq OWNED BY tuning.studies.study_id;

CREATE TABLE tuning.study_directions (
    study_direction_id integer NOT NULL,
    direction tuning.studydirection NOT NULL,
    study_id integer NOT NULL,
    objective integer NOT NULL
);

ALTER TABLE tuning.study_directions OWNER TO readmission_owner;

CREATE SEQUENCE tuning.study_directions_study_direction_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.study_directions_study_direction_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.study_directions_study_direction_id_seq OWNED BY tuning.study_directions.study_direction_id;

CREATE TABLE tuning.study_system_attributes (
    study_system_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE tuning.study_system_attributes OWNER TO readmission_owner;

CREATE SEQUENCE tuning.study_system_attributes_study_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.study_system_attributes_study_system_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.study_system_attributes_study_system_attribute_id_seq OWNED BY tuning.study_system_attributes.study_system_attribute_id;

CREATE TABLE tuning.study_user_attributes (
    study_user_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE tuning.study_user_attributes OWNER TO readmission_owner;

CREATE SEQUENCE tuning.study_user_attributes_study_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.study_user_attributes_study_user_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.study_user_attributes_study_user_attribute_id_seq OWNED BY tuning.study_user_attributes.study_user_attribute_id;

CREATE TABLE tuning.trial_heartbeats (
    trial_heartbeat_id integer NOT NULL,
    trial_id integer NOT NULL,
    heartbeat timestamp without time zone NOT NULL
);

ALTER TABLE tuning.trial_heartbeats OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_heartbeats_trial_heartbeat_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_heartbeats_trial_heartbeat_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_heartbeats_trial_heartbeat_id_seq OWNED BY tuning.trial_heartbeats.trial_heartbeat_id;

CREATE TABLE tuning.trial_intermediate_values (
    trial_intermediate_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    step integer NOT NULL,
    intermediate_value double precision,
    intermediate_value_type tuning.trialintermediatevaluetype NOT NULL
);

ALTER TABLE tuning.trial_intermediate_values OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_intermediate_values_trial_intermediate_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_intermediate_values_trial_intermediate_value_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_intermediate_values_trial_intermediate_value_id_seq OWNED BY tuning.trial_intermediate_values.trial_intermediate_value_id;

CREATE TABLE tuning.trial_params (
    param_id integer NOT NULL,
    trial_id integer,
    param_name character varying(512),
    param_value double precision,
    distribution_json text
);

ALTER TABLE tuning.trial_params OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_params_param_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_params_param_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_params_param_id_seq OWNED BY tuning.trial_params.param_id;

CREATE TABLE tuning.trial_system_attributes (
    trial_system_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE tuning.trial_system_attributes OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_system_attributes_trial_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_system_attributes_trial_system_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_system_attributes_trial_system_attribute_id_seq OWNED BY tuning.trial_system_attributes.trial_system_attribute_id;

CREATE TABLE tuning.trial_user_attributes (
    trial_user_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);

ALTER TABLE tuning.trial_user_attributes OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_user_attributes_trial_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_user_attributes_trial_user_attribute_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_user_attributes_trial_user_attribute_id_seq OWNED BY tuning.trial_user_attributes.trial_user_attribute_id;

CREATE TABLE tuning.trial_values (
    trial_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    objective integer NOT NULL,
    value double precision,
    value_type tuning.trialvaluetype NOT NULL
);

ALTER TABLE tuning.trial_values OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trial_values_trial_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trial_values_trial_value_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trial_values_trial_value_id_seq OWNED BY tuning.trial_values.trial_value_id;

CREATE TABLE tuning.trials (
    trial_id integer NOT NULL,
    number integer,
    study_id integer,
    state tuning.trialstate NOT NULL,
    datetime_start timestamp without time zone,
    datetime_complete timestamp without time zone
);

ALTER TABLE tuning.trials OWNER TO readmission_owner;

CREATE SEQUENCE tuning.trials_trial_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tuning.trials_trial_id_seq OWNER TO readmission_owner;

ALTER SEQUENCE tuning.trials_trial_id_seq OWNED BY tuning.trials.trial_id;

CREATE TABLE tuning.version_info (
    version_info_id integer NOT NULL,
    schema_version integer,
    library_version character varying(256),
    CONSTRAINT version_info_version_info_id_check CHECK ((version_info_id = 1))
);

ALTER TABLE tuning.version_info OWNER TO readmission_owner;

ALTER TABLE ONLY public.studies ALTER COLUMN study_id SET DEFAULT nextval('public.studies_study_id_seq'::regclass);

ALTER TABLE ONLY public.study_directions ALTER COLUMN study_direction_id SET DEFAULT nextval('public.study_directions_study_direction_id_seq'::regclass);

ALTER TABLE ONLY public.study_system_attributes ALTER COLUMN study_system_attribute_id SET DEFAULT nextval('public.study_system_attributes_study_system_attribute_id_seq'::regclass);

ALTER TABLE ONLY public.study_user_attributes ALTER COLUMN study_user_attribute_id SET DEFAULT nextval('public.study_user_attributes_study_user_attribute_id_seq'::regclass);

ALTER TABLE ONLY public.trial_intermediate_values ALTER COLUMN trial_intermediate_value_id SET DEFAULT nextval('public.trial_intermediate_values_trial_intermediate_value_id_seq'::regclass);

ALTER TABLE ONLY public.trial_params ALTER COLUMN param_id SET DEFAULT nextval('public.trial_params_param_id_seq'::regclass);

ALTER TABLE ONLY public.trial_system_attributes ALTER COLUMN trial_system_attribute_id SET DEFAULT nextval('public.trial_system_attributes_trial_system_attribute_id_seq'::regclass);

ALTER TABLE ONLY public.trial_user_attributes ALTER COLUMN trial_user_attribute_id SET DEFAULT nextval('public.trial_user_attributes_trial_user_attribute_id_seq'::regclass);

ALTER TABLE ONLY public.trial_values ALTER COLUMN trial_value_id SET DEFAULT nextval('public.trial_values_trial_value_id_seq'::regclass);

ALTER TABLE ONLY public.trials ALTER COLUMN trial_id SET DEFAULT nextval('public.trials_trial_id_seq'::regclass);

ALTER TABLE ONLY tuning.studies ALTER COLUMN study_id SET DEFAULT nextval('tuning.studies_study_id_seq'::regclass);

ALTER TABLE ONLY tuning.study_directions ALTER COLUMN study_direction_id SET DEFAULT nextval('tuning.study_directions_study_direction_id_seq'::regclass);

ALTER TABLE ONLY tuning.study_system_attributes ALTER COLUMN study_system_attribute_id SET DEFAULT nextval('tuning.study_system_attributes_study_system_attribute_id_seq'::regclass);

ALTER TABLE ONLY tuning.study_user_attributes ALTER COLUMN study_user_attribute_id SET DEFAULT nextval('tuning.study_user_attributes_study_user_attribute_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_heartbeats ALTER COLUMN trial_heartbeat_id SET DEFAULT nextval('tuning.trial_heartbeats_trial_heartbeat_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_intermediate_values ALTER COLUMN trial_intermediate_value_id SET DEFAULT nextval('tuning.trial_intermediate_values_trial_intermediate_value_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_params ALTER COLUMN param_id SET DEFAULT nextval('tuning.trial_params_param_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_system_attributes ALTER COLUMN trial_system_attribute_id SET DEFAULT nextval('tuning.trial_system_attributes_trial_system_attribute_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_user_attributes ALTER COLUMN trial_user_attribute_id SET DEFAULT nextval('tuning.trial_user_attributes_trial_user_attribute_id_seq'::regclass);

ALTER TABLE ONLY tuning.trial_values ALTER COLUMN trial_value_id SET DEFAULT nextval('tuning.trial_values_trial_value_id_seq'::regclass);

ALTER TABLE ONLY tuning.trials ALTER COLUMN trial_id SET DEFAULT nextval('tuning.trials_trial_id_seq'::regclass);

INSERT INTO audit.promotions OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 23:48:24.543849+00', 'readmission', 'promoted', '1', NULL, '1', 'better', 'test', '{"roc_auc": 0.61}', 'synthetic', '0000000000000000000000000000000000000000000000000000000000000000', '-');

INSERT INTO audit.retrainings OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 23:50:26.685062+00', 'drift', '1', '2f913c925d749ee814773ae104f561adbf16aaa365e7badacbbacc87b26abd7f', 'age drifted', 'test', '{"columns": ["age"]}');

INSERT INTO clean.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 'c66f50c6fe05bef1e7f15cb659993e19be7713c58be64626147799759831cf37', 12, 11, 1, 2, '2026-11-27 23:48:25.614547+00');
INSERT INTO clean.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, '2f1d2b4a75baf560edf6a34c2be3907d64695e325fe856a0f19370f857c32e6b', 6, 6, 0, 4, '2026-11-27 23:48:56.089169+00');
INSERT INTO clean.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, '09ae4192723f438df906fb8d2648bd9472d9d3b50ba4ae58e1c16bede3c2d0eb', 5, 5, 0, 1, '2026-11-27 23:49:12.123643+00');

INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'race', false, 'no signal: chance does as well (p = 0.29, more than 0.05)', '{"missing": 0.0, "p_value": 0.29, "distinct": 5, "most_common": 0.333333, "signal_bits": 0.91829583, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.19889456}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'gender', false, 'no signal: chance does as well (p = 0.57, more than 0.05)', '{"missing": 0.0, "p_value": 0.57, "distinct": 3, "most_common": 0.555556, "signal_bits": 0.37887884, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.01090666}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'age', false, 'no signal: chance does as well (p = 1.00, more than 0.05)', '{"missing": 0.0, "p_value": 1.0, "distinct": 5, "most_common": 0.333333, "signal_bits": 0.47385139, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'weight', false, 'missing in 100.0% of rows (more than 90%)', '{"missing": 1.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'admission_type_id', false, 'no signal: chance does as well (p = 0.18, more than 0.05)', '{"missing": 0.0, "p_value": 0.18, "distinct": 7, "most_common": 0.222222, "signal_bits": 1.22439445, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.25813692}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'discharge_disposition_id', false, 'no signal: chance does as well (p = 1.00, more than 0.05)', '{"missing": 0.0, "p_value": 1.0, "distinct": 9, "most_common": 0.111111, "signal_bits": 1.22439445, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'admission_source_id', false, 'no signal: chance does as well (p = 0.91, more than 0.05)', '{"missing": 0.0, "p_value": 0.91, "distinct": 8, "most_common": 0.222222, "signal_bits": 1.00217222, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'time_in_hospital', false, 'no signal: chance does as well (p = 0.70, more than 0.05)', '{"missing": 0.0, "p_value": 0.7, "distinct": 5, "most_common": 0.333333, "signal_bits": 0.69607361, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'payer_code', false, 'no signal: chance does as well (p = 0.69, more than 0.05)', '{"missing": 0.333333, "p_value": 0.69, "distinct": 4, "most_common": 0.444444, "signal_bits": 0.55772778, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.04172385}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'medical_specialty', false, 'no signal: chance does as well (p = 0.78, more than 0.05)', '{"missing": 0.222222, "p_value": 0.78, "distinct": 4, "most_common": 0.555556, "signal_bits": 0.37887884, "chance_max_bits": 1.00217222, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'num_lab_procedures', false, 'no signal: chance does as well (p = 0.95, more than 0.05)', '{"missing": 0.0, "p_value": 0.95, "distinct": 6, "most_common": 0.333333, "signal_bits": 0.69607361, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'num_procedures', false, 'no signal: chance does as well (p = 0.34, more than 0.05)', '{"missing": 0.0, "p_value": 0.34, "distinct": 6, "most_common": 0.222222, "signal_bits": 1.00217222, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.12121212}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'num_medications', false, 'no signal: chance does as well (p = 0.46, more than 0.05)', '{"missing": 0.0, "p_value": 0.46, "distinct": 8, "most_common": 0.222222, "signal_bits": 1.22439445, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.10998878}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'number_outpatient', false, 'no signal: chance does as well (p = 0.45, more than 0.05)', '{"missing": 0.0, "p_value": 0.45, "distinct": 5, "most_common": 0.444444, "signal_bits": 0.64160417, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'number_emergency', false, 'no signal: chance does as well (p = 1.00, more than 0.05)', '{"missing": 0.0, "p_value": 1.0, "distinct": 6, "most_common": 0.333333, "signal_bits": 0.47385139, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'number_inpatient', true, 'signal beyond chance (p = 0.01)', '{"missing": 0.0, "p_value": 0.01, "distinct": 3, "most_common": 0.555556, "signal_bits": 0.91829583, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.54988555}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'diag_1', false, 'no signal: chance does as well (p = 0.66, more than 0.05)', '{"missing": 0.111111, "p_value": 0.66, "distinct": 6, "most_common": 0.222222, "signal_bits": 0.77995, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'diag_2', false, 'no signal: chance does as well (p = 0.89, more than 0.05)', '{"missing": 0.111111, "p_value": 0.89, "distinct": 5, "most_common": 0.333333, "signal_bits": 0.61219722, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'diag_3', false, 'no signal: chance does as well (p = 1.00, more than 0.05)', '{"missing": 0.111111, "p_value": 1.0, "distinct": 9, "most_common": 0.111111, "signal_bits": 1.22439445, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'number_diagnoses', false, 'no signal: chance does as well (p = 0.09, more than 0.05)', '{"missing": 0.0, "p_value": 0.09, "distinct": 7, "most_common": 0.222222, "signal_bits": 1.22439445, "chance_max_bits": 1.22439445, "signal_beyond_chance_bits": 0.23344557}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'max_glu_serum', false, 'no signal: chance does as well (p = 0.84, more than 0.05)', '{"missing": 0.0, "p_value": 0.84, "distinct": 3, "most_common": 0.444444, "signal_bits": 0.33550556, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'A1Cresult', false, 'no signal: chance does as well (p = 0.32, more than 0.05)', '{"missing": 0.0, "p_value": 0.32, "distinct": 4, "most_common": 0.333333, "signal_bits": 0.69607361, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.13693495}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'metformin', false, 'no signal: chance does as well (p = 0.79, more than 0.05)', '{"missing": 0.0, "p_value": 0.79, "distinct": 4, "most_common": 0.333333, "signal_bits": 0.389975, "chance_max_bits": 1.00217222, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'repaglinide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'nateglinide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'chlorpropamide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glimepiride', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'acetohexamide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glipizide', false, 'no signal: chance does as well (p = 0.54, more than 0.05)', '{"missing": 0.0, "p_value": 0.54, "distinct": 3, "most_common": 0.555556, "signal_bits": 0.37887884, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.00673868}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glyburide', false, 'no signal: chance does as well (p = 0.85, more than 0.05)', '{"missing": 0.0, "p_value": 0.85, "distinct": 4, "most_common": 0.333333, "signal_bits": 0.47385139, "chance_max_bits": 1.00217222, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'tolbutamide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'pioglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'rosiglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'acarbose', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'miglitol', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'troglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'tolazamide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'examide', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'citoglipton', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'insulin', false, 'no signal: chance does as well (p = 0.31, more than 0.05)', '{"missing": 0.0, "p_value": 0.31, "distinct": 4, "most_common": 0.333333, "signal_bits": 0.69607361, "chance_max_bits": 1.00217222, "signal_beyond_chance_bits": 0.14506639}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glyburide-metformin', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glipizide-metformin', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'glimepiride-pioglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'metformin-rosiglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'metformin-pioglitazone', false, 'near-constant: 100.000% of rows have the same value (more than 99.95%)', '{"missing": 0.0, "p_value": 1.0, "distinct": 1, "most_common": 1.0, "signal_bits": 0.0, "chance_max_bits": 0.0, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'change', false, 'no signal: chance does as well (p = 0.21, more than 0.05)', '{"missing": 0.0, "p_value": 0.21, "distinct": 2, "most_common": 0.555556, "signal_bits": 0.37887884, "chance_max_bits": 0.55772778, "signal_beyond_chance_bits": 0.15468159}', '2026-11-27 23:49:22.526106+00');
INSERT INTO clean.columns VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'diabetesMed', false, 'no signal: chance does as well (p = 1.00, more than 0.05)', '{"missing": 0.0, "p_value": 1.0, "distinct": 2, "most_common": 0.666667, "signal_bits": 0.08387639, "chance_max_bits": 0.91829583, "signal_beyond_chance_bits": 0.0}', '2026-11-27 23:49:22.526106+00');

INSERT INTO clean.encounters VALUES (1001, 500, 'Asian', 'Male', '[70-80)', NULL, 6, 8, 23, 4, NULL, 'Surgery', 0, 6, 8, 10, 1, 1, '276', '250.83', 'V15', 12, '>300', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', '>30', 'Other', 'Diabetes', 'Other', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1002, 501, 'Caucasian', 'Unknown/Invalid', '[50-60)', NULL, 2, 25, 6, 9, NULL, 'Surgery', 7, 11, 0, 7, 0, 0, NULL, NULL, NULL, 7, 'Norm', 'Norm', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', NULL, NULL, NULL, true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1003, 501, 'Other', 'Unknown/Invalid', '[0-10)', NULL, 3, 17, 26, 9, 'BC', NULL, 0, 7, 5, 9, 8, 0, '786', 'E878', '599', 6, '>300', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'Respiratory', 'Other', 'Genitourinary', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1004, 502, 'Caucasian', 'Female', '[10-20)', NULL, 1, 15, 1, 13, 'Surgery', 'BC', 4, 1, 12, 9, 2, 0, '276', '250.83', '428', 3, '>200', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'Other', 'Diabetes', 'Circulatory', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1005, 502, 'Asian', 'Male', '[10-20)', NULL, 4, 20, 14, 1, 'BC', 'MC', 6, 2, 0, 11, 2, 3, '786', 'E878', '786', 4, '>300', 'Norm', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'Respiratory', 'Other', 'Respiratory', false, 'death', 'train', 0);
INSERT INTO clean.encounters VALUES (1006, 503, 'AfricanAmerican', 'Male', '[40-50)', NULL, 7, 19, 9, 3, 'MC', 'MC', 9, 3, 9, 7, 2, 0, NULL, '786', '250', 7, 'Norm', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', NULL, 'Respiratory', 'Diabetes', false, 'death', 'train', 0);
INSERT INTO clean.encounters VALUES (1007, 503, 'Other', 'Male', '[40-50)', NULL, 4, 28, 11, 13, 'BC', 'Surgery', 6, 3, 4, 10, 1, 1, '786', 'V15', '786', 8, 'Norm', 'None', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'Respiratory', 'Other', 'Respiratory', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1008, 504, 'Caucasian', 'Male', '[10-20)', NULL, 8, 5, 20, 9, 'MC', 'Surgery', 0, 6, 1, 6, 12, 2, '428', 'V15', '250.83', 10, '>300', 'None', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', '<30', 'Circulatory', 'Other', 'Diabetes', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1009, 504, 'AfricanAmerican', 'Unknown/Invalid', '[0-10)', NULL, 2, 27, 2, 4, 'BC', NULL, 2, 1, 7, 2, 10, 0, '428', '250.83', 'E878', 7, '>200', '>7', 'Up', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'Circulatory', 'Diabetes', 'Other', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1010, 505, 'Other', 'Male', '[70-80)', NULL, 7, 3, 3, 6, NULL, 'MC', 4, 3, 12, 9, 12, 0, '599', 'V15', '276', 3, 'Norm', '>7', 'Down', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'Genitourinary', 'Other', 'Other', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (1011, 505, 'Hispanic', 'Male', '[0-10)', NULL, 6, 26, 20, 5, 'BC', 'Surgery', 1, 8, 9, 9, 12, 1, '250.83', '414', '414', 1, 'Norm', '>8', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', '>30', 'Diabetes', 'Circulatory', 'Circulatory', true, NULL, 'train', 0);
INSERT INTO clean.encounters VALUES (3000, 1500, 'Other', 'Female', '[50-60)', NULL, 8, 21, 20, 2, 'MC', NULL, 4, 8, 3, 3, 11, 1, '786', '786', '599', 7, 'Norm', 'Norm', 'Down', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'Respiratory', 'Respiratory', 'Genitourinary', false, 'death', 'validation', 0);
INSERT INTO clean.encounters VALUES (3001, 1500, 'Other', 'Unknown/Invalid', '[60-70)', NULL, 7, 13, 25, 13, NULL, 'BC', 5, 1, 0, 2, 7, 1, '276', 'E878', '276', 7, '>300', '>7', 'Up', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'Other', 'Other', 'Other', false, 'hospice', 'validation', 0);
INSERT INTO clean.encounters VALUES (3002, 1501, 'AfricanAmerican', 'Unknown/Invalid', '[30-40)', NULL, 5, 10, 4, 2, NULL, NULL, 1, 5, 12, 1, 6, 0, '250', '276', 'E878', 13, '>300', 'None', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', '>30', 'Diabetes', 'Other', 'Other', true, NULL, 'validation', 0);
INSERT INTO clean.encounters VALUES (3003, 1501, 'AfricanAmerican', 'Female', '[60-70)', NULL, 5, 5, 24, 1, 'Surgery', 'Surgery', 5, 2, 6, 6, 7, 1, 'E878', NULL, '786', 2, '>200', '>8', 'Down', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'Other', NULL, 'Respiratory', true, NULL, 'validation', 0);
INSERT INTO clean.encounters VALUES (3004, 1502, 'Hispanic', 'Unknown/Invalid', '[90-100)', NULL, 1, 21, 22, 6, NULL, 'Surgery', 10, 5, 9, 11, 4, 0, '599', '250', NULL, 1, 'None', '>7', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Up', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'Genitourinary', 'Diabetes', NULL, false, 'death', 'validation', 0);
INSERT INTO clean.encounters VALUES (3005, 1502, 'Caucasian', 'Male', '[10-20)', NULL, 1, 19, 23, 12, 'BC', 'Surgery', 8, 3, 10, 12, 4, 1, 'V15', '428', 'E878', 11, 'None', 'None', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', '>30', 'Other', 'Circulatory', 'Other', false, 'death', 'validation', 0);
INSERT INTO clean.encounters VALUES (4000, 2000, 'AfricanAmerican', 'Unknown/Invalid', '[60-70)', NULL, 2, 3, 1, 7, 'Surgery', 'MC', 3, 8, 8, 5, 4, 1, '428', '250.83', '276', 4, 'None', '>7', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Down', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', '>30', 'Circulatory', 'Diabetes', 'Other', true, NULL, 'test', 0);
INSERT INTO clean.encounters VALUES (4001, 2000, 'Asian', 'Female', '[30-40)', NULL, 2, 30, 19, 5, 'MC', 'Surgery', 9, 11, 4, 12, 8, 0, 'E878', 'E878', NULL, 5, '>300', '>8', 'Down', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'Other', 'Other', NULL, true, NULL, 'test', 0);
INSERT INTO clean.encounters VALUES (4002, 2001, 'Hispanic', 'Unknown/Invalid', '[50-60)', NULL, 4, 3, 14, 4, NULL, 'Surgery', 2, 5, 6, 11, 9, 0, '786', '414', 'V15', 2, 'None', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'Respiratory', 'Circulatory', 'Other', true, NULL, 'test', 0);
INSERT INTO clean.encounters VALUES (4003, 2001, 'Caucasian', 'Female', '[50-60)', NULL, 3, 25, 22, 7, 'MC', 'Surgery', 9, 3, 7, 4, 2, 0, 'E878', NULL, '428', 6, 'None', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'Other', NULL, 'Circulatory', true, NULL, 'test', 0);
INSERT INTO clean.encounters VALUES (4004, 2002, 'AfricanAmerican', 'Female', '[0-10)', NULL, 3, 20, 23, 3, 'MC', NULL, 9, 3, 5, 0, 1, 0, '276', 'E878', '414', 8, 'Norm', 'Norm', 'Up', 'No', 'No', 'No', 'No', 'No', 'Up', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'Other', 'Other', 'Circulatory', false, 'death', 'test', 0);

INSERT INTO clean.quarantine VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 1, '1000', 'age', 'not allowed: expected one of [0-10), [10-20), [20-30), [30-40), [40-50), [50-60), [60-70), [70-80), [80-90), [90-100)', '[0-500)', '2026-11-27 23:48:25.614547+00');

INSERT INTO monitoring.batch_profiles VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, '{"rows": 11, "columns": {"age": {"other": 0, "counts": {"[0-10)": 3, "[10-20)": 2, "[40-50)": 1, "[50-60)": 1, "[70-80)": 2}, "missing": 0.0}, "race": {"other": 0, "counts": {"Asian": 1, "Other": 3, "Hispanic": 1, "Caucasian": 3, "AfricanAmerican": 1}, "missing": 0.0}, "change": {"other": 0, "counts": {"Ch": 5, "No": 4}, "missing": 0.0}, "diag_1": {"other": 0, "counts": {"276": 2, "428": 2, "599": 1, "786": 2, "250.83": 1}, "missing": 0.111111}, "diag_2": {"other": 0, "counts": {"414": 1, "V15": 3, "E878": 1, "250.83": 3}, "missing": 0.111111}, "diag_3": {"other": 0, "counts": {"276": 1, "414": 1, "428": 1, "599": 1, "786": 1, "V15": 1, "E878": 1, "250.83": 1}, "missing": 0.111111}, "gender": {"other": 0, "counts": {"Male": 5, "Female": 1, "Unknown/Invalid": 3}, "missing": 0.0}, "weight": {"other": 0, "counts": {}, "missing": 1.0}, "examide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "insulin": {"other": 0, "counts": {"No": 3, "Up": 1, "Down": 3, "Steady": 2}, "missing": 0.0}, "acarbose": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "miglitol": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "A1Cresult": {"other": 0, "counts": {">7": 3, ">8": 1, "None": 2, "Norm": 3}, "missing": 0.0}, "glipizide": {"other": 0, "counts": {"No": 3, "Down": 1, "Steady": 5}, "missing": 0.0}, "glyburide": {"other": 0, "counts": {"No": 2, "Up": 3, "Down": 2, "Steady": 2}, "missing": 0.0}, "metformin": {"other": 0, "counts": {"No": 3, "Up": 1, "Down": 3, "Steady": 2}, "missing": 0.0}, "payer_code": {"other": 0, "counts": {"BC": 4, "MC": 1, "Surgery": 1}, "missing": 0.333333}, "readmitted": {"other": 0, "counts": {"NO": 6, "<30": 1, ">30": 2}, "missing": 0.0}, "tolazamide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "citoglipton": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "diabetesMed": {"other": 0, "counts": {"No": 6, "Yes": 3}, "missing": 0.0}, "glimepiride": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "nateglinide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "repaglinide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "tolbutamide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "diag_1_group": {"other": 0, "counts": {"Other": 2, "Diabetes": 1, "Circulatory": 2, "Respiratory": 2, "Genitourinary": 1}, "missing": 0.111111}, "diag_2_group": {"other": 0, "counts": {"Other": 4, "Diabetes": 3, "Circulatory": 1}, "missing": 0.111111}, "diag_3_group": {"other": 0, "counts": {"Other": 3, "Diabetes": 1, "Circulatory": 2, "Respiratory": 1, "Genitourinary": 1}, "missing": 0.111111}, "pioglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "troglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "acetohexamide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "max_glu_serum": {"other": 0, "counts": {">200": 2, ">300": 3, "Norm": 4}, "missing": 0.0}, "rosiglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "chlorpropamide": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "num_procedures": {"mean": 5.111111111111111, "other": 0, "counts": {"1": 2, "3": 2, "6": 2, "7": 1, "8": 1, "11": 1}, "missing": 0.0, "quantiles": {"0.5": 6.0, "0.05": 1.0, "0.25": 3.0, "0.75": 7.0, "0.95": 11.0}, "standard_deviation": 3.370624736026114}, "num_medications": {"mean": 6.444444444444445, "other": 0, "counts": {"0": 1, "1": 1, "4": 1, "5": 1, "7": 1, "8": 1, "9": 1, "12": 2}, "missing": 0.0, "quantiles": {"0.5": 7.0, "0.05": 0.0, "0.25": 4.0, "0.75": 9.0, "0.95": 12.0}, "standard_deviation": 4.333333333333333}, "number_diagnoses": {"mean": 6.333333333333333, "other": 0, "counts": {"1": 1, "3": 2, "6": 1, "7": 2, "8": 1, "10": 1, "12": 1}, "missing": 0.0, "quantiles": {"0.5": 7.0, "0.05": 1.0, "0.25": 3.0, "0.75": 8.0, "0.95": 12.0}, "standard_deviation": 3.5355339059327378}, "number_emergency": {"mean": 6.444444444444445, "other": 0, "counts": {"0": 1, "1": 2, "2": 1, "8": 1, "10": 1, "12": 3}, "missing": 0.0, "quantiles": {"0.5": 8.0, "0.05": 0.0, "0.25": 1.0, "0.75": 12.0, "0.95": 12.0}, "standard_deviation": 5.341140119654022}, "number_inpatient": {"mean": 0.5555555555555556, "other": 0, "counts": {"0": 5, "1": 3, "2": 1}, "missing": 0.0, "quantiles": {"0.5": 0.0, "0.05": 0.0, "0.25": 0.0, "0.75": 1.0, "0.95": 2.0}, "standard_deviation": 0.7264831572567789}, "time_in_hospital": {"mean": 8.0, "other": 0, "counts": {"4": 2, "5": 1, "6": 1, "9": 3, "13": 2}, "missing": 0.0, "quantiles": {"0.5": 9.0, "0.05": 4.0, "0.25": 5.0, "0.75": 9.0, "0.95": 13.0}, "standard_deviation": 3.5}, "admission_type_id": {"other": 0, "counts": {"1": 1, "2": 2, "3": 1, "4": 1, "6": 2, "7": 1, "8": 1}, "missing": 0.0}, "medical_specialty": {"other": 0, "counts": {"BC": 1, "MC": 1, "Surgery": 5}, "missing": 0.222222}, "number_outpatient": {"mean": 7.888888888888889, "other": 0, "counts": {"2": 1, "6": 1, "7": 1, "9": 4, "10": 2}, "missing": 0.0, "quantiles": {"0.5": 9.0, "0.05": 2.0, "0.25": 7.0, "0.75": 9.0, "0.95": 10.0}, "standard_deviation": 2.5712081034235856}, "num_lab_procedures": {"mean": 2.6666666666666665, "other": 0, "counts": {"0": 3, "1": 1, "2": 1, "4": 2, "6": 1, "7": 1}, "missing": 0.0, "quantiles": {"0.5": 2.0, "0.05": 0.0, "0.25": 0.0, "0.75": 4.0, "0.95": 7.0}, "standard_deviation": 2.6925824035672523}, "admission_source_id": {"other": 0, "counts": {"1": 1, "2": 1, "3": 1, "6": 1, "11": 1, "20": 2, "23": 1, "26": 1}, "missing": 0.0}, "glipizide-metformin": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "glyburide-metformin": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "metformin-pioglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "metformin-rosiglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}, "discharge_disposition_id": {"other": 0, "counts": {"3": 1, "5": 1, "8": 1, "15": 1, "17": 1, "25": 1, "26": 1, "27": 1, "28": 1}, "missing": 0.0}, "glimepiride-pioglitazone": {"other": 0, "counts": {"No": 9}, "missing": 0.0}}, "rows_eligible": 9}', '2026-11-27 23:48:25.614547+00');
INSERT INTO monitoring.batch_profiles VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, '{"rows": 6, "columns": {"age": {"other": 0, "counts": {"[30-40)": 1, "[60-70)": 1}, "missing": 0.0}, "race": {"other": 0, "counts": {"AfricanAmerican": 2}, "missing": 0.0}, "change": {"other": 0, "counts": {"Ch": 2}, "missing": 0.0}, "diag_1": {"other": 0, "counts": {"250": 1, "E878": 1}, "missing": 0.0}, "diag_2": {"other": 0, "counts": {"276": 1}, "missing": 0.5}, "diag_3": {"other": 0, "counts": {"786": 1, "E878": 1}, "missing": 0.0}, "gender": {"other": 0, "counts": {"Female": 1, "Unknown/Invalid": 1}, "missing": 0.0}, "weight": {"other": 0, "counts": {}, "missing": 1.0}, "examide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "insulin": {"other": 0, "counts": {"Steady": 2}, "missing": 0.0}, "acarbose": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "miglitol": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "A1Cresult": {"other": 0, "counts": {">8": 1, "None": 1}, "missing": 0.0}, "glipizide": {"other": 0, "counts": {"No": 1, "Steady": 1}, "missing": 0.0}, "glyburide": {"other": 0, "counts": {"Up": 2}, "missing": 0.0}, "metformin": {"other": 0, "counts": {"No": 1, "Down": 1}, "missing": 0.0}, "payer_code": {"other": 0, "counts": {"Surgery": 1}, "missing": 0.5}, "readmitted": {"other": 0, "counts": {"NO": 1, ">30": 1}, "missing": 0.0}, "tolazamide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "citoglipton": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "diabetesMed": {"other": 0, "counts": {"No": 1, "Yes": 1}, "missing": 0.0}, "glimepiride": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "nateglinide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "repaglinide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "tolbutamide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "diag_1_group": {"other": 0, "counts": {"Other": 1, "Diabetes": 1}, "missing": 0.0}, "diag_2_group": {"other": 0, "counts": {"Other": 1}, "missing": 0.5}, "diag_3_group": {"other": 0, "counts": {"Other": 1, "Respiratory": 1}, "missing": 0.0}, "pioglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "troglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "acetohexamide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "max_glu_serum": {"other": 0, "counts": {">200": 1, ">300": 1}, "missing": 0.0}, "rosiglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "chlorpropamide": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "num_procedures": {"mean": 3.5, "other": 0, "counts": {"2": 1, "5": 1}, "missing": 0.0, "quantiles": {"0.5": 5.0, "0.05": 2.0, "0.25": 2.0, "0.75": 5.0, "0.95": 5.0}, "standard_deviation": 2.1213203435596424}, "num_medications": {"mean": 9.0, "other": 0, "counts": {"6": 1, "12": 1}, "missing": 0.0, "quantiles": {"0.5": 12.0, "0.05": 6.0, "0.25": 6.0, "0.75": 12.0, "0.95": 12.0}, "standard_deviation": 4.242640687119285}, "number_diagnoses": {"mean": 7.5, "other": 0, "counts": {"2": 1, "13": 1}, "missing": 0.0, "quantiles": {"0.5": 13.0, "0.05": 2.0, "0.25": 2.0, "0.75": 13.0, "0.95": 13.0}, "standard_deviation": 7.7781745930520225}, "number_emergency": {"mean": 6.5, "other": 0, "counts": {"6": 1, "7": 1}, "missing": 0.0, "quantiles": {"0.5": 7.0, "0.05": 6.0, "0.25": 6.0, "0.75": 7.0, "0.95": 7.0}, "standard_deviation": 0.7071067811865476}, "number_inpatient": {"mean": 0.5, "other": 0, "counts": {"0": 1, "1": 1}, "missing": 0.0, "quantiles": {"0.5": 1.0, "0.05": 0.0, "0.25": 0.0, "0.75": 1.0, "0.95": 1.0}, "standard_deviation": 0.7071067811865476}, "time_in_hospital": {"mean": 1.5, "other": 0, "counts": {"1": 1, "2": 1}, "missing": 0.0, "quantiles": {"0.5": 2.0, "0.05": 1.0, "0.25": 1.0, "0.75": 2.0, "0.95": 2.0}, "standard_deviation": 0.7071067811865476}, "admission_type_id": {"other": 0, "counts": {"5": 2}, "missing": 0.0}, "medical_specialty": {"other": 0, "counts": {"Surgery": 1}, "missing": 0.5}, "number_outpatient": {"mean": 3.5, "other": 0, "counts": {"1": 1, "6": 1}, "missing": 0.0, "quantiles": {"0.5": 6.0, "0.05": 1.0, "0.25": 1.0, "0.75": 6.0, "0.95": 6.0}, "standard_deviation": 3.5355339059327378}, "num_lab_procedures": {"mean": 3.0, "other": 0, "counts": {"1": 1, "5": 1}, "missing": 0.0, "quantiles": {"0.5": 5.0, "0.05": 1.0, "0.25": 1.0, "0.75": 5.0, "0.95": 5.0}, "standard_deviation": 2.8284271247461903}, "admission_source_id": {"other": 0, "counts": {"4": 1, "24": 1}, "missing": 0.0}, "glipizide-metformin": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "glyburide-metformin": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "metformin-pioglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "metformin-rosiglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}, "discharge_disposition_id": {"other": 0, "counts": {"5": 1, "10": 1}, "missing": 0.0}, "glimepiride-pioglitazone": {"other": 0, "counts": {"No": 2}, "missing": 0.0}}, "rows_eligible": 2}', '2026-11-27 23:48:56.089169+00');
INSERT INTO monitoring.batch_profiles VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, '{"rows": 5, "columns": {"age": {"other": 0, "counts": {"[30-40)": 1, "[50-60)": 2, "[60-70)": 1}, "missing": 0.0}, "race": {"other": 0, "counts": {"Asian": 1, "Hispanic": 1, "Caucasian": 1, "AfricanAmerican": 1}, "missing": 0.0}, "change": {"other": 0, "counts": {"Ch": 2, "No": 2}, "missing": 0.0}, "diag_1": {"other": 0, "counts": {"428": 1, "786": 1, "E878": 2}, "missing": 0.0}, "diag_2": {"other": 0, "counts": {"414": 1, "E878": 1, "250.83": 1}, "missing": 0.25}, "diag_3": {"other": 0, "counts": {"276": 1, "428": 1, "V15": 1}, "missing": 0.25}, "gender": {"other": 0, "counts": {"Female": 2, "Unknown/Invalid": 2}, "missing": 0.0}, "weight": {"other": 0, "counts": {}, "missing": 1.0}, "examide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "insulin": {"other": 0, "counts": {"Steady": 4}, "missing": 0.0}, "acarbose": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "miglitol": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "A1Cresult": {"other": 0, "counts": {">7": 2, ">8": 1, "Norm": 1}, "missing": 0.0}, "glipizide": {"other": 0, "counts": {"Up": 1, "Down": 3}, "missing": 0.0}, "glyburide": {"other": 0, "counts": {"No": 1, "Down": 2, "Steady": 1}, "missing": 0.0}, "metformin": {"other": 0, "counts": {"No": 1, "Down": 1, "Steady": 2}, "missing": 0.0}, "payer_code": {"other": 0, "counts": {"MC": 2, "Surgery": 1}, "missing": 0.25}, "readmitted": {"other": 0, "counts": {"NO": 3, ">30": 1}, "missing": 0.0}, "tolazamide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "citoglipton": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "diabetesMed": {"other": 0, "counts": {"No": 1, "Yes": 3}, "missing": 0.0}, "glimepiride": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "nateglinide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "repaglinide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "tolbutamide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "diag_1_group": {"other": 0, "counts": {"Other": 2, "Circulatory": 1, "Respiratory": 1}, "missing": 0.0}, "diag_2_group": {"other": 0, "counts": {"Other": 1, "Diabetes": 1, "Circulatory": 1}, "missing": 0.25}, "diag_3_group": {"other": 0, "counts": {"Other": 2, "Circulatory": 1}, "missing": 0.25}, "pioglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "troglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "acetohexamide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "max_glu_serum": {"other": 0, "counts": {">300": 1, "None": 3}, "missing": 0.0}, "rosiglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "chlorpropamide": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "num_procedures": {"mean": 6.75, "other": 0, "counts": {"3": 1, "5": 1, "8": 1, "11": 1}, "missing": 0.0, "quantiles": {"0.5": 8.0, "0.05": 3.0, "0.25": 5.0, "0.75": 8.0, "0.95": 11.0}, "standard_deviation": 3.5}, "num_medications": {"mean": 6.25, "other": 0, "counts": {"4": 1, "6": 1, "7": 1, "8": 1}, "missing": 0.0, "quantiles": {"0.5": 7.0, "0.05": 4.0, "0.25": 6.0, "0.75": 7.0, "0.95": 8.0}, "standard_deviation": 1.707825127659933}, "number_diagnoses": {"mean": 4.25, "other": 0, "counts": {"2": 1, "4": 1, "5": 1, "6": 1}, "missing": 0.0, "quantiles": {"0.5": 5.0, "0.05": 2.0, "0.25": 4.0, "0.75": 5.0, "0.95": 6.0}, "standard_deviation": 1.707825127659933}, "number_emergency": {"mean": 5.75, "other": 0, "counts": {"2": 1, "4": 1, "8": 1, "9": 1}, "missing": 0.0, "quantiles": {"0.5": 8.0, "0.05": 2.0, "0.25": 4.0, "0.75": 8.0, "0.95": 9.0}, "standard_deviation": 3.304037933599835}, "number_inpatient": {"mean": 0.25, "other": 0, "counts": {"0": 3, "1": 1}, "missing": 0.0, "quantiles": {"0.5": 0.0, "0.05": 0.0, "0.25": 0.0, "0.75": 0.0, "0.95": 1.0}, "standard_deviation": 0.5}, "time_in_hospital": {"mean": 5.75, "other": 0, "counts": {"4": 1, "5": 1, "7": 2}, "missing": 0.0, "quantiles": {"0.5": 7.0, "0.05": 4.0, "0.25": 5.0, "0.75": 7.0, "0.95": 7.0}, "standard_deviation": 1.5}, "admission_type_id": {"other": 0, "counts": {"2": 2, "3": 1, "4": 1}, "missing": 0.0}, "medical_specialty": {"other": 0, "counts": {"MC": 1, "Surgery": 3}, "missing": 0.0}, "number_outpatient": {"mean": 8.0, "other": 0, "counts": {"4": 1, "5": 1, "11": 1, "12": 1}, "missing": 0.0, "quantiles": {"0.5": 11.0, "0.05": 4.0, "0.25": 5.0, "0.75": 11.0, "0.95": 12.0}, "standard_deviation": 4.08248290463863}, "num_lab_procedures": {"mean": 5.75, "other": 0, "counts": {"2": 1, "3": 1, "9": 2}, "missing": 0.0, "quantiles": {"0.5": 9.0, "0.05": 2.0, "0.25": 3.0, "0.75": 9.0, "0.95": 9.0}, "standard_deviation": 3.774917217635375}, "admission_source_id": {"other": 0, "counts": {"1": 1, "14": 1, "19": 1, "22": 1}, "missing": 0.0}, "glipizide-metformin": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "glyburide-metformin": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "metformin-pioglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "metformin-rosiglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}, "discharge_disposition_id": {"other": 0, "counts": {"3": 2, "25": 1, "30": 1}, "missing": 0.0}, "glimepiride-pioglitazone": {"other": 0, "counts": {"No": 4}, "missing": 0.0}}, "rows_eligible": 4}', '2026-11-27 23:49:12.123643+00');

INSERT INTO monitoring.drift VALUES (1, 'age', 0.31, 'chi2', 12.5, 0.001, 0.04, 0, 0, 1, true);

INSERT INTO monitoring.performance OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 23:50:26.685062+00', '1', 'realised', '2026-11-19 00:00:00+00', '2026-11-26 00:00:00+00', 'risk_30d', 'all', 500, 'ece', 0.07, 0.05, 0.09, 'live');
INSERT INTO monitoring.performance OVERRIDING SYSTEM VALUE VALUES (2, '2026-11-27 23:50:26.685062+00', '1', 'realised', '2026-11-19 00:00:00+00', '2026-11-26 00:00:00+00', 'risk_any', 'all', 500, 'ece', 0.07, 0.05, 0.09, 'live');
INSERT INTO monitoring.performance OVERRIDING SYSTEM VALUE VALUES (3, '2026-11-27 23:50:26.685062+00', '1', 'estimated', '2026-11-19 00:00:00+00', '2026-11-26 00:00:00+00', 'risk_30d', 'all', 500, 'ece', 0.07, 0.05, 0.09, 'live');
INSERT INTO monitoring.performance OVERRIDING SYSTEM VALUE VALUES (4, '2026-11-27 23:50:26.685062+00', '1', 'estimated', '2026-11-19 00:00:00+00', '2026-11-26 00:00:00+00', 'risk_any', 'all', 500, 'ece', 0.07, 0.05, 0.09, 'live');

INSERT INTO monitoring.reports OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 23:50:26.685062+00', '1', 'predictions', '2026-11-26T00', 500, true, 1, 'live');

INSERT INTO public.alembic_version VALUES ('v3.2.0.a');

INSERT INTO public.alembic_version_pipeline VALUES ('0004_tuning');

INSERT INTO public.alembic_version_serving VALUES ('0005_shadow_predictions');

INSERT INTO raw.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 'c66f50c6fe05bef1e7f15cb659993e19be7713c58be64626147799759831cf37', 12, '2026-11-27 23:48:25.386009+00');
INSERT INTO raw.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, '2f1d2b4a75baf560edf6a34c2be3907d64695e325fe856a0f19370f857c32e6b', 6, '2026-11-27 23:48:55.150405+00');
INSERT INTO raw.batches VALUES ('b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, '09ae4192723f438df906fb8d2648bd9472d9d3b50ba4ae58e1c16bede3c2d0eb', 5, '2026-11-27 23:49:10.588019+00');

INSERT INTO raw.dataset VALUES (true, 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'file', '2026-11-27 23:48:25.386009+00');

INSERT INTO raw.encounters VALUES ('1000', '500', 'AfricanAmerican', 'Male', '[0-500)', '?', '8', '16', '22', '7', 'BC', 'MC', '7', '0', '6', '6', '9', '0', '250', '599', '276', '12', 'Norm', 'None', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 1);
INSERT INTO raw.encounters VALUES ('1001', '500', 'Asian', 'Male', '[70-80)', '?', '6', '8', '23', '4', '?', 'Surgery', '0', '6', '8', '10', '1', '1', '276', '250.83', 'V15', '12', '>300', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', '>30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 2);
INSERT INTO raw.encounters VALUES ('1002', '501', 'Caucasian', 'Unknown/Invalid', '[50-60)', '?', '2', '25', '6', '9', '?', 'Surgery', '7', '11', '0', '7', '0', '0', '?', '?', '?', '7', 'Norm', 'Norm', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 3);
INSERT INTO raw.encounters VALUES ('1003', '501', 'Other', 'Unknown/Invalid', '[0-10)', '?', '3', '17', '26', '9', 'BC', '?', '0', '7', '5', '9', '8', '0', '786', 'E878', '599', '6', '>300', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 4);
INSERT INTO raw.encounters VALUES ('1004', '502', 'Caucasian', 'Female', '[10-20)', '?', '1', '15', '1', '13', 'Surgery', 'BC', '4', '1', '12', '9', '2', '0', '276', '250.83', '428', '3', '>200', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 5);
INSERT INTO raw.encounters VALUES ('1005', '502', 'Asian', 'Male', '[10-20)', '?', '4', '20', '14', '1', 'BC', 'MC', '6', '2', '0', '11', '2', '3', '786', 'E878', '786', '4', '>300', 'Norm', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 6);
INSERT INTO raw.encounters VALUES ('1006', '503', 'AfricanAmerican', 'Male', '[40-50)', '?', '7', '19', '9', '3', 'MC', 'MC', '9', '3', '9', '7', '2', '0', '?', '786', '250', '7', 'Norm', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 7);
INSERT INTO raw.encounters VALUES ('1007', '503', 'Other', 'Male', '[40-50)', '?', '4', '28', '11', '13', 'BC', 'Surgery', '6', '3', '4', '10', '1', '1', '786', 'V15', '786', '8', 'Norm', 'None', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 8);
INSERT INTO raw.encounters VALUES ('1008', '504', 'Caucasian', 'Male', '[10-20)', '?', '8', '5', '20', '9', 'MC', 'Surgery', '0', '6', '1', '6', '12', '2', '428', 'V15', '250.83', '10', '>300', 'None', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', '<30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 9);
INSERT INTO raw.encounters VALUES ('1009', '504', 'AfricanAmerican', 'Unknown/Invalid', '[0-10)', '?', '2', '27', '2', '4', 'BC', '?', '2', '1', '7', '2', '10', '0', '428', '250.83', 'E878', '7', '>200', '>7', 'Up', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 10);
INSERT INTO raw.encounters VALUES ('1010', '505', 'Other', 'Male', '[70-80)', '?', '7', '3', '3', '6', '?', 'MC', '4', '3', '12', '9', '12', '0', '599', 'V15', '276', '3', 'Norm', '>7', 'Down', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 11);
INSERT INTO raw.encounters VALUES ('1011', '505', 'Hispanic', 'Male', '[0-10)', '?', '6', '26', '20', '5', 'BC', 'Surgery', '1', '8', '9', '9', '12', '1', '250.83', '414', '414', '1', 'Norm', '>8', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', '>30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'train', 0, 12);
INSERT INTO raw.encounters VALUES ('3000', '1500', 'Other', 'Female', '[50-60)', '?', '8', '21', '20', '2', 'MC', '?', '4', '8', '3', '3', '11', '1', '786', '786', '599', '7', 'Norm', 'Norm', 'Down', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 1);
INSERT INTO raw.encounters VALUES ('3001', '1500', 'Other', 'Unknown/Invalid', '[60-70)', '?', '7', '13', '25', '13', '?', 'BC', '5', '1', '0', '2', '7', '1', '276', 'E878', '276', '7', '>300', '>7', 'Up', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 2);
INSERT INTO raw.encounters VALUES ('3002', '1501', 'AfricanAmerican', 'Unknown/Invalid', '[30-40)', '?', '5', '10', '4', '2', '?', '?', '1', '5', '12', '1', '6', '0', '250', '276', 'E878', '13', '>300', 'None', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'No', '>30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 3);
INSERT INTO raw.encounters VALUES ('3003', '1501', 'AfricanAmerican', 'Female', '[60-70)', '?', '5', '5', '24', '1', 'Surgery', 'Surgery', '5', '2', '6', '6', '7', '1', 'E878', '?', '786', '2', '>200', '>8', 'Down', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 4);
INSERT INTO raw.encounters VALUES ('3004', '1502', 'Hispanic', 'Unknown/Invalid', '[90-100)', '?', '1', '21', '22', '6', '?', 'Surgery', '10', '5', '9', '11', '4', '0', '599', '250', '?', '1', 'None', '>7', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Up', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 5);
INSERT INTO raw.encounters VALUES ('3005', '1502', 'Caucasian', 'Male', '[10-20)', '?', '1', '19', '23', '12', 'BC', 'Surgery', '8', '3', '10', '12', '4', '1', 'V15', '428', 'E878', '11', 'None', 'None', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Steady', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', '>30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'validation', 0, 6);
INSERT INTO raw.encounters VALUES ('4000', '2000', 'AfricanAmerican', 'Unknown/Invalid', '[60-70)', '?', '2', '3', '1', '7', 'Surgery', 'MC', '3', '8', '8', '5', '4', '1', '428', '250.83', '276', '4', 'None', '>7', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Down', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', '>30', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, 1);
INSERT INTO raw.encounters VALUES ('4001', '2000', 'Asian', 'Female', '[30-40)', '?', '2', '30', '19', '5', 'MC', 'Surgery', '9', '11', '4', '12', '8', '0', 'E878', 'E878', '?', '5', '>300', '>8', 'Down', 'No', 'No', 'No', 'No', 'No', 'Down', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, 2);
INSERT INTO raw.encounters VALUES ('4002', '2001', 'Hispanic', 'Unknown/Invalid', '[50-60)', '?', '4', '3', '14', '4', '?', 'Surgery', '2', '5', '6', '11', '9', '0', '786', '414', 'V15', '2', 'None', 'Norm', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, 3);
INSERT INTO raw.encounters VALUES ('4003', '2001', 'Caucasian', 'Female', '[50-60)', '?', '3', '25', '22', '7', 'MC', 'Surgery', '9', '3', '7', '4', '2', '0', 'E878', '?', '428', '6', 'None', '>7', 'No', 'No', 'No', 'No', 'No', 'No', 'Up', 'Down', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Steady', 'No', 'No', 'No', 'No', 'No', 'Ch', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, 4);
INSERT INTO raw.encounters VALUES ('4004', '2002', 'AfricanAmerican', 'Female', '[0-10)', '?', '3', '20', '23', '3', 'MC', '?', '9', '3', '5', '0', '1', '0', '276', 'E878', '414', '8', 'Norm', 'Norm', 'Up', 'No', 'No', 'No', 'No', 'No', 'Up', 'Up', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'No', 'Yes', 'NO', 'b726ad1a88aa1006048f1985618cf7a44e167256388d8f56d81de2fe4e20b08c', 'test', 0, 5);

INSERT INTO serving.explanations VALUES ('01a21f68-f7ba-7d08-8f51-72249c871d82', '2026-11-27 23:48:23.412873+00', '1', '{"risk_30d": {"risk": 0.0370025, "reasons": [{"group": "diabetes_drugs", "title": "Other diabetes drugs and changes to them", "columns": {"change": "No", "weight": null, "examide": "No", "acarbose": "No", "miglitol": "No", "glipizide": "No", "glyburide": "No", "metformin": "No", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "rosiglitazone": "No", "chlorpropamide": "No", "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "glimepiride-pioglitazone": "No"}, "title_es": "Otros fármacos para la diabetes y sus cambios", "contribution": -0.051755242}, {"group": "prior_use", "title": "Stays and visits in the year before", "columns": {"number_emergency": 8, "number_inpatient": 0, "number_outpatient": 1}, "title_es": "Ingresos y visitas en el año anterior", "contribution": -0.045174863}, {"group": "primary_diagnosis", "title": "Primary diagnosis", "columns": {"diag_1": "250"}, "title_es": "Diagnóstico principal", "contribution": 0.024519244}, {"group": "a1c", "title": "Haemoglobin A1c", "columns": {"A1Cresult": "None"}, "title_es": "Hemoglobina A1c", "contribution": 0.014295717}, {"group": "medications", "title": "Medications during the stay", "columns": {"num_medications": 2}, "title_es": "Medicamentos durante el ingreso", "contribution": 0.011017059}, {"group": "payer", "title": "Payer", "columns": {"payer_code": "BC"}, "title_es": "Pagador", "contribution": 0.010044386}, {"group": "comorbidities", "title": "Conditions among the diagnoses", "columns": {"diag_1": "250", "diag_2": null, "diag_3": "E878"}, "title_es": "Enfermedades entre los diagnósticos", "contribution": -0.009756854}, {"group": "number_of_diagnoses", "title": "Number of diagnoses", "columns": {"number_diagnoses": 8}, "title_es": "Número de diagnósticos", "contribution": -0.005538273}, {"group": "insulin", "title": "Insulin", "columns": {"insulin": "Down"}, "title_es": "Insulina", "contribution": 0.003103588}, {"group": "age", "title": "Age", "columns": {"age": "[80-90)"}, "title_es": "Edad", "contribution": -0.002709986}, {"group": "glucose", "title": "Serum glucose", "columns": {"max_glu_serum": "Norm"}, "title_es": "Glucosa en suero", "contribution": -0.002580196}, {"group": "laboratory_work", "title": "Laboratory tests during the stay", "columns": {"num_lab_procedures": 7}, "title_es": "Pruebas de laboratorio durante el ingreso", "contribution": -0.002461797}, {"group": "length_of_stay", "title": "Length of stay", "columns": {"time_in_hospital": 8}, "title_es": "Duración del ingreso", "contribution": 0.002421961}, {"group": "discharge", "title": "Where discharged to", "columns": {"discharge_disposition_id": 6}, "title_es": "Destino al alta", "contribution": -0.002250942}, {"group": "procedures", "title": "Procedures during the stay", "columns": {"num_procedures": 4}, "title_es": "Procedimientos durante el ingreso", "contribution": -0.000551378}, {"group": "specialty", "title": "Specialty of the admitting physician", "columns": {"medical_specialty": "MC"}, "title_es": "Especialidad del médico que ingresa", "contribution": 0.000047254}, {"group": "secondary_diagnoses", "title": "Secondary diagnoses", "columns": {"diag_2": null, "diag_3": "E878"}, "title_es": "Diagnósticos secundarios", "contribution": -0.000008133}], "base_risk": 0.094340954}, "risk_any": {"risk": 0.2195809, "reasons": [{"group": "diabetes_drugs", "title": "Other diabetes drugs and changes to them", "columns": {"change": "No", "weight": null, "examide": "No", "acarbose": "No", "miglitol": "No", "glipizide": "No", "glyburide": "No", "metformin": "No", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "rosiglitazone": "No", "chlorpropamide": "No", "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "glimepiride-pioglitazone": "No"}, "title_es": "Otros fármacos para la diabetes y sus cambios", "contribution": -0.16792343}, {"group": "prior_use", "title": "Stays and visits in the year before", "columns": {"number_emergency": 8, "number_inpatient": 0, "number_outpatient": 1}, "title_es": "Ingresos y visitas en el año anterior", "contribution": -0.071138966}, {"group": "primary_diagnosis", "title": "Primary diagnosis", "columns": {"diag_1": "250"}, "title_es": "Diagnóstico principal", "contribution": 0.038257321}, {"group": "payer", "title": "Payer", "columns": {"payer_code": "BC"}, "title_es": "Pagador", "contribution": 0.030357755}, {"group": "age", "title": "Age", "columns": {"age": "[80-90)"}, "title_es": "Edad", "contribution": -0.026207878}, {"group": "a1c", "title": "Haemoglobin A1c", "columns": {"A1Cresult": "None"}, "title_es": "Hemoglobina A1c", "contribution": 0.020903305}, {"group": "laboratory_work", "title": "Laboratory tests during the stay", "columns": {"num_lab_procedures": 7}, "title_es": "Pruebas de laboratorio durante el ingreso", "contribution": -0.013078768}, {"group": "secondary_diagnoses", "title": "Secondary diagnoses", "columns": {"diag_2": null, "diag_3": "E878"}, "title_es": "Diagnósticos secundarios", "contribution": 0.012187371}, {"group": "number_of_diagnoses", "title": "Number of diagnoses", "columns": {"number_diagnoses": 8}, "title_es": "Número de diagnósticos", "contribution": 0.011558577}, {"group": "procedures", "title": "Procedures during the stay", "columns": {"num_procedures": 4}, "title_es": "Procedimientos durante el ingreso", "contribution": -0.01043689}, {"group": "medications", "title": "Medications during the stay", "columns": {"num_medications": 2}, "title_es": "Medicamentos durante el ingreso", "contribution": -0.007866505}, {"group": "comorbidities", "title": "Conditions among the diagnoses", "columns": {"diag_1": "250", "diag_2": null, "diag_3": "E878"}, "title_es": "Enfermedades entre los diagnósticos", "contribution": -0.00711167}, {"group": "discharge", "title": "Where discharged to", "columns": {"discharge_disposition_id": 6}, "title_es": "Destino al alta", "contribution": 0.006770249}, {"group": "insulin", "title": "Insulin", "columns": {"insulin": "Down"}, "title_es": "Insulina", "contribution": 0.004979716}, {"group": "glucose", "title": "Serum glucose", "columns": {"max_glu_serum": "Norm"}, "title_es": "Glucosa en suero", "contribution": -0.002045029}, {"group": "length_of_stay", "title": "Length of stay", "columns": {"time_in_hospital": 8}, "title_es": "Duración del ingreso", "contribution": -0.000830941}, {"group": "specialty", "title": "Specialty of the admitting physician", "columns": {"medical_specialty": "MC"}, "title_es": "Especialidad del médico que ingresa", "contribution": 0.000599031}], "base_risk": 0.400607651}, "created_at": "2026-11-27T23:48:23.407612Z", "model_version": "1", "prediction_id": "01a21f68-f7ba-7d08-8f51-72249c871d82"}');

INSERT INTO serving.feedback OVERRIDING SYSTEM VALUE VALUES (1, '01a21f68-f7ba-7d08-8f51-72249c871d82', '2026-11-27 23:48:22.934128+00', 'agree', NULL);
INSERT INTO serving.feedback OVERRIDING SYSTEM VALUE VALUES (2, '01a21f68-f7f7-7d0d-bb16-9c68e981fe57', '2026-11-27 23:48:23.011985+00', 'override', 'made up: goes to a nursing home');

INSERT INTO serving.outcomes OVERRIDING SYSTEM VALUE VALUES (1, '01a21f68-f7ba-7d08-8f51-72249c871d82', 'NO', 'first', '2026-11-27 23:48:23.071331+00', 'api');
INSERT INTO serving.outcomes OVERRIDING SYSTEM VALUE VALUES (2, '01a21f68-f7ba-7d08-8f51-72249c871d82', 'NO', 'duplicate', '2026-11-27 23:48:23.177117+00', 'api');
INSERT INTO serving.outcomes OVERRIDING SYSTEM VALUE VALUES (3, '01a21f68-f7ba-7d08-8f51-72249c871d82', '<30', 'correction', '2026-11-27 23:48:23.304183+00', 'api');

INSERT INTO serving.predictions VALUES ('01a21f68-f7ba-7d08-8f51-72249c871d82', '2026-11-27 23:48:22.586795+00', 'readmission', '1', 0.0370025, 0.2195809, 'no_flag', 0.166667, 1001, 77, '{"age": "[80-90)", "race": "Hispanic", "change": "No", "diag_1": "250", "diag_2": null, "diag_3": "E878", "gender": "Male", "weight": null, "examide": "No", "insulin": "Down", "acarbose": "No", "miglitol": "No", "A1Cresult": "None", "glipizide": "No", "glyburide": "No", "metformin": "No", "payer_code": "BC", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": "Norm", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 4, "num_medications": 2, "number_diagnoses": 8, "number_emergency": 8, "number_inpatient": 0, "time_in_hospital": 8, "admission_type_id": 4, "medical_specialty": "MC", "number_outpatient": 1, "num_lab_procedures": 7, "admission_source_id": 18, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 6, "glimepiride-pioglitazone": "No"}', '19c5d96ea3bdc0d33ea42b6705234b93', 'stay-1');
INSERT INTO serving.predictions VALUES ('01a21f68-f7f7-7d0d-bb16-9c68e981fe57', '2026-11-27 23:48:22.647077+00', 'readmission', '1', 0.0025451, 0.0720688, 'no_flag', 0.166667, 1002, NULL, '{"age": "[40-50)", "race": "Asian", "change": "No", "diag_1": "276", "diag_2": "250", "diag_3": "250.83", "gender": "Unknown/Invalid", "weight": null, "examide": "No", "insulin": "No", "acarbose": "No", "miglitol": "No", "A1Cresult": ">8", "glipizide": "Steady", "glyburide": "Up", "metformin": "No", "payer_code": null, "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": "None", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 4, "num_medications": 5, "number_diagnoses": 10, "number_emergency": 3, "number_inpatient": 0, "time_in_hospital": 5, "admission_type_id": 2, "medical_specialty": "MC", "number_outpatient": 12, "num_lab_procedures": 11, "admission_source_id": 22, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 15, "glimepiride-pioglitazone": "No"}', 'c955c2ade3bd4db13ec9ebb1ed29596d', NULL);
INSERT INTO serving.predictions VALUES ('01a21f68-f833-7ec2-95a3-00fa3dae4d02', '2026-11-27 23:48:22.707291+00', 'readmission', '1', 0.0052606, 0.1152283, 'no_flag', 0.166667, 1003, NULL, '{"age": "[10-20)", "race": "Hispanic", "change": "No", "diag_1": "428", "diag_2": "414", "diag_3": "250.83", "gender": "Male", "weight": null, "examide": "No", "insulin": "Up", "acarbose": "No", "miglitol": "No", "A1Cresult": ">8", "glipizide": "Down", "glyburide": "Down", "metformin": "Up", "payer_code": "Surgery", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": "None", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 5, "num_medications": 0, "number_diagnoses": 1, "number_emergency": 12, "number_inpatient": 1, "time_in_hospital": 5, "admission_type_id": 4, "medical_specialty": "MC", "number_outpatient": 6, "num_lab_procedures": 4, "admission_source_id": 23, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 25, "glimepiride-pioglitazone": "No"}', '4768a1ca37c2780623520e36071dbce1', NULL);
INSERT INTO serving.predictions VALUES ('01a21f68-f876-7641-993e-908613ace3bb', '2026-11-27 23:48:22.7745+00', 'readmission', '1', 0.0040615, 0.0621146, 'no_flag', 0.166667, 1004, NULL, '{"age": "[90-100)", "race": "AfricanAmerican", "change": "Ch", "diag_1": null, "diag_2": "V15", "diag_3": "276", "gender": "Male", "weight": null, "examide": "No", "insulin": "No", "acarbose": "No", "miglitol": "No", "A1Cresult": "None", "glipizide": "Down", "glyburide": "Down", "metformin": "No", "payer_code": "MC", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "Yes", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": "None", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 3, "num_medications": 7, "number_diagnoses": 7, "number_emergency": 0, "number_inpatient": 0, "time_in_hospital": 7, "admission_type_id": 1, "medical_specialty": "MC", "number_outpatient": 4, "num_lab_procedures": 2, "admission_source_id": 6, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 7, "glimepiride-pioglitazone": "No"}', '76f5872baaa33fbbb2ead578cbbd4c5f', NULL);
INSERT INTO serving.predictions VALUES ('01a21f68-f8ab-7c25-9868-04c536c69d20', '2026-11-27 23:48:22.827575+00', 'readmission', '1', 0.0199569, 0.251287, 'no_flag', 0.166667, NULL, NULL, '{"age": "[20-30)", "race": "Asian", "change": "No", "diag_1": "E878", "diag_2": "599", "diag_3": null, "gender": "Male", "weight": null, "examide": "No", "insulin": "Steady", "acarbose": "No", "miglitol": "No", "A1Cresult": "None", "glipizide": "No", "glyburide": "No", "metformin": "No", "payer_code": "BC", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "Yes", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": ">300", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 11, "num_medications": 10, "number_diagnoses": 2, "number_emergency": 3, "number_inpatient": 0, "time_in_hospital": 10, "admission_type_id": 5, "medical_specialty": "BC", "number_outpatient": 8, "num_lab_procedures": 2, "admission_source_id": 8, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 30, "glimepiride-pioglitazone": "No"}', '14349404d8f4ad8592ec5b76193ff44e', NULL);
INSERT INTO serving.predictions VALUES ('01a21f68-f8ab-7df9-be5c-b37422b4ce0f', '2026-11-27 23:48:22.827575+00', 'readmission', '1', 0.0142815, 0.1654836, 'no_flag', 0.166667, NULL, NULL, '{"age": "[10-20)", "race": "Other", "change": "Ch", "diag_1": "E878", "diag_2": "599", "diag_3": "414", "gender": "Female", "weight": null, "examide": "No", "insulin": "No", "acarbose": "No", "miglitol": "No", "A1Cresult": "Norm", "glipizide": "Steady", "glyburide": "Down", "metformin": "Steady", "payer_code": "MC", "tolazamide": "No", "citoglipton": "No", "diabetesMed": "No", "glimepiride": "No", "nateglinide": "No", "repaglinide": "No", "tolbutamide": "No", "pioglitazone": "No", "troglitazone": "No", "acetohexamide": "No", "max_glu_serum": "None", "rosiglitazone": "No", "chlorpropamide": "No", "num_procedures": 3, "num_medications": 11, "number_diagnoses": 1, "number_emergency": 1, "number_inpatient": 3, "time_in_hospital": 10, "admission_type_id": 8, "medical_specialty": "Surgery", "number_outpatient": 0, "num_lab_procedures": 3, "admission_source_id": 22, "glipizide-metformin": "No", "glyburide-metformin": "No", "metformin-pioglitazone": "No", "metformin-rosiglitazone": "No", "discharge_disposition_id": 18, "glimepiride-pioglitazone": "No"}', '14349404d8f4ad8592ec5b76193ff44e', NULL);

INSERT INTO serving.shadow_predictions VALUES ('01a21f68-f7f7-7d0d-bb16-9c68e981fe57', '2', '2026-11-27 23:48:22.771909+00', 0.0991956, 0.6165263, 'no_flag');
INSERT INTO serving.shadow_predictions VALUES ('01a21f68-f833-7ec2-95a3-00fa3dae4d02', '2', '2026-11-27 23:48:22.785961+00', 0.1497738, 0.489708, 'no_flag');
INSERT INTO serving.shadow_predictions VALUES ('01a21f68-f876-7641-993e-908613ace3bb', '2', '2026-11-27 23:48:22.806643+00', 0.0196031, 0.3602065, 'no_flag');

INSERT INTO tuning.alembic_version VALUES ('v3.2.0.a');

INSERT INTO tuning.studies VALUES (1, 'kept');

INSERT INTO tuning.study_directions VALUES (1, 'MINIMIZE', 1, 0);

INSERT INTO tuning.trial_heartbeats VALUES (1, 1, '2026-11-27 23:50:23.472045');
INSERT INTO tuning.trial_heartbeats VALUES (2, 2, '2026-11-27 23:50:25.534097');

INSERT INTO tuning.trial_params VALUES (1, 1, 'x', 0.3919354501138722, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO tuning.trial_params VALUES (2, 2, 'x', 0.42112637628934135, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');

INSERT INTO tuning.trial_values VALUES (1, 1, 0, 0.3919354501138722, 'FINITE');
INSERT INTO tuning.trial_values VALUES (2, 2, 0, 0.42112637628934135, 'FINITE');

INSERT INTO tuning.trials VALUES (1, 0, 1, 'COMPLETE', '2026-11-27 23:50:22.235687', '2026-11-27 23:50:24.093993');
INSERT INTO tuning.trials VALUES (2, 1, 1, 'COMPLETE', '2026-11-27 23:50:24.967558', '2026-11-27 23:50:26.562802');

INSERT INTO tuning.version_info VALUES (1, 12, '5.0.0');

SELECT pg_catalog.setval('audit.promotions_promotion_id_seq', 1, true);

SELECT pg_catalog.setval('audit.retrainings_retraining_id_seq', 1, true);

SELECT pg_catalog.setval('monitoring.performance_performance_id_seq', 4, true);

SELECT pg_catalog.setval('monitoring.reports_report_id_seq', 1, true);

SELECT pg_catalog.setval('public.studies_study_id_seq', 1, false);

SELECT pg_catalog.setval('public.study_directions_study_direction_id_seq', 1, false);

SELECT pg_catalog.setval('public.study_system_attributes_study_system_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('public.study_user_attributes_study_user_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('public.trial_intermediate_values_trial_intermediate_value_id_seq', 1, false);

SELECT pg_catalog.setval('public.trial_params_param_id_seq', 1, false);

SELECT pg_catalog.setval('public.trial_system_attributes_trial_system_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('public.trial_user_attributes_trial_user_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('public.trial_values_trial_value_id_seq', 1, false);

SELECT pg_catalog.setval('public.trials_trial_id_seq', 1, false);

SELECT pg_catalog.setval('serving.feedback_feedback_id_seq', 2, true);

SELECT pg_catalog.setval('serving.outcomes_outcome_id_seq', 3, true);

SELECT pg_catalog.setval('tuning.studies_study_id_seq', 1, true);

SELECT pg_catalog.setval('tuning.study_directions_study_direction_id_seq', 1, true);

SELECT pg_catalog.setval('tuning.study_system_attributes_study_system_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('tuning.study_user_attributes_study_user_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('tuning.trial_heartbeats_trial_heartbeat_id_seq', 2, true);

SELECT pg_catalog.setval('tuning.trial_intermediate_values_trial_intermediate_value_id_seq', 1, false);

SELECT pg_catalog.setval('tuning.trial_params_param_id_seq', 2, true);

SELECT pg_catalog.setval('tuning.trial_system_attributes_trial_system_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('tuning.trial_user_attributes_trial_user_attribute_id_seq', 1, false);

SELECT pg_catalog.setval('tuning.trial_values_trial_value_id_seq', 2, true);

SELECT pg_catalog.setval('tuning.trials_trial_id_seq', 2, true);

ALTER TABLE ONLY audit.promotions
    ADD CONSTRAINT promotions_pkey PRIMARY KEY (promotion_id);

ALTER TABLE ONLY audit.retrainings
    ADD CONSTRAINT retrainings_pkey PRIMARY KEY (retraining_id);

ALTER TABLE ONLY clean.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (dataset_sha256, split, batch_number);

ALTER TABLE ONLY clean.columns
    ADD CONSTRAINT columns_pkey PRIMARY KEY (dataset_sha256, column_name);

ALTER TABLE ONLY clean.encounters
    ADD CONSTRAINT encounters_pkey PRIMARY KEY (encounter_id);

ALTER TABLE ONLY clean.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (dataset_sha256, split, batch_number, row_number, field);

ALTER TABLE ONLY monitoring.batch_profiles
    ADD CONSTRAINT batch_profiles_pkey PRIMARY KEY (dataset_sha256, split, batch_number);

ALTER TABLE ONLY monitoring.drift
    ADD CONSTRAINT drift_pkey PRIMARY KEY (report_id, column_name);

ALTER TABLE ONLY monitoring.performance
    ADD CONSTRAINT performance_pkey PRIMARY KEY (performance_id);

ALTER TABLE ONLY monitoring.reports
    ADD CONSTRAINT reports_model_version_subject_source_key UNIQUE (model_version, subject, source);

ALTER TABLE ONLY monitoring.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (report_id);

ALTER TABLE ONLY public.alembic_version_pipeline
    ADD CONSTRAINT alembic_version_pipeline_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_serving
    ADD CONSTRAINT alembic_version_serving_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.studies
    ADD CONSTRAINT studies_pkey PRIMARY KEY (study_id);

ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_pkey PRIMARY KEY (study_direction_id);

ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_objective_key UNIQUE (study_id, objective);

ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_pkey PRIMARY KEY (study_system_attribute_id);

ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_key_key UNIQUE (study_id, key);

ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_pkey PRIMARY KEY (study_user_attribute_id);

ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_key_key UNIQUE (study_id, key);

ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_pkey PRIMARY KEY (trial_intermediate_value_id);

ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_step_key UNIQUE (trial_id, step);

ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_pkey PRIMARY KEY (param_id);

ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_param_name_key UNIQUE (trial_id, param_name);

ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_pkey PRIMARY KEY (trial_system_attribute_id);

ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_key_key UNIQUE (trial_id, key);

ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_pkey PRIMARY KEY (trial_user_attribute_id);

ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_key_key UNIQUE (trial_id, key);

ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_pkey PRIMARY KEY (trial_value_id);

ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (trial_id);

ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT uq_trial_values_trial_id_objective UNIQUE (trial_id, objective);

ALTER TABLE ONLY public.version_info
    ADD CONSTRAINT version_info_pkey PRIMARY KEY (version_info_id);

ALTER TABLE ONLY raw.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (dataset_sha256, split, batch_number);

ALTER TABLE ONLY raw.dataset
    ADD CONSTRAINT dataset_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY raw.encounters
    ADD CONSTRAINT encounters_dataset_sha256_encounter_id_key UNIQUE (dataset_sha256, encounter_id);

ALTER TABLE ONLY serving.explanations
    ADD CONSTRAINT explanations_pkey PRIMARY KEY (prediction_id);

ALTER TABLE ONLY serving.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY serving.outcomes
    ADD CONSTRAINT outcomes_pkey PRIMARY KEY (outcome_id);

ALTER TABLE ONLY serving.predictions
    ADD CONSTRAINT predictions_idempotency_key_key UNIQUE (idempotency_key);

ALTER TABLE ONLY serving.predictions
    ADD CONSTRAINT predictions_pkey PRIMARY KEY (prediction_id);

ALTER TABLE ONLY serving.shadow_predictions
    ADD CONSTRAINT shadow_predictions_pkey PRIMARY KEY (prediction_id, challenger_version);

ALTER TABLE ONLY tuning.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY tuning.studies
    ADD CONSTRAINT studies_pkey PRIMARY KEY (study_id);

ALTER TABLE ONLY tuning.study_directions
    ADD CONSTRAINT study_directions_pkey PRIMARY KEY (study_direction_id);

ALTER TABLE ONLY tuning.study_directions
    ADD CONSTRAINT study_directions_study_id_objective_key UNIQUE (study_id, objective);

ALTER TABLE ONLY tuning.study_system_attributes
    ADD CONSTRAINT study_system_attributes_pkey PRIMARY KEY (study_system_attribute_id);

ALTER TABLE ONLY tuning.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_key_key UNIQUE (study_id, key);

ALTER TABLE ONLY tuning.study_user_attributes
    ADD CONSTRAINT study_user_attributes_pkey PRIMARY KEY (study_user_attribute_id);

ALTER TABLE ONLY tuning.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_key_key UNIQUE (study_id, key);

ALTER TABLE ONLY tuning.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_pkey PRIMARY KEY (trial_heartbeat_id);

ALTER TABLE ONLY tuning.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_key UNIQUE (trial_id);

ALTER TABLE ONLY tuning.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_pkey PRIMARY KEY (trial_intermediate_value_id);

ALTER TABLE ONLY tuning.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_step_key UNIQUE (trial_id, step);

ALTER TABLE ONLY tuning.trial_params
    ADD CONSTRAINT trial_params_pkey PRIMARY KEY (param_id);

ALTER TABLE ONLY tuning.trial_params
    ADD CONSTRAINT trial_params_trial_id_param_name_key UNIQUE (trial_id, param_name);

ALTER TABLE ONLY tuning.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_pkey PRIMARY KEY (trial_system_attribute_id);

ALTER TABLE ONLY tuning.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_key_key UNIQUE (trial_id, key);

ALTER TABLE ONLY tuning.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_pkey PRIMARY KEY (trial_user_attribute_id);

ALTER TABLE ONLY tuning.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_key_key UNIQUE (trial_id, key);

ALTER TABLE ONLY tuning.trial_values
    ADD CONSTRAINT trial_values_pkey PRIMARY KEY (trial_value_id);

ALTER TABLE ONLY tuning.trial_values
    ADD CONSTRAINT trial_values_trial_id_objective_key UNIQUE (trial_id, objective);

ALTER TABLE ONLY tuning.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (trial_id);

ALTER TABLE ONLY tuning.version_info
    ADD CONSTRAINT version_info_pkey PRIMARY KEY (version_info_id);

CREATE INDEX encounters_by_patient ON clean.encounters USING btree (patient_nbr);

CREATE INDEX encounters_by_split ON clean.encounters USING btree (split, batch_number);

CREATE INDEX performance_by_time ON monitoring.performance USING btree (kind, made_at);

CREATE UNIQUE INDEX ix_studies_study_name ON public.studies USING btree (study_name);

CREATE INDEX trials_study_id_key ON public.trials USING btree (study_id);

CREATE INDEX encounters_by_batch ON raw.encounters USING btree (dataset_sha256, split, batch_number);

CREATE INDEX feedback_by_prediction ON serving.feedback USING btree (prediction_id);

CREATE INDEX outcomes_by_prediction ON serving.outcomes USING btree (prediction_id, outcome_id);

CREATE INDEX predictions_by_encounter ON serving.predictions USING btree (encounter_id) WHERE (encounter_id IS NOT NULL);

CREATE INDEX predictions_by_time ON serving.predictions USING btree (created_at);

CREATE UNIQUE INDEX ix_studies_study_name ON tuning.studies USING btree (study_name);

CREATE INDEX ix_trials_study_id ON tuning.trials USING btree (study_id);

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.promotions FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.retrainings FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON serving.outcomes FOR EACH STATEMENT EXECUTE FUNCTION serving.refuse_outcome_change();

ALTER TABLE ONLY monitoring.drift
    ADD CONSTRAINT drift_report_id_fkey FOREIGN KEY (report_id) REFERENCES monitoring.reports(report_id);

ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);

ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);

ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);

ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);

ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);

ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);

ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);

ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);

ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);

ALTER TABLE ONLY raw.encounters
    ADD CONSTRAINT encounters_dataset_sha256_split_batch_number_fkey FOREIGN KEY (dataset_sha256, split, batch_number) REFERENCES raw.batches(dataset_sha256, split, batch_number) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY serving.explanations
    ADD CONSTRAINT explanations_prediction_id_fkey FOREIGN KEY (prediction_id) REFERENCES serving.predictions(prediction_id);

ALTER TABLE ONLY serving.feedback
    ADD CONSTRAINT feedback_prediction_id_fkey FOREIGN KEY (prediction_id) REFERENCES serving.predictions(prediction_id);

ALTER TABLE ONLY serving.outcomes
    ADD CONSTRAINT outcomes_prediction_id_fkey FOREIGN KEY (prediction_id) REFERENCES serving.predictions(prediction_id);

ALTER TABLE ONLY tuning.study_directions
    ADD CONSTRAINT study_directions_study_id_fkey FOREIGN KEY (study_id) REFERENCES tuning.studies(study_id);

ALTER TABLE ONLY tuning.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES tuning.studies(study_id);

ALTER TABLE ONLY tuning.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES tuning.studies(study_id);

ALTER TABLE ONLY tuning.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trial_params
    ADD CONSTRAINT trial_params_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trial_values
    ADD CONSTRAINT trial_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES tuning.trials(trial_id);

ALTER TABLE ONLY tuning.trials
    ADD CONSTRAINT trials_study_id_fkey FOREIGN KEY (study_id) REFERENCES tuning.studies(study_id);

GRANT USAGE ON SCHEMA audit TO readmission_pipeline;
GRANT USAGE ON SCHEMA audit TO readmission_reader;
GRANT USAGE ON SCHEMA audit TO readmission_serving;

GRANT USAGE ON SCHEMA clean TO readmission_pipeline;
GRANT USAGE ON SCHEMA clean TO readmission_reader;

GRANT USAGE ON SCHEMA monitoring TO readmission_pipeline;
GRANT USAGE ON SCHEMA monitoring TO readmission_reader;

GRANT USAGE ON SCHEMA raw TO readmission_pipeline;
GRANT USAGE ON SCHEMA raw TO readmission_reader;

GRANT USAGE ON SCHEMA serving TO readmission_serving;
GRANT USAGE ON SCHEMA serving TO readmission_pipeline;
GRANT USAGE ON SCHEMA serving TO readmission_reader;

GRANT USAGE ON SCHEMA tuning TO readmission_pipeline;
GRANT USAGE ON SCHEMA tuning TO readmission_reader;

GRANT SELECT,INSERT ON TABLE audit.promotions TO readmission_pipeline;
GRANT SELECT ON TABLE audit.promotions TO readmission_reader;
GRANT SELECT,INSERT ON TABLE audit.promotions TO readmission_serving;

GRANT SELECT,INSERT ON TABLE audit.retrainings TO readmission_pipeline;
GRANT SELECT ON TABLE audit.retrainings TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.batches TO readmission_pipeline;
GRANT SELECT ON TABLE clean.batches TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.columns TO readmission_pipeline;
GRANT SELECT ON TABLE clean.columns TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.encounters TO readmission_pipeline;
GRANT SELECT ON TABLE clean.encounters TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.quarantine TO readmission_pipeline;
GRANT SELECT ON TABLE clean.quarantine TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.test TO readmission_pipeline;
GRANT SELECT ON TABLE clean.test TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.train TO readmission_pipeline;
GRANT SELECT ON TABLE clean.train TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE clean.validation TO readmission_pipeline;
GRANT SELECT ON TABLE clean.validation TO readmission_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE monitoring.batch_profiles TO readmission_pipeline;
GRANT SELECT ON TABLE monitoring.batch_profiles TO readmission_reader;

GRANT SELECT,INSERT ON TABLE monitoring.drift TO readmission_pipeline;
GRANT SELECT ON TABLE monitoring.drift TO readmission_reader;

GRANT SELECT,INSERT ON TABLE monitoring.performance TO readmission_pipeline;
GRANT SELECT ON TABLE monitoring.performance TO readmission_reader;

GRANT SELECT,INSERT ON TABLE monitoring.reports TO readmission_pipeline;
GRANT SELECT ON TABLE monitoring.reports TO readmission_reader;

GRANT SELECT,INSERT ON TABLE raw.batches TO readmission_pipeline;
GRANT SELECT ON TABLE raw.batches TO readmission_reader;

GRANT SELECT,INSERT ON TABLE raw.dataset TO readmission_pipeline;
GRANT SELECT ON TABLE raw.dataset TO readmission_reader;

GRANT SELECT,INSERT ON TABLE raw.encounters TO readmission_pipeline;
GRANT SELECT ON TABLE raw.encounters TO readmission_reader;

GRANT SELECT,INSERT ON TABLE serving.explanations TO readmission_serving;
GRANT SELECT ON TABLE serving.explanations TO readmission_pipeline;
GRANT SELECT ON TABLE serving.explanations TO readmission_reader;

GRANT SELECT,INSERT ON TABLE serving.feedback TO readmission_serving;
GRANT SELECT ON TABLE serving.feedback TO readmission_pipeline;
GRANT SELECT ON TABLE serving.feedback TO readmission_reader;

GRANT SELECT,INSERT ON TABLE serving.outcomes TO readmission_serving;
GRANT SELECT ON TABLE serving.outcomes TO readmission_pipeline;
GRANT SELECT ON TABLE serving.outcomes TO readmission_reader;

GRANT SELECT ON TABLE serving.latest_outcomes TO readmission_serving;
GRANT SELECT ON TABLE serving.latest_outcomes TO readmission_pipeline;
GRANT SELECT ON TABLE serving.latest_outcomes TO readmission_reader;

GRANT SELECT,INSERT ON TABLE serving.predictions TO readmission_serving;
GRANT SELECT ON TABLE serving.predictions TO readmission_pipeline;
GRANT SELECT ON TABLE serving.predictions TO readmission_reader;

GRANT SELECT,INSERT ON TABLE serving.shadow_predictions TO readmission_serving;
GRANT SELECT ON TABLE serving.shadow_predictions TO readmission_pipeline;
GRANT SELECT ON TABLE serving.shadow_predictions TO readmission_reader;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.alembic_version TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.alembic_version TO readmission_reader;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.studies TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.studies TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.studies_study_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.study_directions TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.study_directions TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.study_directions_study_direction_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.study_system_attributes TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.study_system_attributes TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.study_system_attributes_study_system_attribute_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.study_user_attributes TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.study_user_attributes TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.study_user_attributes_study_user_attribute_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_heartbeats TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_heartbeats TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_heartbeats_trial_heartbeat_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_intermediate_values TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_intermediate_values TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_intermediate_values_trial_intermediate_value_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_params TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_params TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_params_param_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_system_attributes TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_system_attributes TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_system_attributes_trial_system_attribute_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_user_attributes TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_user_attributes TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_user_attributes_trial_user_attribute_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trial_values TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trial_values TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trial_values_trial_value_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.trials TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.trials TO readmission_reader;

GRANT USAGE ON SEQUENCE tuning.trials_trial_id_seq TO readmission_pipeline;

GRANT SELECT,INSERT,UPDATE ON TABLE tuning.version_info TO readmission_pipeline;
GRANT SELECT ON TABLE tuning.version_info TO readmission_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE readmission_owner IN SCHEMA tuning GRANT USAGE ON SEQUENCES TO readmission_pipeline;

ALTER DEFAULT PRIVILEGES FOR ROLE readmission_owner IN SCHEMA tuning GRANT SELECT,INSERT,UPDATE ON TABLES TO readmission_pipeline;
ALTER DEFAULT PRIVILEGES FOR ROLE readmission_owner IN SCHEMA tuning GRANT SELECT ON TABLES TO readmission_reader;

