-- Attempts, who may write for them, and the units of parallel kinds (platform.md 3.2).

CREATE TABLE IF NOT EXISTS backtest_attempts (
  job_id              VARCHAR(64) NOT NULL REFERENCES backtest_jobs (job_id) ON DELETE CASCADE,
  attempt             INTEGER NOT NULL,
  status              VARCHAR(20) NOT NULL DEFAULT 'pending',
  cause               VARCHAR(10) NOT NULL,
  holder_uid          VARCHAR(64),
  operator_epoch      BIGINT NOT NULL,
  job_name            VARCHAR(63),
  priority            VARCHAR(10) NOT NULL,
  memory_limit        BIGINT,
  cpu                 DOUBLE PRECISION,
  timeout             INTEGER NOT NULL,
  parallelism         INTEGER NOT NULL DEFAULT 1,
  opened_at           TIMESTAMPTZ NOT NULL DEFAULT now(),
  started_at          TIMESTAMPTZ,
  completed_at        TIMESTAMPTZ,
  pod_name            VARCHAR(255),
  node_name           VARCHAR(255),
  exit_code           INTEGER,
  error_class         VARCHAR(40),
  error_message       TEXT,
  merged_by           VARCHAR(128),
  metrics             JSONB,
  cost_summary        JSONB,
  result_path         VARCHAR(512),
  snapshot_id         VARCHAR(255),
  dataset_version_ids JSONB,
  engine_revision     INTEGER,
  engine_version      VARCHAR(40),
  image_digest        VARCHAR(100),
  content_sha256      CHAR(64),
  manifest_sha256     CHAR(64),
  result_key          CHAR(64),
  artifact_bytes      BIGINT,
  peak_memory_bytes   BIGINT,
  files_deleted_at    TIMESTAMPTZ,
  PRIMARY KEY (job_id, attempt),
  CONSTRAINT attempt_positive CHECK (attempt >= 1),
  CONSTRAINT attempt_status_vocabulary
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  CONSTRAINT attempt_cause_vocabulary CHECK (cause IN ('first', 'retry', 'rerun')),
  CONSTRAINT attempt_has_an_end CHECK (
    status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL
  )
);
CREATE INDEX IF NOT EXISTS idx_backtest_attempts_result_key ON backtest_attempts (result_key);
CREATE INDEX IF NOT EXISTS idx_backtest_attempts_open ON backtest_attempts (job_id)
  WHERE status IN ('pending', 'running');
COMMENT ON TABLE backtest_attempts IS 'One row per attempt; a further attempt destroys none.';
COMMENT ON COLUMN backtest_attempts.status IS 'pending: opened, not claimed yet; then as the job.';
COMMENT ON COLUMN backtest_attempts.operator_epoch IS 'Epoch of the operator that opened it.';
COMMENT ON COLUMN backtest_attempts.merged_by IS 'Pod uid that took the merge of a parallel kind.';
COMMENT ON COLUMN backtest_attempts.files_deleted_at IS 'When the janitor removed the files of a superseded result.';

CREATE TABLE IF NOT EXISTS backtest_claims (
  job_id        VARCHAR(64) NOT NULL,
  attempt       INTEGER NOT NULL,
  index         INTEGER NOT NULL,
  pod_uid       VARCHAR(128) NOT NULL,
  seq           BIGSERIAL,
  pod_name      VARCHAR(255),
  node_name     VARCHAR(255),
  claimed_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
  heartbeat_seq BIGINT NOT NULL DEFAULT 0,
  heartbeat_at  TIMESTAMPTZ,
  redis_lost    BOOLEAN NOT NULL DEFAULT false,
  rss_bytes     BIGINT,
  PRIMARY KEY (job_id, attempt, index, pod_uid),
  FOREIGN KEY (job_id, attempt) REFERENCES backtest_attempts (job_id, attempt) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS idx_backtest_claims_newest ON backtest_claims (job_id, attempt, index, seq DESC);
COMMENT ON TABLE backtest_claims IS 'Who may write for (job, attempt, index): the claim with the highest seq holds.';
COMMENT ON COLUMN backtest_claims.pod_uid IS 'Uid of the pod; on a laptop the identity of the process and its start.';
COMMENT ON COLUMN backtest_claims.heartbeat_seq IS 'Rises with every beat; a loss is seen by its standing still, never by comparing clocks.';

CREATE TABLE IF NOT EXISTS backtest_units (
  job_id          VARCHAR(64) NOT NULL REFERENCES backtest_jobs (job_id) ON DELETE CASCADE,
  unit            INTEGER NOT NULL,
  attempt         INTEGER NOT NULL,
  index           INTEGER NOT NULL,
  engine_revision INTEGER NOT NULL,
  result          JSONB,
  payload         BYTEA,
  sha256          CHAR(64) NOT NULL,
  finished_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, unit)
);
COMMENT ON TABLE backtest_units IS 'Finished units of a parallel kind; a further attempt of the same engine revision skips them.';
