-- Results with rows of their own, and the gates (platform.md 3.2).

CREATE TABLE IF NOT EXISTS walk_forward_windows (
  job_id      VARCHAR(64) NOT NULL,
  attempt     INTEGER NOT NULL,
  window_id   INTEGER NOT NULL,
  train_start DATE NOT NULL,
  train_end   DATE NOT NULL,
  test_start  DATE NOT NULL,
  test_end    DATE NOT NULL,
  best_params JSONB NOT NULL,
  train_ic    DOUBLE PRECISION,
  test_ic     DOUBLE PRECISION,
  test_icir   DOUBLE PRECISION,
  PRIMARY KEY (job_id, attempt, window_id),
  FOREIGN KEY (job_id, attempt) REFERENCES backtest_attempts (job_id, attempt) ON DELETE CASCADE
);
COMMENT ON TABLE walk_forward_windows IS 'Windows of a WalkForward, written with its commit; a null is a NaN.';

CREATE TABLE IF NOT EXISTS monte_carlo_results (
  job_id    VARCHAR(64) NOT NULL,
  attempt   INTEGER NOT NULL,
  metric    VARCHAR(40) NOT NULL,
  observed  DOUBLE PRECISION,
  q05       DOUBLE PRECISION,
  q50       DOUBLE PRECISION,
  q95       DOUBLE PRECISION,
  quantiles JSONB,
  p_value   DOUBLE PRECISION,
  PRIMARY KEY (job_id, attempt, metric),
  FOREIGN KEY (job_id, attempt) REFERENCES backtest_attempts (job_id, attempt) ON DELETE CASCADE
);
COMMENT ON TABLE monte_carlo_results IS 'Intervals of a MonteCarlo, written with its commit; a null is a NaN.';

CREATE TABLE IF NOT EXISTS regression_runs (
  regression_uid      VARCHAR(64) NOT NULL,
  run_key             VARCHAR(128) NOT NULL,
  spec_hash           CHAR(64) NOT NULL,
  namespace           VARCHAR(63) NOT NULL,
  name                VARCHAR(63) NOT NULL,
  golden_sha256       CHAR(64),
  manifest_version    VARCHAR(40),
  dataset_snapshot_id VARCHAR(255),
  image_digest        VARCHAR(100),
  engine_revision     INTEGER,
  verdict             VARCHAR(20),
  cases               JSONB,
  drift               JSONB,
  manifest_age_days   INTEGER,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  completed_at        TIMESTAMPTZ,
  PRIMARY KEY (regression_uid, run_key, spec_hash)
);
COMMENT ON TABLE regression_runs IS 'One row per gate; its cases have rows in backtest_jobs.';
