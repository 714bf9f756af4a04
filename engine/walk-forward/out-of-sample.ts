import { icir, meanIc, validIc } from '../metrics/icir.ts'
import { neweyWest, neweyWestLag } from '../metrics/newey-west.ts'
import { riskMetrics } from '../metrics/risk.ts'
import type { Metrics } from './compute-unit.ts'
import type { Stitched } from './merge-units.ts'

/** Scalars of the stitched test spans, named and computed as those of a Backtest. */
export function outOfSampleMetrics({ dailyIc, portfolioReturns, net }: Stitched): Metrics {
  const { rankIc, ic } = dailyIc
  const valid = validIc(rankIc)
  const metrics: Record<string, number | null> = {
    mean_ic: meanIc(rankIc),
    icir: icir(rankIc),
    mean_ic_pearson: meanIc(ic),
    mean_ic_valid: valid.mean,
    icir_valid: valid.icir,
    icir_annualised: valid.icirAnnualised,
    n_ic_days: valid.days,
    n_ic_days_skipped: valid.skipped,
    ic_t_newey_west: neweyWest(rankIc, neweyWestLag(valid.days, 1)).t,
    ic_positive_days: valid.positiveDays,
    ...riskMetrics(portfolioReturns).metrics,
  }
  if (net !== null) {
    metrics.net_sharpe = riskMetrics({ dates: net.dates, values: net.net }).metrics.gross_sharpe
  }
  return metrics
}
