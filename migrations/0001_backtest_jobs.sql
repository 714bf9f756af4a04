-- The record of every job: one row per job_id (platform.md 3.1). The seed's columns first, then Hindcast's.
-- Forward only. Every statement may be run again on a database that has it already.

-- gen_random_uuid() is built in since PostgreSQL 13; an older server has it in pgcrypto.
DO $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE proname = 'gen_random_uuid') THEN
    CREATE EXTENSION IF NOT EXISTS pgcrypto;
  END IF;
END
$guard$;

CREATE TABLE IF NOT EXISTS backtest_jobs (
  id                  UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  job_id              VARCHAR(64) NOT NULL,
  status              VARCHAR(20) NOT NULL DEFAULT 'pending',
  alpha_name          VARCHAR(255) NOT NULL,
  start_date          DATE NOT NULL,
  end_date            DATE NOT NULL,
  weight_method       VARCHAR(50) NOT NULL,
  config_json         JSONB NOT NULL,
  created_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  started_at          TIMESTAMPTZ,
  completed_at        TIMESTAMPTZ,
  worker_id           VARCHAR(255),
  progress_pct        SMALLINT DEFAULT 0,
  job_timeout         INTEGER NOT NULL DEFAULT 3600,
  result_path         VARCHAR(512),
  mean_ic             DOUBLE PRECISION,
  icir                DOUBLE PRECISION,
  hit_rate            DOUBLE PRECISION,
  coverage            DOUBLE PRECISION,
  long_short_spread   DOUBLE PRECISION,
  average_turnover    DOUBLE PRECISION,
  decay_half_life     DOUBLE PRECISION,
  snapshot_id         VARCHAR(255),
  dataset_version_ids JSONB,
  error_message       TEXT,
  retry_count         SMALLINT DEFAULT 0,
  created_by          VARCHAR(255) NOT NULL,

  kind                VARCHAR(20) NOT NULL,
  namespace           VARCHAR(63) NOT NULL,
  dataset             VARCHAR(63),
  config_hash         CHAR(64) NOT NULL,
  holder_uid          VARCHAR(64),
  deletion_policy     VARCHAR(10) NOT NULL DEFAULT 'retain',
  priority            VARCHAR(10) NOT NULL,
  attempt             INTEGER NOT NULL DEFAULT 0,
  last_good_attempt   INTEGER,
  queued_at           TIMESTAMPTZ,
  next_attempt_at     TIMESTAMPTZ,
  cancel_requested_at TIMESTAMPTZ,
  cancel_requested_by VARCHAR(255),
  progress_stage      VARCHAR(40),
  progress_date       DATE,
  heartbeat_at        TIMESTAMPTZ,
  metrics             JSONB,
  error_class         VARCHAR(40),
  engine_revision     INTEGER,
  engine_version      VARCHAR(40),
  image_digest        VARCHAR(100),
  content_sha256      CHAR(64),
  manifest_sha256     CHAR(64),
  result_key          CHAR(64),
  artifact_bytes      BIGINT,
  peak_memory_bytes   BIGINT,
  pinned              BOOLEAN NOT NULL DEFAULT false,
  updated_at          TIMESTAMPTZ NOT NULL DEFAULT now(),

  CONSTRAINT backtest_jobs_job_id_key UNIQUE (job_id),
  CONSTRAINT status_vocabulary CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  CONSTRAINT progress_bounds CHECK (progress_pct BETWEEN 0 AND 100),
  CONSTRAINT timeout_bounds CHECK (job_timeout BETWEEN 300 AND 14400),
  CONSTRAINT kind_vocabulary CHECK (kind IN ('backtest', 'walkforward', 'montecarlo')),
  CONSTRAINT priority_vocabulary CHECK (priority IN ('high', 'normal', 'low')),
  CONSTRAINT deletion_policy_vocabulary CHECK (deletion_policy IN ('retain', 'purge')),
  CONSTRAINT counters_not_negative CHECK (attempt >= 0 AND retry_count >= 0),
  CONSTRAINT completed_is_reproducible CHECK (
    status <> 'completed' OR (
      snapshot_id IS NOT NULL AND dataset_version_ids IS NOT NULL AND result_path IS NOT NULL
      AND content_sha256 IS NOT NULL AND completed_at IS NOT NULL
    )
  ),
  CONSTRAINT terminal_has_an_end CHECK (
    status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL
  )
);

