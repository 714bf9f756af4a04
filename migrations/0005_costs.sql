-- Trading costs came to the seed in a later migration, and so they do here.

ALTER TABLE backtest_jobs ADD COLUMN IF NOT EXISTS cost_config JSONB;
ALTER TABLE backtest_jobs ADD COLUMN IF NOT EXISTS cost_summary JSONB;

-- A cost model without the word "enabled" is on.
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_cost_enabled
  ON backtest_jobs (((cost_config ->> 'enabled') IS DISTINCT FROM 'false')) WHERE cost_config IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_backtest_jobs_cost_created_at
  ON backtest_jobs (created_at DESC) WHERE cost_config IS NOT NULL;

COMMENT ON COLUMN backtest_jobs.cost_config IS 'enabled, bps_per_trade, impact_coefficient, participation_limit, portfolio_value_usd; null where no costs ran.';
COMMENT ON COLUMN backtest_jobs.cost_summary IS 'Totals in USD and as returns, gross and net Sharpe and drawdown, fallbacks; null where no costs ran.';
