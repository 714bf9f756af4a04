const METRICS = ['sharpe', 'max_drawdown', 'mean_ic', 'hit_rate'] as const
const COLUMNS = ['', '_q05', '_q50', '_q95'] as const

/** Names of the figures of a MonteCarlo: observed values, what the paths say of each, and chances. */
export const MONTE_CARLO_FIGURES: readonly string[] = [
  ...METRICS.flatMap((metric) => COLUMNS.map((column) => `${metric}${column}`)),
  'p_value',
  'p_value_sharpe',
  'drawdown_deeper_share',
]
