-- Who this database belongs to, who may steer it, and who did what (platform.md 3.2).

CREATE TABLE IF NOT EXISTS installation (
  singleton         BOOLEAN PRIMARY KEY DEFAULT true,
  id                UUID NOT NULL,
  created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
  schema_version    INTEGER NOT NULL,
  operator_epoch    BIGINT NOT NULL DEFAULT 0,
  operator_identity VARCHAR(255),
  epoch_raised_at   TIMESTAMPTZ,
  CONSTRAINT installation_is_single CHECK (singleton)
);
COMMENT ON TABLE installation IS 'One row: one database belongs to one installation.';
COMMENT ON COLUMN installation.operator_epoch IS 'Raised by whoever becomes the operator; a statement signed with an older one touches no row.';

CREATE TABLE IF NOT EXISTS audit_log (
  id        BIGSERIAL PRIMARY KEY,
  actor     VARCHAR(255) NOT NULL,
  action    VARCHAR(40) NOT NULL,
  namespace VARCHAR(63),
  job_id    VARCHAR(64),
  at        TIMESTAMPTZ NOT NULL DEFAULT now(),
  ip        VARCHAR(64),
  details   JSONB,
  CONSTRAINT audit_action_vocabulary CHECK (
    action IN ('submit', 'cancel', 'rerun', 'delete', 'export', 'golden-regenerate', 'pin')
  )
);
CREATE INDEX IF NOT EXISTS idx_audit_log_job_id ON audit_log (job_id, at DESC);
COMMENT ON TABLE audit_log IS 'Append only; retention leaves it alone.';
