import { dayNumber, formatIsoDate } from '../core/dates.ts'
import { HindcastError } from '../core/errors.ts'
import type { Backtest } from '../core/request.ts'
import type { Panel } from './panel.ts'
import { firstRowFrom } from './point-in-time.ts'

/** Which rows of the panel a run walks; plain data, so that it can be sent to a worker thread. */
export interface RunDays {
  /** Row of the first run day. */
  readonly first: number
  /** Run days that are processed: rows `first` to `first + count - 1`. At least 1. */
  readonly count: number
  /** Run days in [start, end], those lost to an early stop included (engine.md 3.5 n_days). */
  readonly requested: number
  /** Horizons of the decay curve that the panel is long enough for, ascending. */
  readonly horizons: Int32Array
  /** Parts of a blend; 0 for a single alpha. */
  readonly parts: number
}

/**
 * The days of a run: trading days in [startDate, endDate] that have a later one in the panel, since without it there is
 * no forward return (engine.md 1.5, 3.1). Throws `pit_violation` for an end after the last price and for a span without
 * a trading day, `no_signals` when no day can be processed.
 */
export function planDays(
  backtest: Pick<Backtest, 'alpha' | 'startDate' | 'endDate' | 'decayHorizons'>,
  panel: Panel,
): RunDays {
  const { dates } = panel
  const { startDate, endDate } = backtest
  if (dates.length === 0) {
    throw new HindcastError('pit_violation', 'prices: the table has no row', { field: '/spec/startDate' })
  }
  const firstPrice = formatIsoDate(dates[0]!)
  const lastPrice = formatIsoDate(dates[dates.length - 1]!)
  if (dayNumber(endDate) > dates[dates.length - 1]!) {
    throw new HindcastError(
      'pit_violation',
      `prices: endDate ${endDate} lies after the last price date ${lastPrice}; choose an endDate up to it`,
      { field: '/spec/endDate' },
    )
  }
  const first = firstRowFrom(dates, dayNumber(startDate))
  const requested = firstRowFrom(dates, dayNumber(endDate) + 1) - first
  if (requested <= 0) {
    throw new HindcastError(
      'pit_violation',
      `prices: no trading days from ${startDate} to ${endDate}; the prices run from ${firstPrice} to ${lastPrice}`,
      { field: '/spec/startDate' },
    )
  }
  const count = Math.min(requested, dates.length - 1 - first)
  if (count === 0) {
    throw new HindcastError(
      'no_signals',
      `prices: no signals computed from ${startDate} to ${endDate}; ${lastPrice} is the last price date, ` +
        'so no run day has a forward return; choose an earlier endDate and startDate',
      { field: '/spec/startDate' },
    )
  }
  const horizons = backtest.decayHorizons.filter((horizon) => dates.length - first > horizon)
  const parts = 'blend' in backtest.alpha ? backtest.alpha.blend.of.length : 0
  return { first, count, requested, horizons: Int32Array.from(horizons), parts }
}
