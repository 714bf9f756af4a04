-- Units of parallel kinds: how many an attempt has, and what may stand in one.

ALTER TABLE backtest_attempts ADD COLUMN IF NOT EXISTS units_total INTEGER;
COMMENT ON COLUMN backtest_attempts.units_total IS 'Units of a parallel kind, noted by its first pod; null: not known yet, or a Backtest.';

DO $$
BEGIN
  ALTER TABLE backtest_units ADD CONSTRAINT unit_is_bounded
    CHECK (unit >= 0 AND (payload IS NULL OR octet_length(payload) <= 16777216));
EXCEPTION
  WHEN duplicate_object THEN NULL;
END
$$;
COMMENT ON COLUMN backtest_units.payload IS 'Bytes of the unit: lines of JSON for a window, doubles for a block of paths.';
COMMENT ON COLUMN backtest_units.sha256 IS 'Over job id, engine revision, unit and payload: bytes that stand in another place are refused.';