CREATE INDEX IF NOT EXISTS idx_backtest_jobs_status ON backtest_jobs (status);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_created_at ON backtest_jobs (created_at);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_alpha_name ON backtest_jobs (alpha_name);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_created_by ON backtest_jobs (created_by);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_snapshot_id ON backtest_jobs (snapshot_id);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_user_status ON backtest_jobs (created_by, status, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_page ON backtest_jobs (namespace, created_at DESC, id);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_holder_uid ON backtest_jobs (holder_uid);
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_result_key ON backtest_jobs (result_key);

COMMENT ON TABLE backtest_jobs IS 'One row per job_id: what was asked, where it stands, what came out.';
COMMENT ON COLUMN backtest_jobs.job_id IS 'First 32 hex digits of config_hash; the idempotency key.';
COMMENT ON COLUMN backtest_jobs.status IS 'pending, running, completed, failed or cancelled; changed by the transitions of core/lifecycle.ts alone.';
COMMENT ON COLUMN backtest_jobs.alpha_name IS 'Name of the alpha; blend for a blend.';
COMMENT ON COLUMN backtest_jobs.config_json IS 'The whole computation, its snapshot pinned: the job_id can be computed again from it.';
COMMENT ON COLUMN backtest_jobs.worker_id IS 'Pod that claimed the attempt; host and process on a laptop.';
COMMENT ON COLUMN backtest_jobs.job_timeout IS 'Seconds from the start of the runner, 300 to 14400.';
COMMENT ON COLUMN backtest_jobs.result_path IS '{namespace}/{job_id}/{attempt} below the root of the artifacts.';
COMMENT ON COLUMN backtest_jobs.decay_half_life IS 'Trading days; null where the decay never halves.';
COMMENT ON COLUMN backtest_jobs.snapshot_id IS 'Snapshot the result was computed from; mandatory once completed.';
COMMENT ON COLUMN backtest_jobs.dataset_version_ids IS 'Role to version and content hash; mandatory once completed.';
COMMENT ON COLUMN backtest_jobs.retry_count IS 'Retries the operator decided since the last request of a user.';
COMMENT ON COLUMN backtest_jobs.created_by IS 'Who asked first.';
COMMENT ON COLUMN backtest_jobs.config_hash IS 'SHA-256 of the canonical identity, 64 hex digits.';
COMMENT ON COLUMN backtest_jobs.holder_uid IS 'Resource that attempts are opened for; null: none.';
COMMENT ON COLUMN backtest_jobs.attempt IS 'Newest attempt opened; 0: none yet.';
COMMENT ON COLUMN backtest_jobs.last_good_attempt IS 'Attempt whose result is readable.';
COMMENT ON COLUMN backtest_jobs.queued_at IS 'Waiting since.';
COMMENT ON COLUMN backtest_jobs.next_attempt_at IS 'A retry does not start before.';
COMMENT ON COLUMN backtest_jobs.heartbeat_at IS 'Newest beat of any claim, for display; backtest_claims decides.';
COMMENT ON COLUMN backtest_jobs.metrics IS 'Every metric at full precision; a null is a NaN, an absent one is not defined.';
COMMENT ON COLUMN backtest_jobs.result_key IS 'SHA-256 of kind, computation and engine revision: equal for results that must be equal.';
COMMENT ON COLUMN backtest_jobs.pinned IS 'Never purged by retention.';
