import type { Panel } from '../panel.ts'
import { stepOver, tradingWindow } from './trading-window.ts'

/** Price history that counts, in calendar days before the start (engine.md 0.4). */
const HISTORY_DAYS = 40

/** How much of a name trades and how much it moves, known before the day. [names], NaN where not known. */
export interface Liquidity {
  /** Average daily volume, USD. */
  readonly advUsd: Float64Array
  /** Sample standard deviation of the daily return. */
  readonly volatility: Float64Array
}

/**
 * ADV and volatility by day: over the 20 own rows of a name before its row of that day, all 20 with a number; NaN for
 * a name without a row. Rows older than 40 calendar days before `startDay` do not count. Days must be asked for in
 * ascending order, and the two arrays are used again for the next day.
 *
 * Source: engine.md 6.2 and C15. Reads the panel up to the day before; O(names) a calendar date.
 */
export function liquidityByDay(panel: Panel, startDay: number): (day: number) => Liquidity {
  const { dates } = panel
  const names = panel.permnos.length
  const window = tradingWindow(names)
  const liquidity = { advUsd: new Float64Array(names), volatility: new Float64Array(names) }
  let next = 0
  while (next < dates.length && dates[next]! < startDay - HISTORY_DAYS) next++

  // The last step stands at `day`: asking for it again gives it again.
  return (day) => {
    for (; next < dates.length && dates[next]! <= day; next++) stepOver(window, panel, next, liquidity)
    if (dates[next - 1] !== day) {
      liquidity.advUsd.fill(Number.NaN)
      liquidity.volatility.fill(Number.NaN)
    }
    return liquidity
  }
}
