-- What an operator must know of its Jobs and of the resources it has finished with, whoever leads.

ALTER TABLE backtest_attempts ADD COLUMN IF NOT EXISTS jobs_made SMALLINT NOT NULL DEFAULT 1;
COMMENT ON COLUMN backtest_attempts.jobs_made IS 'Kubernetes Jobs that were made, or were about to be, under this number.';

ALTER TABLE backtest_attempts ADD COLUMN IF NOT EXISTS request_id VARCHAR(64);
COMMENT ON COLUMN backtest_attempts.request_id IS 'Ties the log lines of API, operator and runner together.';

ALTER TABLE backtest_resources ADD COLUMN IF NOT EXISTS generation BIGINT;
COMMENT ON COLUMN backtest_resources.generation IS 'metadata.generation when its outcome was noted: a later one was not looked at yet.';

-- A sweep goes through those that are not known to be gone.
CREATE INDEX IF NOT EXISTS idx_backtest_resources_present ON backtest_resources (uid) WHERE gone_at IS NULL;
