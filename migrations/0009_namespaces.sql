-- What the catalogue of a cluster knows of a snapshot, and rows that a namespace's own role sees (design.md 3, 4).

ALTER TABLE dataset_snapshots ADD COLUMN IF NOT EXISTS preset VARCHAR(20);
ALTER TABLE dataset_snapshots ADD COLUMN IF NOT EXISTS names INTEGER;
ALTER TABLE dataset_snapshots ADD COLUMN IF NOT EXISTS dates INTEGER;
ALTER TABLE dataset_snapshots ADD COLUMN IF NOT EXISTS files JSONB;
COMMENT ON COLUMN dataset_snapshots.names IS 'Securities with a price row.';
COMMENT ON COLUMN dataset_snapshots.dates IS 'Days with a price row.';
COMMENT ON COLUMN dataset_snapshots.files IS '[{file, bytes, sha256}]';

CREATE TABLE IF NOT EXISTS namespace_roles (
  role_name  VARCHAR(63) PRIMARY KEY,
  namespace  VARCHAR(63) NOT NULL UNIQUE,
  granted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE namespace_roles IS 'Which login of this server is the runners'' of which namespace; written by "hindcast namespace grant".';

-- The owner of the tables (operator, API, migrations) is not bound by these. Everybody else sees the rows of the
-- namespace that namespace_roles gives to the login, and of none where it gives none.
DO $policies$
DECLARE
  own CONSTANT TEXT := 'namespace = (SELECT r.namespace FROM namespace_roles AS r WHERE r.role_name = current_user::text)';
  -- Of a job's other rows: those whose job is seen.
  seen CONSTANT TEXT := 'EXISTS (SELECT 1 FROM backtest_jobs AS j WHERE j.job_id = %I.job_id)';
  place TEXT;
  rule TEXT;
BEGIN
  FOR place, rule IN VALUES
    ('namespace_roles', 'role_name = current_user::text'),
    ('backtest_jobs', own),
    ('backtest_resources', own),
    ('regression_runs', own),
    ('audit_log', own),
    ('backtest_attempts', seen),
    ('backtest_claims', seen),
    ('backtest_units', seen),
    ('walk_forward_windows', seen),
    ('monte_carlo_results', seen)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', place);
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_policy WHERE polrelid = place::regclass AND polname = 'own_namespace') THEN
      EXECUTE format('CREATE POLICY own_namespace ON %I USING (' || rule || ')', place, place);
    END IF;
  END LOOP;
END
$policies$;
