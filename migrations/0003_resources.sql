-- Who asked, and which data can be named (platform.md 3.2).

CREATE TABLE IF NOT EXISTS backtest_resources (
  uid             VARCHAR(64) PRIMARY KEY,
  kind            VARCHAR(20) NOT NULL,
  namespace       VARCHAR(63) NOT NULL,
  name            VARCHAR(63) NOT NULL,
  job_id          VARCHAR(64),
  created_by      VARCHAR(255) NOT NULL,
  deletion_policy VARCHAR(10) NOT NULL DEFAULT 'retain',
  priority        VARCHAR(10) NOT NULL DEFAULT 'normal',
  manifest        JSONB NOT NULL,
  handled_request VARCHAR(63),
  first_seen_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
  finished_at     TIMESTAMPTZ,
  outcome         VARCHAR(40),
  gone_at         TIMESTAMPTZ,
  CONSTRAINT resource_kind_vocabulary CHECK (kind IN ('Backtest', 'WalkForward', 'MonteCarlo', 'Regression')),
  CONSTRAINT resource_priority_vocabulary CHECK (priority IN ('high', 'normal', 'low')),
  CONSTRAINT resource_deletion_policy_vocabulary CHECK (deletion_policy IN ('retain', 'purge'))
);
CREATE INDEX IF NOT EXISTS idx_backtest_resources_job_id ON backtest_resources (job_id);
CREATE INDEX IF NOT EXISTS idx_backtest_resources_name
  ON backtest_resources (namespace, kind, name, first_seen_at DESC, uid);
CREATE INDEX IF NOT EXISTS idx_backtest_resources_newest ON backtest_resources (first_seen_at DESC, uid);
COMMENT ON TABLE backtest_resources IS 'Every resource that shares a row of backtest_jobs; on a laptop also the store of resources.';
COMMENT ON COLUMN backtest_resources.manifest IS 'As applied.';
COMMENT ON COLUMN backtest_resources.handled_request IS 'The newest label hindcast.dev/request that was acted on.';

CREATE TABLE IF NOT EXISTS datasets (
  name               VARCHAR(63) PRIMARY KEY,
  newest_snapshot_id VARCHAR(255) NOT NULL,
  updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE datasets IS 'The newest snapshot of each dataset, set by every import.';

CREATE TABLE IF NOT EXISTS dataset_snapshots (
  snapshot_id VARCHAR(255) PRIMARY KEY,
  dataset     VARCHAR(63) NOT NULL,
  full_sha256 CHAR(64) NOT NULL,
  location    VARCHAR(1024) NOT NULL,
  start_date  DATE NOT NULL,
  end_date    DATE NOT NULL,
  roles       JSONB NOT NULL,
  quality     JSONB,
  created_by  VARCHAR(255) NOT NULL,
  created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  pinned      BOOLEAN NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS idx_dataset_snapshots_dataset ON dataset_snapshots (dataset, created_at DESC);
COMMENT ON TABLE dataset_snapshots IS 'The catalogue of a cluster; written last by an import.';
COMMENT ON COLUMN dataset_snapshots.roles IS '[{role, version, columns, rows, contentSha256, bytes}]';

CREATE TABLE IF NOT EXISTS dataset_securities (
  snapshot_id VARCHAR(255) NOT NULL REFERENCES dataset_snapshots (snapshot_id) ON DELETE CASCADE,
  permno      BIGINT NOT NULL,
  ticker      VARCHAR(32),
  name        VARCHAR(255),
  first_date  DATE,
  last_date   DATE,
  PRIMARY KEY (snapshot_id, permno)
);
COMMENT ON TABLE dataset_securities IS 'So that a page can print AAPL (10004) without the data.';
