-- How much room the store of each namespace has, as its clean-up last found it: the operator mounts no store.

CREATE TABLE IF NOT EXISTS store_rooms (
  namespace   VARCHAR(63) PRIMARY KEY,
  used_bytes  BIGINT NOT NULL,
  free_bytes  BIGINT,
  total_bytes BIGINT,
  measured_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE store_rooms IS 'Written by "hindcast cleanup --database". Free and total are of the whole volume; null where it has no limit to read.';

-- Who was last told that a store is full: few rows, looked for again and again.
CREATE INDEX IF NOT EXISTS idx_backtest_attempts_storage_full ON backtest_attempts (completed_at)
  WHERE error_class = 'storage_full';

ALTER TABLE store_rooms ENABLE ROW LEVEL SECURITY;
DO $grants$
DECLARE
  login TEXT;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_policy WHERE polrelid = 'store_rooms'::regclass AND polname = 'own_namespace') THEN
    CREATE POLICY own_namespace ON store_rooms
      USING (namespace = (SELECT r.namespace FROM namespace_roles AS r WHERE r.role_name = current_user::text));
  END IF;
  -- Logins that were granted before this table was there.
  FOR login IN SELECT r.role_name FROM namespace_roles AS r JOIN pg_catalog.pg_roles AS p ON p.rolname = r.role_name LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON store_rooms TO %I', login);
  END LOOP;
END
$grants$;
