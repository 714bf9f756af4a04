import { DAYS_PER_YEAR, finiteReturns, sharpe } from '../metrics/risk.ts'
import type { Series } from '../result.ts'
import {
  minTrackRecord,
  probabilisticSharpe,
  sharpeInterval,
  sharpeSample,
} from './overfitting/probabilistic-sharpe.ts'

/** Names in `BacktestResult.metrics`. */
export type TrackRecordName = 'psr' | 'min_track_record_days' | 'sharpe_low' | 'sharpe_high'

const UNKNOWN: Readonly<Record<TrackRecordName, null>> = {
  psr: null,
  min_track_record_days: null,
  sharpe_low: null,
  sharpe_high: null,
}

/**
 * How far daily returns bear out their Sharpe ratio: the probability that the true one is above zero, the whole days
 * after which that would be 95 % if the returns went on alike (null where no length suffices), and a two-sided 90 %
 * interval of the annualised ratio. Skewness and fat tails count; autocorrelation does not. All null where there is no
 * Sharpe ratio (engine.md 6.6); returns that are not finite are left out.
 *
 * Source: Bailey & López de Prado 2012; product.md 2.3.
 */
export function trackRecord(returns: Series): Readonly<Record<TrackRecordName, number | null>> {
  const { values } = finiteReturns(returns)
  if (sharpe(values) === null) return UNKNOWN
  const sample = sharpeSample(values)
  const [low, high] = sharpeInterval(sample)
  const year = Math.sqrt(DAYS_PER_YEAR)
  return {
    psr: known(probabilisticSharpe(sample)),
    min_track_record_days: known(Math.ceil(minTrackRecord(sample))),
    sharpe_low: known(low * year),
    sharpe_high: known(high * year),
  }
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
